/*
 * api/ask.c - one request on its way through its route
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/api_parts.h"
#include "api/fields.h"
#include "api/handlers.h"
#include "api/mark.h"
#include "api/repeat.h"
#include "base/clock.h"
#include "base/jmem.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

enum {
	REPEAT_REPLY_MAX = 256 << 10,
};

/* The reply that waits until its repeat is kept. */
struct kept_reply {
	struct ask *ask;
	unsigned status;
	char *text;
};

static void destructor(void *arg)
{
	struct ask *ask = arg;

	/* A handler that let go of it without a word. */
	if (!ask->is_answered)
		ask_problem(ask, 500, "nobody answered this request",
		            "tell us how you asked");
	json_decref(ask->body);
	mem_deref((void *)(uintptr_t)ask->person);
	mem_deref(ask->repeat);
	mem_deref(ask->req);
	mem_deref(ask->api);
}

static void kept_destructor(void *arg)
{
	struct kept_reply *kept = arg;

	mem_deref(kept->ask);
	mem_deref(kept->text);
}

const struct api_prm *ask_prm(const struct ask *ask)
{
	return &ask->api->prm;
}

struct access *ask_access(const struct ask *ask)
{
	return ask->api->access;
}

/* --- what was asked ------------------------------------------------------- */

const char *ask_text(const struct ask *ask, const char *field)
{
	const char *text = json_string_value(json_object_get(ask->body, field));

	return text ? text : "";
}

int64_t ask_number(const struct ask *ask, const char *field, int64_t fallback)
{
	const json_t *value = json_object_get(ask->body, field);

	return value ? json_integer_value(value) : fallback;
}

bool ask_bool(const struct ask *ask, const char *field)
{
	return json_is_true(json_object_get(ask->body, field));
}

int64_t ask_time(const struct ask *ask, const char *field)
{
	int64_t wall_ms = 0;

	(void)(*ask_text(ask, field) &&
	       fields_time(ask_text(ask, field), &wall_ms));

	return wall_ms;
}

const char *ask_param(const struct ask *ask, const char *name)
{
	return httpd_param(ask->req, name);
}

const char *ask_query(const struct ask *ask, const char *name)
{
	return httpd_query(ask->req, name);
}

int64_t ask_query_number(const struct ask *ask, const char *name,
                         int64_t fallback)
{
	const char *text = httpd_query(ask->req, name);

	return text ? strtoll(text, NULL, 10) : fallback;
}

/* --- answers -------------------------------------------------------------- */

static bool is_change(const struct ask *ask)
{
	return strcmp(ask->route->method, "GET") != 0;
}

static void audit(const struct ask *ask, unsigned status)
{
	char action[300];
	const struct store_audit row = {
		.user = ask->person ? ask->person->user : "",
		.address = httpd_address(ask->req),
		.action = action,
		.status = status,
		.detail = ask->person ? ask->person->token_id : "",
	};

	if (!is_change(ask) && !ask->route->is_audited)
		return;

	/* Nobody can take a number out of that log again. */
	(void)snprintf(action, sizeof(action), "%s %s", httpd_method(ask->req),
	               ask->route->is_private ? ask->route->pattern
	                                      : httpd_path(ask->req));
	(void)text_repair(action);
	(void)store_audit(ask->api->prm.store, &row);
}

static void say(struct ask *ask, unsigned status, const char *text)
{
	audit(ask, status);
	if (!is_change(ask) && status < 300 && mark_is_known(ask, text))
		return;
	(void)httpd_reply_text(ask->req, status, "application/json", text);
}

static void kept_handler(int err, void *arg)
{
	struct kept_reply *kept = arg;

	/* It was done all the same; only a repeat will not know. */
	if (err)
		log_warning("api", "an idempotency key is not kept: %s",
		            strerror(err));
	say(kept->ask, kept->status, kept->text);
	mem_deref(kept);
}

static void reply_text(struct ask *ask, unsigned status, char *text)
{
	struct kept_reply *kept;

	ask->is_answered = true;
	if (!ask->repeat || strlen(text) > REPEAT_REPLY_MAX) {
		say(ask, status, text);
		return;
	}

	kept = mem_zalloc(sizeof(*kept), kept_destructor);
	if (!kept) {
		say(ask, status, text);
		return;
	}
	kept->ask = mem_ref(ask);
	kept->status = status;
	kept->text = mem_ref(text);
	if (store_repeat_end(ask->api->prm.store, ask->repeat, status, text,
	                     kept_handler, kept))
		kept_handler(ENOBUFS, kept);
}

