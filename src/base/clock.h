/*
 * base/clock.h - the only place that asks the time
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	CLOCK_TEXT_SIZE = 32, /* "2026-11-21T10:00:00.000Z" and room */
};

/* Milliseconds that never jump: for time limits and durations. */
uint64_t clock_ms(void);

/* The same in microseconds: for the media tick and benches. */
uint64_t clock_us(void);

/* Milliseconds since 1970 UTC: for records. May jump. */
int64_t clock_wall_ms(void);

/* The same in microseconds, as the kernel stamps packets: for reports of
 * media. */
int64_t clock_wall_us(void);

/* RFC 3339 in UTC with milliseconds. Returns text. */
const char *clock_text(char text[CLOCK_TEXT_SIZE], int64_t wall_ms);

/* As mail, HTTP and SIP write it: "Sat, 21 Nov 2026 10:00:00 GMT". Returns
 * text. */
const char *clock_date(char text[CLOCK_TEXT_SIZE], int64_t wall_ms);

/* Sleeps on the monotonic clock until the instant; for threads that own a
 * schedule (the media loops), never for waiting on something. */
void clock_wait_until_us(uint64_t at_us);

/* --- for tests alone ------------------------------------------------------
 */

/* A simulation's clock: all of the above stand at that instant until it is
 * set again. */
void clock_set(int64_t wall_ms);

/* Records are made as if it were so much later, or earlier. */
void clock_shift(int64_t ms);
