/*
 * api/gather.h - an answer that is gathered row by row; private to api/
 *
 * A question to the store calls a handler for each row, which adds to `json`,
 * and gather_done() at the end, which answers.
 */
#pragma once

#include <jansson.h>

#include "api/ask.h"

enum {
	GATHER_ROWS = 100, /* of a page that names no limit */
};

struct gather {
	struct ask *ask;  /* a reference */
	json_t *json;     /* an array is answered as a page */
	const char *what; /* a constant: what was asked for, "the lists" */
	size_t limit;     /* rows of a page, 0: all of them are in it */
	int64_t last;     /* the place of the last one */
	json_t *next;     /* the same as a text; NULL: `last` it is */
	void *more;       /* the handler's own, a memory object; may be NULL */
};

/* Takes json. NULL: there was no memory, and that has been said. */
struct gather *gather_alloc(struct ask *ask, json_t *json, const char *what);

/* The same for a page; its limit is the query's. */
struct gather *gather_page(struct ask *ask, const char *what);

void gather_add(struct gather *gather, json_t *item);

/* Of the store: answers, and frees the gather. */
void gather_done(int err, void *arg);

/* err of the question: whether gather_done() is to come. */
void gather_begun(struct gather *gather, int err);
