/*
 * base/httpd_request.c - the control loop's side: what was asked, by whom
 */
#include <assert.h>
#include <openssl/crypto.h>
#include "base/httpd_parts.h"

/* --- life -------------------------------------------------------------- */

static void destructor(void *arg)
{
	static const struct httpd_trouble forgotten = {
		.status = 500,
		.detail = "The request was not answered.",
		.remedy = "Try again; the log of the server may say why.",
	};
	struct httpd_request *req = arg;
	struct httpd_exchange *ex = req->ex;

	/* Who ends without a word breaks a stream off, so that its half is
	 * not taken for the whole. */
	if (req->is_answered)
		httpd_break(ex);
	else
		(void)httpd_problem(req, &forgotten);
	list_flush(&req->headerl);
	ex->req = NULL;
	httpd_leave(ex);
}

/* A server that has ended leaves its messages behind. */
static bool is_stopped(const struct httpd_exchange *ex)
{
	bool is_stopping;

	(void)pthread_mutex_lock(&ex->core->lock);
	is_stopping = ex->core->is_stopping;
	(void)pthread_mutex_unlock(&ex->core->lock);

	return is_stopping;
}

static void headers_move(struct list *to, struct list *from)
{
	struct le *le;

	while ((le = list_head(from))) {
		list_unlink(le);
		list_append(to, le, le->data);
	}
}

/* Takes over the message's side. NULL: nobody waits for an answer any more, or
 * there is no memory and the connection is cut. */
static struct httpd_request *request_alloc(struct httpd_exchange *ex)
{
	struct httpd_request *req = NULL;

	if (!is_stopped(ex))
		req = mem_zalloc(sizeof(*req), destructor);
	if (!req) {
		(void)pthread_mutex_lock(&ex->core->gate);
		ex->is_broken = true;
		httpd_resume(ex);
		(void)pthread_mutex_unlock(&ex->core->gate);
		httpd_leave(ex);
		return NULL;
	}

	req->ex = ex;
	ex->req = req;
	headers_move(&req->headerl, &ex->headerl);

	return req;
}

void httpd_ask_check(void *arg)
{
	struct httpd_exchange *ex = arg;
	struct httpd_core *core = ex->core;
	struct httpd_request *req;

	req = request_alloc(ex);
	if (!req)
		return;

	if (core->check(req, core->arg)) {
		/* Its answer comes when the body is there. */
		assert(!req->is_answered);
		req->is_answered = true;
		headers_move(&ex->headerl, &req->headerl);
		(void)pthread_mutex_lock(&core->gate);
		httpd_resume(ex);
		(void)pthread_mutex_unlock(&core->gate);
	}
	mem_deref(req);
}

void httpd_ask(void *arg)
{
	struct httpd_exchange *ex = arg;
	struct httpd_core *core = ex->core;
	struct httpd_request *req;

	req = request_alloc(ex);
	if (!req)
		return;

	if (ex->is_checked || !core->check || core->check(req, core->arg))
		ex->route->handler(req, core->arg);
	mem_deref(req);
}

void httpd_tell_gone(void *arg)
{
	struct httpd_exchange *ex = arg;
	struct httpd_request *req = ex->req;

	if (req && !req->is_gone) {
		req->is_gone = true;
		if (req->sink.gone && !is_stopped(ex))
			req->sink.gone(req->sink.arg);
	}
	httpd_leave(ex);
}

void httpd_tell_drained(void *arg)
{
	struct httpd_exchange *ex = arg;
	struct httpd_request *req = ex->req;

	if (req && !req->is_gone && req->sink.drained && !is_stopped(ex))
		req->sink.drained(req->sink.arg);
	httpd_leave(ex);
}

/* --- what was asked ---------------------------------------------------- */

const struct httpd_route *httpd_request_route(const struct httpd_request *req)
{
	return req->ex->route;
}

const char *httpd_method(const struct httpd_request *req)
{
	return req->ex->method;
}

bool httpd_is_head(const struct httpd_request *req)
{
	return !strcmp(req->ex->method, "HEAD");
}

const char *httpd_path(const struct httpd_request *req)
{
	return req->ex->path;
}

const char *httpd_address(const struct httpd_request *req)
{
	return req->ex->address;
}

const char *httpd_param(const struct httpd_request *req, const char *name)
{
	return httpd_pair_find(&req->ex->pairl, HTTPD_PARAM, name);
}

const char *httpd_query(const struct httpd_request *req, const char *name)
{
	return httpd_pair_find(&req->ex->pairl, HTTPD_QUERY, name);
}

const char *httpd_header(const struct httpd_request *req, const char *name)
{
	return httpd_pair_find(&req->ex->pairl, HTTPD_HEADER, name);
}

const char *httpd_cookie(const struct httpd_request *req, const char *name)
{
	return httpd_pair_find(&req->ex->pairl, HTTPD_COOKIE, name);
}

const char *httpd_field(const struct httpd_request *req, const char *name)
{
	return httpd_pair_find(&req->ex->pairl, HTTPD_FIELD, name);
}

static bool pair_at(const struct httpd_request *req, enum httpd_pair_kind kind,
                    size_t i, const struct httpd_pair **pairp)
{
	for (struct le *le = req->ex->pairl.head; le; le = le->next) {
		const struct httpd_pair *pair = le->data;

		if (pair->kind != kind)
			continue;
		if (!i--) {
			*pairp = pair;
			return true;
		}
	}

	return false;
}

bool httpd_query_at(const struct httpd_request *req, size_t i,
                    const char **namep, const char **valuep)
{
	const struct httpd_pair *pair;

	if (!pair_at(req, HTTPD_QUERY, i, &pair))
		return false;

	*namep = pair->name;
	*valuep = pair->value;

	return true;
}

bool httpd_field_at(const struct httpd_request *req, size_t i,
                    const char **namep, const char **valuep)
{
	const struct httpd_pair *pair;

	if (!pair_at(req, HTTPD_FIELD, i, &pair))
		return false;

	*namep = pair->name;
	*valuep = pair->value;

	return true;
}

const char *httpd_query_unknown(const struct httpd_request *req,
                                const char *const *wordv, size_t wordc)
{
	const char *name, *value;

	for (size_t i = 0; httpd_query_at(req, i, &name, &value); i++) {
		size_t k = 0;

		while (k < wordc && strcmp(wordv[k], name) != 0)
			k++;
		if (k == wordc)
			return name;
	}

	return NULL;
}

const char *httpd_body(const struct httpd_request *req, size_t *np)
{
	const struct mbuf *mb = req->ex->body;

	*np = mb && mb->end ? mb->end - 1 : 0;

	return *np ? (const char *)mb->buf : "";
}

struct httpd_file httpd_upload(const struct httpd_request *req)
{
	const struct httpd_exchange *ex = req->ex;

	return (struct httpd_file){
		.fd = ex->fd,
		.size = ex->file_bytes,
		.field = ex->file_field ? ex->file_field : "",
		.name = ex->file_name ? ex->file_name : "",
	};
}

const char *httpd_bearer(const struct httpd_request *req)
{
	static const char scheme[] = "Bearer ";
	const char *value = httpd_header(req, "Authorization");

	if (!value || strncasecmp(value, scheme, sizeof(scheme) - 1) != 0)
		return NULL;

	value += sizeof(scheme) - 1;
	value += strspn(value, " ");

	return value;
}

bool httpd_same(const char *a, const char *b)
{
	size_t n = strlen(a);

	return n == strlen(b) && !CRYPTO_memcmp(a, b, n);
}

bool httpd_is_gone(const struct httpd_request *req)
{
	return req->is_gone;
}
