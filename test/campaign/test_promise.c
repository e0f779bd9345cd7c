/*
 * test/campaign/test_promise.c - "call me back at three"
 */
#include "campaign/promise.h"
#include "campaign/tests.h"
#include "harness.h"

#define NOON INT64_C(1795262400000) /* Saturday 2026-11-21 12:00 UTC */
#define HOUR INT64_C(3600000)

int test_promise_table(void)
{
	static const struct {
		const char *why;
		const char *text;
		bool has_zone;    /* Europe/Moscow, where it is 15:00 */
		int64_t later_ms; /* 0: refused */
	} rowv[] = {
		/* clang-format off */
		{"in two hours", "+2h", false, 2 * HOUR},
		{"in 90 minutes", "+90m", false, 3 * HOUR / 2},
		{"tomorrow", "+1d", false, 24 * HOUR},
		{"by Greenwich", "2026-11-21T15:30Z", false, 7 * HOUR / 2},
		{"by their clock", "2026-11-21T15:30", true, HOUR / 2},
		{"with a blank", "2026-11-22 09:00", true, 18 * HOUR},
		{"later today", "17:00", true, 2 * HOUR},
		{"that time is over today: tomorrow", "15:00", true, 24 * HOUR},
		{"by a clock that nobody knows", "17:00", false, 0},
		{"the same with a date", "2026-11-21T15:30", false, 0},
		{"in the past", "2026-11-21T11:00Z", false, 0},
		{"too far", "+61d", false, 0},
		{"no unit", "+2", false, 0},
		{"words", "tomorrow at three", true, 0},
		{"more behind it", "17:00 please", true, 0},
		{"no hour", "25:00", true, 0},
		{"nothing", "", true, 0},
		/* clang-format on */
	};
	struct zone *zone = NULL;
	int err;

	err = zone_load(&zone, "Europe/Moscow");
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		int64_t at_ms = NOON;
		bool is_read =
			promise_read(&at_ms, rowv[i].text,
		                     rowv[i].has_zone ? zone : NULL, NOON);

		if (is_read != (rowv[i].later_ms != 0) ||
		    at_ms != NOON + rowv[i].later_ms)
			CHECK_FAIL("row %zu: %s: %lld", i, rowv[i].why,
			           (long long)(at_ms - NOON));
	}

out:
	mem_deref(zone);

	return err;
}
