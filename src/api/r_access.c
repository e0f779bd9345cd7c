/*
 * api/r_access.c - routes about users and tokens
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "api/fields.h"
#include "api/handlers.h"
#include "api/password.h"
#include "base/clock.h"
#include "base/jmem.h"
#include "base/mem.h"

enum {
	SESSION_MS = 12 * 3600 * 1000,
};

/* A token under way. */
struct granting {
	struct ask *ask;
	char token[ACCESS_TOKEN_SIZE];
	char id[ID_SIZE];
	int64_t expires_ms;
};

static void granting_destructor(void *arg)
{
	struct granting *granting = arg;

	memset(granting->token, 0, sizeof(granting->token));
	mem_deref(granting->ask);
}

static bool password_is_sound(struct ask *ask)
{
	const char *fault = password_fault(ask_text(ask, "password"));

	if (fault)
		ask_wrong(ask, "password", fault);

	return !fault;
}

static bool name_is_sound(struct ask *ask, const char *field, const char *name)
{
	if (access_is_name(name))
		return true;

	ask_wrong(ask, field, "has to be 1 to 64 letters, digits or ._@-");

	return false;
}

/* --- the first user, sessions --------------------------------------------- */

void r_setup(struct ask *ask)
{
	const char *user = ask_text(ask, "user");
	int err;

	if (!name_is_sound(ask, "user", user) || !password_is_sound(ask))
		return;

	err = access_setup(ask_access(ask), ask_text(ask, "word"), user,
	                   ask_text(ask, "password"), ask_done, mem_ref(ask));
	if (err == EPERM) {
		ask_problem(ask, 403, "the setup link is used up or not ours",
		            "start the program again for a new one, or ask an "
		            "admin for a user");
		mem_deref(ask);
		return;
	}
	ask_begun(ask, err, "the first user");
}

static void granted(int err, void *arg)
{
	struct granting *granting = arg;

	jmem_forget();
	if (err)
		ask_failed(granting->ask, err, "the token");
	else
		ask_reply(granting->ask, 0,
		          json_pack("{s:s, s:s, s:o}", "token", granting->token,
		                    "id", granting->id, "expires",
		                    fields_time_json(granting->expires_ms)));
	mem_deref(granting);
}

static void grant(struct ask *ask, const struct access_grant *prm)
{
	struct granting *granting;
	int err = ENOMEM;

	granting = mem_zalloc(sizeof(*granting), granting_destructor);
	if (granting) {
		granting->ask = mem_ref(ask);
		granting->expires_ms = prm->expires_ms;
		err = access_grant(ask_access(ask), granting->token,
		                   granting->id, prm, granted, granting);
	}
	if (err) {
		ask_failed(ask, err, "the token");
		mem_deref(granting);
	}
}

static void logged_in(int err, void *arg)
{
	struct ask *ask = arg;
	const struct access_grant prm = {
		.user = ask_text(ask, "user"),
		.name = "session",
		.scopes = "*",
		.expires_ms = clock_wall_ms() + SESSION_MS,
	};

	if (err == EPERM)
		ask_problem(ask, 401, "name or password is wrong",
		            "try again, or ask an admin for a new password");
	else if (err)
		ask_failed(ask, err, "the session");
	else
		grant(ask, &prm);
	mem_deref(ask);
}

void r_session_make(struct ask *ask)
{
	const struct access_login login = {
		.user = ask_text(ask, "user"),
		.password = ask_text(ask, "password"),
		.address = httpd_address(ask->req),
	};
	uint32_t wait_s = 0;
	char text[16];
	int err;

	if (!name_is_sound(ask, "user", login.user))
		return;

	err = access_login(ask_access(ask), &login, &wait_s, logged_in,
	                   mem_ref(ask));
	if (err == EAGAIN) {
		(void)snprintf(text, sizeof(text), "%u", wait_s);
		(void)httpd_set_header(ask->req, "Retry-After", text);
		ask_problem(ask, 429, "too many wrong passwords",
		            "wait as long as Retry-After says");
		mem_deref(ask);
		return;
	}
	ask_begun(ask, err, "the session");
}

void r_session_end(struct ask *ask)
{
	int err = access_revoke(ask_access(ask), ask->person->token_id,
	                        ask->person->user, ask_done, mem_ref(ask));

	ask_begun(ask, err, "the session");
}