static unsigned success(const struct ask *ask)
{
	return ask->route->status ? ask->route->status : 200;
}

void ask_reply(struct ask *ask, unsigned status, json_t *json)
{
	char *text = jmem_text(json);

	if (!text) {
		ask_problem(ask, 500, "no memory for the answer",
		            "ask again later");
		return;
	}

	reply_text(ask, status ? status : success(ask), text);
	mem_deref(text);
}

void ask_empty(struct ask *ask)
{
	ask->is_answered = true;
	audit(ask, 204);
	if (ask->repeat)
		(void)store_repeat_end(ask->api->prm.store, ask->repeat, 204,
		                       "", NULL, NULL);
	(void)httpd_reply(ask->req, 204, NULL, NULL, 0);
}

void ask_text_reply(struct ask *ask, unsigned status, const char *text)
{
	char *copy = NULL;

	if (str_dup(&copy, text)) {
		ask_failed(ask, ENOMEM, "the answer");
		return;
	}

	reply_text(ask, status ? status : success(ask), copy);
	mem_deref(copy);
}

void ask_file(struct ask *ask, const char *type, int fd)
{
	ask->is_answered = true;
	audit(ask, 200);
	(void)httpd_reply_file(ask->req, type, fd);
}

void ask_source(struct ask *ask, const char *type,
                const struct httpd_source *source)
{
	ask->is_answered = true;
	audit(ask, 200);
	(void)httpd_reply_source(ask->req, type, source);
}

void ask_bytes(struct ask *ask, const char *type, const void *data, size_t n)
{
	ask->is_answered = true;
	audit(ask, 200);
	(void)httpd_reply(ask->req, 200, type, data, n);
}

int ask_stream(struct ask *ask, const char *type,
               const struct httpd_stream_sink *sink)
{
	ask->is_answered = true;
	audit(ask, 200);

	return httpd_stream(ask->req, 200, type, sink);
}

void ask_page(struct ask *ask, json_t *items, int64_t next)
{
	ask_reply(ask, 0,
	          json_pack("{s:o, s:o}", "items", items, "next",
	                    next ? json_integer(next) : json_null()));
}

static void problem(struct ask *ask, const struct httpd_trouble *trouble)
{
	ask->is_answered = true;
	audit(ask, trouble->status);

	/* Nothing was done: the same key may try again. */
	if (ask->repeat)
		(void)store_repeat_end(ask->api->prm.store, ask->repeat, 0, "",
		                       NULL, NULL);
	(void)httpd_problem(ask->req, trouble);
}

void ask_problem(struct ask *ask, unsigned status, const char *detail,
                 const char *remedy)
{
	const struct httpd_trouble trouble = {
		.status = status,
		.detail = detail,
		.remedy = remedy,
	};

	problem(ask, &trouble);
}

void ask_wrong(struct ask *ask, const char *field, const char *detail)
{
	char words[FIELDS_FAULT_SIZE + 80];
	const struct httpd_trouble trouble = {
		.status = 422,
		.detail = words,
		.field = field,
		.remedy = "see /api/v1/openapi.json",
	};

	(void)snprintf(words, sizeof(words), "%s%s%s", field ? field : "",
	               field ? " " : "", detail);
	problem(ask, &trouble);
}

void ask_failed(struct ask *ask, int err, const char *what)
{
	static const struct {
		int err;
		unsigned status;
		const char *words, *remedy;
	} rowv[] = {
		{ENOENT, 404, "is not there", "look at the list"},
		{EEXIST, 409, "is there already", "choose another name"},
		{EBUSY, 409, "is in use", "try again when it is over"},
		{ENOBUFS, 503, "cannot be done now: too much is under way",
	         "try again in some seconds"},
		{ECANCELED, 503, "cannot be done: we are stopping",
	         "try again in some seconds"},
	};
	char words[256];

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		if (rowv[i].err != err)
			continue;
		(void)snprintf(words, sizeof(words), "%s %s", what,
		               rowv[i].words);
		ask_problem(ask, rowv[i].status, words, rowv[i].remedy);
		return;
	}

	log_error("api", "%s %s: %s", ask->route->method, ask->route->pattern,
	          strerror(err));
	(void)snprintf(words, sizeof(words), "%s: %s", what, strerror(err));
	ask_problem(ask, 500, words, "try again; the log says more");
}

void ask_done(int err, void *arg)
{
	struct ask *ask = arg;

	if (err)
		ask_failed(ask, err, "it");
	else
		ask_empty(ask);
	mem_deref(ask);
}

