/*
 * api/access_parts.h - users and tokens in memory; private to access*.c
 */
#pragma once

#include "api/access.h"
#include "api/password.h"
#include "api/throttle.h"
#include "base/mem.h"
#include "base/sum.h"
#include <re_tmr.h>

enum {
	ACCESS_HASH_SIZE = SUM_SIZE,
};

struct user_row {
	struct le le;
	char name[ACCESS_NAME_MAX + 1];
	enum role role;
	char kept[PASSWORD_KEPT_SIZE];
	int64_t created_ms;
};

struct token_row {
	struct le le;
	char id[ID_SIZE], user[ACCESS_NAME_MAX + 1], name[ACCESS_NAME_MAX + 1];
	char hash[ACCESS_HASH_SIZE], scopes[ACCESS_SCOPES_MAX + 1];
	int64_t created_ms, expires_ms;
};

struct access {
	struct store *store;
	struct work_queue *queue;
	struct list userl, tokenl;
	struct list new_userl, new_tokenl; /* being read */
	struct throttle throttle;
	char setup_word[ACCESS_TOKEN_SIZE];
	struct tmr tmr;
	bool is_loading, is_closed;
	struct list waitl; /* of struct waiting: for the next load */
};

/* Told once what was written is read. */
struct waiting {
	struct le le;
	struct access *access; /* a reference */
	store_done_h *done;
	void *arg;
};

/* --- access.c ------------------------------------------------------------- */

/* A word that nobody guesses. Returns EIO or ENOMEM. */
int access_word_make(char word[ACCESS_TOKEN_SIZE]);

/* --- access_load.c: what the store has ------------------------------------ */

void access_load(struct access *access);

/* Who waits for a load; NULL without memory. */
struct waiting *access_waiting(struct access *access, store_done_h *done,
                               void *arg);

/* A write is through: what is in memory follows, then who waits is told. For
 * the store; arg is the struct waiting. */
void access_written(int err, void *arg);
