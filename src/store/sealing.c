/*
 * store/sealing.c - texts of a row, sealed with the key of whose they are
 */
#include <assert.h>
#include <stdio.h>
#include <unistd.h>
#include "base/jmem.h"
#include "base/log.h"
#include "store/driver.h"
#include "store/sealing.h"

struct text {
	const char *name;
	size_t offset;
};

#define STEP(name)                                                             \
	{                                                                      \
#name, offsetof(struct store_step, name)                       \
	}
#define CALL(name)                                                             \
	{                                                                      \
#name, offsetof(struct store_call, name)                       \
	}

static const struct text step_textv[] = {
	STEP(input_args),
	STEP(input_nlp_args),
	STEP(matching_keyword),
	STEP(response_args),
};

static const struct text call_textv[] = {
	CALL(heard),
	CALL(variables),
	CALL(variables_begin),
	CALL(inputs),
};

const char sealing_nothing[] = "{\"erased\":true}";

bool sealing_is_on(const struct db *db, const char *number)
{
	return db->has_sealed_texts && number && *number;
}

int sealing_name(char name[SEALING_NAME_SIZE], const struct vault *vault,
                 const char *number)
{
	char person[VAULT_PERSON_SIZE];
	int err = vault_person(vault, number, person);

	if (!err)
		(void)snprintf(name, SEALING_NAME_SIZE, "erased:%s", person);

	return err;
}

static const char erased_sql[] = "SELECT 1 FROM do_not_call WHERE number = ?";

int sealing_erased(struct db *db, const char *number,
                   char name[SEALING_NAME_SIZE], bool *is_erasedp)
{
	const struct db_arg arg = db_text(name);
	int64_t one;
	int err;

	*is_erasedp = false;
	if (!db->vault)
		return 0;

	err = sealing_name(name, db->vault, number);
	if (err)
		return err;

	err = db_get_int(db, &one, erased_sql, &arg, 1);
	*is_erasedp = !err;

	return err == ENOENT ? 0 : err;
}

/* --- writing -------------------------------------------------------------- */

static const char **text_in(void *row, const struct text *text)
{
	return (const char **)(void *)((char *)row + text->offset);
}

/* Sets *gonep where the person is erased. Never in clear for want of a key:
 * then the text is lost, and somebody is told. */
static int seal(struct db *db, const char *number, const char *clear,
                char **sealedp, bool *gonep)
{
	char person[VAULT_PERSON_SIZE];
	int err;

	err = vault_person(db->vault, number, person);
	if (!err)
		err = vault_text_seal(db->vault, person, clear, sealedp);
	*gonep = err == EKEYREVOKED;
	if (!err || err == ENOMEM)
		return err;
	if (!*gonep)
		log_error("store",
		          "what was said is not kept: it cannot be encrypted: "
		          "%s; see [vault]",
		          strerror(err));

	return 0;
}

/* The texts as JSON; NULL without memory. */
static char *texts_take(void *row, const struct text *textv, size_t textc)
{
	json_t *json = json_object();

	jmem_forget();
	for (size_t i = 0; i < textc; i++) {
		const char **textp = text_in(row, &textv[i]);

		if (*textp && **textp)
			(void)json_object_set_new(json, textv[i].name,
			                          json_string(*textp));
		*textp = "";
	}

	return jmem_text(json);
}

int sealing_step(struct db *db, struct store_step *step, char **sealedp)
{
	char *clear = texts_take(step, step_textv, ARRAY_COUNT(step_textv));
	bool is_gone;
	int err;

	if (!clear)
		return ENOMEM;

	err = seal(db, step->number, clear, sealedp, &is_gone);
	mem_deref(clear);

	return err;
}

int sealing_call(struct db *db, struct store_call *call,
                 struct sealing_call *texts)
{
	char *clear = texts_take(call, call_textv, ARRAY_COUNT(call_textv));
	bool is_gone;
	int err;

	if (!clear)
		return ENOMEM;

	err = seal(db, call->number, clear, &texts->sealed, &is_gone);
	mem_deref(clear);
	if (err || !is_gone)
		return err;

	/* Erased while it was spoken with: what was written meanwhile cannot
	 * be read, and need not stay. */
	if (call->recording && *call->recording)
		(void)unlink(call->recording);
	call->recording = "";
	call->answerer = NULL;
	err = sealing_name(texts->name, db->vault, call->number);
	call->number = texts->name;

	return err;
}

int sealing_event(struct db *db, const char *number, const char *data,
                  char **sealedp)
{
	bool is_gone;

	return seal(db, number, data, sealedp, &is_gone);
}

/* --- reading -------------------------------------------------------------- */

static int texts_open(struct db *db, const char *sealed, json_t **jsonp)
{
	char *clear = NULL;
	int err;

	*jsonp = NULL;
	if (!*sealed || !db->vault)
		return 0;

	err = vault_text_open(db->vault, sealed, &clear);
	if (err)
		return err == ENOMEM ? ENOMEM : 0;

	jmem_forget();
	*jsonp = json_loads(clear, 0, NULL);
	mem_deref(clear);

	return jmem_has_failed() ? ENOMEM : 0;
}

static void texts_fill(void *row, const struct text *textv, size_t textc,
                       const json_t *json)
{
	for (size_t i = 0; i < textc; i++) {
		const char *text =
			json_string_value(json_object_get(json, textv[i].name));

		if (text)
			*text_in(row, &textv[i]) = text;
	}
}

int sealing_step_open(struct db *db, const char *sealed,
                      struct store_step *step, json_t **jsonp)
{
	int err = texts_open(db, sealed, jsonp);

	texts_fill(step, step_textv, ARRAY_COUNT(step_textv), *jsonp);

	return err;
}

int sealing_call_open(struct db *db, const char *sealed,
                      struct store_call *call, json_t **jsonp)
{
	int err = texts_open(db, sealed, jsonp);

	texts_fill(call, call_textv, ARRAY_COUNT(call_textv), *jsonp);

	return err;
}

int sealing_event_open(struct db *db, const char *data, char **clearp)
{
	int err;

	*clearp = NULL;
	if (!vault_text_is_sealed(data))
		return 0;
	if (!db->vault)
		return ENOKEY;

	err = vault_text_open(db->vault, data, clearp);
	if (err == EKEYREVOKED || err == EBADMSG)
		return str_dup(clearp, sealing_nothing);

	return !err || err == ENOMEM ? err : ENOKEY;
}
