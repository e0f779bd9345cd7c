/*
 * api/r_scripts.c - routes about scripts: their drafts and versions
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/api_parts.h"
#include "api/fields.h"
#include "api/gather.h"
#include "api/handlers.h"
#include "api/mark.h"
#include "api/shelf.h"
#include "base/jmem.h"
#include "base/mem.h"

enum {
	FAULTS_MAX = 500, /* told of one script */
	NAMES_SIZE = 300, /* of all voices */
};

/* A draft that is being put, or a version that is being made. */
struct writing {
	struct ask *ask;
	char *body;
	char *before; /* of the draft that is replaced; NULL: whatever */
	json_t *reply;
	int64_t version;
	int err;
};

static void writing_destructor(void *arg)
{
	struct writing *writing = arg;

	mem_deref(writing->ask);
	mem_deref(writing->body);
	mem_deref(writing->before);
	json_decref(writing->reply);
}

static const char *name_of(struct ask *ask)
{
	const char *name = ask_param(ask, "name");

	if (shelf_is_name(name))
		return name;

	ask_wrong(ask, "name",
	          "has to be 1 to 64 bytes without / \\ @, nor a dot in "
	          "front");

	return NULL;
}

static struct writing *writing_alloc(struct ask *ask)
{
	struct writing *writing;

	writing = mem_zalloc(sizeof(*writing), writing_destructor);
	if (writing)
		writing->ask = mem_ref(ask);
	else
		ask_failed(ask, ENOMEM, "the script");

	return writing;
}

static void failed(struct writing *writing, int err)
{
	if (err == ENOENT)
		ask_problem(writing->ask, 404, "there is no such script",
		            "GET /api/v1/scripts lists them; PUT "
		            "…/draft makes one");
	else
		ask_failed(writing->ask, err, "the script");
	mem_deref(writing);
}

/* --- lists ---------------------------------------------------------------- */

/* Rows come by name, the version before the draft. */
static void script_handler(const struct store_script *row, void *arg)
{
	struct gather *gather = arg;
	size_t n = json_array_size(gather->json);
	json_t *last = n ? json_array_get(gather->json, n - 1) : NULL;
	const char *name = json_string_value(json_object_get(last, "name"));
	bool is_draft = row->version == STORE_SCRIPT_DRAFT;

	if (name && !strcmp(name, row->name)) {
		(void)json_object_set_new(last, "draft",
		                          fields_time_json(row->at_ms));
		return;
	}

	gather_add(
		gather,
		json_pack("{s:s, s:I, s:o, s:o, s:s}", "name", row->name,
	                  "version", (json_int_t)row->version, "published",
	                  is_draft ? json_null() : fields_time_json(row->at_ms),
	                  "draft",
	                  is_draft ? fields_time_json(row->at_ms) : json_null(),
	                  "author", row->author));
}

void r_scripts(struct ask *ask)
{
	struct gather *gather =
		gather_alloc(ask, json_array(), "the list of scripts");

	if (gather)
		gather_begun(gather, store_scripts(ask_prm(ask)->store, NULL,
		                                   script_handler, gather_done,
		                                   gather));
}

static void version_handler(const struct store_script *row, void *arg)
{
	gather_add(arg,
	           json_pack("{s:I, s:s, s:o}", "version",
	                     (json_int_t)row->version, "author", row->author,
	                     "at", fields_time_json(row->at_ms)));
}

static void versions_done(int err, void *arg)
{
	struct gather *gather = arg;

	if (!err && !json_array_size(gather->json))
		err = ENOENT;
	gather_done(err, gather);
}

void r_script_versions(struct ask *ask)
{
	const char *name = name_of(ask);
	struct gather *gather =
		name ? gather_alloc(ask, json_array(), "the script") : NULL;

	if (gather)
		gather_begun(gather, store_scripts(ask_prm(ask)->store, name,
		                                   version_handler,
		                                   versions_done, gather));
}

/* --- one, as it was put there --------------------------------------------- */

static void body_handler(const struct store_script *row, void *arg)
{
	const struct writing *writing = arg;

	ask_text_reply(writing->ask, 0, row->body);
}

static void body_done(int err, void *arg)
{
	struct writing *writing = arg;

	if (err)
		failed(writing, err);
	else
		mem_deref(writing);
}

static void body_ask(struct ask *ask, int64_t version)
{
	const char *name = name_of(ask);
	struct writing *writing = name ? writing_alloc(ask) : NULL;
	int err;

	if (!writing)
		return;

	err = store_script(ask_prm(ask)->store, name, version, body_handler,
	                   body_done, writing);
	if (err)
		failed(writing, err);
}

void r_script_draft(struct ask *ask)
{
	body_ask(ask, STORE_SCRIPT_DRAFT);
}

void r_script_version(struct ask *ask)
{
	const char *text = ask_param(ask, "n");
	int64_t version;
	char *end;

	errno = 0;
	version = strtoll(text, &end, 10);
	if (errno || *end || version < 1)
		ask_wrong(ask, "n", "has to be the number of a version");
	else
		body_ask(ask, version);
}

