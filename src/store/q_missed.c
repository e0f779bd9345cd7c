/*
 * store/q_missed.c - tasks of other systems: how often nobody was reached
 */
#include <assert.h>
#include "base/clock.h"
#include "store/write.h"

static const int64_t keep_ms = 90LL * 24 * 3600 * 1000;

static const char old_sql[] = "DELETE FROM missed WHERE at_ms < ?1";
static const char add_sql[] =
	"INSERT INTO missed (task, count, at_ms) VALUES (?1, 1, ?2)"
	" ON CONFLICT (task) DO UPDATE SET count = missed.count + 1,"
	" at_ms = ?2";
static const char count_sql[] = "SELECT count FROM missed WHERE task = ?1";
static const char forget_sql[] = "DELETE FROM missed WHERE task = ?1";

struct missed_task {
	struct task task;
	const char *name;
	bool is_more;
	uint32_t count;
	store_missed_h *done;
};

static const size_t textv[] = {
	offsetof(struct missed_task, name),
};

static int add(struct missed_task *mt, struct db *db)
{
	int64_t now_ms = clock_wall_ms();
	const struct db_arg old = db_int(now_ms - keep_ms);
	const struct db_arg argv[] = {db_text(mt->name), db_int(now_ms)};
	int err;

	err = db_run(db, old_sql, &old, 1);

	return err ? err : db_run(db, add_sql, argv, ARRAY_COUNT(argv));
}

static int run(struct task *task, struct db *db)
{
	struct missed_task *mt = (struct missed_task *)task;
	const struct db_arg name = db_text(mt->name);
	int64_t count = 0;
	int err;

	err = mt->is_more ? add(mt, db) : 0;
	if (!err)
		err = db_get_int(db, &count, count_sql, &name, 1);
	mt->count = (uint32_t)count;

	return err == ENOENT ? 0 : err;
}

static void done_handler(struct task *task, struct store *store)
{
	struct missed_task *mt = (struct missed_task *)task;

	(void)store;

	mt->done(task->err, mt->count, task->arg);
}

static int submit(struct store *store, const char *name, bool is_more,
                  store_missed_h *done, void *arg)
{
	const struct missed_task mt = {
		.task = {.is_read = !is_more,
	                 .is_compound = is_more,
	                 .run = run,
	                 .done = done_handler,
	                 .arg = arg},
		.name = name,
		.is_more = is_more,
		.done = done,
	};

	assert(store && name && done);

	return task_send(store, &mt.task, sizeof(mt), textv,
	                 ARRAY_COUNT(textv));
}

int store_missed(struct store *store, const char *task, store_missed_h *done,
                 void *arg)
{
	return submit(store, task, false, done, arg);
}

int store_missed_more(struct store *store, const char *task,
                      store_missed_h *done, void *arg)
{
	return submit(store, task, true, done, arg);
}

int store_missed_forget(struct store *store, const char *task)
{
	const struct db_arg argv[] = {db_text(task)};
	const struct write_prm prm = {
		.sql = forget_sql,
		.argv = argv,
		.argc = ARRAY_COUNT(argv),
	};

	return write_submit(store, &prm, NULL, NULL);
}
