/*
 * base/zone.h - time zones: what a clock on a wall shows somewhere
 *
 * The C library knows one zone per process; a dialer needs all of them at
 * once and on any thread. So the files of the IANA database are read here
 * (TZif, RFC 8536), with the rule at their end for the years behind their
 * table. Immutable once loaded; days and minutes are computed, never asked
 * from the system.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zone;

enum {
	ZONE_NAME_SIZE = 64,
	ZONE_DAY_MINUTES = 24 * 60,
};

/* "Europe/Moscow". The files lie in $TZDIR or /usr/share/zoneinfo. Returns
 * EINVAL for what is no zone's name, ENOENT for an unknown one, EBADMSG for a
 * file that is none. Reads a file: at start, or on the worker pool. */
int zone_load(struct zone **zonep, const char *name);

/* From the bytes of such a file. */
int zone_parse(struct zone **zonep, const char *name, const uint8_t *bytes,
               size_t size);

const char *zone_name(const struct zone *zone);

/* Seconds east of UTC at an instant. */
int32_t zone_offset_s(const struct zone *zone, int64_t unix_s);

/* A day is counted from 1970-01-01. */
struct zone_time {
	int64_t day;
	unsigned minute; /* of the day, 0 to 1439 */
};
struct zone_time zone_time(const struct zone *zone, int64_t unix_s);

/* The first instant at which the clock there shows that time or, where it is
 * skipped, a later one. */
int64_t zone_instant(const struct zone *zone, struct zone_time time);

/* 0 = Sunday. */
unsigned zone_weekday(int64_t day);

int64_t zone_day(int year, unsigned month, unsigned day_of_month);
