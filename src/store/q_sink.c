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
	const char *sink;
	int64_t seq;
	uint32_t count;
	store_count_done_h *counted;
};

static const size_t textv[] = {
	offsetof(struct sink_task, sink),
};

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

static void again_done(struct task *task, struct store *store)
{
	const struct sink_task *st = (const struct sink_task *)task;

	(void)store;

	st->counted(task->err, st->count, task->arg);
}

static int sink_send(struct store *store, const struct sink_task *st)
{
	return task_send(store, &st->task, sizeof(*st), textv,
	                 ARRAY_COUNT(textv));
}

int store_sink_hold(struct store *store, const char *sink, store_done_h *done,
                    void *arg)
{
	const struct sink_task st = {
		.task = {.is_compound = true,
	                 .run = hold_run,
	                 .told = done,
	                 .arg = arg},
		.sink = sink,
	};

	assert(store && sink && done);

	return sink_send(store, &st);
}

int store_sink_forget(struct store *store, const char *sink, store_done_h *done,
                      void *arg)
{
	const struct sink_task st = {
		.task = {.is_compound = true,
	                 .run = forget_run,
	                 .told = done,
	                 .arg = arg},
		.sink = sink,
	};

	assert(store && sink && done);

	return sink_send(store, &st);
}

int store_outbox_again(struct store *store, const char *sink, int64_t seq,
                       store_count_done_h *done, void *arg)
{
	const struct sink_task st = {
		.task = {.is_compound = true,
	                 .run = again_run,
	                 .done = again_done,
	                 .arg = arg},
		.sink = sink,
		.seq = seq,
		.counted = done,
	};

	assert(store && sink && done);

	return sink_send(store, &st);
}

/* --- lists ------------------------------------------------------------- */

struct list_row {
	struct le le;
	union {
		struct store_undelivered event;
		struct store_sink sink;
	};
};

struct list_task {
	struct task task;
	const char *sink; /* NULL: of all */
	store_undelivered_h *undelivered;
	store_sink_h *sinks;
};

static const size_t list_textv[] = {
	offsetof(struct list_task, sink),
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

static int event_read(struct task *task, struct db_stmt *stmt)
{
	const struct list_row row = {
		.event = {.seq = db_int_at(stmt, 0),
	                  .tries = (uint32_t)db_int_at(stmt, 1),
	                  .at_ms = db_int_at(stmt, 2),
	                  .is_again = db_int_at(stmt, 3) != 0,
	                  .sink = db_text_at(stmt, 4),
	                  .fault = db_text_at(stmt, 5),
	                  .id = db_text_at(stmt, 6),
	                  .type = db_text_at(stmt, 7),
	                  .key = db_text_at(stmt, 8)},
	};

	return task_row(task, &row, sizeof(row), event_textv,
	                ARRAY_COUNT(event_textv));
}

static int sink_read(struct task *task, struct db_stmt *stmt)
{
	const struct list_row row = {
		.sink = {.name = db_text_at(stmt, 0),
	                 .settled = db_int_at(stmt, 1),
	                 .waiting = (uint64_t)db_int_at(stmt, 2),
	                 .undelivered = (uint64_t)db_int_at(stmt, 3),
	                 .oldest_ms = db_int_at(stmt, 4)},
	};

	return task_row(task, &row, sizeof(row), sink_textv,
	                ARRAY_COUNT(sink_textv));
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

	if (lt->sinks)
		err = db_ask(db, &stmt, sinks_sql, &argv[1], 1);
	else
		err = db_ask(db, &stmt, undelivered_sql, argv, 2);

	while (db_fetch(stmt, &err))
		err = lt->sinks ? sink_read(task, stmt)
		                : event_read(task, stmt);

	return err;
}

static void list_each(struct task *task, const void *arg)
{
	const struct list_task *lt = (const struct list_task *)task;
	const struct list_row *row = arg;

	if (lt->sinks)
		lt->sinks(&row->sink, task->arg);
	else
		lt->undelivered(&row->event, task->arg);
}

int store_outbox_undelivered(struct store *store, const char *sink,
                             store_undelivered_h *handler, store_done_h *done,
                             void *arg)
{
	const struct list_task lt = {
		.task = {.is_read = true,
	                 .run = list_run,
	                 .each = list_each,
	                 .told = done,
	                 .arg = arg},
		.sink = sink,
		.undelivered = handler,
	};

	assert(store && handler && done);

	return task_send(store, &lt.task, sizeof(lt), list_textv,
	                 ARRAY_COUNT(list_textv));
}

int store_sinks(struct store *store, store_sink_h *handler, store_done_h *done,
                void *arg)
{
	const struct list_task lt = {
		.task = {.is_read = true,
	                 .run = list_run,
	                 .each = list_each,
	                 .told = done,
	                 .arg = arg},
		.sinks = handler,
	};

	assert(store && handler && done);

	return task_send(store, &lt.task, sizeof(lt), NULL, 0);
}
