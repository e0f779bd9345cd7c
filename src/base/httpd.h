/*
 * base/httpd.h - the HTTP server of the program, over libmicrohttpd
 *
 * A server is a table of routes. A request is received on HTTP's own thread
 * (head, body, limits); then the handler of its route runs on the control
 * loop and answers at once or later: while a request waits it costs no thread,
 * so thousands may. HEAD is answered by GET's route; unknown paths and
 * methods, bad escapes, bad UTF-8 and what is too large or too slow never reach
 * a handler. One line per request is logged, without values of people.
 *
 * Threads: every function and every handler here runs on the control loop,
 * whose mailbox is `home`. What blocks is the handler's to give to a worker.
 *
 *	static void hello(struct httpd_request *req, void *arg)
 *	{
 *		(void)httpd_reply_text(req, 200, "text/plain", "hello\n");
 *	}
 *
 *	static const struct httpd_route routev[] = {
 *		{.method = "GET", .pattern = "/hello", .handler = hello},
 *	};
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mailbox.h"
#include "base/ws_frame.h"

struct httpd;
struct httpd_request;
struct httpd_ws;

enum {
	HTTPD_BODY_LIMIT = 64 << 10,     /* of a route that names none */
	HTTPD_WAITING_LIMIT = 256 << 10, /* bytes a slow client leaves us */
	HTTPD_ADDRESS_SIZE = 48,         /* "127.0.0.1", "2001:db8::1" */
	HTTPD_FAULT_SIZE = 300,
};

/* --- routes and the server --------------------------------------------- */

/* What becomes of a request's body. */
enum httpd_body {
	HTTPD_BODY_NONE,   /* a request with a body is refused */
	HTTPD_BODY_MEMORY, /* whole, httpd_body() */
	HTTPD_BODY_FILE,   /* in a file without a name, httpd_upload() */
	HTTPD_BODY_FORM,   /* urlencoded or multipart: httpd_field(); its
	                      file (one at most), httpd_upload() */
};

/* Answers req: now, or, after mem_ref(req), later. A request that nobody
 * answered before its last mem_deref() is answered with 500. */
typedef void(httpd_h)(struct httpd_request *req, void *arg);

struct httpd_route {
	const char *method;  /* "GET", "POST", … */
	const char *pattern; /* "/calls/{id}": {id} is one segment that is not
	                        empty; "{path*}" at the end is all the rest */
	httpd_h *handler;
	enum httpd_body body;
	size_t body_limit;   /* bytes; 0: HTTPD_BODY_LIMIT */
	const char *summary; /* one line, for documents; may be NULL */
	const void *info;    /* the owner's own (scopes, schema), may be NULL */
};

struct httpd_prm {
	const char *address;   /* of an interface; NULL: 127.0.0.1 */
	uint16_t port;         /* 0: a free one, httpd_port() */
	const char *cert_file; /* PEM; with both it is https */
	const char *key_file;
	const char *host_names; /* "a.example, b.example": what a client may
	                           call a server on loopback besides localhost
	                           and addresses; NULL: nothing else. Keeps
	                           pages of strangers out (DNS rebinding) */
	const struct httpd_route *routev; /* outlive the server; the first that
	                                     fits is taken */
	size_t routec;

	/* May this request? Runs before its body is kept and before its
	 * handler, whose answer has the headers that were set here. false: it
	 * has answered (401, 403, 429, …). May be NULL. */
	bool (*check)(struct httpd_request *req, void *arg);
	void *arg;            /* of check and of the routes' handlers */
	struct mailbox *home; /* of the control loop */
	const char *temp_dir; /* for uploads; NULL: $TMPDIR or /tmp */

	unsigned clients;             /* at a time, 0: 2000 */
	unsigned clients_per_address; /* 0: as many */
	uint32_t head_ms; /* for a connection's first head, 0: 10 s */
	uint32_t body_ms; /* for a body of up to 64 KB, longer ones get a
	                     second more for each 64 KB; 0: 20 s */
	uint32_t
		idle_ms; /* without a byte either way while it is our turn or
	                    theirs, and between two requests; 0: 60 s. A
	                    request that waits for its handler does not count */
};

