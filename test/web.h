/*
 * test/web.h - a web server that answers as it is told, badly too
 *
 * It runs on the control loop of the test, on a free port of 127.0.0.1, and
 * keeps what it was asked.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct web;

enum web_trick {
	WEB_PLAIN,     /* Content-Length and the body */
	WEB_CHUNKED,   /* in chunks of a few bytes */
	WEB_SLOW,      /* a few bytes every delay_ms */
	WEB_SILENT,    /* never answers */
	WEB_CUT,       /* ends in the middle of the body */
	WEB_HALF_HEAD, /* ends in the middle of the header */
	WEB_ENDLESS,   /* a body that does not end */
	WEB_GARBAGE,   /* no HTTP */
	WEB_CLOSE,     /* closes the connection at once */
};

/* What is said at a path; the texts stay the caller's. */
struct web_page {
	const char *path;    /* without query; NULL: any */
	unsigned status;     /* 0: 200 */
	const char *headers; /* "Name: value\r\n…", may be NULL */
	const char *body;    /* may be NULL */
	size_t body_len;     /* 0: a string */
	enum web_trick trick;
	uint32_t delay_ms; /* before the answer */
	bool is_last;      /* closes the connection behind it */
};

struct web_request {
	const char *method;
	const char *target;  /* path and query */
	const char *headers; /* all lines */
	const char *body;    /* NUL behind it */
	size_t body_len;
	unsigned connection; /* on which it came, from 1 */
};

/* pem: certificate and key in a file, NULL for http. */
int web_alloc(struct web **webp, const char *pem);

/* The last page that was put and matches the path is said; without any 404. */
int web_put(struct web *web, const struct web_page *page);

/* "http://127.0.0.1:PORT/path". Good for the next seven calls. */
const char *web_url(const struct web *web, const char *path);

unsigned web_connections(const struct web *web); /* so far */
unsigned web_open(const struct web *web);        /* now */
size_t web_requests(const struct web *web);

/* The i-th request, the first is 0; NULL when there was none. */
const struct web_request *web_request(const struct web *web, size_t i);

/* Whether a request had this header line ("Name: value"). */
bool web_has_header(const struct web_request *request, const char *line);
