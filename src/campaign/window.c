/*
 * campaign/window.c - pure: the hours at which somebody may be called
 */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/mem.h"
#include "campaign/window.h"

enum {
	EVERY_DAY = 0x7f,
	DAYS_AHEAD = 400,  /* beyond the longest holiday anybody means */
	ROUNDS_MAX = 3000, /* of zones that must agree */
	DAY_S = 86400,
	ITEM_SIZE = 64,
};

static const char *const weekdayv[] = {"sun", "mon", "tue", "wed",
                                       "thu", "fri", "sat"};

/* --- reading ------------------------------------------------------------- */

static int refuse(char reason[WINDOW_REASON_SIZE], const char *item,
                  const char *right)
{
	(void)snprintf(reason, WINDOW_REASON_SIZE,
	               "\"%s\" is not understood: %s", item, right);

	return EINVAL;
}

/* The next item of a list with commas, trimmed. */
static const char *item_next(char item[ITEM_SIZE], const char *p)
{
	size_t len;

	p += strspn(p, ", \t");
	if (!*p)
		return NULL;

	len = strcspn(p, ",");
	(void)snprintf(item, ITEM_SIZE, "%.*s", (int)len, p);
	for (size_t n = strlen(item); n && item[n - 1] == ' '; n--)
		item[n - 1] = '\0';

	return p + len;
}

static int weekday_find(const char *name, size_t len)
{
	for (int i = 0; i < 7; i++) {
		if (len == 3 && !strncasecmp(weekdayv[i], name, len))
			return i;
	}

	return -1;
}

/* "mon-fri", "sat"; moves behind it. */
static bool read_days(uint8_t *daysp, const char **pp)
{
	const char *p = *pp;
	size_t len = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
	                       "UVWXYZ");
	int first, last;

	*daysp = EVERY_DAY;
	if (!len)
		return true;

	first = last = weekday_find(p, len);
	p += len;
	if (*p == '-') {
		p++;
		len = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRS"
		                "TUVWXYZ");
		last = weekday_find(p, len);
		p += len;
	}
	if (first < 0 || last < 0)
		return false;

	*daysp = (uint8_t)(1 << first);
	for (int day = first; day != last;) {
		day = (day + 1) % 7;
		*daysp |= (uint8_t)(1 << day);
	}
	*pp = p + strspn(p, " \t");

	return true;
}

static bool read_minutes(uint16_t *minutep, const char *text)
{
	unsigned hour, minute;
	int n = 0;

	if (sscanf(text, "%2u:%2u%n", &hour, &minute, &n) != 2 || text[n] ||
	    hour > 24 || minute > 59 || (hour == 24 && minute))
		return false;

	*minutep = (uint16_t)(hour * 60 + minute);

	return true;
}

static uint8_t day_after(uint8_t weekdays)
{
	return (uint8_t)((weekdays << 1 | weekdays >> 6) & EVERY_DAY);
}

static int span_add(struct window *window, uint8_t weekdays, uint16_t begin,
                    uint16_t end)
{
	if (window->spanc >= WINDOW_SPANS_MAX)
		return E2BIG;

	window->spanv[window->spanc++] =
		(struct window_span){weekdays, begin, end};

	return 0;
}

static int read_span(struct window *window, const char *item)
{
	char begin_text[ITEM_SIZE];
	uint16_t begin, end;
	uint8_t weekdays;
	const char *p = item, *dash;
	int err;

	if (!read_days(&weekdays, &p))
		return EINVAL;
	dash = strchr(p, '-');
	if (!dash)
		return EINVAL;
	(void)snprintf(begin_text, sizeof(begin_text), "%.*s", (int)(dash - p),
	               p);
	if (!read_minutes(&begin, begin_text) ||
	    !read_minutes(&end, dash + 1) || begin == end ||
	    begin == ZONE_DAY_MINUTES)
		return EINVAL;

	if (begin < end)
		return span_add(window, weekdays, begin, end);

	err = span_add(window, weekdays, begin, ZONE_DAY_MINUTES);
	if (!err && end)
		err = span_add(window, day_after(weekdays), 0, end);

	return err;
}

