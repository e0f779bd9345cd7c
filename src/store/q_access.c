/*
 * store/q_access.c - users and tokens of the API
 */
#include <assert.h>
#include "base/clock.h"
#include "store/write.h"

static const char users_sql[] =
	"SELECT name, role, password, created_ms FROM users ORDER BY name";
static const char tokens_sql[] =
	"SELECT id, user_name, name, hash, scopes, created_ms, expires_ms"
	" FROM tokens ORDER BY created_ms, id";
static const char user_put_sql[] =
	"INSERT INTO users (name, role, password, created_ms)"
	" VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO UPDATE SET"
	" role = excluded.role, password = excluded.password";
static const char user_end_sql[] = "DELETE FROM users WHERE name = ?1";
static const char user_tokens_sql[] = "DELETE FROM tokens"
				      " WHERE user_name = ?1";
static const char token_put_sql[] =
	"INSERT INTO tokens (id, user_name, name, hash, scopes, created_ms,"
	" expires_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
static const char token_end_sql[] =
	"DELETE FROM tokens WHERE id = ?1 AND (user_name = ?2 OR ?2 = '')";

struct access_row {
	struct le le;
	bool is_user;
	union {
		struct store_user user;
		struct store_token token;
	};
};

struct access_task {
	struct task task;
	struct store_access_sink sink;
};

static const size_t user_textv[] = {
	offsetof(struct access_row, user.name),
	offsetof(struct access_row, user.role),
	offsetof(struct access_row, user.password),
};

static const size_t token_textv[] = {
	offsetof(struct access_row, token.id),
	offsetof(struct access_row, token.user),
	offsetof(struct access_row, token.name),
	offsetof(struct access_row, token.hash),
	offsetof(struct access_row, token.scopes),
};

static int user_read(struct task *task, struct db_stmt *stmt)
{
	const struct access_row row = {
		.is_user = true,
		.user = {.name = db_text_at(stmt, 0),
	                 .role = db_text_at(stmt, 1),
	                 .password = db_text_at(stmt, 2),
	                 .created_ms = db_int_at(stmt, 3)},
	};

	return task_row(task, &row, sizeof(row), user_textv,
	                ARRAY_COUNT(user_textv));
}

static int token_read(struct task *task, struct db_stmt *stmt)
{
	const struct access_row row = {
		.token = {.id = db_text_at(stmt, 0),
	                  .user = db_text_at(stmt, 1),
	                  .name = db_text_at(stmt, 2),
	                  .hash = db_text_at(stmt, 3),
	                  .scopes = db_text_at(stmt, 4),
	                  .created_ms = db_int_at(stmt, 5),
	                  .expires_ms = db_int_at(stmt, 6)},
	};

	return task_row(task, &row, sizeof(row), token_textv,
	                ARRAY_COUNT(token_textv));
}

static int run(struct task *task, struct db *db)
{
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, users_sql, NULL, 0);
	while (db_fetch(stmt, &err))
		err = user_read(task, stmt);
	if (err)
		return err;

	err = db_ask(db, &stmt, tokens_sql, NULL, 0);
	while (db_fetch(stmt, &err))
		err = token_read(task, stmt);

	return err;
}

static void each(struct task *task, const void *arg)
{
	const struct store_access_sink *sink =
		&((struct access_task *)task)->sink;
	const struct access_row *row = arg;

	if (row->is_user)
		sink->user(&row->user, sink->arg);
	else
		sink->token(&row->token, sink->arg);
}

int store_access(struct store *store, const struct store_access_sink *sink)
{
	const struct access_task at = {
		.task = {.is_read = true,
	                 .run = run,
	                 .each = each,
	                 .told = sink->done,
	                 .arg = sink->arg},
		.sink = *sink,
	};

	assert(store && sink->user && sink->token && sink->done);

	return task_send(store, &at.task, sizeof(at), NULL, 0);
}

int store_user_put(struct store *store, const struct store_user *user,
                   store_done_h *done, void *arg)
{
	const struct db_arg argv[] = {
		db_text(user->name),
		db_text(user->role),
		db_text(user->password),
		db_int(clock_wall_ms()),
	};
	const struct write_prm prm = {
		.sql = user_put_sql,
		.argv = argv,
		.argc = ARRAY_COUNT(argv),
	};

	return write_submit(store, &prm, done, arg);
}

int store_user_end(struct store *store, const char *name, store_done_h *done,
                   void *arg)
{
	const struct db_arg argv[] = {db_text(name)};
	const struct write_prm tokens = {
		.sql = user_tokens_sql,
		.argv = argv,
		.argc = 1,
	};
	const struct write_prm user = {
		.sql = user_end_sql,
		.argv = argv,
		.argc = 1,
		.must_touch = true,
	};
	int err;

	err = write_submit(store, &tokens, NULL, NULL);

	return err ? err : write_submit(store, &user, done, arg);
}

int store_token_put(struct store *store, const struct store_token *token,
                    store_done_h *done, void *arg)
{
	const struct db_arg argv[] = {
		db_text(token->id),        db_text(token->user),
		db_text(token->name),      db_text(token->hash),
		db_text(token->scopes),    db_int(clock_wall_ms()),
		db_int(token->expires_ms),
	};
	const struct write_prm prm = {
		.sql = token_put_sql,
		.argv = argv,
		.argc = ARRAY_COUNT(argv),
	};

	return write_submit(store, &prm, done, arg);
}

int store_token_end(struct store *store, const char *id, const char *user,
                    store_done_h *done, void *arg)
{
	const struct db_arg argv[] = {db_text(id), db_text(user)};
	const struct write_prm prm = {
		.sql = token_end_sql,
		.argv = argv,
		.argc = ARRAY_COUNT(argv),
		.must_touch = true,
	};

	return write_submit(store, &prm, done, arg);
}
