/*
 * api/route.h - what a route is; private to api/
 *
 * One row says all there is to know about it. Bodies and queries are checked
 * against their fields before the handler runs: unknown names, wrong kinds and
 * what is missing are refused with the name of the field.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/httpd.h"

struct ask;

enum field_kind {
	FIELD_TEXT,
	FIELD_NUMBER, /* whole, within `range` */
	FIELD_REAL,   /* from 0 on */
	FIELD_BOOL,
	FIELD_TIME, /* RFC 3339; null: never */
	FIELD_OBJECT,
	FIELD_LIST, /* of objects, or of what `range` says: "text" */
};

struct field {
	const char *name;
	enum field_kind kind;
	bool is_required;
	const char *range; /* "1..100" of a number, "a|b" of a text, NULL */
	const char *what;
};

/* A row of fields; NULL: there are none. */
struct fields {
	const struct field *v;
	size_t c;
};
#define FIELDS(v)                                                              \
	{                                                                      \
		v, ARRAY_COUNT(v)                                              \
	}

struct route {
	const char *method, *pattern;
	const char *scope; /* of scopes.c; NULL: everybody, also unknown */
	void (*handler)(struct ask *ask);
	const char *tag; /* chapter of the document */
	const char *summary;
	struct fields query, body, reply;
	bool is_private;   /* its path names a person: not for the audit log */
	bool is_audited;   /* although it changes nothing */
	bool is_matched;   /* a draft: takes If-Match, the ETag that was read */
	bool is_page;      /* reply is {"items": […], "next": …} of these */
	bool is_next_text; /* `next` is no number */
	const char *type;  /* of a reply that is no JSON */
	unsigned status;   /* of success; 0: 200 */
	enum httpd_body taking; /* of a body that is no JSON */
	size_t body_limit;
};

/* The routes about one subject. */
struct route_chapter {
	const struct route *v;
	size_t c;
};
extern const struct route_chapter route_accessv; /* routes.c */
extern const struct route_chapter route_runv;    /* routes_run.c */
extern const struct route_chapter route_callv;   /* routes_calls.c */
extern const struct route_chapter route_scriptv; /* routes_scripts.c */
extern const struct route_chapter route_listsv;  /* routes_lists.c */

/* All of them; NULL behind the last. */
const struct route *route_at(size_t i);
size_t route_count(void);
