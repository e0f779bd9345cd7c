/*
 * store/slowing.c - pure: how fast a line may go that asked for fewer calls
 */
#include <assert.h>
#include <math.h>
#include "store/slowing.h"

static const double cut = 0.7;
static const double climb = 0.04;    /* of the rate, in each second */
static const double climb_min = 0.1; /* calls a second, in each second */
static const double least = 0.2;
static const double most = 10000; /* no line takes more */

double slowing_cut(double calls_per_s)
{
	return fmax(least, calls_per_s * cut);
}

double slowing_rate(double cut_calls_per_s, int64_t for_ms)
{
	const double even = climb_min / climb; /* from here on a part is more */
	double rate = cut_calls_per_s, s = (double)for_ms / 1000;

	assert(rate > 0);

	if (s <= 0)
		return rate;

	if (rate < even) {
		double slow_s = fmin(s, (even - rate) / climb_min);

		rate += slow_s * climb_min;
		s -= slow_s;
	}
	rate *= pow(1 + climb, s);

	return rate < most ? rate : 0;
}
