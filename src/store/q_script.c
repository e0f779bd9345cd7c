/*
 * store/q_script.c - scripts that all processes share
 */
#include <assert.h>
#include "base/clock.h"
#include "store/store_scripts.h"
#include "store/write.h"

enum {
	ROWS_MAX = 1000,
};

static const char draft_sql[] =
	"INSERT INTO scripts (name, version, body, author, at_ms)"
	" VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (name, version) DO UPDATE SET"
	" body = excluded.body, author = excluded.author,"
	" at_ms = excluded.at_ms WHERE scripts.body = ?6 OR ?6 IS NULL";
static const char publish_sql[] =
	"INSERT INTO scripts (name, version, body, author, at_ms)"
	" SELECT ?1, ?2, ?3, ?4, ?5 WHERE ?2 = 1 + (SELECT"
	" coalesce(max(version), 0) FROM scripts WHERE name = ?1)"
	" ON CONFLICT (name, version) DO NOTHING";

#define ROW "SELECT version, at_ms, name, author, "

static const char one_sql[] =
	ROW "body FROM scripts WHERE name = ?1 AND version = ?2";
static const char latest_sql[] =
	ROW "body FROM scripts WHERE name = ?1 AND version > 0"
	    " ORDER BY version DESC LIMIT ?2";
static const char versions_sql[] =
	ROW "'' FROM scripts WHERE name = ?1 ORDER BY version DESC LIMIT ?2";
static const char names_sql[] =
	ROW "'' FROM scripts s WHERE (name = ?1 OR ?1 IS NULL) AND (version = 0"
	    " OR version = (SELECT max(m.version) FROM scripts m"
	    " WHERE m.name = s.name)) ORDER BY name, version DESC LIMIT ?2";

struct script_row {
	struct le le;
	struct store_script script;
};

struct script_task {
	struct task task;
	const char *sql;
	const char *name;
	int64_t number; /* version or limit */
	bool is_one;
	store_script_h *handler;
};

static const size_t textv[] = {
	offsetof(struct script_task, name),
};

static const size_t row_textv[] = {
	offsetof(struct script_row, script.name),
	offsetof(struct script_row, script.author),
	offsetof(struct script_row, script.body),
};

/* --- on the worker -------------------------------------------------------- */

static int row_read(struct task *task, struct db_stmt *stmt)
{
	const struct script_row row = {
		.script = {.version = db_int_at(stmt, 0),
	                   .at_ms = db_int_at(stmt, 1),
	                   .name = db_text_at(stmt, 2),
	                   .author = db_text_at(stmt, 3),
	                   .body = db_text_at(stmt, 4)},
	};

	return task_row(task, &row, sizeof(row), row_textv,
	                ARRAY_COUNT(row_textv));
}

static int run(struct task *task, struct db *db)
{
	struct script_task *st = (struct script_task *)task;
	const struct db_arg argv[] = {db_text(st->name), db_int(st->number)};
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, st->sql, argv, ARRAY_COUNT(argv));
	while (db_fetch(stmt, &err))
		err = row_read(task, stmt);
	if (!err && st->is_one && list_isempty(&task->rowl))
		err = ENOENT;

	return err;
}

/* --- on the control loop -------------------------------------------------- */

static void each(struct task *task, const void *row)
{
	((struct script_task *)task)
		->handler(&((const struct script_row *)row)->script, task->arg);
}

int store_script(struct store *store, const char *name, int64_t version,
                 store_script_h *handler, store_done_h *done, void *arg)
{
	bool is_latest = version == STORE_SCRIPT_LATEST;
	const struct script_task st = {
		.task = {.is_read = true,
	                 .run = run,
	                 .each = each,
	                 .told = done,
	                 .arg = arg},
		.sql = is_latest ? latest_sql : one_sql,
		.name = name,
		.number = is_latest ? 1 : version,
		.is_one = true,
		.handler = handler,
	};

	assert(store && name && handler && done);

	return task_send(store, &st.task, sizeof(st), textv,
	                 ARRAY_COUNT(textv));
}

int store_scripts(struct store *store, const char *name,
                  store_script_h *handler, store_done_h *done, void *arg)
{
	const struct script_task st = {
		.task = {.is_read = true,
	                 .run = run,
	                 .each = each,
	                 .told = done,
	                 .arg = arg},
		.sql = name ? versions_sql : names_sql,
		.name = name,
		.number = ROWS_MAX,
		.handler = handler,
	};

	assert(store && handler && done);

	return task_send(store, &st.task, sizeof(st), textv,
	                 ARRAY_COUNT(textv));
}

enum {
	PUT_ARGS = 5,
};

static void put_args(struct db_arg argv[PUT_ARGS],
                     const struct store_script *script)
{
	assert(script->name && script->body && script->author);

	argv[0] = db_text(script->name);
	argv[1] = db_int(script->version);
	argv[2] = db_text(script->body);
	argv[3] = db_text(script->author);
	argv[4] = db_int(clock_wall_ms());
}

int store_script_draft(struct store *store, const struct store_script *script,
                       const char *instead_of, store_done_h *done, void *arg)
{
	struct db_arg argv[PUT_ARGS + 1];
	const struct write_prm prm = {
		.sql = draft_sql,
		.argv = argv,
		.argc = ARRAY_COUNT(argv),
		.must_touch = true,
	};

	assert(store && script->version == STORE_SCRIPT_DRAFT);

	put_args(argv, script);
	argv[PUT_ARGS] = db_text(instead_of);

	return write_submit(store, &prm, done, arg);
}

int store_script_publish(struct store *store, const struct store_script *script,
                         store_done_h *done, void *arg)
{
	struct db_arg argv[PUT_ARGS];
	const struct write_prm prm = {
		.sql = publish_sql,
		.argv = argv,
		.argc = ARRAY_COUNT(argv),
		.must_touch = true,
	};

	assert(store && script->version > 0);

	put_args(argv, script);

	return write_submit(store, &prm, done, arg);
}
