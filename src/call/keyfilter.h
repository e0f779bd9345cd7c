/*
 * call/keyfilter.h - pure: which keys make an input (checklist C110, C137)
 *
 * A filter is a node's `filter.dtmf`: terminators ("#", "#*"), "any" (every
 * key ends the input), "max=N" (so many keys end it), several joined by ','
 * or ' '; NULL or "none": keys are no input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	KEYS_MAX = 32, /* of one input; the last one ends it */
};

struct keyfilter {
	bool is_on;
	bool is_any;
	unsigned max; /* 0: KEYS_MAX */
	char endv[17];

	char keyv[KEYS_MAX + 1]; /* pressed so far */
	unsigned keyc;
};

void keyfilter_set(struct keyfilter *filter, const char *text);

/* One key. Whether it ended the input: keyv holds what was pressed, without
 * a '#' or '*' that only ended it. */
bool keyfilter_press(struct keyfilter *filter, char key);

void keyfilter_clear(struct keyfilter *filter);
