/*
 * cli/report.h - the results of a campaign: table, CSV, JSON lines
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "store/store.h"

enum report_format {
	REPORT_TABLE,
	REPORT_CSV,
	REPORT_JSON, /* one object a line */
};

bool report_format_parse(enum report_format *formatp, const char *name);

struct report {
	FILE *out;
	enum report_format format;
	bool is_scored; /* compare with the columns `truth` and `outcome` */

	/* filled as rows pass */
	uint32_t rows, right, wrong;
	uint32_t sounded, one_way; /* calls with audio, and without one way */
	double mos_sum, mos_least; /* of those, estimated */
	int err;
};

/* Writes the head; then report_row() for each; then the foot. Returns the
 * first failure: a row is missing. */
void report_begin(struct report *report);
void report_row(struct report *report, const struct store_result *result);
int report_end(struct report *report);

/* "1:05" of milliseconds. Returns text. */
enum {
	REPORT_TIME_SIZE = 24,
};
const char *report_time(char text[REPORT_TIME_SIZE], int64_t ms);
