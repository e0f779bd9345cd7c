/*
 * bench/bench_asr_report.h - what became of what was said, as lines of figures
 */
#pragma once

/* What is said: an answer, one among other words, none of them. */
enum said_kind {
	SAID_EXACT,
	SAID_AROUND,
	SAID_STRANGE,
	SAID_KINDS,
};

struct tally {
	unsigned all;
	unsigned right;
	unsigned wrong;
	unsigned rejected;
};

double report_percent(unsigned part, unsigned all);

/* Lines "asr.NAME.right_pct 91.1 %"; of what was not said there are none. */
void report_print(const char *name, const struct tally tallyv[SAID_KINDS]);
