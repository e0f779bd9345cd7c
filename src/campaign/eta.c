/*
 * campaign/eta.c - pure: when a campaign will be over
 *
 * Either the lines are full, then calls follow each other on each of them, or
 * the pace holds us back; the slower of the two is what it takes to place the
 * rest, and the last one placed has its whole length before it.
 */
#include <assert.h>
#include <math.h>
#include "campaign/eta.h"

enum {
	ENDED_MIN = 3,
};

int64_t eta_ms(const struct eta *eta)
{
	double each_ms, by_lines_ms, by_pace_ms = 0;

	assert(eta->calls_max);

	if (!eta->waiting && !eta->live)
		return 0;
	if (eta->ended < ENDED_MIN)
		return -1;

	each_ms = (double)eta->spent_ms / eta->ended;
	by_lines_ms = each_ms * eta->waiting / eta->calls_max;
	if (eta->rate > 0)
		by_pace_ms = eta->waiting * 1000 / eta->rate;

	return (int64_t)(fmax(by_lines_ms, by_pace_ms) + each_ms);
}
