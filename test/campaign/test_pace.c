/*
 * test/campaign/test_pace.c - how fast, how long, and when to give up
 */
#include "campaign/campaign.h"
#include "campaign/eta.h"
#include "campaign/tests.h"
#include "campaign/trouble.h"
#include "harness.h"

enum {
	WINDOW_MS = 1000,
	PLACED_MAX = 4096,
};

int test_pace_table(void)
{
	static const struct {
		const char *why;
		double rate;
		uint64_t at_ms;
		uint32_t rest_ms;
		uint32_t wait_ms;
	} rowv[] = {
		/* clang-format off */
		{"no limit: at once",               0,    0, 0,    0},
		{"the first call goes at once",     5,    0, 0,    0},
		{"the next one a fifth later",      5,    0, 0,  200},
		{"half way there is half to wait",  5,  100, 0,  100},
		{"a pause saves up one call only",  5, 9000, 0,    0},
		{"then the spacing is back",        5, 9000, 0,  200},
		{"one call in two seconds",       0.5, 9000, 0,    0},
		{"so the next one then",          0.5, 9500, 0, 1500},
		{"a rest goes before",              5, 9500, 30000, 30000},
		{"a shorter one changes nothing",   5, 9500, 1000, 30000},
		/* clang-format on */
	};
	struct pace pace;
	double rate = -1;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		uint32_t wait_ms;

		if (rowv[i].rate != rate)
			pace_init(&pace, rowv[i].rate, rowv[i].at_ms);
		rate = rowv[i].rate;
		pace_rest(&pace, rowv[i].rest_ms, rowv[i].at_ms);

		wait_ms = pace_take(&pace, rowv[i].at_ms);
		if (wait_ms != rowv[i].wait_ms)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_U64(rowv[i].wait_ms, wait_ms);
	}

out:
	return err;
}

/* No window of a second ever holds more calls than the rate, with pauses and
 * a caller that comes late; and close to the rate is reached. */
int test_pace_window(void)
{
	static const double ratev[] = {1, 2, 3, 7, 20, 49, 50, 100, 300};
	static uint64_t placedv[PLACED_MAX];
	uint32_t lot = test_seed();
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(ratev); i++) {
		struct pace pace;
		size_t n = 0;
		uint64_t now_ms = 5000;

		pace_init(&pace, ratev[i], now_ms);
		while (now_ms < 15000) {
			uint32_t wait_ms;

			while (!(wait_ms = pace_take(&pace, now_ms)))
				placedv[n++] = now_ms;
			lot = lot * 1664525 + 1013904223;
			now_ms += wait_ms + (lot >> 24) % 8 / 7;
			if (!(lot >> 8) % 64)
				now_ms += 700;
		}

		for (size_t a = 0, b = 0; b < n; b++) {
			while (placedv[b] - placedv[a] >= WINDOW_MS)
				a++;
			if ((double)(b - a + 1) > ratev[i])
				CHECK_FAIL("%zu calls in a second, %g allowed",
				           b - a + 1, ratev[i]);
		}
		CHECK((double)n >= 7 * ratev[i]);
	}

out:
	return err;
}

/* What was saved up stays one call when another rate is told, and a line
 * without a limit that gets one has its call at once. */
int test_pace_follows(void)
{
	static const struct {
		const char *why;
		double rate; /* below 0: as it was */
		uint64_t at_ms;
		uint32_t wait_ms;
	} rowv[] = {
		/* clang-format off */
		{"no limit",                              0, 1000,    0},
		{"slowed to one in two seconds: one now", 0.5, 1000,  0},
		{"and the next one then",                -1, 1000, 2000},
		{"half of it waited for",                -1, 2000, 1000},
		{"faster: half of a call is there",      10, 2000,   50},
		{"a pause saves up one call only",       -1, 9000,    0},
		{"as it was told",                       -1, 9000,  100},
		{"no limit again",                        0, 9000,    0},
		/* clang-format on */
	};
	struct pace pace;
	int err = 0;

	pace_init(&pace, 0, 0);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		uint32_t wait_ms;

		if (rowv[i].rate >= 0)
			pace_follow(&pace, rowv[i].rate, rowv[i].at_ms);
		wait_ms = pace_take(&pace, rowv[i].at_ms);
		if (wait_ms != rowv[i].wait_ms)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_U64(rowv[i].wait_ms, wait_ms);
	}

out:
	return err;
}

int test_eta_table(void)
{
	static const struct {
		const char *why;
		struct eta eta;
		int64_t ms;
	} rowv[] = {
		/* clang-format off */
		{"nothing ended yet: not known", {100, 2, 10, 0, 0, 0}, -1},
		{"two are no measure",           {100, 2, 10, 0, 2, 20000}, -1},
		{"ten at once, ten seconds each: ten rounds and the last",
		 {100, 10, 10, 0, 5, 50000}, 110000},
		{"one a second is slower than the lines",
		 {100, 10, 100, 1, 5, 50000}, 110000},
		{"all placed: the last talk",   {0, 3, 10, 0, 5, 50000}, 10000},
		{"all over",                     {0, 0, 10, 0, 5, 50000}, 0},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		int64_t ms = eta_ms(&rowv[i].eta);

		if (ms != rowv[i].ms)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_I64(rowv[i].ms, ms);
	}

out:
	return err;
}

int test_trouble_rounds(void)
{
	const struct phone_end end = {
		.outcome = OUTCOME_LINE_AUTH,
		.sip_code = 403,
		.reason = "Forbidden",
	};
	char fault[CFG_FAULT_SIZE];
	struct trouble trouble;
	int err = 0;

	/* A hundred calls that were under way together are one failure. */
	trouble_init(&trouble, 0);
	for (uint64_t i = 0; i < 100; i++)
		CHECK_U64(1000,
		          trouble_add(&trouble, &end, 5000 + i, 6000 + i));
	CHECK(!trouble_is_hopeless(&trouble));

	CHECK_U64(2000, trouble_add(&trouble, &end, 8000, 8100));
	CHECK_U64(4000, trouble_add(&trouble, &end, 11000, 11100));
	trouble_clear(&trouble);
	CHECK_U64(1000, trouble_add(&trouble, &end, 20000, 20100));

	for (uint64_t at_ms = 30000; at_ms < 33000; at_ms += 1000)
		(void)trouble_add(&trouble, &end, at_ms, at_ms + 100);
	CHECK(!trouble_is_hopeless(&trouble));
	CHECK_U64(16000, trouble_add(&trouble, &end, 40000, 40100));
	CHECK_U64(30000, trouble_add(&trouble, &end, 60000, 60100));
	CHECK(trouble_is_hopeless(&trouble));

	trouble_words(&trouble, fault, "main");
	CHECK_STR("line main fails again and again (line_auth 403 Forbidden): "
	          "check user and password of the line; running again "
	          "continues",
	          fault);

out:
	return err;
}
