/*
 * campaign/predict.c - pure: how many calls to begin for people who will talk
 */
#include <assert.h>
#include <math.h>
#include "base/mem.h"
#include "campaign/predict.h"

enum {
	CALLS_KEPT = 200, /* older calls fade */
	SAMPLE = 20,      /* answered calls that say little yet */
	MINUTE_CALLS_MIN = 20,
	DAY_CALLS_MIN = 50,
	PERCENT = 100,
};

unsigned predict_progressive(unsigned people_free, unsigned ringing)
{
	return people_free > ringing ? people_free - ringing : 0;
}

/* --- how many will answer ------------------------------------------------ */

void predict_rate_init(struct predict_rate *rate, double share, double calls)
{
	assert(share >= 0 && share <= 1 && calls > 0);

	rate->answered = share * calls;
	rate->calls = calls;
}

void predict_rate_saw(struct predict_rate *rate, int is_answered)
{
	if (rate->calls >= CALLS_KEPT) {
		rate->answered *= 1 - 1.0 / CALLS_KEPT;
		rate->calls *= 1 - 1.0 / CALLS_KEPT;
	}
	rate->calls++;
	rate->answered += is_answered != 0;
}

double predict_rate_careful(const struct predict_rate *rate)
{
	double mean = rate->answered / rate->calls;
	double deviation = sqrt(mean * (1 - mean) / (rate->calls + 1));

	return fmin(1, mean + deviation);
}

/* --- who will be free ---------------------------------------------------- */

void predict_talks_saw(struct predict_talks *talks, uint64_t talk_ms)
{
	uint64_t bin = talk_ms / PREDICT_BIN_MS;

	talks->binv[bin < PREDICT_BINS ? bin : PREDICT_BINS - 1]++;
	talks->count++;
}

/* Talks that lasted longer; within a bin they end evenly. */
static double longer_than(const struct predict_talks *talks, uint64_t ms)
{
	uint64_t bin = ms / PREDICT_BIN_MS;
	double n;

	if (bin >= PREDICT_BINS)
		return 0;

	n = talks->binv[bin] *
	    (1 - (double)(ms % PREDICT_BIN_MS) / PREDICT_BIN_MS);
	for (uint64_t i = bin + 1; i < PREDICT_BINS; i++)
		n += talks->binv[i];

	return n;
}

double predict_talk_ends(const struct predict_talks *talks, uint64_t so_far_ms,
                         uint64_t window_ms)
{
	double now = longer_than(talks, so_far_ms);

	/* Longer than any that was seen: nobody knows. */
	if (now <= 0)
		return 0;

	return (now - longer_than(talks, so_far_ms + window_ms)) / now;
}

/* --- how many calls ------------------------------------------------------ */

/* That of n calls more than `most` are answered. */
static double more_than(unsigned most, unsigned n, double rate)
{
	double chance, at_most;

	if (n <= most || rate <= 0)
		return 0;
	if (rate >= 1)
		return 1;

	/* Term by term, from nobody upwards. */
	chance = pow(1 - rate, n);
	at_most = chance;
	for (unsigned k = 1; k <= most; k++) {
		chance *= (double)(n - k + 1) / k * rate / (1 - rate);
		at_most += chance;
	}

	return fmax(0, 1 - at_most);
}

unsigned predict_calls(const struct predict_state *state)
{
	unsigned least =
		predict_progressive(state->people_free, state->ringing);
	unsigned people = (unsigned)(state->people_free + state->people_soon);
	unsigned room = state->calls_max > state->ringing
	                        ? state->calls_max - state->ringing
	                        : 0;
	unsigned calls = least < room ? least : room;

	while (calls < room && more_than(people, calls + 1 + state->ringing,
	                                 state->answer_rate) <= state->budget)
		calls++;

	/* Nobody to talk to, and nothing known: not one by chance. */
	return people ? calls : 0;
}

double predict_budget(uint64_t answered, uint64_t abandoned, double target)
{
	double allowed = target * (double)(answered + SAMPLE);
	double left = 1 - (double)abandoned / allowed;

	return left > 0 ? 2 * target * left : 0;
}

/* --- by level ------------------------------------------------------------ */

static double limited(const struct adapt *adapt, double level)
{
	switch (adapt->mode) {

	case ADAPT_HARD:
		return 1;

	case ADAPT_AVERAGE:
		return level / 2;

	case ADAPT_TAPERED:
		break;
	}

	if (!adapt->day_minutes)
		return 1;

	return level *
	       fmin(1, (double)adapt->minutes_left / adapt->day_minutes);
}

double adapt_level(const struct adapt *adapt)
{
	double target =
		adapt->people_ready - adapt->calls_waiting + adapt->difference;
	double percent =
		adapt->people > 0 ? PERCENT * target / adapt->people : 0;
	double share = adapt->intensity / PERCENT;
	double level;

	percent *= percent < 0 ? fabs(share - 1) : 1 + share;
	level = adapt->level * (1 + percent / PERCENT);
	level = fmax(1, fmin(level, adapt->level_max));

	if (adapt->minute_calls > MINUTE_CALLS_MIN && adapt->minute_drop > 50)
		level /= 2;
	if (adapt->day_calls > DAY_CALLS_MIN &&
	    adapt->day_drop > adapt->drop_limit)
		level = limited(adapt, level);
	if (adapt->people <= adapt->people_few)
		level = 1;

	return fmax(1, level);
}
