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
	const char *line, *farewell;
};

static const size_t textv[] = {
	offsetof(struct orphan, line),
	offsetof(struct orphan, farewell),
};

struct orphan_task {
	struct task task;
	store_orphan_h *handler;
};

static int find(struct task *task, struct db *db)
{
	const struct db_arg max = db_int(ORPHANS_MAX);
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, db_say(db, orphans_sql, orphans_pg_sql), &max,
	             1);
	while (db_fetch(stmt, &err)) {
		const struct orphan orphan = {
			.id = db_int_at(stmt, 0),
			.line = db_text_at(stmt, 1),
			.farewell = db_text_at(stmt, 2),
		};

		err = task_row(task, &orphan, sizeof(orphan), textv,
		               ARRAY_COUNT(textv));
	}

	return err;
}

static int run(struct task *task, struct db *db)
{
	struct le *le;
	int err;

	err = find(task, db);
	for (le = list_head(&task->rowl); le && !err; le = le->next) {
		const struct db_arg id =
			db_int(((struct orphan *)le->data)->id);

		err = db_run(db, taken_sql, &id, 1);
	}

	return err;
}

static void each(struct task *task, const void *row)
{
	const struct orphan *orphan = row;

	((struct orphan_task *)task)
		->handler(orphan->line, orphan->farewell, task->arg);
}

int store_orphans(struct store *store, store_orphan_h *handler,
                  store_done_h *done, void *arg)
{
	const struct orphan_task ot = {
		.task = {.is_compound = true,
	                 .run = run,
	                 .each = each,
	                 .told = done,
	                 .arg = arg},
		.handler = handler,
	};

	assert(store && handler && done);

	return task_send(store, &ot.task, sizeof(ot), NULL, 0);
}
