/*
 * store/q_leg.c - calls that no campaign placed, and whose process is gone
 *
 * What ends a leg is handed out once, in the transaction that takes it away. A
 * will is handed out until it is carried out: whoever took it and died has left
 * it to the next one, and its events are written with the end of the rows.
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/jmem.h"
#include "base/text.h"
#include "base/texts.h"
#include "store/legs.h"
#include "store/links.h"
#include "store/outbox.h"
#include "store/sealing.h"
#include "store/task.h"
#include "store/worker.h"

enum {
	LEGS_MAX = 500, /* of one question; the next one has the rest */
	CALLID_SIZE = 128,
};

static const char put_sql[] =
	"INSERT INTO legs (callid, side, worker_id, number, line, farewell,"
	" will) VALUES (?1, ?2, ?3, ?4, ?5, coalesce(?6, ''),"
	" coalesce(?7, '')) ON CONFLICT (callid, side) DO UPDATE SET"
	" worker_id = excluded.worker_id,"
	" farewell = coalesce(?6, legs.farewell),"
	" will = coalesce(?7, legs.will)";

static const char delete_sql[] = "DELETE FROM legs WHERE callid = ?";

/* Who is to be told has not been told yet. */
static const char hush_sql[] =
	"UPDATE legs SET farewell = '' WHERE callid = ? AND will <> ''";
static const char forget_sql[] =
	"DELETE FROM legs WHERE callid = ? AND will = ''";

/* Those that cannot be taken now are passed over. */
#define LEGS(lock)                                                             \
	"SELECT l.callid, l.side, l.number, l.line, l.farewell, l.will,"       \
	" EXISTS (SELECT 1 FROM legs o WHERE o.callid = l.callid"              \
	"  AND o.will <> ''), coalesce(c.outcome, '') FROM legs l"             \
	" LEFT JOIN calls c ON c.callid = l.callid WHERE l.worker_id NOT IN"   \
	" (SELECT id FROM workers WHERE lease_until_ms > 0)"                   \
	" AND (l.farewell <> '' OR ?2 = 1 OR NOT EXISTS (SELECT 1 FROM legs o" \
	"  WHERE o.callid = l.callid AND o.will <> ''))"                       \
	" ORDER BY l.callid, l.side LIMIT ?1" lock
static const char legs_sql[] = LEGS("");
static const char legs_pg_sql[] = LEGS(" FOR UPDATE OF l SKIP LOCKED");

static const char any_sql[] =
	"SELECT count(*) FROM (SELECT 1 FROM legs LIMIT 1) one";

static const char taken_sql[] =
	"UPDATE legs SET farewell = '' WHERE callid = ?1 AND side = ?2";
static const char inherit_sql[] =
	"UPDATE legs SET worker_id = ?2 WHERE callid = ?1";

static const char end_sql[] = "UPDATE calls SET end_ms = ?2"
			      " WHERE callid = ?1 AND end_ms = 0";
static const char link_sql[] =
	LINKS_WANT "SELECT callid FROM calls WHERE callid = ?1";
static const char call_sql[] =
	"SELECT direction, number, line, script, script_version, outcome,"
	" start_ms, answer_ms, end_ms FROM calls WHERE callid = ?";

/* --- a leg under way -------------------------------------------------------
 */

struct leg_task {
	struct task task;
	struct store_leg leg;
};

static const size_t leg_textv[] = {
	offsetof(struct leg_task, leg.callid),
	offsetof(struct leg_task, leg.number),
	offsetof(struct leg_task, leg.line),
	offsetof(struct leg_task, leg.farewell),
	offsetof(struct leg_task, leg.will),
};

static int leg_put(struct db *db, const struct store_leg *leg, const char *will)
{
	const struct db_arg argv[] = {
		db_text(leg->callid),  db_int(leg->side),
		db_int(db_worker(db)), db_text(leg->number),
		db_text(leg->line),    db_text(leg->farewell),
		db_text(will),
	};

	return db_run(db, put_sql, argv, ARRAY_COUNT(argv));
}

static int leg_run(struct task *task, struct db *db)
{
	const struct store_leg *leg = &((struct leg_task *)task)->leg;
	char *sealed = NULL;
	int err = 0;

	if (!leg->will || !sealing_is_on(db, leg->number))
		return leg_put(db, leg, leg->will);

	err = sealing_event(db, leg->number, leg->will, &sealed);
	if (!err)
		err = leg_put(db, leg, sealed ? sealed : sealing_nothing);
	mem_deref(sealed);

	return err;
}

