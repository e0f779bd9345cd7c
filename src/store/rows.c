/*
 * store/rows.c - what was read, in a form that outlives the statement
 */
#include <assert.h>
#include "store/rows.h"

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

	row->json = json_loads(text, 0, NULL);
	if (!json_is_object(row->json))
		return EPROTO;

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

int rows_variables(char **jsonp, const struct store_contact *contact)
{
	json_t *object = json_object();
	char *text;
	int err = 0;

	for (size_t i = 0; i < contact->varc && !err; i++) {
		const struct store_var *var = &contact->varv[i];

		/* Fails for text that is no UTF-8, too. */
		if (json_object_set_new(object, var->name,
		                        json_string(var->value)))
			err = EPROTO;
	}
	if (err)
		goto out;

	/* The size first: jansson's own buffer would need free(). */
	{
		size_t size = json_dumpb(object, NULL, 0, JSON_COMPACT);

		text = mem_zalloc(size + 1, NULL);
		if (!text) {
			err = ENOMEM;
			goto out;
		}
		(void)json_dumpb(object, text, size, JSON_COMPACT);
	}
	*jsonp = text;

out:
	json_decref(object);

	return err;
}
