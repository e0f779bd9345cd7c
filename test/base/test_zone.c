/*
 * test/base/test_zone.c - time zones, with the C library as the judge
 */
#include <stdlib.h>
#include <time.h>
#include "base/zone.h"
#include "harness.h"
#include "test_base.h"

enum {
	ROUNDS = 4000,
	DAY_S = 86400,
};

static const char *const namev[] = {
	"Europe/Moscow",    "Europe/Berlin",       "Europe/Dublin",
	"America/New_York", "America/Sao_Paulo",   "America/St_Johns",
	"Asia/Shanghai",    "Asia/Kathmandu",      "Asia/Tehran",
	"Australia/Sydney", "Australia/Lord_Howe", "Africa/Casablanca",
	"Pacific/Auckland", "Pacific/Kiritimati",  "America/Nuuk",
	"Etc/GMT+7",
};

static int check_against_library(const struct zone *zone)
{
	uint64_t lot = test_seed();
	int err = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct zone_time when;
		struct tm tm;
		time_t at;

		lot = lot * 6364136223846793005u + 1442695040888963407u;
		at = (time_t)((lot >> 20) % (130ull * 365 * DAY_S));
		(void)localtime_r(&at, &tm);
		CHECK_I64(tm.tm_gmtoff, zone_offset_s(zone, at));

		when = zone_time(zone, at);
		CHECK_I64(zone_day(tm.tm_year + 1900, (unsigned)tm.tm_mon + 1,
		                   (unsigned)tm.tm_mday),
		          when.day);
		CHECK_U64((uint64_t)tm.tm_hour * 60 + (uint64_t)tm.tm_min,
		          when.minute);
		CHECK_U64((uint64_t)tm.tm_wday, zone_weekday(when.day));
	}

out:
	return err;
}

int test_zone_as_library(void)
{
	struct zone *zone = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(namev); i++) {
		CHECK_ERR(0, zone_load(&zone, namev[i]));
		CHECK_STR(namev[i], zone_name(zone));
		(void)setenv("TZ", namev[i], 1);
		tzset();
		err = check_against_library(zone);
		if (err)
			CHECK_FAIL("in %s", namev[i]);
		zone = mem_deref(zone);
	}

out:
	(void)unsetenv("TZ");
	tzset();
	mem_deref(zone);

	return err;
}

int test_zone_instants(void)
{
	static const struct {
		const char *why;
		const char *zone;
		int year;
		unsigned month, day, minute;
		int64_t unix_s;
	} rowv[] = {
		/* clang-format off */
		{"a plain morning", "Europe/Moscow", 2026, 11, 21, 540,
		 1795240800},
		{"the hour that is skipped comes after the jump",
		 "Europe/Berlin", 2026, 3, 29, 150, 1774747800},
		{"the hour that comes twice is its first",
		 "Europe/Berlin", 2026, 10, 25, 150, 1792888200},
		{"the same in New York in spring", "America/New_York",
		 2026, 3, 8, 150, 1772955000},
		{"behind the table the rule holds", "Europe/Berlin",
		 2099, 7, 1, 600, 4086576000},
		/* clang-format on */
	};
	struct zone *zone = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct zone_time when = {
			zone_day(rowv[i].year, rowv[i].month, rowv[i].day),
			rowv[i].minute,
		};
		int64_t unix_s;

		CHECK_ERR(0, zone_load(&zone, rowv[i].zone));
		unix_s = zone_instant(zone, when);
		if (unix_s != rowv[i].unix_s)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_I64(rowv[i].unix_s, unix_s);
		zone = mem_deref(zone);
	}

out:
	mem_deref(zone);

	return err;
}

int test_zone_refusals(void)
{
	static const uint8_t short_file[] = "TZif2";
	static const struct {
		const char *name;
		int err;
	} rowv[] = {
		{"Mars/Olympus", ENOENT},     {"", EINVAL},
		{"../../etc/passwd", EINVAL}, {"/etc/passwd", EINVAL},
		{"Europe/../../x", EINVAL},
	};
	struct zone *zone = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++)
		CHECK_ERR(rowv[i].err, zone_load(&zone, rowv[i].name));
	CHECK_ERR(EBADMSG,
	          zone_parse(&zone, "X", short_file, sizeof(short_file)));
	CHECK(!zone);

out:
	return err;
}