int store_leg(struct store *store, const struct store_leg *leg)
{
	const struct leg_task lt = {.task = {.run = leg_run}, .leg = *leg};

	assert(store && leg->callid && leg->number && leg->line);

	return task_send(store, &lt.task, sizeof(lt), leg_textv,
	                 ARRAY_COUNT(leg_textv));
}

int legs_forget(struct db *db, const char *callid)
{
	const struct db_arg arg = db_text(callid);
	int err;

	err = db_run(db, forget_sql, &arg, 1);

	return err ? err : db_run(db, hush_sql, &arg, 1);
}

/* --- the end in the books --------------------------------------------------
 */

static int call_tell(struct db *db, const char *callid)
{
	const struct db_arg arg = db_text(callid);
	struct store_call call = {.callid = callid};
	char textv[6][STORE_WHY_SIZE];
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, call_sql, &arg, 1);
	if (!db_fetch(stmt, &err))
		return err;

	for (int i = 0; i < 6; i++)
		(void)text_copy(textv[i], sizeof(textv[i]),
		                db_text_at(stmt, i));
	call.direction = textv[0];
	call.number = textv[1];
	call.line = textv[2];
	call.script = textv[3];
	call.script_version = textv[4];
	call.outcome = textv[5];
	call.start_ms = db_int_at(stmt, 6);
	call.answer_ms = db_int_at(stmt, 7);
	call.end_ms = db_int_at(stmt, 8);
	db_rest(stmt);

	return outbox_call(db, &call);
}

/* Whatever else was to be known of it died with its process. */
static int call_end(struct db *db, const char *callid)
{
	const struct db_arg argv[] = {db_text(callid), db_int(clock_wall_ms())};
	int err;

	err = db_run(db, delete_sql, argv, 1);
	if (err)
		return err;
	if (!db_changes(db))
		return ENOENT;

	err = db_run(db, end_sql, argv, ARRAY_COUNT(argv));
	if (err || !db_changes(db))
		return err;

	err = links_want(db, link_sql, argv, 1);

	return err ? err : call_tell(db, callid);
}

/* --- taking over -----------------------------------------------------------
 */

struct orphan_leg {
	struct le le;
	struct store_leg leg;
	bool has_will; /* its call */
	char *block;   /* of texts */
	char *will;    /* in clear */
};

struct take_task {
	struct task task;
	struct store_legs_prm prm;
	struct list legl;
};

static const size_t orphan_textv[] = {
	offsetof(struct orphan_leg, leg.callid),
	offsetof(struct orphan_leg, leg.number),
	offsetof(struct orphan_leg, leg.line),
	offsetof(struct orphan_leg, leg.farewell),
	offsetof(struct orphan_leg, leg.will),
	offsetof(struct orphan_leg, leg.outcome),
};

static void orphan_destructor(void *arg)
{
	struct orphan_leg *orphan = arg;

	list_unlink(&orphan->le);
	mem_deref(orphan->block);
	mem_deref(orphan->will);
}

static void take_destructor(void *arg)
{
	struct take_task *tt = arg;

	list_flush(&tt->legl);
}

static int orphan_add(struct take_task *tt, struct db_stmt *stmt)
{
	struct orphan_leg *orphan;
	int err;

	orphan = mem_zalloc(sizeof(*orphan), orphan_destructor);
	if (!orphan)
		return ENOMEM;

	orphan->leg = (struct store_leg){
		.callid = db_text_at(stmt, 0),
		.side = (unsigned)db_int_at(stmt, 1),
		.number = db_text_at(stmt, 2),
		.line = db_text_at(stmt, 3),
		.farewell = db_text_at(stmt, 4),
		.will = db_text_at(stmt, 5),
		.outcome = db_text_at(stmt, 7),
	};
	orphan->has_will = db_int_at(stmt, 6) > 0;
	err = texts_keep(&orphan->block, orphan, orphan_textv,
	                 ARRAY_COUNT(orphan_textv));
	if (err)
		mem_deref(orphan);
	else
		list_append(&tt->legl, &orphan->le, orphan);

	return err;
}

static int find(struct take_task *tt, struct db *db)
{
	const struct db_arg argv[] = {db_int(LEGS_MAX),
	                              db_int(tt->prm.has_heir)};
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, db_say(db, legs_sql, legs_pg_sql), argv,
	             ARRAY_COUNT(argv));
	while (db_fetch(stmt, &err))
		err = orphan_add(tt, stmt);

	return err;
}

static int inherit(struct db *db, struct orphan_leg *orphan)
{
	const struct db_arg argv[] = {db_text(orphan->leg.callid),
	                              db_int(db_worker(db))};
	int err;

	err = db_run(db, inherit_sql, argv, ARRAY_COUNT(argv));
	if (err)
		return err;

	orphan->will = mem_deref(orphan->will);
	err = sealing_event_open(db, orphan->leg.will, &orphan->will);

	return err == ENOKEY ? 0 : err;
}

