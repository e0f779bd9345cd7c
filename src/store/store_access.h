/*
 * store/store_access.h - the part of the store's door for users of the API;
 * comes with store/store.h
 */
#pragma once

#include "store/store.h"
#include "store/store_links.h"

/* --- users, tokens, and what they did --------------------------------------
 */

struct store_user {
	const char *name, *role;
	const char *password; /* as it is kept: salted and slow to try */
	int64_t created_ms;   /* filled when read */
};

struct store_token {
	const char *id;
	const char *user;
	const char *name;   /* what it is for */
	const char *hash;   /* of the token */
	const char *scopes; /* "*", "calls.*, lists.read" */
	int64_t created_ms; /* filled when read */
	int64_t expires_ms; /* wall; 0: never */
};

/* All of them. */
struct store_access_sink {
	void (*user)(const struct store_user *user, void *arg);
	void (*token)(const struct store_token *token, void *arg);
	store_done_h *done;
	void *arg;
};
int store_access(struct store *store, const struct store_access_sink *sink);

/* Makes or replaces a user; ends one, with all tokens (ENOENT). */
int store_user_put(struct store *store, const struct store_user *user,
                   store_done_h *done, void *arg);
int store_user_end(struct store *store, const char *name, store_done_h *done,
                   void *arg);

/* Ends a token, of that user or, with "", of anybody (ENOENT). */
int store_token_put(struct store *store, const struct store_token *token,
                    store_done_h *done, void *arg);
int store_token_end(struct store *store, const char *id, const char *user,
                    store_done_h *done, void *arg);

/* Who changed what. Each row carries a hash over itself and the row before. */
struct store_audit {
	int64_t seq, at_ms;  /* filled when read */
	const char *user;    /* "" before anybody was known */
	const char *address; /* where from */
	const char *action;  /* "POST /api/v1/calls" */
	unsigned status;     /* of the answer */
	const char *detail;
	const char *hash; /* filled when read */
};
int store_audit(struct store *store, const struct store_audit *row);
typedef void(store_audit_h)(const struct store_audit *row, void *arg);

/* The latest first, at most 500, those before a row (INT64_MAX: all). */
int store_audit_list(struct store *store, int64_t before, uint32_t limit,
                     store_audit_h *handler, store_done_h *done, void *arg);

/* Goes along the chain: broken is the first row that was changed, or is
 * missing, or is not the one that was noted (NULL: none was), 0 = none. */
typedef void(store_chain_h)(int err, int64_t broken, void *arg);
int store_audit_check(struct store *store, const struct store_head *noted,
                      store_chain_h *done, void *arg);

/* A request that may come twice, by its key; hash is of what it asks. Kept for
 * two days. */
enum store_repeat {
	STORE_REPEAT_NEW,       /* ours to do, then store_repeat_end() */
	STORE_REPEAT_UNDER_WAY, /* somebody does it, or died over it */
	STORE_REPEAT_DONE,      /* answer with status and reply */
	STORE_REPEAT_OTHER,     /* the key stands for another request */
};
typedef void(store_repeat_h)(int err, enum store_repeat repeat, unsigned status,
                             const char *reply, void *arg);
int store_repeat(struct store *store, const char *key, const char *hash,
                 store_repeat_h *done, void *arg);

/* Keeps the answer; status 0 forgets the key, so that it may be tried again. */
int store_repeat_end(struct store *store, const char *key, unsigned status,
                     const char *reply, store_done_h *done, void *arg);