/* --- checking ------------------------------------------------------------- */

/* Who is asked to speak, in this order; nobody for what does not load. */
static json_t *voices_json(const struct ask *ask,
                           const struct flow_script *script)
{
	char names[NAMES_SIZE] = "";
	json_t *list = json_array();

	if (script)
		call_voices(names, sizeof(names), script, ask_prm(ask)->cfg);
	for (const char *at = names; *at; at += strspn(at, ", ")) {
		size_t n = strcspn(at, ", ");

		(void)json_array_append_new(list, json_stringn(at, n));
		at += n;
	}

	return list;
}

static json_t *faults_json(const struct ask *ask,
                           const struct flow_script *script,
                           const struct flow_faults *faults)
{
	size_t count = flow_faults_count(faults);
	size_t errors = flow_faults_errors(faults);
	json_t *items = json_array();

	for (size_t i = 0; i < count && i < FAULTS_MAX; i++) {
		const struct flow_fault *fault = flow_faults_at(faults, i);

		(void)json_array_append_new(
			items,
			json_pack("{s:s, s:s, s:s, s:s}", "level",
		                  fault->level == FLOW_ERROR ? "error"
		                                             : "warning",
		                  "path", fault->path, "node", fault->node,
		                  "message", fault->message));
	}

	return json_pack("{s:I, s:I, s:o, s:o}", "errors", (json_int_t)errors,
	                 "warnings", (json_int_t)(count - errors), "faults",
	                 items, "voices", voices_json(ask, script));
}

static void checked_handler(int err, struct flow_script *script,
                            const struct flow_faults *faults, void *arg)
{
	struct writing *writing = arg;

	jmem_forget();
	if (err) {
		failed(writing, err);
		return;
	}

	ask_reply(writing->ask, 0, faults_json(writing->ask, script, faults));
	mem_deref(writing);
}

static void row_handler(const struct store_script *row, void *arg)
{
	struct writing *writing = arg;

	writing->err = str_dup(&writing->body, row->body);
}

/* The script of the path has been read: what done makes of it. */
static void row_check(struct writing *writing, int err, shelf_checked_h *done)
{
	struct ask *ask = writing->ask;

	if (!err)
		err = writing->err;
	if (!err)
		err = shelf_check(ask->api->shelf, ask_param(ask, "name"),
		                  writing->body, done, writing);
	if (err)
		failed(writing, err);
}

static void check_done(int err, void *arg)
{
	row_check(arg, err, checked_handler);
}

static void row_ask(struct ask *ask, int64_t version, store_done_h *done)
{
	const char *name = name_of(ask);
	struct writing *writing = name ? writing_alloc(ask) : NULL;
	int err;

	if (!writing)
		return;

	err = store_script(ask_prm(ask)->store, name, version, row_handler,
	                   done, writing);
	if (err)
		failed(writing, err);
}

void r_script_check(struct ask *ask)
{
	row_ask(ask, ask_query_number(ask, "version", STORE_SCRIPT_DRAFT),
	        check_done);
}

/* --- the draft ------------------------------------------------------------ */

static void stale(struct writing *writing)
{
	mark_stale(writing->ask, "GET …/draft says what it is now: bring your "
	                         "change into that");
	mem_deref(writing);
}

static void put_done(int err, void *arg)
{
	struct writing *writing = arg;
	char mark[MARK_SIZE];

	if (err == ENOENT) {
		stale(writing);
		return;
	}
	if (err) {
		failed(writing, err);
		return;
	}

	if (!mark_make(mark, writing->body))
		mark_set(writing->ask, mark);
	ask_reply(writing->ask, 0, json_incref(writing->reply));
	mem_deref(writing);
}

static void put_checked(int err, struct flow_script *script,
                        const struct flow_faults *faults, void *arg)
{
	struct writing *writing = arg;
	struct ask *ask = writing->ask;
	const struct store_script draft = {
		.name = ask_param(ask, "name"),
		.body = writing->body,
		.author = ask->person->user,
	};

	jmem_forget();
	if (!err)
		writing->reply = faults_json(ask, script, faults);
	if (!err && !writing->reply)
		err = ENOMEM;
	if (!err)
		err = store_script_draft(ask_prm(ask)->store, &draft,
		                         writing->before, put_done, writing);
	if (err)
		failed(writing, err);
}

static void put_check(struct writing *writing)
{
	struct ask *ask = writing->ask;
	int err = shelf_check(ask->api->shelf, ask_param(ask, "name"),
	                      writing->body, put_checked, writing);

	if (err)
		failed(writing, err);
}

static void before_handler(const struct store_script *row, void *arg)
{
	struct writing *writing = arg;

	writing->err = str_dup(&writing->before, row->body);
}

