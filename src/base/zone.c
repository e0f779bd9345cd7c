/*
 * base/zone.c - time zones: what a clock on a wall shows somewhere
 */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/file.h"
#include "base/mem.h"
#include "base/zone.h"

enum {
	HEADER_SIZE = 44,
	FILE_MAX = 64 * 1024,
	TYPES_MAX = 256,
	DAY_S = 86400,
	OFFSET_MAX_S = 26 * 3600,
};

/* When summer time begins or ends each year: "M3.5.0/2". */
struct change {
	unsigned month, week, weekday; /* week 5 is the last one */
	int32_t time_s;                /* of the day, by the clock before it */
};

struct zone {
	char name[ZONE_NAME_SIZE];

	/* The table: from at[i] on typev[i] holds. */
	int64_t *atv;
	int32_t *offsetv;
	size_t atc;
	int32_t first_offset_s; /* before the table */

	/* Behind it. */
	bool has_rule;
	bool has_summer;
	int32_t winter_s, summer_s;
	struct change begin, end;
};

static void destructor(void *arg)
{
	struct zone *zone = arg;

	mem_deref(zone->atv);
	mem_deref(zone->offsetv);
}

/* --- days ---------------------------------------------------------------- */

/* Counts years from March, so that the leap day is the last one. */
int64_t zone_day(int year, unsigned month, unsigned day_of_month)
{
	int64_t y = month <= 2 ? (int64_t)year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t month_of_year = ((int64_t)month + 9) % 12;
	int64_t day_of_year =
		(153 * month_of_year + 2) / 5 + (int64_t)day_of_month - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 -
	       year_of_era / 100 + day_of_year - 719468;
}

static int year_of(int64_t unix_s)
{
	/* Exact but near the turn of the year, where summer time is no
	 * matter in either of the two. */
	return (int)(1970 + unix_s / 31556952 - (unix_s < 0 ? 1 : 0));
}

unsigned zone_weekday(int64_t day)
{
	int64_t weekday = (day + 4) % 7;

	return (unsigned)(weekday < 0 ? weekday + 7 : weekday);
}

static int64_t divide(int64_t a, int64_t b)
{
	return a >= 0 ? a / b : -((b - 1 - a) / b);
}

/* --- the rule at the end ------------------------------------------------- */

static const char *skip_name(const char *p)
{
	if (*p == '<') {
		p = strchr(p, '>');
		return p ? p + 1 : NULL;
	}
	while (isalpha((unsigned char)*p))
		p++;

	return p;
}

/* "[+-]hh[:mm[:ss]]" */
static const char *read_time(int32_t *secondsp, const char *p)
{
	int32_t seconds = 0, unit = 3600;
	int sign = 1;

	if (*p == '+' || *p == '-')
		sign = *p++ == '-' ? -1 : 1;
	if (!isdigit((unsigned char)*p))
		return NULL;

	for (; unit; unit /= 60) {
		char *end;
		long n = strtol(p, &end, 10);

		if (end == p || n < 0 || n > 167)
			return NULL;
		seconds += (int32_t)n * unit;
		p = end;
		if (*p != ':')
			break;
		p++;
	}
	*secondsp = sign * seconds;

	return p;
}

/* Only the form that the database uses: "Mm.w.d[/time]". */
static const char *read_change(struct change *change, const char *p)
{
	int n = 0;

	change->time_s = 2 * 3600;
	if (sscanf(p, ",M%2u.%1u.%1u%n", &change->month, &change->week,
	           &change->weekday, &n) != 3)
		return NULL;
	if (change->month < 1 || change->month > 12 || change->week < 1 ||
	    change->week > 5 || change->weekday > 6)
		return NULL;
	p += n;

	return *p == '/' ? read_time(&change->time_s, p + 1) : p;
}

static bool read_rule(struct zone *zone, const char *p)
{
	int32_t seconds;

	p = skip_name(p);
	p = p ? read_time(&seconds, p) : NULL;
	if (!p)
		return false;
	zone->winter_s = -seconds;
	if (!*p)
		return true;

	zone->summer_s = zone->winter_s + 3600;
	p = skip_name(p);
	if (p && *p && *p != ',') {
		p = read_time(&seconds, p);
		zone->summer_s = -seconds;
	}
	p = p ? read_change(&zone->begin, p) : NULL;
	p = p ? read_change(&zone->end, p) : NULL;
	zone->has_summer = true;

	return p && !*p;
}

