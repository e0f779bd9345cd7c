/*
 * store/q_outbox.c - events out of the transactions, and how far each sink is
 */
#include <assert.h>
#include "base/clock.h"
#include "base/jmem.h"
#include "store/outbox.h"
#include "store/sealing.h"
#include "store/task.h"

enum {
	TRIM_ROWS = 1000, /* of one slice: others wait for the connection */
};

static const int64_t SINK_GONE_MS = 30LL * 24 * 3600 * 1000;

int store_events_on(struct store *store, const char *types)
{
	assert(store && types);

	return db_wants_set(store->db, types);
}

/* --- an event of a fact that the store does not see ------------------------
 */

struct event_task {
	struct task task;
	struct store_event event;
};

static const size_t event_textv[] = {
	offsetof(struct event_task, event.id),
	offsetof(struct event_task, event.type),
	offsetof(struct event_task, event.key),
	offsetof(struct event_task, event.data),
	offsetof(struct event_task, event.number),
};

static int event_run(struct task *task, struct db *db)
{
	const struct store_event *event = &((struct event_task *)task)->event;

	if (!db_wants(db, event->type))
		return 0;

	jmem_forget();
	if (event->id)
		return outbox_put_once(db, event,
		                       json_loads(event->data, 0, NULL));

	return outbox_put(db, event->number, event->type, event->key,
	                  json_loads(event->data, 0, NULL));
}

int store_event(struct store *store, const struct store_event *event,
                store_done_h *done, void *arg)
{
	const struct event_task et = {
		.task = {.run = event_run, .told = done, .arg = arg},
		.event = *event,
	};

	assert(store && event->type && event->key && event->data);

	return task_send(store, &et.task, sizeof(et), event_textv,
	                 ARRAY_COUNT(event_textv));
}

/* --- reading ---------------------------------------------------------------
 */

#define EVENT " o.seq, o.id, o.type, o.key, o.n, o.at_ms, o.data FROM outbox o"

/* Only to whom it is ours. */
static const char settled_sql[] =
	"SELECT settled FROM sinks WHERE name = ?1 AND worker_id = ?2"
	" AND lease_until_ms > ?3";

static const char next_sql[] =
	"SELECT" EVENT " WHERE o.seq > ?1 ORDER BY o.seq LIMIT ?2";

/* What began earlier may still be committed and must not be passed by. */
static const char next_pg_sql[] =
	"SELECT" EVENT " WHERE o.seq > ?1"
	" AND o.tx < pg_snapshot_xmin(pg_current_snapshot())"
	" ORDER BY o.seq LIMIT ?2";

static const char again_sql[] =
	"SELECT" EVENT " JOIN undelivered u ON u.seq = o.seq"
	" WHERE u.sink = ?3 AND u.is_again = 1 AND o.seq > ?1"
	" ORDER BY o.seq LIMIT ?2";

struct event_row {
	struct le le;
	struct store_event event;
};

static const size_t row_textv[] = {
	offsetof(struct event_row, event.id),
	offsetof(struct event_row, event.type),
	offsetof(struct event_row, event.key),
	offsetof(struct event_row, event.data),
};

struct read_task {
	struct task task;
	const char *sink; /* NULL: for none */
	int64_t after;
	uint32_t limit;
	bool is_again;
	store_event_h *handler;
};

static const size_t read_textv[] = {
	offsetof(struct read_task, sink),
};

static int settled_find(struct read_task *rt, struct db *db)
{
	const struct db_arg argv[] = {
		db_text(rt->sink),
		db_int(db_worker(db)),
		db_int(clock_wall_ms()),
	};
	int64_t settled = 0;
	int err;

	err = db_get_int(db, &settled, settled_sql, argv, ARRAY_COUNT(argv));
	if (err)
		return err == ENOENT ? EBUSY : err;

	if (rt->after < 0)
		rt->after = settled;

	return 0;
}

static int row_read(struct task *task, struct db *db, struct db_stmt *stmt)
{
	struct event_row row = {
		.event = {.seq = db_int_at(stmt, 0),
	                  .id = db_text_at(stmt, 1),
	                  .type = db_text_at(stmt, 2),
	                  .key = db_text_at(stmt, 3),
	                  .n = (uint32_t)db_int_at(stmt, 4),
	                  .at_ms = db_int_at(stmt, 5),
	                  .data = db_text_at(stmt, 6)},
	};
	char *clear;
	int err;

	err = sealing_event_open(db, row.event.data, &clear);
	if (err)
		return err;
	if (clear)
		row.event.data = clear;

	err = task_row(task, &row, sizeof(row), row_textv,
	               ARRAY_COUNT(row_textv));
	mem_deref(clear);

	return err;
}

static int read_run(struct task *task, struct db *db)
{
	struct read_task *rt = (struct read_task *)task;
	const char *sql =
		rt->is_again ? again_sql : db_say(db, next_sql, next_pg_sql);
	struct db_stmt *stmt;
	int err = 0;

	if (rt->sink)
		err = settled_find(rt, db);
	if (err)
		return err;

	const struct db_arg argv[] = {
		db_int(rt->after),
		db_int(rt->limit),
		db_text(rt->sink),
	};

	err = db_ask(db, &stmt, sql, argv, rt->is_again ? 3 : 2);
	while (db_fetch(stmt, &err))
		err = row_read(task, db, stmt);

	return err;
}

static void read_each(struct task *task, const void *row)
{
	((struct read_task *)task)
		->handler(&((const struct event_row *)row)->event, task->arg);
}

