/*
 * store/q_orphan.c - answered calls whose process is gone
 *
 * The attempt is in doubt by then (worker.c). Whoever takes the words that end
 * its call takes them away: the BYE is sent by one process, once.
 */
#include <assert.h>
#include "store/task.h"

enum {
	ORPHANS_MAX = 500, /* of one question; the next one has the rest */
};

#define ORPHANS(lock)                                                          \
	"SELECT id, line, farewell FROM attempts WHERE farewell <> ''"         \
	" AND state = 'ended' ORDER BY id LIMIT ?1" lock

static const char orphans_sql[] = ORPHANS("");
static const char orphans_pg_sql[] = ORPHANS(" FOR UPDATE SKIP LOCKED");

static const char taken_sql[] =
	"UPDATE attempts SET farewell = '' WHERE id = ?1";

struct orphan {
	struct le le;
	int64_t id;
	char *line, *farewell;
};

struct orphan_task {
	struct task task;
	struct list orphanl;
	store_orphan_h *handler;
	store_done_h *done;
	void *arg;
};

static void orphan_destructor(void *arg)
{
	struct orphan *orphan = arg;

	list_unlink(&orphan->le);
	mem_deref(orphan->line);
	mem_deref(orphan->farewell);
}

static void task_destructor(void *arg)
{
	struct orphan_task *ot = arg;

	list_flush(&ot->orphanl);
}

static int orphan_add(struct orphan_task *ot, struct db_stmt *stmt)
{
	struct orphan *orphan;
	int err;

	orphan = mem_zalloc(sizeof(*orphan), orphan_destructor);
	if (!orphan)
		return ENOMEM;

	orphan->id = db_int_at(stmt, 0);
	err = str_dup(&orphan->line, db_text_at(stmt, 1));
	if (!err)
		err = str_dup(&orphan->farewell, db_text_at(stmt, 2));
	if (err)
		mem_deref(orphan);
	else
		list_append(&ot->orphanl, &orphan->le, orphan);

	return err;
}

static int find(struct orphan_task *ot, struct db *db)
{
	const struct db_arg max = db_int(ORPHANS_MAX);
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, db_say(db, orphans_sql, orphans_pg_sql), &max,
	             1);
	while (db_fetch(stmt, &err))
		err = orphan_add(ot, stmt);

	return err;
}

static int run(struct task *task, struct db *db)
{
	struct orphan_task *ot = (struct orphan_task *)task;
	struct le *le;
	int err;

	list_flush(&ot->orphanl);
	err = find(ot, db);
	for (le = list_head(&ot->orphanl); le && !err; le = le->next) {
		const struct db_arg id =
			db_int(((struct orphan *)le->data)->id);

		err = db_run(db, taken_sql, &id, 1);
	}

	return err;
}

static void done_handler(struct task *task, struct store *store)
{
	struct orphan_task *ot = (struct orphan_task *)task;
	struct le *le;

	(void)store;

	if (!task->err) {
		LIST_FOREACH (&ot->orphanl, le) {
			const struct orphan *orphan = le->data;

			ot->handler(orphan->line, orphan->farewell, ot->arg);
		}
	}
	ot->done(task->err, ot->arg);
}

int store_orphans(struct store *store, store_orphan_h *handler,
                  store_done_h *done, void *arg)
{
	struct orphan_task *ot;

	assert(store && handler && done);

	ot = mem_zalloc(sizeof(*ot), task_destructor);
	if (!ot)
		return ENOMEM;

	ot->task.is_compound = true;
	ot->task.run = run;
	ot->task.done = done_handler;
	ot->handler = handler;
	ot->done = done;
	ot->arg = arg;

	return task_submit(store, &ot->task);
}
