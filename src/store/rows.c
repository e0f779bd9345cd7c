/*
 * store/rows.c - what was read, in a form that outlives the statement
 */
#include <assert.h>
#include "base/jmem.h"
#include "base/texts.h"
#include "store/rows.h"
#include "store/task.h"

static void destructor(void *arg)
{
	struct rows_contact *row = arg;

	mem_deref(row->number);
	mem_deref(row->varv);
	json_decref(row->json);
}

static int variables_read(struct rows_contact *row, const char *text)
{
	const char *name;
	json_t *value;
	size_t n;
	int err;

	err = jmem_read(&row->json, text, strlen(text), 0, NULL);
	if (err || !json_is_object(row->json))
		return err == ENOMEM ? ENOMEM : EPROTO;

	n = json_object_size(row->json);
	row->varv = mem_zalloc((n + 1) * sizeof(*row->varv), NULL);
	if (!row->varv)
		return ENOMEM;

	json_object_foreach(row->json, name, value)
	{
		if (!json_is_string(value))
			return EPROTO;
		row->varv[row->contact.varc++] = (struct store_var){
			.name = name,
			.value = json_string_value(value),
		};
	}
	row->contact.varv = row->varv;

	return 0;
}

int rows_contact_vars(struct rows_contact *row, const char *text)
{
	row->varv = mem_deref(row->varv);
	json_decref(row->json);
	row->json = NULL;
	row->contact.varc = 0;

	return variables_read(row, text);
}

int rows_contact(struct rows_contact **rowp, struct db_stmt *stmt, int column)
{
	struct rows_contact *row;
	int err;

	assert(rowp && stmt);

	row = mem_zalloc(sizeof(*row), destructor);
	if (!row)
		return ENOMEM;

	row->contact.id = db_int_at(stmt, column);
	row->contact.row = (uint32_t)db_int_at(stmt, column + 2);
	err = str_dup(&row->number, db_text_at(stmt, column + 1));
	if (err)
		goto out;
	row->contact.number = row->number;

	err = variables_read(row, db_text_at(stmt, column + 3));

out:
	if (err)
		mem_deref(row);
	else
		*rowp = row;

	return err;
}

/* --- whole rows ----------------------------------------------------------- */

static const size_t call_textv[] = {
	offsetof(struct store_call, callid),
	offsetof(struct store_call, direction),
	offsetof(struct store_call, number),
	offsetof(struct store_call, line),
	offsetof(struct store_call, script),
	offsetof(struct store_call, script_version),
	offsetof(struct store_call, outcome),
	offsetof(struct store_call, label),
	offsetof(struct store_call, class_letter),
	offsetof(struct store_call, heard),
	offsetof(struct store_call, variables),
	offsetof(struct store_call, counters),
	offsetof(struct store_call, recording),
	offsetof(struct store_call, media),
	offsetof(struct store_call, variables_begin),
	offsetof(struct store_call, inputs),
	offsetof(struct store_call, answerer),
	offsetof(struct store_call, services),
};

int rows_keep_call(char **blockp, struct store_call *call)
{
	return texts_keep(blockp, call, call_textv, ARRAY_COUNT(call_textv));
}

static const size_t step_textv[] = {
	offsetof(struct store_step, number),
	offsetof(struct store_step, callid),
	offsetof(struct store_step, current_appid),
	offsetof(struct store_step, current_flowid),
	offsetof(struct store_step, input_args),
	offsetof(struct store_step, input_nlp_args),
	offsetof(struct store_step, matching_condition),
	offsetof(struct store_step, condition_id),
	offsetof(struct store_step, matching_keyword),
	offsetof(struct store_step, response_description),
	offsetof(struct store_step, response_id),
	offsetof(struct store_step, response_action),
	offsetof(struct store_step, response_args),
	offsetof(struct store_step, potential),
	offsetof(struct store_step, record),
	offsetof(struct store_step, heard_by),
	offsetof(struct store_step, notice),
};

int rows_keep_step(char **blockp, struct store_step *step)
{
	return texts_keep(blockp, step, step_textv, ARRAY_COUNT(step_textv));
}
