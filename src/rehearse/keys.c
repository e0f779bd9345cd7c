/*
 * rehearse/keys.c - reading a JSON object against a table of its keys
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include "base/mem.h"
#include "rehearse/keys.h"

static const char *type_name(const json_t *value)
{
	switch (json_typeof(value)) {

	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a text";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_NULL:
		return "null";
	default:
		return "true or false";
	}
}

int keys_fault(struct keys_reader *reader, const char *format, ...)
{
	va_list args;
	int n;

	n = snprintf(reader->fault, CFG_FAULT_SIZE,
	             "%s: ", reader->path[0] ? reader->path : "the file");
	assert(n > 0 && n < CFG_FAULT_SIZE);

	va_start(args, format);
	(void)vsnprintf(reader->fault + n, CFG_FAULT_SIZE - (size_t)n, format,
	                args);
	va_end(args);

	return EINVAL;
}

size_t keys_enter(struct keys_reader *reader, const char *name)
{
	size_t mark = strlen(reader->path);

	(void)snprintf(reader->path + mark, sizeof(reader->path) - mark,
	               "%s%.40s", mark ? "." : "", name);

	return mark;
}

size_t keys_enter_index(struct keys_reader *reader, size_t i)
{
	size_t mark = strlen(reader->path);

	(void)snprintf(reader->path + mark, sizeof(reader->path) - mark,
	               "[%zu]", i);

	return mark;
}

void keys_leave(struct keys_reader *reader, size_t mark)
{
	reader->path[mark] = '\0';
}

static int unknown(struct keys_reader *reader, const struct keys_row *rowv,
                   size_t rowc, const char *name)
{
	char known[CFG_FAULT_SIZE / 2] = "";
	size_t len = 0;

	for (size_t i = 0; i < rowc && len < sizeof(known); i++) {
		len += (size_t)snprintf(known + len, sizeof(known) - len,
		                        "%s%s", i ? ", " : "", rowv[i].name);
	}

	return keys_fault(reader, "there is no key \"%.40s\" here; known: %s",
	                  name, known);
}

static const struct keys_row *row_find(const struct keys_row *rowv, size_t rowc,
                                       const char *name)
{
	for (size_t i = 0; i < rowc; i++) {
		if (!strcmp(rowv[i].name, name))
			return &rowv[i];
	}

	return NULL;
}

static int row_read(struct keys_reader *reader, const struct keys_row *row,
                    const json_t *value, void *obj)
{
	size_t mark = keys_enter(reader, row->name);
	int err;

	err = row->read(reader, row, value, obj);
	keys_leave(reader, mark);

	return err;
}

int keys_read(struct keys_reader *reader, const struct keys_row *rowv,
              size_t rowc, const json_t *json, void *obj)
{
	const char *name;
	json_t *value;

	if (!json_is_object(json))
		return keys_fault(reader, "must be an object, not %s",
		                  type_name(json));

	/* json_object_foreach() wants a json_t without const, though it
	 * changes nothing. */
	json_object_foreach((json_t *)json, name, value)
	{
		if (!row_find(rowv, rowc, name))
			return unknown(reader, rowv, rowc, name);
	}

	for (size_t i = 0; i < rowc; i++) {
		int err;

		value = json_object_get(json, rowv[i].name);
		if (!value && rowv[i].is_required)
			return keys_fault(reader, "\"%s\" is missing",
			                  rowv[i].name);
		if (!value)
			continue;

		err = row_read(reader, &rowv[i], value, obj);
		if (err)
			return err;
	}

	return 0;
}

static void *member(const struct keys_row *row, void *obj)
{
	return (char *)obj + row->offset;
}

int keys_text(struct keys_reader *reader, const struct keys_row *row,
              const json_t *value, void *obj)
{
	size_t len = json_string_length(value);

	if (!json_is_string(value))
		return keys_fault(reader, "must be a text, not %s",
		                  type_name(value));
	if ((json_int_t)len < row->min)
		return keys_fault(reader, "must not be empty");
	if ((json_int_t)len > row->max)
		return keys_fault(reader,
		                  "is %zu bytes long; at most %d are taken",
		                  len, (int)row->max);

	return str_dup(member(row, obj), json_string_value(value));
}

static int number(struct keys_reader *reader, const struct keys_row *row,
                  const json_t *value)
{
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value))
		return keys_fault(reader, "must be a whole number, not %s",
		                  json_is_real(value) ? "a fraction"
		                                      : type_name(value));
	if (n < row->min || n > row->max)
		return keys_fault(reader, "is %lld; must be from %d to %d",
		                  (long long)n, (int)row->min, (int)row->max);

	return 0;
}

int keys_number(struct keys_reader *reader, const struct keys_row *row,
                const json_t *value, void *obj)
{
	int err = number(reader, row, value);

	if (!err)
		*(uint32_t *)member(row, obj) =
			(uint32_t)json_integer_value(value);

	return err;
}

int keys_signed(struct keys_reader *reader, const struct keys_row *row,
                const json_t *value, void *obj)
{
	int err = number(reader, row, value);

	if (!err)
		*(int *)member(row, obj) = (int)json_integer_value(value);

	return err;
}

int keys_flag(struct keys_reader *reader, const struct keys_row *row,
              const json_t *value, void *obj)
{
	if (!json_is_boolean(value))
		return keys_fault(reader, "must be true or false, not %s",
		                  type_name(value));

	*(bool *)member(row, obj) = json_is_true(value);

	return 0;
}

int keys_array(struct keys_reader *reader, const json_t *value, size_t limit)
{
	if (!json_is_array(value))
		return keys_fault(reader, "must be an array, not %s",
		                  type_name(value));
	if (json_array_size(value) > limit)
		return keys_fault(reader,
		                  "has %zu entries; at most %zu are taken",
		                  json_array_size(value), limit);

	return 0;
}
