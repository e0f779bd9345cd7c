/*
 * test/campaign/test_window.c - the hours at which somebody may be called
 */
#include "campaign/window.h"
#include "campaign/tests.h"
#include "harness.h"

enum {
	DAY_S = 86400,
	ZONES = 6,
};

static const char *const zone_namev[ZONES] = {
	"Europe/Berlin",     "America/New_York", "Australia/Lord_Howe",
	"America/Sao_Paulo", "Asia/Kathmandu",   "Pacific/Auckland",
};

static void zones_free(struct zone *zonev[ZONES])
{
	for (int i = 0; i < ZONES; i++)
		zonev[i] = mem_deref(zonev[i]);
}

static int zones_load(struct zone *zonev[ZONES])
{
	for (int i = 0; i < ZONES; i++) {
		int err = zone_load(&zonev[i], zone_namev[i]);

		if (err)
			return err;
	}

	return 0;
}

int test_window_table(void)
{
	static const struct {
		const char *why;
		const char *hours, *holidays;
		const char *zone;
		int64_t now_s, next_s;
	} rowv[] = {
		/* clang-format off */
		{"within the hours: now", "mon-fri 09:00-20:00", "",
		 "Europe/Berlin", 1795431600, 1795431600},
		{"the last minute is inside", "mon-fri 09:00-20:00", "",
		 "Europe/Berlin", 1795460399, 1795460399},
		{"the end is outside: the next morning", "mon-fri 09:00-20:00",
		 "", "Europe/Berlin", 1795460400, 1795507200},
		{"Saturday has its own hours",
		 "mon-fri 09:00-20:00, sat 10:00-14:00", "", "Europe/Berlin",
		 1795240800, 1795251600},
		{"Sunday has none: Monday", "mon-sat 09:00-20:00", "",
		 "Europe/Berlin", 1795334400, 1795420800},
		{"a holiday counts by the callee's date", "09:00-20:00",
		 "2026-11-23..2026-11-24", "Asia/Kathmandu", 1795406400,
		 1795576500},
		{"over midnight: Saturday's night belongs to Friday",
		 "fri 22:00-02:00", "", "Europe/Berlin", 1795217400,
		 1795217400},
		{"a holiday that is over at noon opens at noon", "09:00-20:00",
		 "2026-11-23T00:00..2026-11-23T12:00", "Europe/Berlin",
		 1795420800, 1795431600},
		{"it has not begun yet", "09:00-20:00",
		 "2026-11-23T13:00..2026-11-24T13:00", "Europe/Berlin",
		 1795431600, 1795431600},
		{"it begins at one, and is over at one the next day",
		 "09:00-20:00", "2026-11-23T13:00..2026-11-24T13:00",
		 "Europe/Berlin", 1795435200, 1795521600},
		{"over outside the hours: the next morning", "09:00-20:00",
		 "2026-11-23T13:00..2026-11-23T22:00", "Europe/Berlin",
		 1795435200, 1795507200},
		{"no hours, only holidays", "", "2026-11-23", "Europe/Berlin",
		 1795431600, 1795474800},
		/* clang-format on */
	};
	struct zone *zone = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		char reason[WINDOW_REASON_SIZE] = "";
		struct window window = {.spanc = 0};
		const struct zone *zonev[1];
		int64_t next_s;

		CHECK_ERR(0, zone_load(&zone, rowv[i].zone));
		CHECK_ERR(0, window_parse(&window, rowv[i].hours, reason));
		CHECK_ERR(0, window_parse_holidays(&window, rowv[i].holidays,
		                                   reason));
		zonev[0] = zone;
		next_s = window_next(&window, zonev, 1, rowv[i].now_s);
		if (next_s != rowv[i].next_s)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_I64(rowv[i].next_s, next_s);
		zone = mem_deref(zone);
	}

out:
	mem_deref(zone);

	return err;
}

/* Around the change of the clocks in spring and autumn, minute by minute: the
 * next opening is open, and nothing before it is. */
static int check_days(const struct window *window, const struct zone *zone,
                      int64_t begin_s)
{
	const struct zone *zonev[1] = {zone};
	int64_t open_s = WINDOW_NEVER;
	int err = 0;

	/* From behind: what the next opening must be. */
	for (int64_t i = 3 * 24 * 60 - 1; i >= 0; i--) {
		int64_t at = begin_s + i * 60;

		if (window_is_open(window, zonev, 1, at))
			open_s = at;
		if (i < 24 * 60 && open_s != WINDOW_NEVER)
			CHECK_I64(open_s, window_next(window, zonev, 1, at));
	}

out:
	return err;
}

