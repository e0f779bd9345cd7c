/*
 * api/access.h - users, tokens, and what they may; private to api/
 *
 * All of them are held in memory and kept in the store; a change is in force
 * here at once, and in other processes within seconds. Passwords are kept as
 * scrypt says, tokens as SHA-256 of 32 random bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "base/work.h"
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
	ACCESS_SCOPES_MAX = 255,
};

struct access;

/* Who asks: a memory object, good for as long as it is referenced. */
struct person {
	char user[ACCESS_NAME_MAX + 1];
	enum role role;
	char scopes[ACCESS_SCOPES_MAX + 1];
	char token_id[ID_SIZE];
};

bool person_may(const struct person *person, const char *scope);

/* Reads what the store has; ready is called once with err. Free with
 * access_close(). */
int access_alloc(struct access **accessp, struct store *store,
                 struct work_pool *pool, store_done_h *ready, void *arg);
void access_close(struct access *access);

/* The one-time word of the first start; NULL when there are users. */
const char *access_setup_word(const struct access *access);

/* Whose token it is; NULL: nobody's, or it is over. The caller's to free. */
struct person *access_person(const struct access *access, const char *token);

/* Names are 1 to 64 letters, digits and ._@-, as "anna@clinic". */
bool access_is_name(const char *name);

/* --- what changes something; done comes once, later -----------------------
 */

/* Makes the first user, an admin, with the one-time word. EPERM: it is wrong or
 * used up. */
int access_setup(struct access *access, const char *word, const char *user,
                 const char *password, store_done_h *done, void *arg);

/* Whether that is the user's password: EPERM: no. EAGAIN, at once: too many
 * failures of this user or from this address; *wait_sp says how long to wait.
 */
struct access_login {
	const char *user, *password, *address;
};
int access_login(struct access *access, const struct access_login *login,
                 uint32_t *wait_sp, store_done_h *done, void *arg);

/* Makes a token; its text is told only here, its id as well. ENOENT: there is
 * no such user. */
struct access_grant {
	const char *user, *name, *scopes;
	int64_t expires_ms; /* wall; 0: never */
};
int access_grant(struct access *access, char token[ACCESS_TOKEN_SIZE],
                 char id[ID_SIZE], const struct access_grant *grant,
                 store_done_h *done, void *arg);
int access_revoke(struct access *access, const char *id, const char *user,
                  store_done_h *done, void *arg);

/* Makes or changes a user; password NULL: as it is. ENOENT where a new one
 * lacks it. */
struct access_change {
	const char *user, *password;
	enum role role;
};
int access_change(struct access *access, const struct access_change *change,
                  store_done_h *done, void *arg);

/* ENOENT; EBUSY: the last admin. Tokens end as well. */
int access_dismiss(struct access *access, const char *user, store_done_h *done,
                   void *arg);

/* The i-th; false behind the last. Valid until the next change. */
bool access_user_at(const struct access *access, size_t i,
                    struct store_user *user);
bool access_token_at(const struct access *access, size_t i,
                     struct store_token *token);
