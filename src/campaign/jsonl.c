/*
 * campaign/jsonl.c - pure: bytes of JSON lines to contacts and refusals
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>
#include <jansson.h>
#include "base/jmem.h"
#include "base/mem.h"
#include "base/number.h"
#include "campaign/jsonl.h"

enum {
	REASON_SIZE = 256,
	VALUE_SIZE = 32, /* of a number as text */
};

struct jsonl {
	struct sheet_prm prm;
	struct mbuf *mb; /* of a line that is not whole */
	uint32_t line;
	bool is_skipping;

	/* Names outlive their rows: whoever keeps contacts keeps no names. */
	char *namev[SHEET_COLUMNS_MAX];
	size_t namec;
	struct store_var varv[SHEET_COLUMNS_MAX];
	char valuev[SHEET_COLUMNS_MAX][VALUE_SIZE];
	size_t varc;
	bool has_failed; /* no memory for a name */
};

static void destructor(void *arg)
{
	struct jsonl *jsonl = arg;

	mem_deref(jsonl->mb);
	while (jsonl->namec)
		mem_deref(jsonl->namev[--jsonl->namec]);
}

int jsonl_alloc(struct jsonl **jsonlp, const struct sheet_prm *prm)
{
	struct jsonl *jsonl;

	assert(jsonlp && prm && prm->country && prm->contact && prm->refused);

	jsonl = mem_zalloc(sizeof(*jsonl), destructor);
	if (!jsonl)
		return ENOMEM;

	jsonl->prm = *prm;
	jsonl->line = 1;
	jsonl->mb = mbuf_alloc(SHEET_ROW_MAX);
	if (!jsonl->mb) {
		mem_deref(jsonl);
		return ENOMEM;
	}
	*jsonlp = jsonl;

	return 0;
}

static void refuse(struct jsonl *jsonl, const char *number, const char *reason)
{
	const struct import_refusal refusal = {
		.line = jsonl->line,
		.number = number,
		.reason = reason,
	};

	jsonl->prm.refused(&refusal, jsonl->prm.arg);
}

static const char *renamed(const struct jsonl *jsonl, const char *name)
{
	for (size_t i = 0; i < jsonl->prm.renamec; i++) {
		if (!strcmp(jsonl->prm.renamev[i].from, name))
			return jsonl->prm.renamev[i].to;
	}

	return name;
}

/* The name for ever; NULL: there are too many, or no memory. */
static const char *name_keep(struct jsonl *jsonl, const char *name)
{
	for (size_t i = 0; i < jsonl->namec; i++) {
		if (!strcmp(jsonl->namev[i], name))
			return jsonl->namev[i];
	}
	if (jsonl->namec >= SHEET_COLUMNS_MAX)
		return NULL;
	if (str_dup(&jsonl->namev[jsonl->namec], name)) {
		jsonl->has_failed = true;
		return NULL;
	}

	return jsonl->namev[jsonl->namec++];
}

/* NULL: it is a list or an object. */
static const char *value_of(char text[VALUE_SIZE], const json_t *value)
{
	if (json_is_string(value))
		return json_string_value(value);

	if (json_is_integer(value))
		(void)snprintf(text, VALUE_SIZE, "%" JSON_INTEGER_FORMAT,
		               json_integer_value(value));
	else if (json_is_real(value))
		(void)snprintf(text, VALUE_SIZE, "%.15g",
		               json_real_value(value));
	else if (json_is_boolean(value))
		(void)snprintf(text, VALUE_SIZE, "%d", json_is_true(value));
	else if (json_is_null(value))
		text[0] = '\0';
	else
		return NULL;

	return text;
}

