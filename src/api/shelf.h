/*
 * api/shelf.h - scripts of the store, checked and loaded; private to api/
 *
 * Loading and checking is a worker's; what was loaded stays, the latest used,
 * since a version never changes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/work.h"
#include "flow/flow.h"
#include "store/store.h"

struct shelf;

enum {
	SHELF_NAME_SIZE = 65,
	SHELF_BODY_MAX = 4 << 20,
};

/* cfg: what they will run with; sounds: the folder of their recorded prompts.
 * Free with shelf_close(), which waits for what is being loaded. */
int shelf_alloc(struct shelf **shelfp, struct store *store,
                const struct cfg *cfg, struct work_pool *pool,
                const char *sounds);
void shelf_close(struct shelf *shelf);

/* 1 to 64 bytes of UTF-8 without "/", "\\", "@", nor with a dot in front. */
bool shelf_is_name(const char *name);

/* "appointment", the latest version, or "appointment@3". */
bool shelf_parse(const char *text, char name[SHELF_NAME_SIZE],
                 int64_t *versionp);

/* A text became a script, or did not (NULL, with an error among the faults);
 * both are borrowed. err: neither is there. */
typedef void(shelf_checked_h)(int err, struct flow_script *script,
                              const struct flow_faults *faults, void *arg);
int shelf_check(struct shelf *shelf, const char *name, const char *body,
                shelf_checked_h *done, void *arg);

/* A version of the store, or the draft; the script is borrowed. ENOENT: there
 * is none; EINVAL: it does not load (any more). */
typedef void(shelf_h)(int err, struct flow_script *script, int64_t version,
                      void *arg);
int shelf_get(struct shelf *shelf, const char *name, int64_t version,
              shelf_h *done, void *arg);