/* Starts it. On failure fault is one sentence with the remedy; returns EINVAL,
 * EADDRINUSE, EACCES, ENOMEM, … mem_deref() ends it at once: connections are
 * cut, `gone` and `closed` handlers are not called; requests and WebSockets
 * that somebody still holds stay valid and do nothing. */
int httpd_alloc(struct httpd **serverp, const struct httpd_prm *prm,
                char fault[HTTPD_FAULT_SIZE]);

uint16_t httpd_port(const struct httpd *server);

/* Requests that are not fully answered, streams among them, and WebSockets. */
size_t httpd_busy(const struct httpd *server);

/* Takes no more connections and refuses new requests with 503; done is called
 * once nothing is under way, or after limit_ms. Then mem_deref(server). */
void httpd_drain(struct httpd *server, uint32_t limit_ms,
                 void (*done)(void *arg), void *arg);

/* Whether only this machine reaches the address ("127.0.0.1", "::1"). */
bool httpd_is_loopback(const char *address);

/* --- what was asked ---------------------------------------------------- */

/* All texts live as long as the request. They are UTF-8 without control
 * characters; values of query and form may have \t \n \r. */

const struct httpd_route *httpd_request_route(const struct httpd_request *req);
const char *httpd_method(const struct httpd_request *req); /* "HEAD" too */
bool httpd_is_head(const struct httpd_request *req);
const char *httpd_path(const struct httpd_request *req);    /* decoded */
const char *httpd_address(const struct httpd_request *req); /* the client's */

/* A {name} of the route's pattern; NULL without. */
const char *httpd_param(const struct httpd_request *req, const char *name);

/* NULL without; the first when there are several. */
const char *httpd_query(const struct httpd_request *req, const char *name);
const char *httpd_header(const struct httpd_request *req, const char *name);
const char *httpd_cookie(const struct httpd_request *req, const char *name);
const char *httpd_field(const struct httpd_request *req, const char *name);

/* The i-th of the query or of the form, for those who refuse unknown names.
 * false behind the last. */
bool httpd_query_at(const struct httpd_request *req, size_t i,
                    const char **namep, const char **valuep);
bool httpd_field_at(const struct httpd_request *req, size_t i,
                    const char **namep, const char **valuep);

/* The first name of the query that is in none of the words; NULL: all are. */
const char *httpd_query_unknown(const struct httpd_request *req,
                                const char *const *wordv, size_t wordc);

/* The body kept in memory; NUL behind it, "" without. */
const char *httpd_body(const struct httpd_request *req, size_t *np);

/* The body, or the file of a form, as a file without a name that ends with the
 * request: read fd with pread(), or give "/proc/self/fd/N" to a library. */
struct httpd_file {
	int fd; /* -1: none came */
	uint64_t size;
	const char *field; /* of the form, "" without */
	const char *name;  /* as the client calls it, without folders; "" */
};
struct httpd_file httpd_upload(const struct httpd_request *req);

/* The token of "Authorization: Bearer TOKEN"; NULL without. */
const char *httpd_bearer(const struct httpd_request *req);

/* Compares secrets in a time that does not depend on where they differ. */
bool httpd_same(const char *a, const char *b);

/* --- answers ----------------------------------------------------------- */

/* One of these per request. They return ENOMEM when there is none (500 is said
 * then); that the client is gone is no error. Every answer says that nobody may
 * keep or guess it ("Cache-Control: no-store", "nosniff") unless a header of
 * that name was set. */

/* A header of the answer, before it. EINVAL: it would break out of its line. */
int httpd_set_header(struct httpd_request *req, const char *name,
                     const char *value);

/* Sets ETag (text without quotes). true: the client has it already and 304 was
 * said. */
bool httpd_has_etag(struct httpd_request *req, const char *etag);

/* type: of its content, NULL when there is none (204). */
int httpd_reply(struct httpd_request *req, unsigned status, const char *type,
                const void *data, size_t n);
