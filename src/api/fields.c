/*
 * api/fields.c - pure: whether a body or a query is as its fields say
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/fields.h"
#include "base/clock.h"
#include "base/text.h"

const struct field *fields_find(const struct fields *fields, const char *name)
{
	for (size_t i = 0; i < fields->c; i++) {
		if (!strcmp(fields->v[i].name, name))
			return &fields->v[i];
	}

	return NULL;
}

void fields_range(const struct field *field, int64_t *lowp, int64_t *highp)
{
	const char *dots = field->range ? strstr(field->range, "..") : NULL;

	*lowp = dots ? strtoll(field->range, NULL, 10) : INT64_MIN;
	*highp = dots ? strtoll(dots + 2, NULL, 10) : INT64_MAX;
}

static int number_check(const struct field *field, int64_t number,
                        char fault[FIELDS_FAULT_SIZE])
{
	int64_t low, high;

	fields_range(field, &low, &high);
	if (number >= low && number <= high)
		return 0;

	(void)snprintf(fault, FIELDS_FAULT_SIZE,
	               "has to lie within %s, not be %" PRId64, field->range,
	               number);

	return EINVAL;
}

/* "a|b" */
static bool is_choice(const char *range, const char *text)
{
	size_t len = strlen(text);

	while (*range) {
		size_t n = strcspn(range, "|");

		if (n == len && !strncmp(range, text, n))
			return true;
		range += n;
		range += *range == '|';
	}

	return false;
}

static int text_check(const struct field *field, const char *text,
                      char fault[FIELDS_FAULT_SIZE])
{
	if (!field->range || is_choice(field->range, text))
		return 0;

	(void)snprintf(fault, FIELDS_FAULT_SIZE, "has to be one of %s",
	               field->range);

	return EINVAL;
}

static bool digits(const char *text, size_t n, int *valuep)
{
	*valuep = 0;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*valuep = *valuep * 10 + text[i] - '0';
	}

	return true;
}

bool fields_time(const char *text, int64_t *wall_msp)
{
	int year, month, day, hour, minute, second, zone_h = 0, zone_m = 0;
	int64_t days, ms = 0;
	const char *p = text + 19;
	int sign = 0;

	if (strlen(text) < 20 || text[4] != '-' || text[7] != '-' ||
	    (text[10] != 'T' && text[10] != 't') || text[13] != ':' ||
	    text[16] != ':' || !digits(text, 4, &year) ||
	    !digits(text + 5, 2, &month) || !digits(text + 8, 2, &day) ||
	    !digits(text + 11, 2, &hour) || !digits(text + 14, 2, &minute) ||
	    !digits(text + 17, 2, &second))
		return false;
	if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
	    minute > 59 || second > 60)
		return false;

	if (*p == '.') {
		int scale = 100;

		for (p++; *p >= '0' && *p <= '9'; p++, scale /= 10)
			ms += (int64_t)(*p - '0') * scale;
	}
	if (*p == '+' || *p == '-') {
		sign = *p == '+' ? 1 : -1;
		if (strlen(p) != 6 || p[3] != ':' ||
		    !digits(p + 1, 2, &zone_h) || !digits(p + 4, 2, &zone_m))
			return false;
	}
	else if ((*p != 'Z' && *p != 'z') || p[1]) {
		return false;
	}

	/* Days since 1970, of the calendar that begins in March. */
	year -= month <= 2;
	days = 365LL * year + year / 4 - year / 100 + year / 400 +
	       (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1 -
	       719468;
	*wall_msp = ((days * 24 + hour - sign * zone_h) * 60 + minute -
	             sign * zone_m) *
	                    60000LL +
	            second * 1000LL + ms;

	return true;
}

json_t *fields_time_json(int64_t wall_ms)
{
	char text[CLOCK_TEXT_SIZE];

	return wall_ms ? json_string(clock_text(text, wall_ms)) : json_null();
}

static int wrong(char fault[FIELDS_FAULT_SIZE], const char *words)
{
	(void)snprintf(fault, FIELDS_FAULT_SIZE, "%s", words);

	return EINVAL;
}

static int value_check(const struct field *field, const json_t *value,
                       char fault[FIELDS_FAULT_SIZE])
{
	int64_t time_ms;

	switch (field->kind) {

	case FIELD_TEXT:
		if (!json_is_string(value))
			return wrong(fault, "has to be a text");
		return text_check(field, json_string_value(value), fault);

	case FIELD_NUMBER:
		if (!json_is_integer(value))
			return wrong(fault, "has to be a whole number");
		return number_check(field, json_integer_value(value), fault);

	case FIELD_REAL:
		return json_is_number(value) && json_number_value(value) >= 0
		               ? 0
		               : wrong(fault, "has to be a number from 0 on");

	case FIELD_BOOL:
		return json_is_boolean(value)
		               ? 0
		               : wrong(fault, "has to be true or false");

	case FIELD_TIME:
		if (json_is_null(value) ||
		    (json_is_string(value) &&
		     fields_time(json_string_value(value), &time_ms)))
			return 0;
		return wrong(fault, "has to be a time like "
		                    "2026-11-21T10:00:00Z, or null");

	case FIELD_OBJECT:
		return json_is_object(value)
		               ? 0
		               : wrong(fault, "has to be an object");

	case FIELD_LIST:
		return json_is_array(value) ? 0
		                            : wrong(fault, "has to be a list");
	}

	return EINVAL;
}

int fields_check(const struct fields *fields, const json_t *body,
                 const char **fieldp, char fault[FIELDS_FAULT_SIZE])
{
	const char *name;
	json_t *value;

	*fieldp = NULL;
	if (!json_is_object(body))
		return wrong(fault, "the body has to be a JSON object");

	json_object_foreach((json_t *)body, name, value)
	{
		const struct field *field = fields_find(fields, name);

		*fieldp = name;
		if (!field)
			return wrong(fault, "is not known here");
		if (value_check(field, value, fault))
			return EINVAL;
	}

	for (size_t i = 0; i < fields->c; i++) {
		*fieldp = fields->v[i].name;
		if (fields->v[i].is_required && !json_object_get(body, *fieldp))
			return wrong(fault, "is missing");
	}
	*fieldp = NULL;

	return 0;
}

int fields_check_text(const struct field *field, const char *text,
                      char fault[FIELDS_FAULT_SIZE])
{
	int64_t number;
	char *end;

	switch (field->kind) {

	case FIELD_NUMBER:
		errno = 0;
		number = strtoll(text, &end, 10);
		if (!*text || *end || errno)
			return wrong(fault, "has to be a whole number");
		return number_check(field, number, fault);

	case FIELD_BOOL:
		if (!strcmp(text, "true") || !strcmp(text, "false"))
			return 0;
		return wrong(fault, "has to be true or false");

	case FIELD_TIME:
		if (fields_time(text, &number))
			return 0;
		return wrong(fault,
		             "has to be a time like 2026-11-21T10:00:00Z");

	case FIELD_TEXT:
	case FIELD_REAL:
	case FIELD_OBJECT:
	case FIELD_LIST:
		break;
	}

	return text_check(field, text, fault);
}
