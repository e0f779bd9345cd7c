/*
 * campaign/promise.c - pure: "call me back at three"
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include "campaign/promise.h"

#define SECOND_MS INT64_C(1000)

enum {
	DAYS_MAX = 60,
	DAY_S = 86400,
	HOUR_S = 3600,
};

/* "+90m" */
static bool read_later(int64_t *at_sp, const char *text, int64_t now_s)
{
	char *end;
	long n = strtol(text + 1, &end, 10);
	long unit_s = *end == 'm'   ? 60
	              : *end == 'h' ? HOUR_S
	              : *end == 'd' ? DAY_S
	                            : 0;

	if (!isdigit((unsigned char)text[1]) || !unit_s || end[1] ||
	    n > DAYS_MAX * DAY_S / unit_s)
		return false;

	*at_sp = now_s + n * unit_s;

	return true;
}

/* "15:30" at the end of p. */
static bool read_clock(unsigned *minutep, const char *p)
{
	unsigned hour, minute;
	int n = 0;

	if (sscanf(p, "%2u:%2u%n", &hour, &minute, &n) != 2 || p[n] ||
	    hour > 23 || minute > 59)
		return false;

	*minutep = hour * 60 + minute;

	return true;
}

/* "2026-11-22T15:30", with Z or by their clock. */
static bool read_date(int64_t *at_sp, const char *text, const struct zone *zone)
{
	unsigned month, day, hour, minute;
	struct zone_time time;
	char between;
	int year, n = 0;

	if (sscanf(text, "%4d-%2u-%2u%c%2u:%2u%n", &year, &month, &day,
	           &between, &hour, &minute, &n) != 6 ||
	    (between != 'T' && between != ' ') || month < 1 || month > 12 ||
	    day < 1 || day > 31 || hour > 23 || minute > 59)
		return false;

	time = (struct zone_time){
		zone_day(year, month, day),
		hour * 60 + minute,
	};
	if (text[n] == 'Z' && !text[n + 1])
		*at_sp = time.day * DAY_S + (int64_t)time.minute * 60;
	else if (!text[n] && zone)
		*at_sp = zone_instant(zone, time);
	else
		return false;

	return true;
}

static bool read_next(int64_t *at_sp, const char *text, const struct zone *zone,
                      int64_t now_s)
{
	struct zone_time time;

	if (!zone)
		return false;

	time = zone_time(zone, now_s);
	if (!read_clock(&time.minute, text))
		return false;

	*at_sp = zone_instant(zone, time);
	if (*at_sp <= now_s) {
		time.day++;
		*at_sp = zone_instant(zone, time);
	}

	return true;
}

bool promise_read(int64_t *at_msp, const char *text, const struct zone *zone,
                  int64_t now_ms)
{
	int64_t now_s = now_ms / SECOND_MS, at_s = 0;

	if (*text == '+') {
		if (!read_later(&at_s, text, now_s))
			return false;
	}
	else if (!read_date(&at_s, text, zone) &&
	         !read_next(&at_s, text, zone, now_s)) {
		return false;
	}
	if (at_s <= now_s || at_s > now_s + (int64_t)DAYS_MAX * DAY_S)
		return false;

	*at_msp = at_s * SECOND_MS;

	return true;
}
