/*
 * bench/bench_asr_report.c - what became of what was said, as lines of figures
 */
#include <stdio.h>
#include "bench_asr_report.h"

double report_percent(unsigned part, unsigned all)
{
	return all ? 100.0 * part / all : 0;
}

static void line(const char *name, const char *what, unsigned part,
                 unsigned all)
{
	if (all)
		printf("asr.%s.%s_pct %.1f %%\n", name, what,
		       report_percent(part, all));
}

void report_print(const char *name, const struct tally tallyv[SAID_KINDS])
{
	const struct tally *t = &tallyv[SAID_EXACT];

	line(name, "right", t->right, t->all);
	line(name, "wrong", t->wrong, t->all);
	line(name, "rejected", t->rejected, t->all);
	t = &tallyv[SAID_AROUND];
	line(name, "around_right", t->right, t->all);
	line(name, "around_wrong", t->wrong, t->all);
	t = &tallyv[SAID_STRANGE];
	line(name, "false_accept", t->wrong, t->all);
	(void)fflush(stdout);
}
