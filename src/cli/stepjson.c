/*
 * cli/stepjson.c - a row of `conversation` as a JSON object, and back
 */
#include "call/call.h"
#include "cli/stepjson.h"
#include "store/store.h"

static json_t *value_of(const struct store_column *column,
                        const struct store_step *row)
{
	const void *member = (const char *)row + column->offset;

	switch (column->kind) {

	case STORE_COLUMN_INT:
		return json_integer(*(const int *)member);

	case STORE_COLUMN_U32:
		return json_integer(*(const uint32_t *)member);

	case STORE_COLUMN_TIME:
		return json_integer(*(const int64_t *)member);

	case STORE_COLUMN_TEXT:
		return json_string(*(const char *const *)member);
	}

	return NULL;
}

json_t *stepjson_make(const struct flow_step *step)
{
	const struct store_step row = call_step_row(step, 0);
	json_t *json = json_object();

	for (size_t i = 0; i < STORE_STEP_SESSION; i++) {
		const struct store_column *column = &store_step_columnv[i];

		if (json_object_set_new(json, column->name,
		                        value_of(column, &row))) {
			json_decref(json);
			return NULL;
		}
	}

	return json;
}

static bool value_take(const struct store_column *column, const json_t *value,
                       struct store_step *row)
{
	void *member = (char *)row + column->offset;
	json_int_t number = json_integer_value(value);

	if (column->kind == STORE_COLUMN_TEXT) {
		*(const char **)member = value ? json_string_value(value) : "";
		return *(const char **)member;
	}
	if (value && !json_is_integer(value))
		return false;
	if (column->kind == STORE_COLUMN_INT)
		*(int *)member = (int)number;
	else if (column->kind == STORE_COLUMN_U32)
		*(uint32_t *)member = (uint32_t)number;
	else
		*(int64_t *)member = number;

	return true;
}

bool stepjson_take(const json_t *json, struct flow_step *step)
{
	struct store_step row = {.heard_by = ""};

	if (!json_is_object(json))
		return false;

	for (size_t i = 0; i < STORE_STEP_SESSION; i++) {
		const struct store_column *column = &store_step_columnv[i];
		const json_t *value = json_object_get(json, column->name);

		if (!value_take(column, value, &row))
			return false;
	}
	*step = call_step_of(&row, 0);

	return true;
}