int window_parse(struct window *window, const char *text,
                 char reason[WINDOW_REASON_SIZE])
{
	char item[ITEM_SIZE];
	int err;

	window->spanc = 0;
	while ((text = item_next(item, text))) {
		err = read_span(window, item);
		if (err)
			return refuse(reason, item,
			              "write it as \"mon-fri 09:00-20:00\"");
	}

	return 0;
}

/* "2026-12-25" or "2026-12-25T14:00", in minutes; moves behind it. */
static bool read_moment(int64_t *minutep, bool *has_timep, const char **pp)
{
	unsigned month, day, hour = 0, minute = 0;
	int year, n = 0, m = 0;

	if (sscanf(*pp, "%4d-%2u-%2u%n", &year, &month, &day, &n) != 3 ||
	    month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	*pp += n;
	*has_timep = **pp == 'T';
	if (*has_timep) {
		if (sscanf(*pp, "T%2u:%2u%n", &hour, &minute, &m) != 2 ||
		    hour > 23 || minute > 59)
			return false;
		*pp += m;
	}
	*minutep = zone_day(year, month, day) * ZONE_DAY_MINUTES +
	           (int64_t)hour * 60 + minute;

	return true;
}

static bool read_holiday(struct window_holiday *holiday, const char *item)
{
	const char *p = item;
	bool has_time;

	if (!read_moment(&holiday->begin, &has_time, &p))
		return false;

	holiday->end = holiday->begin;
	if (!strncmp(p, "..", 2)) {
		p += 2;
		if (!read_moment(&holiday->end, &has_time, &p))
			return false;
	}
	else if (has_time) {
		return false;
	}

	/* A day without a time is meant as a whole. */
	if (!has_time)
		holiday->end += ZONE_DAY_MINUTES;

	return !*p && holiday->begin < holiday->end;
}

int window_parse_holidays(struct window *window, const char *text,
                          char reason[WINDOW_REASON_SIZE])
{
	static const char right[] =
		"write it as \"2026-12-25\", \"2027-01-01..2027-01-08\" or "
		"\"2026-12-24T14:00..2026-12-27T09:00\"";
	char item[ITEM_SIZE];

	window->holidayc = 0;
	while ((text = item_next(item, text))) {
		struct window_holiday holiday;

		if (!read_holiday(&holiday, item))
			return refuse(reason, item, right);
		if (window->holidayc >= WINDOW_HOLIDAYS_MAX)
			return refuse(reason, item, "there are too many");
		window->holidayv[window->holidayc++] = holiday;
	}

	return 0;
}

/* --- asking -------------------------------------------------------------- */

bool window_is_empty(const struct window *window)
{
	return !window->spanc && !window->holidayc;
}

static bool is_holiday(const struct window *window, struct zone_time time)
{
	int64_t minute = time.day * ZONE_DAY_MINUTES + time.minute;

	for (size_t i = 0; i < window->holidayc; i++) {
		if (minute >= window->holidayv[i].begin &&
		    minute < window->holidayv[i].end)
			return true;
	}

	return false;
}

static bool is_in_span(const struct window_span *span, struct zone_time time)
{
	return span->weekdays >> zone_weekday(time.day) & 1 &&
	       time.minute >= span->begin && time.minute < span->end;
}

static bool is_open_in(const struct window *window, const struct zone *zone,
                       int64_t unix_s)
{
	struct zone_time time = zone_time(zone, unix_s);

	if (is_holiday(window, time))
		return false;

	for (size_t i = 0; i < window->spanc; i++) {
		if (is_in_span(&window->spanv[i], time))
			return true;
	}

	return !window->spanc;
}

bool window_is_open(const struct window *window,
                    const struct zone *const *zonev, size_t zonec,
                    int64_t unix_s)
{
	for (size_t i = 0; i < zonec; i++) {
		if (!is_open_in(window, zonev[i], unix_s))
			return false;
	}

	return zonec > 0;
}

/* Where the clock skips the begin of a span, it opens with the jump. */
static int64_t back_to_jump(const struct window *window,
                            const struct zone *zone, int64_t at, int64_t unix_s)
{
	while (at - 60 >= unix_s && is_open_in(window, zone, at - 60))
		at -= 60;

	return at;
}

/* The begin of a span on a day, not before unix_s and open; it comes twice
 * where the clock is set back over it. */
static int64_t span_opening(const struct window *window,
                            const struct zone *zone, struct zone_time begin,
                            int64_t unix_s)
{
	static const int64_t again_sv[] = {0, 1800, 3600, 7200};
	int64_t first = zone_instant(zone, begin);
	bool is_skipped = zone_time(zone, first).minute != begin.minute;

	for (size_t i = 0; i < ARRAY_COUNT(again_sv); i++) {
		int64_t at = first + again_sv[i];

		if (i && zone_time(zone, at).minute != begin.minute)
			continue;
		if (at < unix_s || !is_open_in(window, zone, at))
			continue;

		return is_skipped ? back_to_jump(window, zone, at, unix_s) : at;
	}

	return WINDOW_NEVER;
}

/* The first opening of a day that is not before unix_s. */
static int64_t opening(const struct window *window, const struct zone *zone,
                       int64_t day, int64_t unix_s)
{
	size_t spanc = window->spanc ? window->spanc : 1;
	int64_t best = WINDOW_NEVER;

	for (size_t i = 0; i < spanc; i++) {
		struct zone_time begin = {
			day, window->spanc ? window->spanv[i].begin : 0};
		int64_t at = span_opening(window, zone, begin, unix_s);

		if (at != WINDOW_NEVER && (best == WINDOW_NEVER || at < best))
			best = at;
	}

	/* A holiday may be over in the middle of a span. */
	for (size_t i = 0; i < window->holidayc; i++) {
		int64_t end = window->holidayv[i].end;
		struct zone_time over = {end / ZONE_DAY_MINUTES,
		                         (unsigned)(end % ZONE_DAY_MINUTES)};
		int64_t at;

		if (over.day != day || !over.minute)
			continue;
		at = span_opening(window, zone, over, unix_s);
		if (at != WINDOW_NEVER && (best == WINDOW_NEVER || at < best))
			best = at;
	}

	return best;
}

static int64_t next_in(const struct window *window, const struct zone *zone,
                       int64_t unix_s)
{
	int64_t day = zone_time(zone, unix_s).day;

	if (is_open_in(window, zone, unix_s))
		return unix_s;

	for (int64_t i = 0; i < DAYS_AHEAD; i++) {
		int64_t at = opening(window, zone, day + i, unix_s);

		if (at != WINDOW_NEVER)
			return at;
	}

	return WINDOW_NEVER;
}

int64_t window_next(const struct window *window,
                    const struct zone *const *zonev, size_t zonec,
                    int64_t unix_s)
{
	int64_t at = unix_s;

	assert(zonec);

	for (int round = 0; round < ROUNDS_MAX; round++) {
		int64_t before = at;

		for (size_t i = 0; i < zonec; i++) {
			at = next_in(window, zonev[i], at);
			if (at == WINDOW_NEVER ||
			    at > unix_s + DAYS_AHEAD * DAY_S)
				return WINDOW_NEVER;
		}
		if (at == before)
			return at;
	}

	return WINDOW_NEVER;
}

int64_t window_left_s(const struct window *window,
                      const struct zone *const *zonev, size_t zonec,
                      int64_t unix_s)
{
	int64_t left_s = 60 - unix_s % 60;

	if (window_is_open(window, zonev, zonec, unix_s + left_s))
		left_s += 60;

	return left_s;
}