void ask_begun(struct ask *ask, int err, const char *what)
{
	if (!err)
		return;

	ask_failed(ask, err, what);
	mem_deref(ask);
}

/* --- on its way ----------------------------------------------------------- */

static bool query_is_sound(struct ask *ask)
{
	const struct fields *fields = &ask->route->query;
	char fault[FIELDS_FAULT_SIZE];
	const char *name, *value;

	for (size_t i = 0; httpd_query_at(ask->req, i, &name, &value); i++) {
		const struct field *field = fields_find(fields, name);

		if (!field) {
			ask_wrong(ask, name, "is not known here");
			return false;
		}
		if (fields_check_text(field, value, fault)) {
			ask_wrong(ask, name, fault);
			return false;
		}
	}
	for (size_t i = 0; i < fields->c; i++) {
		if (fields->v[i].is_required &&
		    !httpd_query(ask->req, fields->v[i].name)) {
			ask_wrong(ask, fields->v[i].name, "is missing");
			return false;
		}
	}

	return true;
}

static bool body_is_sound(struct ask *ask)
{
	char fault[FIELDS_FAULT_SIZE];
	const char *field, *text;
	size_t n;

	if (!ask->route->body.c)
		return true;

	text = httpd_body(ask->req, &n);
	jmem_forget();
	ask->body = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	if (jmem_has_failed()) {
		ask_problem(ask, 503, "no memory for the body",
		            "try again later");
		return false;
	}
	if (!ask->body) {
		ask_problem(ask, 400, "the body is no JSON",
		            "send one JSON object as application/json");
		return false;
	}
	if (fields_check(&ask->route->body, ask->body, &field, fault)) {
		ask_wrong(ask, field, fault);
		return false;
	}

	return true;
}

/* Who watches whether we live is always answered. */
static bool has_quota(struct httpd_request *req, struct api *api)
{
	const struct route *route = httpd_request_route(req)->info;
	const struct httpd_trouble trouble = {
		.status = 429,
		.detail = "too many requests from this address",
		.remedy = "wait as long as Retry-After says, or raise "
			  "api.requests_per_s",
	};
	uint64_t wait_ms;
	char text[16];

	if (!api->requests_per_s || route->handler == r_health ||
	    route->handler == r_ready)
		return true;

	wait_ms = quota_take(&api->quota, httpd_address(req),
	                     api->requests_per_s, clock_ms());
	if (!wait_ms)
		return true;

	(void)snprintf(text, sizeof(text), "%llu",
	               (unsigned long long)(wait_ms + 999) / 1000);
	(void)httpd_set_header(req, "Retry-After", text);
	(void)httpd_problem(req, &trouble);

	return false;
}

bool ask_check(struct httpd_request *req, void *arg)
{
	struct api *api = arg;
	const struct route *route = httpd_request_route(req)->info;
	const char *token = httpd_bearer(req);
	struct httpd_trouble trouble = {
		.status = 401,
		.detail = "this needs a token",
		.remedy = "send \"Authorization: Bearer TOKEN\"; POST "
			  "/api/v1/session gives one for a password",
	};
	struct person *person;
	bool may;

	if (!has_quota(req, api))
		return false;
	if (!route->scope)
		return true;

	person = token ? access_person(api->access, token) : NULL;
	may = person && person_may(person, route->scope);
	if (person && !may) {
		trouble.status = 403;
		trouble.detail = "this token may not do that";
		trouble.remedy = "ask an admin for a role or a token that may";
	}
	else if (!person) {
		(void)httpd_set_header(req, "WWW-Authenticate", "Bearer");
	}
	mem_deref(person);
	if (!may)
		(void)httpd_problem(req, &trouble);

	return may;
}

void ask_handler(struct httpd_request *req, void *arg)
{
	const char *token = httpd_bearer(req);
	const char *key = httpd_header(req, "Idempotency-Key");
	struct api *api = arg;
	struct ask *ask;

	ask = mem_zalloc(sizeof(*ask), destructor);
	if (!ask)
		return; /* 500 is said */

	ask->api = mem_ref(api);
	ask->req = mem_ref(req);
	ask->route = httpd_request_route(req)->info;
	if (token)
		ask->person = access_person(api->access, token);
	if (query_is_sound(ask) && body_is_sound(ask)) {
		if (key && !strcmp(ask->route->method, "POST"))
			repeat_begin(ask, key);
		else
			ask->route->handler(ask);
	}
	mem_deref(ask);
}
