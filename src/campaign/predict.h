/*
 * campaign/predict.h - pure: how many calls to begin for people who will talk
 *
 * Robots are reserved before a call (dialer.c); a campaign that hands over to
 * people has to guess who will answer and who will be free then. Whoever
 * answers and finds nobody is abandoned, and of those there may be hardly any:
 * 3 % of the answered calls of 30 days in the USA (spec/dialer.md 1.2, 1.3, 3).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* One call for each person that is free; what rings is on its way to them. */
unsigned predict_progressive(unsigned people_free, unsigned ringing);

/* --- how many will answer ---------------------------------------------------
 */

/* The share of answered calls, the latest ones counting most. It begins
 * careful: few calls, and it says more will answer than probably do. */
struct predict_rate {
	double answered, calls; /* fading */
};

/* A guess to begin with, worth so many calls. */
void predict_rate_init(struct predict_rate *rate, double share, double calls);
void predict_rate_saw(struct predict_rate *rate, int is_answered);

/* What is hardly exceeded: the mean and one standard deviation. */
double predict_rate_careful(const struct predict_rate *rate);

/* --- who will be free --------------------------------------------------------
 */

enum {
	PREDICT_BINS = 120,
	PREDICT_BIN_MS = 5000, /* the last bin: ten minutes and more */
};

/* How long talks last. */
struct predict_talks {
	uint32_t binv[PREDICT_BINS];
	uint32_t count;
};

void predict_talks_saw(struct predict_talks *talks, uint64_t talk_ms);

/* That a talk which has lasted so long ends within the window. Nothing is
 * known without talks: 0. */
double predict_talk_ends(const struct predict_talks *talks, uint64_t so_far_ms,
                         uint64_t window_ms);

/* --- how many calls ----------------------------------------------------------
 */

struct predict_state {
	unsigned people_free;
	double people_soon; /* expected to be free until somebody answers */
	unsigned ringing;
	double answer_rate; /* careful */
	double budget;      /* chance that somebody finds nobody */
	unsigned calls_max; /* at once, what rings included */
};

/* The most calls to begin now for which the chance that more answer than
 * people are free stays within the budget. At least what the progressive rule
 * says. */
unsigned predict_calls(const struct predict_state *state);

/* The budget of the next decision: nothing once the abandoned calls reach the
 * share of the answered ones that is the target. */
double predict_budget(uint64_t answered, uint64_t abandoned, double target);

/* --- by level ----------------------------------------------------------------
 *
 * Calls for each person, moved up and down by what was seen: the rules that
 * VICIdial users know, with the time until the end of the day in minutes.
 */

enum adapt_mode {
	ADAPT_HARD,    /* over the limit: one for each */
	ADAPT_AVERAGE, /* over the limit: half */
	ADAPT_TAPERED, /* over the limit: less and less towards the end */
};

struct adapt {
	enum adapt_mode mode;
	double level, level_max;
	double people;         /* logged in, on average */
	double people_ready;   /* on average */
	double calls_waiting;  /* on average */
	double difference;     /* -1: keep one of them free */
	double intensity;      /* percent, -100 to 100 */
	double drop_limit;     /* percent of the answered calls */
	unsigned minute_calls; /* answered in the last minute */
	double minute_drop;    /* percent of them */
	unsigned day_calls;    /* answered today */
	double day_drop;       /* percent of them */
	unsigned minutes_left; /* of the day */
	unsigned day_minutes;  /* of which it began with so many */
	unsigned people_few;   /* so many or fewer: one for each */
};

double adapt_level(const struct adapt *adapt);