/* The instant of a change in a year, by the clock that shows `offset_s`. */
static int64_t change_at(const struct change *change, int year,
                         int32_t offset_s)
{
	int64_t first = zone_day(year, change->month, 1);
	unsigned days = (change->weekday + 7 - zone_weekday(first)) % 7;
	int64_t next_month = change->month == 12
	                             ? zone_day(year + 1, 1, 1)
	                             : zone_day(year, change->month + 1, 1);
	int64_t day = first + days + 7 * ((int64_t)change->week - 1);

	while (day >= next_month)
		day -= 7;

	return day * DAY_S + change->time_s - offset_s;
}

static int32_t rule_offset_s(const struct zone *zone, int64_t unix_s)
{
	int year = year_of(unix_s + zone->winter_s);
	int64_t begin, end;
	bool is_summer;

	if (!zone->has_summer)
		return zone->winter_s;

	begin = change_at(&zone->begin, year, zone->winter_s);
	end = change_at(&zone->end, year, zone->summer_s);
	if (begin < end)
		is_summer = unix_s >= begin && unix_s < end;
	else
		is_summer = unix_s >= begin || unix_s < end;

	return is_summer ? zone->summer_s : zone->winter_s;
}

/* --- the file ------------------------------------------------------------ */

struct reader {
	const uint8_t *p, *end;
};

static int64_t read_number(struct reader *reader, size_t size)
{
	uint64_t value = *reader->p & 0x80 ? UINT64_MAX : 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | *reader->p++;

	return (int64_t)value;
}

struct counts {
	size_t isutc, isstd, leap, time, type, name;
};

static bool read_header(struct reader *reader, struct counts *counts)
{
	if (reader->end - reader->p < HEADER_SIZE ||
	    memcmp(reader->p, "TZif", 4) || reader->p[4] < '2')
		return false;

	reader->p += 20;
	counts->isutc = (uint32_t)read_number(reader, 4);
	counts->isstd = (uint32_t)read_number(reader, 4);
	counts->leap = (uint32_t)read_number(reader, 4);
	counts->time = (uint32_t)read_number(reader, 4);
	counts->type = (uint32_t)read_number(reader, 4);
	counts->name = (uint32_t)read_number(reader, 4);

	return counts->time <= FILE_MAX && counts->type >= 1 &&
	       counts->type <= TYPES_MAX && counts->name <= FILE_MAX &&
	       counts->leap <= FILE_MAX && counts->isstd <= FILE_MAX &&
	       counts->isutc <= FILE_MAX;
}

static size_t body_size(const struct counts *counts, size_t time_size)
{
	return counts->time * (time_size + 1) + counts->type * 6 +
	       counts->name + counts->leap * (time_size + 4) + counts->isstd +
	       counts->isutc;
}

static int read_table(struct zone *zone, struct reader *reader,
                      const struct counts *counts)
{
	const uint8_t *index = reader->p + counts->time * 8;
	struct reader types = {index + counts->time, reader->end};
	int32_t offsetv[TYPES_MAX];

	for (size_t i = 0; i < counts->type; i++) {
		offsetv[i] = (int32_t)read_number(&types, 4);
		types.p += 2;
		if (abs(offsetv[i]) > OFFSET_MAX_S)
			return EBADMSG;
	}

	zone->atv = mem_zalloc((counts->time + 1) * sizeof(int64_t), NULL);
	zone->offsetv = mem_zalloc((counts->time + 1) * sizeof(int32_t), NULL);
	if (!zone->atv || !zone->offsetv)
		return ENOMEM;

	zone->first_offset_s = offsetv[0];
	zone->atc = counts->time;
	for (size_t i = 0; i < counts->time; i++) {
		zone->atv[i] = read_number(reader, 8);
		if (index[i] >= counts->type ||
		    (i && zone->atv[i] <= zone->atv[i - 1]))
			return EBADMSG;
		zone->offsetv[i] = offsetv[index[i]];
	}

	return 0;
}

