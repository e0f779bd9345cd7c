/*
 * store/q_repeat.c - requests that may come twice and are done once
 */
#include <assert.h>
#include "base/clock.h"
#include "store/write.h"

enum {
	KEEP_MS = 48 * 3600 * 1000,
};

static const char old_sql[] = "DELETE FROM repeats WHERE at_ms < ?1";
static const char put_sql[] =
	"INSERT INTO repeats (key, hash, status, reply, at_ms)"
	" VALUES (?1, ?2, 0, '', ?3) ON CONFLICT (key) DO NOTHING";
static const char find_sql[] =
	"SELECT hash, status, reply FROM repeats WHERE key = ?1";
static const char end_sql[] =
	"UPDATE repeats SET status = ?2, reply = ?3 WHERE key = ?1";
static const char forget_sql[] = "DELETE FROM repeats WHERE key = ?1";

struct repeat_task {
	struct task task;
	const char *key, *hash;
	enum store_repeat repeat;
	unsigned status;
	char *reply;
	store_repeat_h *done;
};

static const size_t textv[] = {
	offsetof(struct repeat_task, key),
	offsetof(struct repeat_task, hash),
};

static void release(struct task *task)
{
	mem_deref(((struct repeat_task *)task)->reply);
}

static int find(struct repeat_task *rt, struct db *db)
{
	const struct db_arg key = db_text(rt->key);
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, find_sql, &key, 1);
	if (!db_fetch(stmt, &err))
		return err ? err : ENOENT;

	rt->status = (unsigned)db_int_at(stmt, 1);
	if (strcmp(db_text_at(stmt, 0), rt->hash) != 0)
		rt->repeat = STORE_REPEAT_OTHER;
	else if (!rt->status)
		rt->repeat = STORE_REPEAT_UNDER_WAY;
	else
		rt->repeat = STORE_REPEAT_DONE;
	rt->reply = mem_deref(rt->reply);
	err = str_dup(&rt->reply, db_text_at(stmt, 2));
	db_rest(stmt);

	return err;
}

static int run(struct task *task, struct db *db)
{
	struct repeat_task *rt = (struct repeat_task *)task;
	int64_t now_ms = clock_wall_ms();
	const struct db_arg old = db_int(now_ms - KEEP_MS);
	const struct db_arg argv[] = {
		db_text(rt->key),
		db_text(rt->hash),
		db_int(now_ms),
	};
	int err;

	err = db_run(db, old_sql, &old, 1);
	if (!err)
		err = db_run(db, put_sql, argv, ARRAY_COUNT(argv));
	if (err)
		return err;

	rt->repeat = STORE_REPEAT_NEW;

	return db_changes(db) ? 0 : find(rt, db);
}

static void done_handler(struct task *task, struct store *store)
{
	struct repeat_task *rt = (struct repeat_task *)task;

	(void)store;

	rt->done(task->err, rt->repeat, rt->status, rt->reply ? rt->reply : "",
	         task->arg);
}

int store_repeat(struct store *store, const char *key, const char *hash,
                 store_repeat_h *done, void *arg)
{
	const struct repeat_task rt = {
		.task = {.is_compound = true,
	                 .run = run,
	                 .done = done_handler,
	                 .arg = arg,
	                 .release = release},
		.key = key,
		.hash = hash,
		.done = done,
	};

	assert(store && key && hash && done);

	return task_send(store, &rt.task, sizeof(rt), textv,
	                 ARRAY_COUNT(textv));
}

int store_repeat_end(struct store *store, const char *key, unsigned status,
                     const char *reply, store_done_h *done, void *arg)
{
	const struct db_arg argv[] = {
		db_text(key),
		db_int(status),
		db_text(reply),
	};
	const struct write_prm prm = {
		.sql = status ? end_sql : forget_sql,
		.argv = argv,
		.argc = status ? ARRAY_COUNT(argv) : 1,
	};

	return write_submit(store, &prm, done, arg);
}
