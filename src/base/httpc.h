/*
 * base/httpc.h - the HTTP client of the program, over libcurl
 *
 * One client serves all who ask: services of scripts, sounds of prompts,
 * voices, recognisers, webhooks. It lives on the control loop, blocks nobody
 * and keeps its connections for the next request. Certificates are always
 * verified; only http and https are spoken; nothing is read from the
 * environment.
 *
 * Threads: the control loop. Names are resolved by a thread of libcurl.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cfg;
struct cfg_table;
struct httpc;
struct httpc_request;

extern const struct cfg_table httpc_cfg_table; /* [http] */

struct httpc_header {
	const char *name;
	const char *value;
};

/* What to ask. All of it is copied. */
struct httpc_prm {
	const char *method; /* NULL: GET, with a body POST */
	const char *url;    /* without user and password: they are headers */
	const struct httpc_header *headerv;
	size_t headerc;
	const void *body;
	size_t body_len;
	const char *content_type; /* of the body, may be NULL */

	uint32_t connect_ms; /* to reach the server; 0: as configured */
	uint32_t whole_ms;   /* from httpc_send() to the end; 0: likewise */
	size_t limit_bytes;  /* of the answer's body; 0: likewise */
	const char *ca_file; /* who may sign its certificate; NULL: as
	                        configured */
	bool is_public_only; /* an address of a private network is refused
	                        with EACCES, also behind a redirect */
	unsigned redirectc;  /* followed at most; 0: a redirect is an answer.
	                        Headers go along: no secrets then */
};

/* Valid during the handler. */
struct httpc_answer {
	int err;            /* 0, or why there is no whole answer:
	                       ETIMEDOUT, EHOSTUNREACH (no such name),
	                       ECONNREFUSED, ECONNRESET (cut short), EPERM
	                       (certificate), EACCES (private address),
	                       EFBIG (above the limit), ELOOP
	                       (redirects), EPROTO, ENOMEM */
	const char *reason; /* the same as a sentence with the host, without
	                       path, query or headers; "" without err */
	unsigned status;    /* 200; 0: none came */
	const char *content_type; /* "" without */
	const char *url;          /* where the answer came from at last */
	const uint8_t *body; /* NUL behind it; not what a body handler took */
	size_t body_len;
	uint32_t first_ms; /* to the first byte of the body, or to the end */
	uint32_t whole_ms;
	void *origin; /* for httpc_answer_header() */
};

/* A piece of the body of an answer with status 2xx, as it arrives; other
 * statuses' bodies are collected for the done handler. It may free the
 * request. */
typedef void(httpc_body_h)(const struct httpc_answer *answer,
                           const uint8_t *piece, size_t len, void *arg);

/* Comes exactly once, never from inside httpc_send(). It may free the
 * request. */
typedef void(httpc_done_h)(const struct httpc_answer *answer, void *arg);

struct httpc_sink {
	httpc_body_h *body; /* may be NULL: collect */
	httpc_done_h *done;
	void *arg;
};

/* Reads [http]. Returns ENOMEM or EINVAL (a CA file that is not there). */
int httpc_alloc(struct httpc **clientp, const struct cfg *cfg);

/* Starts a request; free it with mem_deref(), which ends it silently when it
 * is under way. It holds a reference to the client. Returns EINVAL for a URL
 * that is none or not of http or https, and for a method or header that would
 * break out of its line; ENOMEM. */
int httpc_send(struct httpc_request **reqp, struct httpc *client,
               const struct httpc_prm *prm, const struct httpc_sink *sink);

/* Whether httpc_send() would take the URL. */
bool httpc_is_url(const char *url);

/* A header of the answer, the last of that name; NULL without. Valid during
 * the handler. */
const char *httpc_answer_header(const struct httpc_answer *answer,
                                const char *name);

/* Opens a connection to the server of this URL (by asking HEAD / of it), so
 * that the next request with the same ca_file finds it open. Nobody hears how
 * it went. */
void httpc_warm(struct httpc *client, const char *url, const char *ca_file);

/* A value for use inside a URL: all but letters, digits and -._~ becomes %XX.
 * Returns false when it does not fit. */
bool httpc_escape(char *text, size_t size, const char *value);