int store_outbox(struct store *store, const struct store_outbox_prm *prm,
                 store_event_h *handler, store_done_h *done, void *arg)
{
	const struct read_task rt = {
		.task = {.is_read = true,
	                 .run = read_run,
	                 .each = read_each,
	                 .told = done,
	                 .arg = arg},
		.sink = prm->sink,
		.after = prm->after,
		.limit = prm->limit,
		.is_again = prm->is_again,
		.handler = handler,
	};

	assert(store && handler && done);
	assert(prm->limit && prm->limit <= STORE_OUTBOX_MAX);
	assert(prm->sink || (!prm->is_again && prm->after >= 0));

	return task_send(store, &rt.task, sizeof(rt), read_textv,
	                 ARRAY_COUNT(read_textv));
}

/* --- how far it reaches --------------------------------------------------- */

static const char first_sql[] = "SELECT coalesce(min(seq), 0) FROM outbox";
static const char last_sql[] = "SELECT coalesce(max(seq), 0)"
			       " FROM sqlite_sequence WHERE name = 'outbox'";
static const char last_pg_sql[] =
	"SELECT coalesce(pg_sequence_last_value("
	"pg_get_serial_sequence('outbox', 'seq')), 0)";

struct span_task {
	struct task task;
	int64_t first, last;
	store_span_h *done;
};

static int span_run(struct task *task, struct db *db)
{
	struct span_task *st = (struct span_task *)task;
	int err;

	err = db_get_int(db, &st->last, db_say(db, last_sql, last_pg_sql), NULL,
	                 0);
	if (!err)
		err = db_get_int(db, &st->first, first_sql, NULL, 0);
	if (!st->first)
		st->first = st->last + 1;

	return err;
}

static void span_done(struct task *task, struct store *store)
{
	struct span_task *st = (struct span_task *)task;

	(void)store;

	st->done(task->err, st->first, st->last, task->arg);
}

int store_outbox_span(struct store *store, store_span_h *done, void *arg)
{
	const struct span_task st = {
		.task = {.is_read = true,
	                 .run = span_run,
	                 .done = span_done,
	                 .arg = arg},
		.done = done,
	};

	assert(store && done);

	return task_send(store, &st.task, sizeof(st), NULL, 0);
}

/* --- what became of them ---------------------------------------------------
 */

static const char settle_sql[] =
	"UPDATE sinks SET settled = ?2 WHERE name = ?1 AND settled < ?2";
static const char give_up_sql[] =
	"INSERT INTO undelivered (sink, seq, tries, fault, at_ms)"
	" VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (sink, seq) DO UPDATE SET"
	" tries = excluded.tries, fault = excluded.fault,"
	" at_ms = excluded.at_ms, is_again = 0";
static const char heal_sql[] =
	"DELETE FROM undelivered WHERE sink = ?1 AND seq = ?2";
/* A sink that nobody has held for long is configured no more. */
static const char trim_sql[] =
	"DELETE FROM outbox WHERE seq IN (SELECT o.seq FROM outbox o"
	" WHERE o.at_ms < ?1 AND o.seq <= coalesce((SELECT min(settled)"
	"  FROM sinks WHERE lease_until_ms > ?3), 9223372036854775807)"
	" AND NOT EXISTS (SELECT 1 FROM undelivered u WHERE u.seq = o.seq)"
	" ORDER BY o.seq LIMIT ?2)";

struct mark_task {
	struct task task;
	const char *sql;
	struct store_undelivered event;
	int64_t number;
};

static const size_t mark_textv[] = {
	offsetof(struct mark_task, event.sink),
	offsetof(struct mark_task, event.fault),
};

static int mark_run(struct task *task, struct db *db)
{
	const struct mark_task *mt = (const struct mark_task *)task;
	const struct db_arg argv[] = {
		db_text(mt->event.sink), db_int(mt->event.seq),
		db_int(mt->event.tries), db_text(mt->event.fault),
		db_int(clock_wall_ms()),
	};

	return db_run(db, mt->sql, argv,
	              mt->sql == give_up_sql ? ARRAY_COUNT(argv) : 2);
}

static int trim_run(struct task *task, struct db *db)
{
	const struct mark_task *mt = (const struct mark_task *)task;
	const struct db_arg argv[] = {
		db_int(mt->number),
		db_int(TRIM_ROWS),
		db_int(clock_wall_ms() - SINK_GONE_MS),
	};

	return db_run(db, trim_sql, argv, ARRAY_COUNT(argv));
}

static int mark(struct store *store, const struct mark_task *mt)
{
	return task_send(store, &mt->task, sizeof(*mt), mark_textv,
	                 ARRAY_COUNT(mark_textv));
}

int store_outbox_settle(struct store *store, const char *sink, int64_t seq)
{
	const struct mark_task mt = {
		.task = {.run = mark_run},
		.sql = settle_sql,
		.event = {.sink = sink, .seq = seq},
	};

	assert(store && sink);

	return mark(store, &mt);
}

int store_outbox_give_up(struct store *store,
                         const struct store_undelivered *event)
{
	const struct mark_task mt = {
		.task = {.run = mark_run},
		.sql = give_up_sql,
		.event = *event,
	};

	assert(store && event->sink && event->fault);

	return mark(store, &mt);
}

int store_outbox_heal(struct store *store, const char *sink, int64_t seq)
{
	const struct mark_task mt = {
		.task = {.run = mark_run},
		.sql = heal_sql,
		.event = {.sink = sink, .seq = seq},
	};

	assert(store && sink);

	return mark(store, &mt);
}

int store_outbox_trim(struct store *store, int64_t before_ms)
{
	const struct mark_task mt = {
		.task = {.run = trim_run},
		.number = before_ms,
	};

	assert(store);

	return mark(store, &mt);
}
