/*
 * campaign/pace.c - pure: how many calls a second a line gets
 *
 * A bucket of tokens that holds hardly more than one, so that neither the
 * start nor a pause is followed by a burst: carriers count calls in any window
 * of a second. A refusal for congestion multiplies the rate down, accepted
 * calls add to it (spec/dialer.md 1.4: a 503 is first of all our own fault).
 */
#include <assert.h>
#include <math.h>
#include "campaign/campaign.h"

enum {
	REST_MS = 1000,    /* after a refusal that says no time */
	CUT_GAP_MS = 1000, /* refusals within it are of the same burst */
	SEEN_MS = 1000,    /* window in which the own rate is measured */
};

static const double burst_s = 0.02; /* of calls at once, above 50 a second */
static const double cut = 0.7;
static const double climb = 0.04;    /* of the rate, in each second */
static const double climb_min = 0.1; /* calls a second, in each second */
static const double rate_least = 0.2;

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

void pace_init(struct pace *pace, double rate_max, uint64_t now_ms)
{
	assert(pace && rate_max >= 0);

	*pace = (struct pace){
		.rate = rate_max,
		.rate_max = rate_max,
		.tokens = 1,
		.filled_ms = now_ms,
		.seen_ms = now_ms,
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

static void count(struct pace *pace, uint64_t now_ms)
{
	if (now_ms - pace->seen_ms >= SEEN_MS) {
		pace->seen_rate = pace->placed_since * 1000.0 /
		                  (double)(now_ms - pace->seen_ms);
		pace->seen_ms = now_ms;
		pace->placed_since = 0;
	}
	pace->placed_since++;
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
	count(pace, now_ms);

	return 0;
}

void pace_refused(struct pace *pace, uint32_t retry_after_s, uint64_t now_ms)
{
	uint64_t rest_ms = retry_after_s ? retry_after_s * 1000ull : REST_MS;

	if (now_ms + rest_ms > pace->rest_until_ms)
		pace->rest_until_ms = now_ms + rest_ms;

	if (pace->cut_ms && now_ms < pace->cut_ms + CUT_GAP_MS)
		return;

	/* Without a limit of ours the one we ran at is where to begin. */
	if (pace->rate <= 0)
		pace->rate = fmax(pace->seen_rate, pace->placed_since);
	pace->rate = fmax(rate_least, pace->rate * cut);
	pace->tokens = fmin(pace->tokens, 0);
	pace->filled_ms = now_ms;
	pace->cut_ms = now_ms ? now_ms : 1;
}

void pace_accepted(struct pace *pace, uint64_t now_ms)
{
	double step = fmax(climb_min, pace->rate * climb);

	if (pace->rate <= 0 || pace->rate == pace->rate_max)
		return;

	/* At `rate` calls a second this adds up to `step` a second. */
	pace->tokens = tokens_at(pace, now_ms);
	pace->filled_ms = now_ms;
	pace->rate += step / fmax(pace->rate, 1);
	if (pace->rate_max > 0 && pace->rate > pace->rate_max)
		pace->rate = pace->rate_max;
}
