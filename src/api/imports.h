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

int imports_alloc(struct imports **importsp, struct api *api);

/* Reads rows from /proc/self/fd/N into the list; prm.path is set here. Answers
 * the ask: at once with its id, or, is_waited, at the end with what came of
 * it. */
void imports_begin(struct imports *imports, struct ask *ask, int fd,
                   struct import_prm *prm, bool is_waited);

/* The latest first; NULL behind the last, or where there is no such id. */
json_t *imports_json(const struct imports *imports, size_t i);
json_t *imports_find(const struct imports *imports, const char *id);

/* Its refused rows: a reference to an array. NULL as above. */
json_t *imports_refused(const struct imports *imports, const char *id);
