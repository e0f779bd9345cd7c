/*
 * base/clock.c - the only place that asks the time
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include "base/clock.h"

static _Atomic int64_t set_ms; /* of a simulation; 0: the real one */
static _Atomic int64_t shift_ms;

uint64_t clock_us(void)
{
	int64_t at_ms = atomic_load_explicit(&set_ms, memory_order_relaxed);
	struct timespec now;

	if (at_ms)
		return (uint64_t)at_ms * 1000;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);

	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t clock_ms(void)
{
	return clock_us() / 1000;
}

int64_t clock_wall_us(void)
{
	int64_t at_ms = atomic_load_explicit(&set_ms, memory_order_relaxed);
	struct timespec now;

	if (at_ms)
		return at_ms * 1000;

	(void)clock_gettime(CLOCK_REALTIME, &now);

	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 +
	       atomic_load_explicit(&shift_ms, memory_order_relaxed) * 1000;
}

int64_t clock_wall_ms(void)
{
	return clock_wall_us() / 1000;
}

const char *clock_text(char text[CLOCK_TEXT_SIZE], int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;
	char day[24];

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(text, CLOCK_TEXT_SIZE, "%s.%03dZ", day,
	               (int)(wall_ms % 1000));

	return text;
}

const char *clock_date(char text[CLOCK_TEXT_SIZE], int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(text, CLOCK_TEXT_SIZE, "%a, %d %b %Y %H:%M:%S GMT", &tm);

	return text;
}

void clock_wait_until_us(uint64_t at_us)
{
	struct timespec at = {
		.tv_sec = (time_t)(at_us / 1000000),
		.tv_nsec = (long)(at_us % 1000000) * 1000,
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) ==
	       EINTR)
		;
}

void clock_set(int64_t wall_ms)
{
	atomic_store(&set_ms, wall_ms);
}

void clock_shift(int64_t ms)
{
	atomic_store(&shift_ms, ms);
}