/* Who writes has seen the draft as it is. */
static void before_done(int err, void *arg)
{
	struct writing *writing = arg;
	char now[MARK_SIZE], mark[MARK_SIZE];
	const char *wanted = mark_wanted(writing->ask, mark);

	if (!err)
		err = writing->err;
	if (!err)
		err = mark_make(now, writing->before);
	if (!err && strcmp(wanted, "*") != 0 && strcmp(wanted, now) != 0)
		err = ENOENT;
	if (err == ENOENT)
		stale(writing);
	else if (err)
		failed(writing, err);
	else
		put_check(writing);
}

static void before_ask(struct writing *writing, const char *name)
{
	int err = store_script(ask_prm(writing->ask)->store, name,
	                       STORE_SCRIPT_DRAFT, before_handler, before_done,
	                       writing);

	if (err)
		failed(writing, err);
}

/* Faults are welcome, but what comes back has to be JSON. */
static bool is_object(const char *body, size_t n)
{
	json_t *json;
	bool is;

	jmem_pool_open();
	json = json_loadb(body, n, JSON_REJECT_DUPLICATES, NULL);
	is = json_is_object(json);
	json_decref(json);
	jmem_pool_close();

	return is;
}

void r_script_draft_put(struct ask *ask)
{
	const char *name = name_of(ask);
	char mark[MARK_SIZE];
	struct writing *writing;
	const char *body;
	size_t n;
	int err;

	if (!name)
		return;

	body = httpd_body(ask->req, &n);
	if (!is_object(body, n)) {
		ask_problem(ask, 400, "the body is no JSON object",
		            "send a script as docs/script.md describes it");
		return;
	}

	writing = writing_alloc(ask);
	if (!writing)
		return;

	err = str_dup(&writing->body, body);
	if (!err && mark_is_first(ask))
		err = str_dup(&writing->before, "");
	if (err)
		failed(writing, err);
	else if (mark_wanted(ask, mark))
		before_ask(writing, name);
	else
		put_check(writing);
}

/* --- publishing ----------------------------------------------------------- */

static void published(int err, void *arg)
{
	struct writing *writing = arg;
	struct ask *ask = writing->ask;

	if (err == ENOENT) {
		ask_problem(ask, 409, "somebody published at the same moment",
		            "look at …/versions, then try again");
		mem_deref(writing);
		return;
	}
	put_done(err, writing);
}

/* With its number in `version`, so that the calls of it tell which it was. */
static char *stamped(const char *body, int64_t version)
{
	char text[24];
	json_t *json;

	(void)snprintf(text, sizeof(text), "%lld", (long long)version);
	jmem_forget();
	json = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
	(void)json_object_set_new(json, "version", json_string(text));

	return jmem_text(json);
}

static void publish_as(const struct store_script *row, void *arg)
{
	struct writing *writing = arg;

	if (row->version >= writing->version)
		writing->version = row->version + 1;
}

static void publish_write(int err, void *arg)
{
	struct writing *writing = arg;
	struct ask *ask = writing->ask;
	struct store_script script = {
		.name = ask_param(ask, "name"),
		.version = writing->version,
		.author = ask->person->user,
	};
	char *body = err ? NULL : stamped(writing->body, script.version);

	if (!err && !body)
		err = ENOMEM;
	if (!err) {
		script.body = body;
		(void)json_object_set_new(writing->reply, "version",
		                          json_integer(script.version));
		err = store_script_publish(ask_prm(ask)->store, &script,
		                           published, writing);
	}
	mem_deref(body);
	if (err)
		failed(writing, err);
}

static void refuse(struct writing *writing, const struct flow_faults *faults)
{
	char words[400];
	size_t i = 0;

	while (flow_faults_at(faults, i)->level != FLOW_ERROR)
		i++;
	(void)snprintf(words, sizeof(words), "the draft has %zu errors; %s: %s",
	               flow_faults_errors(faults),
	               flow_faults_at(faults, i)->path,
	               flow_faults_at(faults, i)->message);
	ask_problem(writing->ask, 422, words,
	            "POST …/check lists all of them; mend the draft, then "
	            "publish it");
	mem_deref(writing);
}

static void publish_checked(int err, struct flow_script *script,
                            const struct flow_faults *faults, void *arg)
{
	struct writing *writing = arg;
	struct ask *ask = writing->ask;
	const char *name = ask_param(ask, "name");

	if (!err && !script) {
		refuse(writing, faults);
		return;
	}
	if (!err) {
		jmem_forget();
		writing->version = 1;
		writing->reply =
			json_pack("{s:s, s:I, s:I}", "name", name, "version",
		                  (json_int_t)0, "warnings",
		                  (json_int_t)flow_faults_count(faults));
		err = writing->reply ? store_scripts(ask_prm(ask)->store, name,
		                                     publish_as, publish_write,
		                                     writing)
		                     : ENOMEM;
	}
	if (err)
		failed(writing, err);
}

static void publish_read(int err, void *arg)
{
	row_check(arg, err, publish_checked);
}

void r_script_publish(struct ask *ask)
{
	row_ask(ask, STORE_SCRIPT_DRAFT, publish_read);
}