/* The first leg of a call stands for all of it. */
static int take(struct take_task *tt, struct db *db, struct orphan_leg *orphan)
{
	const struct db_arg argv[] = {db_text(orphan->leg.callid),
	                              db_int(orphan->leg.side)};
	int err = 0;

	if (*orphan->leg.farewell)
		err = db_run(db, taken_sql, argv, ARRAY_COUNT(argv));
	if (!err && *orphan->leg.will && tt->prm.has_heir)
		err = inherit(db, orphan);
	if (err || orphan->has_will)
		return err;

	err = call_end(db, orphan->leg.callid);

	return err == ENOENT ? 0 : err;
}

static int take_run(struct task *task, struct db *db)
{
	struct take_task *tt = (struct take_task *)task;
	int64_t any = 0;
	int err;

	list_flush(&tt->legl);
	err = db_get_int(db, &any, any_sql, NULL, 0);
	if (!err && any)
		err = worker_bury(db);
	if (!err && any)
		err = find(tt, db);
	for (struct le *le = list_head(&tt->legl); le && !err; le = le->next)
		err = take(tt, db, le->data);

	return err;
}

static void hand_out(struct take_task *tt, const struct orphan_leg *orphan)
{
	struct store_leg leg = orphan->leg;

	leg.will = NULL;
	if (*leg.farewell)
		tt->prm.leg(&leg, tt->prm.arg);
	if (!*orphan->leg.will || !tt->prm.has_heir)
		return;

	leg.farewell = "";
	leg.will = orphan->will ? orphan->will : orphan->leg.will;
	tt->prm.will(&leg, tt->prm.arg);
}

static void take_done(struct task *task, struct store *store)
{
	struct take_task *tt = (struct take_task *)task;
	struct le *le;

	(void)store;

	if (!task->err) {
		LIST_FOREACH (&tt->legl, le)
			hand_out(tt, le->data);
	}
	tt->prm.done(task->err, tt->prm.arg);
}

int store_legs_take(struct store *store, const struct store_legs_prm *prm)
{
	struct take_task *tt;

	assert(store && prm->leg && prm->done && (!prm->has_heir || prm->will));

	tt = mem_zalloc(sizeof(*tt), take_destructor);
	if (!tt)
		return ENOMEM;

	tt->task.is_compound = true;
	tt->task.run = take_run;
	tt->task.done = take_done;
	tt->prm = *prm;

	return task_submit(store, &tt->task);
}

/* --- a will that is carried out --------------------------------------------
 */

struct over_task {
	struct task task;
	const char *callid;
	struct store_event eventv[STORE_LAST_MAX];
	size_t eventc;
};

#define EVENT_TEXTS(i)                                                         \
	offsetof(struct over_task, eventv[i].type),                            \
		offsetof(struct over_task, eventv[i].key),                     \
		offsetof(struct over_task, eventv[i].number),                  \
		offsetof(struct over_task, eventv[i].data)

static const size_t over_textv[] = {
	offsetof(struct over_task, callid),
	EVENT_TEXTS(0),
	EVENT_TEXTS(1),
	EVENT_TEXTS(2),
	EVENT_TEXTS(3),
};
static_assert(ARRAY_COUNT(over_textv) == 1 + 4 * STORE_LAST_MAX,
              "the texts of all events are kept");

static int over_run(struct task *task, struct db *db)
{
	const struct over_task *ot = (const struct over_task *)task;
	int err;

	err = call_end(db, ot->callid);
	if (err == ENOENT && !ot->task.told)
		return 0;

	jmem_forget();
	for (size_t i = 0; i < ot->eventc && !err; i++) {
		const struct store_event *event = &ot->eventv[i];

		if (db_wants(db, event->type))
			err = outbox_put(db, event->number, event->type,
			                 event->key,
			                 json_loads(event->data, 0, NULL));
	}

	return err;
}

int store_legs_over(struct store *store, const char *callid,
                    const struct store_event *eventv, size_t eventc,
                    store_done_h *done, void *arg)
{
	struct over_task ot = {
		.task = {.is_compound = true,
	                 .run = over_run,
	                 .told = done,
	                 .arg = arg},
		.callid = callid,
		.eventc = eventc,
	};

	assert(store && callid && eventc <= STORE_LAST_MAX);

	for (size_t i = 0; i < eventc; i++)
		ot.eventv[i] = eventv[i];

	return task_send(store, &ot.task, sizeof(ot), over_textv,
	                 ARRAY_COUNT(over_textv));
}
