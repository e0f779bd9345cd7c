/*
 * store/columns.c - the columns of `conversation`, for all who write them out
 */
#include <stddef.h>
#include "base/clock.h"
#include "store/store_calls.h"

#define AT(member) offsetof(struct store_step, member)

const struct store_column store_step_columnv[STORE_STEP_COLUMNS] = {
	/* clang-format off */
	{"createtime",           STORE_COLUMN_TIME, AT(createtime_ms)},
	{"callid",               STORE_COLUMN_TEXT, AT(callid)},
	{"current_appid",        STORE_COLUMN_TEXT, AT(current_appid)},
	{"sequence",             STORE_COLUMN_U32, AT(sequence)},
	{"current_flowid",       STORE_COLUMN_TEXT, AT(current_flowid)},
	{"input_type",           STORE_COLUMN_INT, AT(input_type)},
	{"input_args",           STORE_COLUMN_TEXT, AT(input_args)},
	{"input_nlp_args",       STORE_COLUMN_TEXT, AT(input_nlp_args)},
	{"input_start_time",     STORE_COLUMN_TIME, AT(input_start_ms)},
	{"input_duration",       STORE_COLUMN_U32, AT(input_duration_ms)},
	{"input_play_time",      STORE_COLUMN_U32, AT(input_play_ms)},
	{"matching_method",      STORE_COLUMN_INT, AT(matching_method)},
	{"matching_condition",   STORE_COLUMN_TEXT, AT(matching_condition)},
	{"condition_id",         STORE_COLUMN_TEXT, AT(condition_id)},
	{"condition_weight",     STORE_COLUMN_INT, AT(condition_weight)},
	{"matching_keyword",     STORE_COLUMN_TEXT, AT(matching_keyword)},
	{"response_type",        STORE_COLUMN_INT, AT(response_type)},
	{"response_description", STORE_COLUMN_TEXT, AT(response_description)},
	{"response_id",          STORE_COLUMN_TEXT, AT(response_id)},
	{"response_action",      STORE_COLUMN_TEXT, AT(response_action)},
	{"response_args",        STORE_COLUMN_TEXT, AT(response_args)},
	{"repetition",           STORE_COLUMN_U32, AT(repetition)},
	{"potential",            STORE_COLUMN_TEXT, AT(potential)},
	{"record",               STORE_COLUMN_TEXT, AT(record)},
	{"heard_by",             STORE_COLUMN_TEXT, AT(heard_by)},
	{"speech_end_ms",        STORE_COLUMN_U32, AT(speech_end_ms)},
	{"text_ms",              STORE_COLUMN_U32, AT(text_ms)},
	{"decision_ms",          STORE_COLUMN_U32, AT(decision_ms)},
	{"audio_ms",             STORE_COLUMN_U32, AT(audio_ms)},
	/* clang-format on */
};

static json_t *value_of(const struct store_column *column,
                        const struct store_step *step)
{
	const void *member = (const char *)step + column->offset;
	char time[CLOCK_TEXT_SIZE];
	const char *text;

	switch (column->kind) {

	case STORE_COLUMN_INT:
		return json_integer(*(const int *)member);

	case STORE_COLUMN_U32:
		return json_integer(*(const uint32_t *)member);

	case STORE_COLUMN_TIME:
		if (!*(const int64_t *)member)
			return json_null();
		return json_string(clock_text(time, *(const int64_t *)member));

	case STORE_COLUMN_TEXT:
		text = *(const char *const *)member;
		return json_string(text ? text : "");
	}

	return NULL;
}

json_t *store_step_json(const struct store_step *step, size_t n)
{
	json_t *json = json_object();

	for (size_t i = 0; i < n && i < STORE_STEP_COLUMNS; i++) {
		const struct store_column *column = &store_step_columnv[i];

		if (json_object_set_new(json, column->name,
		                        value_of(column, step))) {
			json_decref(json);
			return NULL;
		}
	}

	return json;
}
