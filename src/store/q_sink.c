/*
 * store/q_sink.c - the sinks, and what could not be delivered to them
 */
#include <assert.h>
#include "base/clock.h"
#include "store/task.h"

enum {
	ROWS_MAX = 1000, /* of one list */
	LEASE_MS = 30000,
};

static const char open_sql[] =
	"INSERT INTO sinks (name, settled)"
	" SELECT ?1, coalesce((SELECT max(seq) FROM outbox), 0)"
	" WHERE NOT EXISTS (SELECT 1 FROM sinks WHERE name = ?1)"
	" ON CONFLICT (name) DO NOTHING";
static const char hold_sql[] =
	"UPDATE sinks SET worker_id = ?2, lease_until_ms = ?3 WHERE name = ?1"
	" AND (worker_id = ?2 OR lease_until_ms < ?4 OR worker_id NOT IN"
	"  (SELECT id FROM workers WHERE lease_until_ms > 0))";
static const char forget_sql[] = "DELETE FROM sinks WHERE name = ?1";
static const char forget_events_sql[] =
	"DELETE FROM undelivered WHERE sink = ?1";
static const char again_sql[] = "UPDATE undelivered SET is_again = 1"
				" WHERE sink = ?1 AND (seq = ?2 OR ?2 = 0)";
static const char undelivered_sql[] =
	"SELECT u.seq, u.tries, u.at_ms, u.is_again, u.sink, u.fault, o.id,"
	" o.type, o.key FROM undelivered u JOIN outbox o ON o.seq = u.seq"
	" WHERE u.sink = ?1 OR ?1 IS NULL ORDER BY u.seq, u.sink LIMIT ?2";
static const char sinks_sql[] =
	"SELECT s.name, s.settled,"
	" (SELECT count(*) FROM outbox o WHERE o.seq > s.settled),"
	" (SELECT count(*) FROM undelivered u WHERE u.sink = s.name),"
	" coalesce((SELECT o.at_ms FROM outbox o WHERE o.seq > s.settled"
	"  ORDER BY o.seq LIMIT 1), 0) FROM sinks s ORDER BY s.name LIMIT ?1";

/* --- writes ------------------------------------------------------------- */

struct sink_task {
	struct task task;
	char *sink;
	int64_t seq;
	uint32_t count;
	store_done_h *done;
	store_count_done_h *counted;
	void *arg;
};

static void sink_destructor(void *arg)
{
	struct sink_task *st = arg;

	mem_deref(st->sink);
}

static int hold_run(struct task *task, struct db *db)
{
	const struct sink_task *st = (const struct sink_task *)task;
	int64_t now_ms = clock_wall_ms();
	const struct db_arg argv[] = {
		db_text(st->sink),
		db_int(db_worker(db)),
		db_int(now_ms + LEASE_MS),
		db_int(now_ms),
	};
	int err;

	err = db_run(db, open_sql, argv, 1);
	if (!err)
		err = db_run(db, hold_sql, argv, ARRAY_COUNT(argv));
	if (!err && !db_changes(db))
		err = EBUSY;

	return err;
}

static int forget_run(struct task *task, struct db *db)
{
	const struct sink_task *st = (const struct sink_task *)task;
	const struct db_arg name = db_text(st->sink);
	int err;

	err = db_run(db, forget_sql, &name, 1);
	if (!err && !db_changes(db))
		return ENOENT;
	if (err)
		return err;

	return db_run(db, forget_events_sql, &name, 1);
}

static int again_run(struct task *task, struct db *db)
{
	struct sink_task *st = (struct sink_task *)task;
	const struct db_arg argv[] = {db_text(st->sink), db_int(st->seq)};
	int err;

	err = db_run(db, again_sql, argv, ARRAY_COUNT(argv));
	if (!err)
		st->count = db_changes(db);

	return err;
}

static void sink_done(struct task *task, struct store *store)
{
	struct sink_task *st = (struct sink_task *)task;

	(void)store;

	if (st->counted)
		st->counted(task->err, st->count, st->arg);
	else
		st->done(task->err, st->arg);
}

static int sink_submit(struct store *store, const char *sink,
                       const struct sink_task *from)
{
	struct sink_task *st;
	int err;

	st = mem_zalloc(sizeof(*st), sink_destructor);
	if (!st)
		return ENOMEM;

	*st = *from;
	st->task.is_compound = true;
	st->task.done = sink_done;
	err = str_dup(&st->sink, sink);
	if (err) {
		mem_deref(st);
		return err;
	}

	return task_submit(store, &st->task);
}

int store_sink_hold(struct store *store, const char *sink, store_done_h *done,
                    void *arg)
{
	const struct sink_task st = {
		.task = {.run = hold_run},
		.done = done,
		.arg = arg,
	};

	assert(store && sink && done);

	return sink_submit(store, sink, &st);
}

int store_sink_forget(struct store *store, const char *sink, store_done_h *done,
                      void *arg)
{
	const struct sink_task st = {
		.task = {.run = forget_run},
		.done = done,
		.arg = arg,
	};

	assert(store && sink && done);

	return sink_submit(store, sink, &st);
}

