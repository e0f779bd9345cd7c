/*
 * campaign/pace.c - pure: how many calls a second a line gets
 *
 * A bucket of tokens that holds hardly more than one, so that neither the
 * start nor a pause is followed by a burst: carriers count calls in any window
 * of a second.
 */
#include <assert.h>
#include <math.h>
#include "campaign/campaign.h"

static const double burst_s = 0.02; /* of calls at once, above 50 a second */

static double bucket(const struct pace *pace)
{
	return fmax(1, pace->rate * burst_s);
}

/* What the bucket lets through at once is taken off the rate, so that a
 * window of a second never holds more than the rate. */
static double refill(const struct pace *pace)
{
	return pace->rate - (bucket(pace) - 1);
}

static double tokens_at(const struct pace *pace, uint64_t now_ms)
{
	double passed_s = 0;

	if (now_ms > pace->filled_ms)
		passed_s = (double)(now_ms - pace->filled_ms) / 1000;

	return fmin(bucket(pace), pace->tokens + passed_s * refill(pace));
}

void pace_init(struct pace *pace, double rate, uint64_t now_ms)
{
	assert(pace && rate >= 0);

	*pace = (struct pace){
		.rate = rate,
		.tokens = 1,
		.filled_ms = now_ms,
	};
}

uint32_t pace_wait(const struct pace *pace, uint64_t now_ms)
{
	double missing;

	if (now_ms < pace->rest_until_ms)
		return (uint32_t)(pace->rest_until_ms - now_ms);

	if (pace->rate <= 0)
		return 0;

	missing = 1 - tokens_at(pace, now_ms);
	if (missing <= 0)
		return 0;

	return (uint32_t)ceil(missing / refill(pace) * 1000);
}

uint32_t pace_take(struct pace *pace, uint64_t now_ms)
{
	uint32_t wait_ms = pace_wait(pace, now_ms);

	if (wait_ms)
		return wait_ms;

	if (pace->rate > 0) {
		pace->tokens = tokens_at(pace, now_ms) - 1;
		pace->filled_ms = now_ms;
	}

	return 0;
}

void pace_rest(struct pace *pace, uint32_t ms, uint64_t now_ms)
{
	if (now_ms + ms > pace->rest_until_ms)
		pace->rest_until_ms = now_ms + ms;
}

void pace_follow(struct pace *pace, double rate, uint64_t now_ms)
{
	assert(rate >= 0);

	pace->tokens = pace->rate > 0 ? tokens_at(pace, now_ms) : 1;
	pace->filled_ms = now_ms;
	pace->rate = rate;
}
