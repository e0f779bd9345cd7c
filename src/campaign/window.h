/*
 * campaign/window.h - pure: the hours at which somebody may be called
 *
 * Hours are those of the callee's own clock. Where nobody can say which of
 * several clocks is the callee's, all of them must agree.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/zone.h"

enum {
	WINDOW_SPANS_MAX = 64,
	WINDOW_HOLIDAYS_MAX = 128,
	WINDOW_ZONES_MAX = 16,
	WINDOW_REASON_SIZE = 160,
	WINDOW_NEVER = -1,
};

/* Minutes of the day; begin is inside, end is not. */
struct window_span {
	uint8_t weekdays; /* bit 0 = Sunday */
	uint16_t begin, end;
};

/* Minutes of the callee's clock since 1970; begin is inside, end is not. */
struct window_holiday {
	int64_t begin, end;
};

struct window {
	struct window_span spanv[WINDOW_SPANS_MAX];
	size_t spanc; /* 0: at any time, holidays apart */
	struct window_holiday holidayv[WINDOW_HOLIDAYS_MAX];
	size_t holidayc;
};

/* "mon-fri 09:00-20:00, sat 10:00-18:00"; without days: every day; 24:00 is
 * the end of the day, and 22:00-06:00 goes over midnight. EINVAL with a
 * reason. */
int window_parse(struct window *window, const char *text,
                 char reason[WINDOW_REASON_SIZE]);

/* "2026-12-25, 2027-01-01..2027-01-08": days, all of them inside; with times,
 * "2026-12-24T14:00..2026-12-27T09:00", up to the last one. */
int window_parse_holidays(struct window *window, const char *text,
                          char reason[WINDOW_REASON_SIZE]);

bool window_is_empty(const struct window *window);

/* Whether all of the zones are inside at that instant. */
bool window_is_open(const struct window *window,
                    const struct zone *const *zonev, size_t zonec,
                    int64_t unix_s);

/* The first instant from now on at which it is open; WINDOW_NEVER within the
 * next year and a month. */
int64_t window_next(const struct window *window,
                    const struct zone *const *zonev, size_t zonec,
                    int64_t unix_s);

/* Seconds for which it surely stays open from an instant at which it is: to
 * the end of the minute or of the next one. */
int64_t window_left_s(const struct window *window,
                      const struct zone *const *zonev, size_t zonec,
                      int64_t unix_s);