/* false: the row was refused. */
static bool vars_take(struct jsonl *jsonl, json_t *object)
{
	char reason[REASON_SIZE];
	const char *key;
	json_t *value;

	jsonl->varc = 0;
	json_object_foreach(object, key, value)
	{
		struct store_var *var = &jsonl->varv[jsonl->varc];

		if (jsonl->varc < SHEET_COLUMNS_MAX)
			var->name = name_keep(jsonl, renamed(jsonl, key));
		if (jsonl->varc >= SHEET_COLUMNS_MAX || !var->name) {
			refuse(jsonl, "", "there are more than 200 names");
			return false;
		}
		var->value = value_of(jsonl->valuev[jsonl->varc], value);
		if (!var->value) {
			(void)snprintf(
				reason, sizeof(reason),
				"\"%.64s\" is a list or an object: write "
				"a text",
				key);
			refuse(jsonl, "", reason);
			return false;
		}
		jsonl->varc++;
	}

	return true;
}

static const char *number_find(const struct jsonl *jsonl)
{
	static const char *const namev[] = {"number", "phone"};

	for (size_t k = 0; k < ARRAY_COUNT(namev); k++) {
		for (size_t i = 0; i < jsonl->varc; i++) {
			if (!strcasecmp(jsonl->varv[i].name, namev[k]))
				return jsonl->varv[i].value;
		}
	}

	return NULL;
}

static void object_judge(struct jsonl *jsonl, json_t *object)
{
	struct store_contact contact = {.row = jsonl->line};
	char number[NUMBER_SIZE];
	enum number_fault fault;

	if (!vars_take(jsonl, object))
		return;

	contact.number = number_find(jsonl);
	if (!contact.number) {
		refuse(jsonl, "", "nothing is named \"number\" or \"phone\"");
		return;
	}
	fault = sheet_number(&jsonl->prm, number, &contact.number);
	if (fault) {
		refuse(jsonl, contact.number, number_fault_text(fault));
		return;
	}

	contact.varv = jsonl->varv;
	contact.varc = jsonl->varc;
	jsonl->prm.contact(&contact, jsonl->prm.arg);
}

static int line_judge(struct jsonl *jsonl, const char *bytes, size_t size)
{
	char reason[REASON_SIZE];
	json_error_t error;
	json_t *object;
	int err = 0;

	if (!size || strspn(bytes, " \t\r") >= size)
		return 0;

	jmem_forget();
	jmem_pool_open();
	object = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &error);
	if (jmem_has_failed()) {
		err = ENOMEM;
	}
	else if (!json_is_object(object)) {
		(void)snprintf(
			reason, sizeof(reason), "it is no JSON object: %.160s",
			object ? "write {\"number\": \"…\"}" : error.text);
		refuse(jsonl, "", reason);
	}
	else {
		object_judge(jsonl, object);
		err = jsonl->has_failed ? ENOMEM : 0;
	}
	json_decref(object);
	jmem_pool_close();

	return err;
}

/* What stands before the line's end; the end itself is not kept. */
static int keep(struct jsonl *jsonl, const char *bytes, size_t size)
{
	if (jsonl->is_skipping)
		return 0;
	if (jsonl->mb->end + size > SHEET_ROW_MAX) {
		refuse(jsonl, "", "the row is longer than 65536 bytes");
		jsonl->is_skipping = true;
		return 0;
	}

	return mbuf_write_mem(jsonl->mb, (const uint8_t *)bytes, size);
}

static int line_end(struct jsonl *jsonl)
{
	int err = 0;

	if (!jsonl->is_skipping) {
		err = mbuf_write_u8(jsonl->mb, '\0');
		if (!err)
			err = line_judge(jsonl, (const char *)jsonl->mb->buf,
			                 jsonl->mb->end - 1);
	}
	jsonl->mb->pos = jsonl->mb->end = 0;
	jsonl->is_skipping = false;
	jsonl->line++;

	return err;
}

int jsonl_feed(struct jsonl *jsonl, const char *bytes, size_t size,
               bool is_last)
{
	int err = 0;

	while (size && !err) {
		const char *end = memchr(bytes, '\n', size);
		size_t n = end ? (size_t)(end - bytes) : size;

		err = keep(jsonl, bytes, n);
		if (!err && end)
			err = line_end(jsonl);
		n += end ? 1 : 0;
		bytes += n;
		size -= n;
	}
	if (!err && is_last && (jsonl->mb->end || jsonl->is_skipping))
		err = line_end(jsonl);

	return err;
}
