/*
 * test/campaign/test_predict.c - how many calls for people who will talk
 */
#include <math.h>
#include "campaign/predict.h"
#include "campaign/tests.h"
#include "harness.h"

static bool near(double a, double b)
{
	return fabs(a - b) < 0.0005;
}

int test_predict_calls(void)
{
	static const struct {
		const char *why;
		struct predict_state state;
		unsigned calls;
	} rowv[] = {
		/* clang-format off */
		{"nobody is free: no call", {0, 0, 0, 0.3, 0.03, 99}, 0},
		{"no budget: one for each", {4, 0, 0, 0.3, 0, 99}, 4},
		{"those that ring are theirs", {4, 0, 3, 0.3, 0, 99}, 1},
		{"all answer: one for each", {4, 0, 0, 1, 0.03, 99}, 4},
		/* P(Bin(7, .3) > 4) = 0.0288, P(Bin(8, .3) > 4) = 0.0580,
		 * P(Bin(58, .1) > 10) = 0.0273, of 59: 0.0306 */
		{"seven calls, four people", {4, 0, 0, 0.3, 0.03, 99}, 7},
		{"two of the seven ring", {4, 0, 2, 0.3, 0.03, 99}, 5},
		{"soon free: whole people", {3, 1.9, 0, 0.3, 0.03, 99}, 7},
		{"the lines are the limit", {4, 0, 2, 0.3, 0.03, 6}, 4},
		{"one in ten answers", {10, 0, 0, 0.1, 0.03, 999}, 58},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		unsigned calls = predict_calls(&rowv[i].state);

		if (calls != rowv[i].calls)
			CHECK_FAIL("row %zu: %s: %u", i, rowv[i].why, calls);
	}
	CHECK_U64(2, predict_progressive(5, 3));
	CHECK_U64(0, predict_progressive(3, 5));

out:
	return err;
}

/* A new list is thought to answer more often than it may. */
int test_predict_rate(void)
{
	struct predict_rate rate;
	double before;
	int err = 0;

	predict_rate_init(&rate, 0.5, 20);
	CHECK(predict_rate_careful(&rate) > 0.6);
	for (int i = 0; i < 1000; i++)
		predict_rate_saw(&rate, i % 10 == 0);
	CHECK(predict_rate_careful(&rate) > 0.1);
	CHECK(predict_rate_careful(&rate) < 0.14);

	/* Ten times as many answer now: soon it is known. */
	before = predict_rate_careful(&rate);
	for (int i = 0; i < 100; i++)
		predict_rate_saw(&rate, 1);
	CHECK(predict_rate_careful(&rate) > before + 0.3);

out:
	return err;
}

int test_predict_talks(void)
{
	struct predict_talks talks = {0};
	int err = 0;

	CHECK(near(0, predict_talk_ends(&talks, 0, 10000)));

	/* Half end between 10 and 15 s, half between 60 and 65 s. */
	for (int i = 0; i < 100; i++)
		predict_talks_saw(&talks, i % 2 ? 12000 : 61000);
	CHECK(near(0, predict_talk_ends(&talks, 0, 10000)));
	CHECK(near(0.5, predict_talk_ends(&talks, 0, 20000)));
	CHECK(near(0.25, predict_talk_ends(&talks, 0, 12500)));

	/* Whoever still talks is one of the long ones. */
	CHECK(near(0, predict_talk_ends(&talks, 20000, 20000)));
	CHECK(near(1, predict_talk_ends(&talks, 55000, 10000)));
	CHECK(near(0, predict_talk_ends(&talks, 7200000, 10000)));

	/* The budget goes with the calls that were lost. */
	CHECK(near(0.06, predict_budget(0, 0, 0.03)));
	CHECK(near(0.03, predict_budget(980, 15, 0.03)));
	CHECK(near(0, predict_budget(980, 30, 0.03)));

out:
	return err;
}

/* Twenty people, talks of two minutes, one in five answers, then every second
 * one: by the rule of predict_calls() hardly anybody is abandoned. */
int test_predict_holds_the_target(void)
{
	struct predict_rate rate;
	uint64_t answered = 0, abandoned = 0, calls = 0;
	unsigned busy = 0, seed = 7;
	int err = 0;

	predict_rate_init(&rate, 0.6, 20);
	for (int turn = 0; turn < 20000; turn++) {
		double share = turn < 10000 ? 0.2 : 0.5;
		const struct predict_state state = {
			.people_free = 20 - busy,
			.answer_rate = predict_rate_careful(&rate),
			.budget = predict_budget(answered, abandoned, 0.03),
			.calls_max = 100,
		};
		unsigned n = predict_calls(&state);

		calls += n;
		for (unsigned i = 0; i < n; i++) {
			seed = seed * 1103515245u + 12345u;
			bool is_answered = (seed >> 16) % 1000 < share * 1000;

			predict_rate_saw(&rate, is_answered);
			answered += is_answered;
			if (is_answered && busy < 20)
				busy++;
			else
				abandoned += is_answered;
		}

		/* A turn is six seconds: one talk in twenty ends. */
		for (unsigned i = 0, all = busy; i < all; i++) {
			seed = seed * 1103515245u + 12345u;
			busy -= (seed >> 16) % 20 == 0;
		}
	}
	CHECK((double)abandoned <= 0.03 * (double)answered);

	/* And the people have something to do. */
	CHECK(answered > 15000);
	CHECK(calls > 2 * answered);

out:
	return err;
}

int test_predict_adapt(void)
{
	const struct adapt even = {
		.level = 2, .level_max = 3, .people = 10, .drop_limit = 3};
	struct adapt adapt = even;
	int err = 0;

	CHECK(near(2, adapt_level(&adapt)));

	/* Two wait for calls of ten: a fifth more. */
	adapt.people_ready = 2;
	CHECK(near(2.4, adapt_level(&adapt)));
	adapt.intensity = 50;
	CHECK(near(2.6, adapt_level(&adapt)));
	adapt.people_ready = 9;
	CHECK(near(3, adapt_level(&adapt)));

	/* Calls wait: less, but never less than one for each. */
	adapt = even;
	adapt.calls_waiting = 2;
	CHECK(near(1.6, adapt_level(&adapt)));
	adapt.intensity = 50;
	CHECK(near(1.8, adapt_level(&adapt)));
	adapt.calls_waiting = 9;
	adapt.intensity = 0;
	CHECK(near(1, adapt_level(&adapt)));

	/* Too many were dropped today; of 50 calls that says nothing. */
	adapt = even;
	adapt.day_drop = 4;
	adapt.day_calls = 50;
	CHECK(near(2, adapt_level(&adapt)));
	adapt.day_calls = 51;
	CHECK(near(1, adapt_level(&adapt)));
	adapt.level = 3;
	adapt.mode = ADAPT_AVERAGE;
	CHECK(near(1.5, adapt_level(&adapt)));

	/* Two thirds of the day are left. */
	adapt.mode = ADAPT_TAPERED;
	adapt.day_minutes = 600;
	adapt.minutes_left = 400;
	CHECK(near(2, adapt_level(&adapt)));
	adapt.minutes_left = 0;
	CHECK(near(1, adapt_level(&adapt)));

	/* A bad minute. */
	adapt = even;
	adapt.level = 3;
	adapt.minute_calls = 21;
	adapt.minute_drop = 51;
	CHECK(near(1.5, adapt_level(&adapt)));
	adapt.people_few = 10;
	CHECK(near(1, adapt_level(&adapt)));

out:
	return err;
}
