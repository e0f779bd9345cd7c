/*
 * api/imports.h - lists that come in over the API; private to api/
 *
 * An import goes on after its request was answered. The last ones are
 * remembered, with the first of their refused rows, until the program ends; the
 * rows themselves are in the store.
 */
#pragma once

#include <jansson.h>

#include "api/ask.h"

struct imports;

/* Where the rows go that are for no list. */
struct imports_goal {
	const char *kind; /* a constant: "list", "consents", "registry" */

	/* As import_sink.keep; NULL: into the list that prm names. */
	int (*keep)(const struct store_contact *contactv, size_t contactc,
	            store_added_h *added, void *added_arg, void *arg);

	/* All of them are there: makes them count; done follows unless it
	 * returns an errno. NULL: they do already. */
	int (*end)(uint32_t added, store_done_h *done, void *done_arg,
	           void *arg);

	/* Why keep or end refused, "": for no reason of theirs. */
	const char *(*fault)(const void *arg);
	void *arg; /* a memory object, which is taken */
};

int imports_alloc(struct imports **importsp, struct api *api);

/* Reads rows from /proc/self/fd/N into the list that prm names; prm.path is set
 * here. Answers the ask: at once with its id, or, is_waited, at the end with
 * what came of it. */
void imports_begin(struct imports *imports, struct ask *ask, int fd,
                   struct import_prm *prm, bool is_waited);

/* The same for another goal, which is taken in any case; prm.list is the name
 * under which it is shown. */
void imports_begin_for(struct imports *imports, struct ask *ask, int fd,
                       struct import_prm *prm, const struct imports_goal *goal);

/* Whether rows are on their way to it. */
bool imports_fill(const struct imports *imports, const char *kind,
                  const char *name);

/* The latest first; NULL behind the last, or where there is no such id. */
json_t *imports_json(const struct imports *imports, size_t i);
json_t *imports_find(const struct imports *imports, const char *id);

/* Its refused rows: a reference to an array. NULL as above. */
json_t *imports_refused(const struct imports *imports, const char *id);