void r_self(struct ask *ask)
{
	json_t *scopes = json_array();
	const char *scope;

	jmem_forget();
	for (size_t i = 0; (scope = scope_at(i)); i++) {
		if (person_may(ask->person, scope))
			(void)json_array_append_new(scopes, json_string(scope));
	}
	ask_reply(ask, 0,
	          json_pack("{s:s, s:s, s:o}", "user", ask->person->user,
	                    "role", role_name(ask->person->role), "scopes",
	                    scopes));
}

/* --- users ---------------------------------------------------------------- */

void r_users(struct ask *ask)
{
	json_t *items = json_array();
	struct store_user user;

	jmem_forget();
	for (size_t i = 0; access_user_at(ask_access(ask), i, &user); i++)
		(void)json_array_append_new(
			items, json_pack("{s:s, s:s, s:o}", "name", user.name,
		                         "role", user.role, "created",
		                         fields_time_json(user.created_ms)));
	ask_page(ask, items, 0);
}

void r_user_put(struct ask *ask)
{
	struct access_change change = {.user = ask_param(ask, "name")};
	int err;

	if (!name_is_sound(ask, "name", change.user))
		return;
	if (*ask_text(ask, "password")) {
		if (!password_is_sound(ask))
			return;
		change.password = ask_text(ask, "password");
	}

	(void)role_parse(&change.role, ask_text(ask, "role"));
	err = access_change(ask_access(ask), &change, ask_done, mem_ref(ask));
	if (err == ENOENT) {
		ask_wrong(ask, "password", "is missing for a new user");
		mem_deref(ask);
		return;
	}
	ask_begun(ask, err, "the user");
}

void r_user_end(struct ask *ask)
{
	int err = access_dismiss(ask_access(ask), ask_param(ask, "name"),
	                         ask_done, mem_ref(ask));

	if (err == EBUSY) {
		ask_problem(ask, 409, "this is the last admin",
		            "make another admin first");
		mem_deref(ask);
		return;
	}
	ask_begun(ask, err, "the user");
}

/* --- tokens --------------------------------------------------------------- */

void r_tokens(struct ask *ask)
{
	bool has_all = person_may(ask->person, "users");
	json_t *items = json_array();
	struct store_token token;

	jmem_forget();
	for (size_t i = 0; access_token_at(ask_access(ask), i, &token); i++) {
		if (!has_all && strcmp(token.user, ask->person->user) != 0)
			continue;
		(void)json_array_append_new(
			items,
			json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "id",
		                  token.id, "user", token.user, "name",
		                  token.name, "scopes", token.scopes, "created",
		                  fields_time_json(token.created_ms), "expires",
		                  fields_time_json(token.expires_ms)));
	}
	ask_page(ask, items, 0);
}

void r_token_make(struct ask *ask)
{
	const char *scopes = ask_text(ask, "scopes");
	const struct access_grant prm = {
		.user = ask->person->user,
		.name = ask_text(ask, "name"),
		.scopes = *scopes ? scopes : ask->person->scopes,
		.expires_ms = ask_time(ask, "expires"),
	};
	const char *scope;

	if (!*prm.name || strlen(prm.name) > ACCESS_NAME_MAX) {
		ask_wrong(ask, "name", "has to have 1 to 64 letters");
		return;
	}
	if (strlen(prm.scopes) > ACCESS_SCOPES_MAX) {
		ask_wrong(ask, "scopes", "has more than 255 letters");
		return;
	}

	/* A token makes none that may more than itself. */
	for (size_t i = 0; (scope = scope_at(i)); i++) {
		if (scope_is_granted(scope, ask->person->role, prm.scopes) &&
		    !person_may(ask->person, scope)) {
			ask_wrong(ask, "scopes",
			          "asks for more than this token may");
			return;
		}
	}
	grant(ask, &prm);
}

void r_token_end(struct ask *ask)
{
	bool has_all = person_may(ask->person, "users");
	int err = access_revoke(ask_access(ask), ask_param(ask, "id"),
	                        has_all ? "" : ask->person->user, ask_done,
	                        mem_ref(ask));

	ask_begun(ask, err, "the token");
}
