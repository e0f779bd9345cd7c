/*
 * api/ask.h - one request on its way through its route; private to api/
 *
 * A handler answers once, at once or later; who answers later holds the ask by
 * mem_ref() until then.
 */
#pragma once

#include <jansson.h>

#include "api/access.h"
#include "api/api.h"
#include "api/route.h"

struct ask {
	struct api *api;
	struct httpd_request *req;
	const struct route *route;
	const struct person *person; /* a reference; NULL: unknown */
	json_t *body;                /* checked; NULL: none */
	char *repeat;                /* idempotency key, NULL: none */
	bool is_answered;
	bool is_marked; /* has an ETag of its own */
};

const struct api_prm *ask_prm(const struct ask *ask);
struct access *ask_access(const struct ask *ask);

/* Of the body: "" and 0 where it is not there. */
const char *ask_text(const struct ask *ask, const char *field);
int64_t ask_number(const struct ask *ask, const char *field, int64_t fallback);
bool ask_bool(const struct ask *ask, const char *field);
int64_t ask_time(const struct ask *ask, const char *field); /* 0: none */

/* A {name} of the path. */
const char *ask_param(const struct ask *ask, const char *name);

/* Of the query; a number was checked against its range. */
const char *ask_query(const struct ask *ask, const char *name);
int64_t ask_query_number(const struct ask *ask, const char *name,
                         int64_t fallback);

/* Takes the document; NULL is a lack of memory. status 0: the route's. */
void ask_reply(struct ask *ask, unsigned status, json_t *json);
void ask_empty(struct ask *ask); /* 204 */

/* JSON that is a text already. status 0: the route's. */
void ask_text_reply(struct ask *ask, unsigned status, const char *text);

/* A file, or the part of it that is asked for; fd, or the source's arg, is
 * taken. */
void ask_file(struct ask *ask, const char *type, int fd);
void ask_source(struct ask *ask, const char *type,
                const struct httpd_source *source);

/* The same of bytes, which are copied. */
void ask_bytes(struct ask *ask, const char *type, const void *data, size_t n);

/* An answer that comes bit by bit, as httpd_stream(). */
int ask_stream(struct ask *ask, const char *type,
               const struct httpd_stream_sink *sink);

/* {"items": …, "next": …}; takes items. next 0: this is the last page. */
void ask_page(struct ask *ask, json_t *items, int64_t next);
void ask_problem(struct ask *ask, unsigned status, const char *detail,
                 const char *remedy);
void ask_wrong(struct ask *ask, const char *field, const char *detail);

/* Of an errno: ENOENT 404, EEXIST 409, ENOBUFS 503, ENOMEM 500, …; what names
 * what was asked for. */
void ask_failed(struct ask *ask, int err, const char *what);

/* The handler of most writes: 204, or what failed; arg is a reference to the
 * ask, which is let go of. And err of what was begun with such a reference. */
void ask_done(int err, void *arg);
void ask_begun(struct ask *ask, int err, const char *what);

/* The handler of all routes of the server; its info is the struct route. */
void ask_handler(struct httpd_request *req, void *arg);
bool ask_check(struct httpd_request *req, void *arg);
