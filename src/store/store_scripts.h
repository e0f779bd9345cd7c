/*
 * store/store_scripts.h - the part of the store's door for scripts; comes with
 * store/store.h
 */
#pragma once

#include "store/store.h"

/* A script that all processes share: its draft, which changes, and its
 * versions, which never do. */
enum {
	STORE_SCRIPT_DRAFT = 0,
	STORE_SCRIPT_LATEST = -1, /* the latest version, no draft */
};
struct store_script {
	const char *name;
	int64_t version;  /* from 1; STORE_SCRIPT_DRAFT */
	const char *body; /* JSON; "" in lists */
	const char *author;
	int64_t at_ms; /* wall; filled when read */
};

/* Replaces the draft. instead_of: the body that is replaced, "" for none; err
 * is ENOENT where another stands there. NULL: whatever there is. */
int store_script_draft(struct store *store, const struct store_script *script,
                       const char *instead_of, store_done_h *done, void *arg);

/* Makes the version; err is ENOENT where its number is not the next one:
 * somebody was faster. */
int store_script_publish(struct store *store, const struct store_script *script,
                         store_done_h *done, void *arg);

/* One of them; ENOENT. */
typedef void(store_script_h)(const struct store_script *script, void *arg);
int store_script(struct store *store, const char *name, int64_t version,
                 store_script_h *handler, store_done_h *done, void *arg);

/* All versions and the draft of that name, the latest first, or with NULL the
 * latest of all names with their drafts, by name. At most 1000. */
int store_scripts(struct store *store, const char *name,
                  store_script_h *handler, store_done_h *done, void *arg);