/* Days on which one of the zones changes: March, April, October,
 * November of 2026 and 2027. */
static const int64_t dayv[] = {
	20519, 20520, 20540, 20541, 20547, 20548,
	20722, 20729, 20730, 20750, 20751, 20758,
};
static const char *const hourv[] = {
	"09:00-20:00", "02:00-03:00", "02:30-02:45, 23:00-00:30",
	"00:00-24:00", "02:30-04:00",
};
static int check_zones(const char *hours, struct zone *const zonev[ZONES])
{
	char reason[WINDOW_REASON_SIZE];
	struct window window = {.spanc = 0};
	int err;

	err = window_parse(&window, hours, reason);
	for (int i = 0; i < ZONES; i++) {
		for (size_t d = 0; d < ARRAY_COUNT(dayv) && !err; d++)
			err = check_days(&window, zonev[i], dayv[d] * DAY_S);
		if (err)
			CHECK_FAIL("%s in %s", hours, zone_namev[i]);
	}

out:
	return err;
}

int test_window_clock_changes(void)
{
	struct zone *zonev[ZONES] = {NULL};
	int err;

	err = zones_load(zonev);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(hourv); i++)
		CHECK_ERR(0, check_zones(hourv[i], zonev));

out:
	zones_free(zonev);

	return err;
}

/* A year by steps that meet every minute of the day: all zones at once. */
int test_window_all_agree(void)
{
	struct zone *zonev[ZONES] = {NULL};
	const struct zone *pairv[2];
	char reason[WINDOW_REASON_SIZE];
	struct window window = {.spanc = 0};
	int err;

	err = zones_load(zonev);
	CHECK_ERR(0, err);
	CHECK_ERR(0, window_parse(&window, "mon-sat 09:00-20:00", reason));
	pairv[0] = zonev[0];
	pairv[1] = zonev[1];

	for (int64_t at = 1795240800; at < 1795240800 + 365 * DAY_S;
	     at += 61 * 60) {
		int64_t next = window_next(&window, pairv, 2, at);

		CHECK(next >= at && next < at + 4 * DAY_S);
		for (int i = 0; i < 2; i++)
			CHECK(window_is_open(&window, &pairv[i], 1, next));
		CHECK(next == at ||
		      !window_is_open(&window, pairv, 2, next - 1));
		CHECK(window_left_s(&window, pairv, 2, next) > 0);
	}

	/* Twelve hours apart, an hour each: they never agree. */
	CHECK_ERR(0, window_parse(&window, "09:00-10:00", reason));
	pairv[1] = zonev[5];
	CHECK_I64(WINDOW_NEVER, window_next(&window, pairv, 2, 1795240800));

	/* Nobody's clock at all is no permission. */
	CHECK(!window_is_open(&window, NULL, 0, 1795240800));

out:
	zones_free(zonev);

	return err;
}

int test_window_refused(void)
{
	static const char *const badv[] = {
		"9-20",          "mon-fri",
		"25:00-26:00",   "09:00-09:00",
		"mo 9:00-10:00", "mon 09:00-20:00x",
		"24:00-02:00",   "mon fri 09:00-20:00",
	};
	static const char *const bad_dayv[] = {
		"25.12.2026",
		"2026-13-01",
		"2027-01-08..2027-01-01",
		"2026-12-25 10:00",
		"2026-12-25T10:00",
		"2026-12-25T10:00..2026-12-25T10:00",
		"2026-12-25T24:00..2026-12-26",
	};
	char reason[WINDOW_REASON_SIZE];
	struct window window = {.spanc = 0};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(badv); i++) {
		CHECK_ERR(EINVAL, window_parse(&window, badv[i], reason));
		CHECK(strstr(reason, "mon-fri 09:00-20:00"));
	}
	for (size_t i = 0; i < ARRAY_COUNT(bad_dayv); i++)
		CHECK_ERR(EINVAL,
		          window_parse_holidays(&window, bad_dayv[i], reason));

out:
	return err;
}
