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
	char *block;
};

struct script_task {
	struct task task;
	const char *sql;
	char *name;
	int64_t number; /* version or limit */
	bool is_one;
	struct list rowl;
	store_script_h *handler;
	store_done_h *done;
	void *arg;
};

static const size_t textv[] = {
	offsetof(struct store_script, name),
	offsetof(struct store_script, author),
	offsetof(struct store_script, body),
};

static void row_destructor(void *arg)
{
	struct script_row *row = arg;

	mem_deref(row->block);
}

static void destructor(void *arg)
{
	struct script_task *st = arg;

	list_flush(&st->rowl);
	mem_deref(st->name);
}

/* --- on the worker -------------------------------------------------------- */

static int row_read(struct script_task *st, struct db_stmt *stmt)
{
	struct script_row *row;

	row = mem_zalloc(sizeof(*row), row_destructor);
	if (!row)
		return ENOMEM;

	list_append(&st->rowl, &row->le, row);
	row->script = (struct store_script){
		.version = db_int_at(stmt, 0),
		.at_ms = db_int_at(stmt, 1),
		.name = db_text_at(stmt, 2),
		.author = db_text_at(stmt, 3),
		.body = db_text_at(stmt, 4),
	};

	return task_keep_texts(&row->block, &row->script, textv,
	                       ARRAY_COUNT(textv));
}

static int run(struct task *task, struct db *db)
{
	struct script_task *st = (struct script_task *)task;
	const struct db_arg argv[] = {db_text(st->name), db_int(st->number)};
	struct db_stmt *stmt;
	int err;

	list_flush(&st->rowl); /* of a run that failed */
	err = db_ask(db, &stmt, st->sql, argv, ARRAY_COUNT(argv));
	while (db_fetch(stmt, &err))
		err = row_read(st, stmt);
	if (!err && st->is_one && !st->rowl.head)
		err = ENOENT;

	return err;
}

/* --- on the control loop -------------------------------------------------- */

static void done_handler(struct task *task, struct store *store)
{
	struct script_task *st = (struct script_task *)task;
	struct le *le;

	(void)store;

	LIST_FOREACH (&st->rowl, le) {
		const struct script_row *row = le->data;

		if (!task->err)
			st->handler(&row->script, st->arg);
	}
	st->done(task->err, st->arg);
}

static int submit(struct store *store, const struct script_task *from,
                  const char *name)
{
	struct script_task *st;

	assert(store && from->handler && from->done);

	st = mem_zalloc(sizeof(*st), destructor);
	if (!st)
		return ENOMEM;

	*st = *from;
	st->task.is_read = true;
	st->task.run = run;
	st->task.done = done_handler;
	if (name && str_dup(&st->name, name)) {
		mem_deref(st);
		return ENOMEM;
	}

	return task_submit(store, &st->task);
}

int store_script(struct store *store, const char *name, int64_t version,
                 store_script_h *handler, store_done_h *done, void *arg)
{
	bool is_latest = version == STORE_SCRIPT_LATEST;
	const struct script_task st = {
		.sql = is_latest ? latest_sql : one_sql,
		.number = is_latest ? 1 : version,
		.is_one = true,
		.handler = handler,
		.done = done,
		.arg = arg,
	};

	assert(name);

	return submit(store, &st, name);
}

int store_scripts(struct store *store, const char *name,
                  store_script_h *handler, store_done_h *done, void *arg)
{
	const struct script_task st = {
		.sql = name ? versions_sql : names_sql,
		.number = ROWS_MAX,
		.handler = handler,
		.done = done,
		.arg = arg,
	};

	return submit(store, &st, name);
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