static int read_file(struct zone *zone, const uint8_t *bytes, size_t size)
{
	struct reader reader = {bytes, bytes + size};
	struct counts counts;
	const uint8_t *body;
	char rule[128];
	size_t n;
	int err;

	/* A first part with times of 32 bits, for old readers. */
	if (!read_header(&reader, &counts))
		return EBADMSG;
	n = body_size(&counts, 4);
	if ((size_t)(reader.end - reader.p) < n)
		return EBADMSG;
	reader.p += n;

	if (!read_header(&reader, &counts))
		return EBADMSG;
	n = body_size(&counts, 8);
	body = reader.p;
	if ((size_t)(reader.end - body) < n)
		return EBADMSG;

	err = read_table(zone, &reader, &counts);
	if (err)
		return err;

	body += n;
	n = (size_t)(reader.end - body);
	if (n < 2 || n > sizeof(rule) || body[0] != '\n' || body[n - 1] != '\n')
		return EBADMSG;
	memcpy(rule, body + 1, n - 2);
	rule[n - 2] = '\0';
	zone->has_rule = rule[0] != '\0';

	return !zone->has_rule || read_rule(zone, rule) ? 0 : EBADMSG;
}

static bool is_name(const char *name)
{
	size_t len = strlen(name);

	if (!len || len >= ZONE_NAME_SIZE || !isupper((unsigned char)*name))
		return false;

	return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
	                    "wxyz0123456789_+-/") == len;
}

int zone_parse(struct zone **zonep, const char *name, const uint8_t *bytes,
               size_t size)
{
	struct zone *zone;
	int err;

	assert(zonep && name && bytes);

	if (!is_name(name))
		return EINVAL;

	zone = mem_zalloc(sizeof(*zone), destructor);
	if (!zone)
		return ENOMEM;

	(void)snprintf(zone->name, sizeof(zone->name), "%s", name);
	err = read_file(zone, bytes, size);
	if (err)
		mem_deref(zone);
	else
		*zonep = zone;

	return err;
}

int zone_load(struct zone **zonep, const char *name)
{
	const char *dir = getenv("TZDIR");
	char path[512];
	char *bytes;
	size_t size;
	int err;

	assert(zonep && name);

	if (!is_name(name))
		return EINVAL;

	(void)snprintf(path, sizeof(path), "%s/%s",
	               dir ? dir : "/usr/share/zoneinfo", name);
	err = file_read(&bytes, &size, path, FILE_MAX);
	if (err)
		return err;

	err = zone_parse(zonep, name, (const uint8_t *)bytes, size);
	mem_deref(bytes);

	return err;
}

/* --- asking -------------------------------------------------------------- */

const char *zone_name(const struct zone *zone)
{
	return zone->name;
}

int32_t zone_offset_s(const struct zone *zone, int64_t unix_s)
{
	size_t low = 0, high = zone->atc;

	if (!zone->atc || unix_s < zone->atv[0])
		return zone->atc || !zone->has_rule
		               ? zone->first_offset_s
		               : rule_offset_s(zone, unix_s);
	if (zone->has_rule && unix_s >= zone->atv[zone->atc - 1])
		return rule_offset_s(zone, unix_s);

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (zone->atv[middle] <= unix_s)
			low = middle;
		else
			high = middle;
	}

	return zone->offsetv[low];
}

struct zone_time zone_time(const struct zone *zone, int64_t unix_s)
{
	int64_t local_s = unix_s + zone_offset_s(zone, unix_s);
	int64_t day = divide(local_s, DAY_S);

	return (struct zone_time){
		.day = day,
		.minute = (unsigned)((local_s - day * DAY_S) / 60),
	};
}

int64_t zone_instant(const struct zone *zone, struct zone_time time)
{
	int64_t local_s = time.day * DAY_S + (int64_t)time.minute * 60;
	int32_t before_s = zone_offset_s(zone, local_s - OFFSET_MAX_S);
	int32_t after_s = zone_offset_s(zone, local_s + OFFSET_MAX_S);
	int64_t early = local_s - (before_s > after_s ? before_s : after_s);
	int64_t late = local_s - (before_s > after_s ? after_s : before_s);

	/* Shown twice: the first time. Skipped: as long after the jump as it
	 * would have been. */
	if (early + zone_offset_s(zone, early) == local_s)
		return early;

	return late;
}