int store_outbox_again(struct store *store, const char *sink, int64_t seq,
                       store_count_done_h *done, void *arg)
{
	const struct sink_task st = {
		.task = {.run = again_run},
		.seq = seq,
		.counted = done,
		.arg = arg,
	};

	assert(store && sink && done);

	return sink_submit(store, sink, &st);
}

/* --- lists ------------------------------------------------------------- */

struct list_row {
	struct le le;
	union {
		struct store_undelivered event;
		struct store_sink sink;
	};
	char *block;
};

struct list_task {
	struct task task;
	char *sink;
	struct list rowl;
	store_undelivered_h *undelivered;
	store_sink_h *sinks;
	store_done_h *done;
	void *arg;
};

static const size_t event_textv[] = {
	offsetof(struct list_row, event.sink),
	offsetof(struct list_row, event.fault),
	offsetof(struct list_row, event.id),
	offsetof(struct list_row, event.type),
	offsetof(struct list_row, event.key),
};

static const size_t sink_textv[] = {
	offsetof(struct list_row, sink.name),
};

static void row_destructor(void *arg)
{
	struct list_row *row = arg;

	mem_deref(row->block);
}

static void list_destructor(void *arg)
{
	struct list_task *lt = arg;

	list_flush(&lt->rowl);
	mem_deref(lt->sink);
}

static int event_read(struct list_row *row, struct db_stmt *stmt)
{
	row->event = (struct store_undelivered){
		.seq = db_int_at(stmt, 0),
		.tries = (uint32_t)db_int_at(stmt, 1),
		.at_ms = db_int_at(stmt, 2),
		.is_again = db_int_at(stmt, 3) != 0,
		.sink = db_text_at(stmt, 4),
		.fault = db_text_at(stmt, 5),
		.id = db_text_at(stmt, 6),
		.type = db_text_at(stmt, 7),
		.key = db_text_at(stmt, 8),
	};

	return task_keep_texts(&row->block, row, event_textv,
	                       ARRAY_COUNT(event_textv));
}

static int sink_read(struct list_row *row, struct db_stmt *stmt)
{
	row->sink = (struct store_sink){
		.name = db_text_at(stmt, 0),
		.settled = db_int_at(stmt, 1),
		.waiting = (uint64_t)db_int_at(stmt, 2),
		.undelivered = (uint64_t)db_int_at(stmt, 3),
		.oldest_ms = db_int_at(stmt, 4),
	};

	return task_keep_texts(&row->block, row, sink_textv,
	                       ARRAY_COUNT(sink_textv));
}

static int row_read(struct list_task *lt, struct db_stmt *stmt)
{
	struct list_row *row = mem_zalloc(sizeof(*row), row_destructor);

	if (!row)
		return ENOMEM;
	list_append(&lt->rowl, &row->le, row);

	return lt->sinks ? sink_read(row, stmt) : event_read(row, stmt);
}

static int list_run(struct task *task, struct db *db)
{
	struct list_task *lt = (struct list_task *)task;
	const struct db_arg argv[] = {
		db_text(lt->sink),
		db_int(ROWS_MAX),
	};
	struct db_stmt *stmt;
	int err;

	list_flush(&lt->rowl);
	if (lt->sinks)
		err = db_ask(db, &stmt, sinks_sql, &argv[1], 1);
	else
		err = db_ask(db, &stmt, undelivered_sql, argv, 2);

	while (db_fetch(stmt, &err))
		err = row_read(lt, stmt);

	return err;
}

static void list_done(struct task *task, struct store *store)
{
	struct list_task *lt = (struct list_task *)task;
	struct le *le;

	(void)store;

	LIST_FOREACH (&lt->rowl, le) {
		const struct list_row *row = le->data;

		if (task->err)
			break;
		if (lt->sinks)
			lt->sinks(&row->sink, lt->arg);
		else
			lt->undelivered(&row->event, lt->arg);
	}
	lt->done(task->err, lt->arg);
}

static int list_submit(struct store *store, const char *sink,
                       const struct list_task *from)
{
	struct list_task *lt;

	lt = mem_zalloc(sizeof(*lt), list_destructor);
	if (!lt)
		return ENOMEM;

	*lt = *from;
	lt->task.is_read = true;
	lt->task.run = list_run;
	lt->task.done = list_done;
	if (sink && str_dup(&lt->sink, sink)) {
		mem_deref(lt);
		return ENOMEM;
	}

	return task_submit(store, &lt->task);
}

int store_outbox_undelivered(struct store *store, const char *sink,
                             store_undelivered_h *handler, store_done_h *done,
                             void *arg)
{
	const struct list_task lt = {
		.undelivered = handler,
		.done = done,
		.arg = arg,
	};

	assert(store && handler && done);

	return list_submit(store, sink, &lt);
}

int store_sinks(struct store *store, store_sink_h *handler, store_done_h *done,
                void *arg)
{
	const struct list_task lt = {
		.sinks = handler,
		.done = done,
		.arg = arg,
	};

	assert(store && handler && done);

	return list_submit(store, NULL, &lt);
}
