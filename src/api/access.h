/*
 * api/access.h - users, tokens, and what they may; private to api/
 *
 * All of them are held in memory and kept in the store; a change is in force
 * here at once, and in other processes within seconds. Passwords are kept as
 * scrypt, tokens as SHA-256 of 32 random bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

enum role {
	ROLE_VIEWER,
	ROLE_OPERATOR,
	ROLE_AUTHOR,
	ROLE_ADMIN,
};

const char *role_name(enum role role);
bool role_parse(enum role *rolep, const char *name);

/* The i-th of all scopes, NULL behind the last. */
const char *scope_at(size_t i);

/* Whether a token with these scopes ("*", "calls.*, lists.read") of a user of
 * this role may. */
bool scope_is_granted(const char *scope, enum role role, const char *scopes);

enum {
	ACCESS_TOKEN_SIZE = 48, /* "dw_" and 43 letters, with the end */
	ACCESS_NAME_MAX = 64,
	ACCESS_PASSWORD_MIN = 10,
	ACCESS_PASSWORD_MAX = 256,
};

struct access;

/* Who asks: a memory object, good for as long as it is referenced. */
struct person {
	char user[ACCESS_NAME_MAX + 1];
	enum role role;
	char scopes[256];
	int64_t token_id;
};

/* Reads what the store has; ready is called once with err. */
int access_alloc(struct access **accessp, struct store *store,
                 store_done_h *ready, void *arg);

/* The one-time word of the first start; NULL when there are users. */
const char *access_setup_word(const struct access *access);

/* Whose token it is; NULL: nobody's, or over. Owned by the caller. */
struct person *access_person(struct access *access, const char *token);

/* Makes the first user, an admin, with the one-time word. EPERM: it is wrong or
 * used up. */
int access_setup(struct access *access, const char *word, const char *user,
                 const char *password, store_done_h *done, void *arg);

/* A user by password. EAGAIN: too many failures, for *wait_sp seconds; EPERM:
 * wrong. Takes a tenth of a second on purpose. */
int access_login(struct access *access, const char *user, const char *password,
                 const char *address, uint32_t *wait_sp);

/* Makes a token for a user; its text is told only here. expires_ms 0: never.
 * ENOENT: there is no such user. */
int access_token_make(struct access *access, char token[ACCESS_TOKEN_SIZE],
                      const struct store_token *prm, store_done_h *done,
                      void *arg);
int access_token_end(struct access *access, int64_t id, const char *user,
                     store_done_h *done, void *arg);

/* Makes or changes a user; password and role NULL: as they are. ENOENT where
 * a new one lacks either. */
int access_user_put(struct access *access, const char *user, const char *role,
                    const char *password, store_done_h *done, void *arg);
int access_user_end(struct access *access, const char *user, store_done_h *done,
                    void *arg);

/* The i-th; false behind the last. */
bool access_user_at(const struct access *access, size_t i,
                    struct store_user *user);
bool access_token_at(const struct access *access, size_t i,
                     struct store_token *token);

/* What is wrong with a password, or NULL. */
const char *access_password_fault(const char *password);
