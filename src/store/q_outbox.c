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
	char *block; /* of its texts */
	store_done_h *done;
	void *arg;
};

static const size_t event_textv[] = {
	offsetof(struct store_event, id),
	offsetof(struct store_event, type),
	offsetof(struct store_event, key),
	offsetof(struct store_event, data),
	offsetof(struct store_event, number),
};

static void event_destructor(void *arg)
{
	struct event_task *et = arg;

	mem_deref(et->block);
}

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

static void event_done(struct task *task, struct store *store)
{
	struct event_task *et = (struct event_task *)task;

	(void)store;

	et->done(task->err, et->arg);
}

int store_event(struct store *store, const struct store_event *event,
                store_done_h *done, void *arg)
{
	struct event_task *et;
	int err;

	assert(store && event->type && event->key && event->data);

	et = mem_zalloc(sizeof(*et), event_destructor);
	if (!et)
		return task_lacking(store, done);

	et->event = *event;
	err = task_keep_texts(&et->block, &et->event, event_textv,
	                      ARRAY_COUNT(event_textv));
	if (err) {
		mem_deref(et);
		return task_lacking(store, done);
	}

	et->task.run = event_run;
	et->task.done = done ? event_done : NULL;
	et->done = done;
	et->arg = arg;

	return task_submit(store, &et->task);
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
	char *block;
};

struct read_task {
	struct task task;
	char *sink;
	int64_t after;
	uint32_t limit;
	bool is_again;
	struct list rowl;
	store_event_h *handler;
	store_done_h *done;
	void *arg;
};

static void row_destructor(void *arg)
{
	struct event_row *row = arg;

	mem_deref(row->block);
}

static void read_destructor(void *arg)
{
	struct read_task *rt = arg;

	list_flush(&rt->rowl);
	mem_deref(rt->sink);
}

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

static int row_read(struct read_task *rt, struct db *db, struct db_stmt *stmt)
{
	struct event_row *row;
	char *clear;
	int err;

	row = mem_zalloc(sizeof(*row), row_destructor);
	if (!row)
		return ENOMEM;

	list_append(&rt->rowl, &row->le, row);
	row->event = (struct store_event){
		.seq = db_int_at(stmt, 0),
		.id = db_text_at(stmt, 1),
		.type = db_text_at(stmt, 2),
		.key = db_text_at(stmt, 3),
		.n = (uint32_t)db_int_at(stmt, 4),
		.at_ms = db_int_at(stmt, 5),
		.data = db_text_at(stmt, 6),
	};
	err = sealing_event_open(db, row->event.data, &clear);
	if (err)
		return err;
	if (clear)
		row->event.data = clear;

	err = task_keep_texts(&row->block, &row->event, event_textv,
	                      ARRAY_COUNT(event_textv));
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

	list_flush(&rt->rowl); /* of a run that failed */
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
		err = row_read(rt, db, stmt);

	return err;
}

static void read_done(struct task *task, struct store *store)
{
	struct read_task *rt = (struct read_task *)task;
	struct le *le;

	(void)store;

	LIST_FOREACH (&rt->rowl, le) {
		const struct event_row *row = le->data;

		if (!task->err)
			rt->handler(&row->event, rt->arg);
	}
	rt->done(task->err, rt->arg);
}

int store_outbox(struct store *store, const struct store_outbox_prm *prm,
                 store_event_h *handler, store_done_h *done, void *arg)
{
	struct read_task *rt;

	assert(store && prm && handler && done);
	assert(prm->limit && prm->limit <= STORE_OUTBOX_MAX);
	assert(prm->sink || (!prm->is_again && prm->after >= 0));

	rt = mem_zalloc(sizeof(*rt), read_destructor);
	if (!rt)
		return ENOMEM;

	if (prm->sink && str_dup(&rt->sink, prm->sink)) {
		mem_deref(rt);
		return ENOMEM;
	}

	rt->after = prm->after;
	rt->limit = prm->limit;
	rt->is_again = prm->is_again;
	rt->handler = handler;
	rt->done = done;
	rt->arg = arg;
	rt->task.is_read = true;
	rt->task.run = read_run;
	rt->task.done = read_done;

	return task_submit(store, &rt->task);
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
	void *arg;
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

	st->done(task->err, st->first, st->last, st->arg);
}

int store_outbox_span(struct store *store, store_span_h *done, void *arg)
{
	struct span_task *st;

	assert(store && done);

	st = mem_zalloc(sizeof(*st), NULL);
	if (!st)
		return ENOMEM;

	st->task.is_read = true;
	st->task.run = span_run;
	st->task.done = span_done;
	st->done = done;
	st->arg = arg;

	return task_submit(store, &st->task);
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
	char *block;
	int64_t number;
};

static const size_t mark_textv[] = {
	offsetof(struct store_undelivered, sink),
	offsetof(struct store_undelivered, fault),
};

static void mark_destructor(void *arg)
{
	struct mark_task *mt = arg;

	mem_deref(mt->block);
}

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

static int mark(struct store *store, const struct mark_task *from)
{
	struct mark_task *mt;
	int err;

	mt = mem_zalloc(sizeof(*mt), mark_destructor);
	if (!mt)
		return ENOMEM;

	*mt = *from;
	err = task_keep_texts(&mt->block, &mt->event, mark_textv,
	                      ARRAY_COUNT(mark_textv));
	if (err) {
		mem_deref(mt);
		return err;
	}

	return task_submit(store, &mt->task);
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
