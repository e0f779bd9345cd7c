/*
 * cli/stepjson.c - a row of `conversation` as a JSON object, and back
 */
#include <stddef.h>
#include "base/mem.h"
#include "cli/stepjson.h"

enum column_kind {
	COLUMN_TEXT,
	COLUMN_INT,
	COLUMN_U32,
	COLUMN_U64,
};

struct column {
	const char *name;
	enum column_kind kind;
	size_t offset;
};

#define AT(member) offsetof(struct flow_step, member)

/* In the order of the table. */
static const struct column columnv[] = {
	/* clang-format off */
	{"createtime",           COLUMN_U64,  AT(createtime_ms)},
	{"callid",               COLUMN_TEXT, AT(callid)},
	{"current_appid",        COLUMN_TEXT, AT(current_appid)},
	{"sequence",             COLUMN_U32,  AT(sequence)},
	{"current_flowid",       COLUMN_TEXT, AT(current_flowid)},
	{"input_type",           COLUMN_INT,  AT(input_type)},
	{"input_args",           COLUMN_TEXT, AT(input_args)},
	{"input_nlp_args",       COLUMN_TEXT, AT(input_nlp_args)},
	{"input_start_time",     COLUMN_U64,  AT(input_start_ms)},
	{"input_duration",       COLUMN_U32,  AT(input_duration_ms)},
	{"input_play_time",      COLUMN_U32,  AT(input_play_ms)},
	{"matching_method",      COLUMN_INT,  AT(matching_method)},
	{"matching_condition",   COLUMN_TEXT, AT(matching_condition)},
	{"condition_id",         COLUMN_TEXT, AT(condition_id)},
	{"condition_weight",     COLUMN_INT,  AT(condition_weight)},
	{"matching_keyword",     COLUMN_TEXT, AT(matching_keyword)},
	{"response_type",        COLUMN_INT,  AT(response_type)},
	{"response_description", COLUMN_TEXT, AT(response_description)},
	{"response_id",          COLUMN_TEXT, AT(response_id)},
	{"response_action",      COLUMN_TEXT, AT(response_action)},
	{"response_args",        COLUMN_TEXT, AT(response_args)},
	{"repetition",           COLUMN_U32,  AT(repetition)},
	{"potential",            COLUMN_TEXT, AT(potential)},
	{"record",               COLUMN_TEXT, AT(record)},
	/* clang-format on */
};

static json_t *value_of(const struct column *column,
                        const struct flow_step *step)
{
	const void *member = (const char *)step + column->offset;

	switch (column->kind) {
	case COLUMN_INT:
		return json_integer(*(const int *)member);
	case COLUMN_U32:
		return json_integer(*(const uint32_t *)member);
	case COLUMN_U64:
		return json_integer((json_int_t) * (const uint64_t *)member);
	default:
		return json_string(*(const char *const *)member);
	}
}

json_t *stepjson_make(const struct flow_step *step)
{
	json_t *row = json_object();

	for (size_t i = 0; i < ARRAY_COUNT(columnv); i++) {
		if (json_object_set_new(row, columnv[i].name,
		                        value_of(&columnv[i], step))) {
			json_decref(row);
			return NULL;
		}
	}

	return row;
}

static bool value_take(const struct column *column, const json_t *value,
                       struct flow_step *step)
{
	void *member = (char *)step + column->offset;
	json_int_t number = json_integer_value(value);

	if (column->kind == COLUMN_TEXT) {
		*(const char **)member = value ? json_string_value(value) : "";
		return *(const char **)member;
	}
	if (value && !json_is_integer(value))
		return false;
	if (column->kind == COLUMN_INT)
		*(int *)member = (int)number;
	else if (column->kind == COLUMN_U32)
		*(uint32_t *)member = (uint32_t)number;
	else
		*(uint64_t *)member = number < 0 ? 0 : (uint64_t)number;

	return true;
}

bool stepjson_take(const json_t *row, struct flow_step *step)
{
	if (!json_is_object(row))
		return false;

	for (size_t i = 0; i < ARRAY_COUNT(columnv); i++) {
		const json_t *value = json_object_get(row, columnv[i].name);

		if (!value_take(&columnv[i], value, step))
			return false;
	}

	return true;
}