int httpd_reply_text(struct httpd_request *req, unsigned status,
                     const char *type, const char *text);

/* 200, or what a Range header asks for: 206 or 416. If-Range is held against
 * the ETag. The file's descriptor is taken, whatever is returned. */
int httpd_reply_bytes(struct httpd_request *req, const char *type,
                      const void *data, size_t n);
int httpd_reply_file(struct httpd_request *req, const char *type, int fd);

/* The same for what is made while it is read: n bytes at offset, fewer than
 * asked for only at the end; an errno breaks the answer off. Runs on HTTP's
 * thread, where arg, a memory object that is taken, is let go of too. */
struct httpd_source {
	uint64_t size;
	int (*read)(void *arg, uint64_t offset, void *bytes, size_t n,
	            size_t *gotp);
	void *arg;
};
int httpd_reply_source(struct httpd_request *req, const char *type,
                       const struct httpd_source *source);

/* RFC 9457: application/problem+json with what to do about it. */
struct httpd_trouble {
	unsigned status;
	const char *detail; /* what is wrong, a sentence */
	const char *remedy; /* what to do; may be NULL */
	const char *field;  /* the one that is wrong; may be NULL */
};
int httpd_problem(struct httpd_request *req,
                  const struct httpd_trouble *trouble);

/* --- answers that come bit by bit -------------------------------------- */

struct httpd_stream_sink {
	/* The client has taken most of what waited; after an ENOBUFS. May be
	 * NULL. */
	void (*drained)(void *arg);
	/* The client went away before the end; nothing comes after. An idle
	 * stream learns of it by what it writes: write something (a comment of
	 * server-sent events) every 15 s. May be NULL. */
	void (*gone)(void *arg);
	void *arg;
};

/* Begins a streamed answer (chunked). The stream ends with httpd_stream_end()
 * or the request's last mem_deref(); the latter breaks it off, so that the
 * client sees that it is not whole. Keep the request by mem_ref(). */
int httpd_stream(struct httpd_request *req, unsigned status, const char *type,
                 const struct httpd_stream_sink *sink);

/* ENOBUFS: more than HTTPD_WAITING_LIMIT waits and nothing of this was taken;
 * ENOTCONN: the client is gone; ENOMEM. */
int httpd_stream_write(struct httpd_request *req, const void *data, size_t n);
void httpd_stream_end(struct httpd_request *req);
bool httpd_is_gone(const struct httpd_request *req);

/* --- WebSockets (RFC 6455) --------------------------------------------- */

struct httpd_ws_sink {
	/* A whole text (UTF-8) or binary message. May free the WebSocket. */
	void (*message)(const struct ws_message *message, void *arg);
	/* After an ENOBUFS: most of it went. May be NULL. */
	void (*drained)(void *arg);
	/* Once and last, never from inside a call; code is the client's or
	 * ours (1000 normal, 1001 silent for too long, 1002, 1006 cut, 1009 too
	 * large). What is to be done is mem_deref(). */
	void (*closed)(unsigned code, void *arg);
	void *arg;
};

/* Answers with 101, or with 400, 403 (a page of another origin) or 426 and
 * EPROTO. Who says nothing for idle_ms (0: 60 s; pings are sent) is cut. */
int httpd_upgrade(struct httpd_ws **wsp, struct httpd_request *req,
                  const struct httpd_ws_sink *sink, uint32_t idle_ms);

/* At once, also before the client has heard of the 101. ENOBUFS: more than
 * HTTPD_WAITING_LIMIT would wait; ENOTCONN: it is over; ENOMEM. */
int httpd_ws_send(struct httpd_ws *ws, enum ws_kind kind, const void *data,
                  size_t n);

/* Takes nothing from the client for now: it has to wait. */
void httpd_ws_pause(struct httpd_ws *ws, bool is_paused);

/* Says goodbye after what waits; `closed` follows. mem_deref() instead cuts,
 * with 1001. */
void httpd_ws_close(struct httpd_ws *ws, unsigned code, const char *why);
