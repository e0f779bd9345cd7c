/*
 * api/fields.h - pure: whether a body or a query is as its fields say
 */
#pragma once

#include <jansson.h>

#include "api/route.h"

enum {
	FIELDS_FAULT_SIZE = 200,
};

/* EINVAL: *fieldp is the name that is wrong (of the table or of the body, valid
 * as long as they are), fault a sentence that begins behind it. */
int fields_check(const struct fields *fields, const json_t *body,
                 const char **fieldp, char fault[FIELDS_FAULT_SIZE]);

/* The same for one text of a query. */
int fields_check_text(const struct field *field, const char *text,
                      char fault[FIELDS_FAULT_SIZE]);

const struct field *fields_find(const struct fields *fields, const char *name);

/* The two ends of "1..100". */
void fields_range(const struct field *field, int64_t *lowp, int64_t *highp);

/* Milliseconds since 1970 of RFC 3339; false: it is none. */
bool fields_time(const char *text, int64_t *wall_msp);

/* And back; 0 is null. */
json_t *fields_time_json(int64_t wall_ms);
