/*
 * cli/chart.c - what came of a campaign as a picture (SVG)
 *
 * Three panels of bars need no library: a rectangle each, and the numbers
 * beside them, so that nothing has to be read off an axis (docs/decisions.md).
 */
#include <errno.h>
#include "base/mem.h"
#include "cli/chart.h"

enum {
	WIDTH = 960,
	HEAD = 96, /* above the first panel */
	MARGIN = 40,
	COLUMNS_HIGH = 180,
	COLUMN_MAX = 44, /* wide */
	LABEL_MIN = 50,  /* room for the name of a column */
	ROW = 26,
	NAME_WIDE = 160,
	NUMBER_WIDE = 110,
	NAME_LETTERS = 20,
	ROWS_MAX = 12,
};

static const char *const light = "#bcd3e6";
static const char *const dark = "#2b6a99";

static void put_escaped(FILE *file, const char *text, size_t letters)
{
	for (; *text; text++) {
		/* Counted by their first bytes. */
		if (((unsigned char)*text & 0xc0) != 0x80 && !letters--) {
			fputs("\u2026", file);
			return;
		}
		if (*text == '<')
			fputs("&lt;", file);
		else if (*text == '&')
			fputs("&amp;", file);
		else if ((unsigned char)*text >= ' ')
			fputc(*text, file);
	}
}

static void put_text(FILE *file, double x, double y, const char *look,
                     const char *text)
{
	fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, look);
	put_escaped(file, text, WIDTH);
	fputs("</text>\n", file);
}

static void put_bar(FILE *file, const double box[4], const char *colour)
{
	if (box[2] <= 0 || box[3] <= 0)
		return;
	fprintf(file,
	        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
	        "rx=\"2\" fill=\"%s\"/>\n",
	        box[0], box[1], box[2], box[3], colour);
}

static double most(const struct chart_panel *panel)
{
	double max = 1;

	for (size_t i = 0; i < panel->barc; i++) {
		if (panel->barv[i].all > max)
			max = panel->barv[i].all;
	}

	return max;
}

static void put_columns(FILE *file, const struct chart_panel *panel, double top)
{
	double room = WIDTH - 2 * MARGIN, max = most(panel);
	double step = panel->barc ? room / (double)panel->barc : room;
	double wide = step * 0.7 < COLUMN_MAX ? step * 0.7 : COLUMN_MAX;
	double floor = top + COLUMNS_HIGH;
	size_t every = step >= LABEL_MIN ? 1 : (size_t)(LABEL_MIN / step) + 1;

	if (step > 2 * COLUMN_MAX)
		step = 2 * COLUMN_MAX;
	for (size_t i = 0; i < panel->barc; i++) {
		const struct chart_bar *bar = &panel->barv[i];
		double x = MARGIN + step * (double)i;
		double high = bar->all / max * (COLUMNS_HIGH - 24);
		double part = bar->part / max * (COLUMNS_HIGH - 24);
		const double all_box[] = {x, floor - high, wide, high};
		const double part_box[] = {x, floor - part, wide, part};
		char number[32];

		put_bar(file, all_box, light);
		put_bar(file, part_box, dark);
		if (i % every)
			continue;
		(void)snprintf(number, sizeof(number), "%.0f", bar->all);
		put_text(file, x + wide / 2, floor - high - 5,
		         "class=\"n\" text-anchor=\"middle\"", number);
		put_text(file, x + wide / 2, floor + 16,
		         "class=\"n\" text-anchor=\"middle\"", bar->name);
	}
	fprintf(file,
	        "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" "
	        "stroke=\"#889\"/>\n",
	        MARGIN, floor, WIDTH - MARGIN, floor);
}

static size_t rows_of(const struct chart_panel *panel)
{
	return panel->barc < ROWS_MAX ? panel->barc : ROWS_MAX;
}

static void put_rows(FILE *file, const struct chart_panel *panel, double left,
                     double top)
{
	double room = WIDTH / 2.0 - MARGIN - NAME_WIDE - NUMBER_WIDE;
	double max = most(panel);

	for (size_t i = 0; i < rows_of(panel); i++) {
		const struct chart_bar *bar = &panel->barv[i];
		double y = top + ROW * (double)i, x = left + NAME_WIDE;
		double all = bar->all / max * room;
		const double all_box[] = {x, y, all, ROW - 8};
		const double part_box[] = {x, y, bar->part / max * room,
		                           ROW - 8};
		char number[64];

		fprintf(file,
		        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">",
		        x - 8, y + 14);
		put_escaped(file, bar->name, NAME_LETTERS);
		fputs("</text>\n", file);
		put_bar(file, all_box, light);
		put_bar(file, part_box, dark);
		(void)snprintf(number, sizeof(number), "%.0f", bar->all);
		put_text(file, x + all + 8, y + 14, "class=\"n\"", number);
	}
}

static void put_head(FILE *file, const struct chart *chart, double high)
{
	const double light_box[] = {MARGIN, 74, 12, 12};
	const double dark_box[] = {MARGIN + 140, 74, 12, 12};

	fprintf(file,
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
	        "height=\"%.0f\" viewBox=\"0 0 %d %.0f\">\n"
	        "<style>text{font:13px sans-serif;fill:#223}"
	        ".t{font-size:20px;font-weight:bold}.h{font-weight:bold}"
	        ".n{font-size:11px;fill:#556}</style>\n"
	        "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
	        WIDTH, high, WIDTH, high);
	put_text(file, MARGIN, 36, "class=\"t\"", chart->title);
	put_text(file, MARGIN, 58, "", chart->subtitle);
	put_bar(file, light_box, light);
	put_text(file, MARGIN + 18, 85, "class=\"n\"", chart->all);
	put_bar(file, dark_box, dark);
	put_text(file, MARGIN + 158, 85, "class=\"n\"", chart->part);
}

int chart_write(FILE *file, const struct chart *chart)
{
	double rows_top = HEAD + 24 + COLUMNS_HIGH + 72;
	size_t rows = 1;

	for (size_t i = 0; i < ARRAY_COUNT(chart->panelv); i++) {
		if (rows_of(&chart->panelv[i]) > rows)
			rows = rows_of(&chart->panelv[i]);
	}

	put_head(file, chart, rows_top + ROW * (double)rows + MARGIN / 2.0);
	put_text(file, MARGIN, HEAD + 22, "class=\"h\"", chart->hours.title);
	put_columns(file, &chart->hours, HEAD + 24);
	for (size_t i = 0; i < ARRAY_COUNT(chart->panelv); i++) {
		double left = i * (WIDTH / 2.0);

		put_text(file, left + MARGIN, rows_top - 16, "class=\"h\"",
		         chart->panelv[i].title);
		put_rows(file, &chart->panelv[i], left, rows_top);
	}
	fputs("</svg>\n", file);

	return ferror(file) ? EIO : 0;
}
