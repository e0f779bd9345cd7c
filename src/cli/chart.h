/*
 * cli/chart.h - what came of a campaign as a picture (SVG)
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct chart_bar {
	const char *name;
	double all;  /* the light bar */
	double part; /* the dark one in it */
};

struct chart_panel {
	const char *title;
	const struct chart_bar *barv;
	size_t barc;
};

struct chart {
	const char *title, *subtitle;
	const char *all, *part;       /* what the two shades mean */
	struct chart_panel hours;     /* columns */
	struct chart_panel panelv[2]; /* rows of bars, side by side */
};

/* Texts are escaped. Returns EIO when it cannot be written. */
int chart_write(FILE *file, const struct chart *chart);
