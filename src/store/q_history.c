/*
 * store/q_history.c - calls that are over, in pages, and their rows
 *
 * Ids begin with the time, so their order is that of the calls.
 */
#include <assert.h>
#include "store/sealing.h"
#include "store/steprows.h"
#include "store/store_calls.h"
#include "store/task.h"

#define CALLS(more)                                                            \
	"SELECT coalesce(k.attempt_id, 0), k.start_ms, k.answer_ms,"           \
	" k.end_ms, k.intention, coalesce(a.n, 0), k.callid, k.direction,"     \
	" k.number, k.line, k.script, k.script_version, k.outcome, k.label,"   \
	" k.class_letter, k.heard, k.recording, coalesce(p.name, '')," more    \
	" FROM calls k LEFT JOIN attempts a ON a.id = k.attempt_id"            \
	" LEFT JOIN campaigns p ON p.id = a.campaign_id"

static const char one_sql[] =
	CALLS(" k.variables, k.counters, k.media,"
              " k.answerer, k.services, k.sealed") " WHERE k.callid = ?1";
static const char page_sql[] = CALLS(
	" '', '', '', '', '', k.sealed") " WHERE (k.callid < ?1 OR ?1 IS NULL)"
					 " AND (k.number = ?2 OR ?2 IS NULL)"
					 " AND (k.outcome = ?3 OR ?3 IS NULL)"
					 " AND (k.label = ?4 OR ?4 IS NULL)"
					 " AND (p.name = ?5 OR ?5 IS NULL)"
					 " AND k.start_ms >= ?6 AND k.start_ms "
					 "< ?7"
					 " ORDER BY k.callid DESC LIMIT ?8";

struct past_row {
	struct le le;
	struct store_past past;
};

struct history_task {
	struct task task;
	struct store_calls_prm prm;
	store_past_h *handler;
};

static const size_t prm_textv[] = {
	offsetof(struct history_task, prm.number),
	offsetof(struct history_task, prm.outcome),
	offsetof(struct history_task, prm.label),
	offsetof(struct history_task, prm.campaign),
	offsetof(struct history_task, prm.before),
	offsetof(struct history_task, prm.callid),
};

static const size_t past_textv[] = {
	offsetof(struct past_row, past.call.callid),
	offsetof(struct past_row, past.call.direction),
	offsetof(struct past_row, past.call.number),
	offsetof(struct past_row, past.call.line),
	offsetof(struct past_row, past.call.script),
	offsetof(struct past_row, past.call.script_version),
	offsetof(struct past_row, past.call.outcome),
	offsetof(struct past_row, past.call.label),
	offsetof(struct past_row, past.call.class_letter),
	offsetof(struct past_row, past.call.heard),
	offsetof(struct past_row, past.call.recording),
	offsetof(struct past_row, past.campaign),
	offsetof(struct past_row, past.call.variables),
	offsetof(struct past_row, past.call.counters),
	offsetof(struct past_row, past.call.media),
	offsetof(struct past_row, past.call.answerer),
	offsetof(struct past_row, past.call.services),
};

/* --- on the worker -------------------------------------------------------- */

static int row_read(struct task *task, struct db *db, struct db_stmt *stmt)
{
	struct past_row row = {
		.past = {.attempt = (uint32_t)db_int_at(stmt, 5),
	                 .campaign = db_text_at(stmt, 17)},
	};
	json_t *json;
	int err;

	row.past.call = (struct store_call){
		.attempt_id = db_int_at(stmt, 0),
		.start_ms = db_int_at(stmt, 1),
		.answer_ms = db_int_at(stmt, 2),
		.end_ms = db_int_at(stmt, 3),
		.intention = db_int_at(stmt, 4),
		.callid = db_text_at(stmt, 6),
		.direction = db_text_at(stmt, 7),
		.number = db_text_at(stmt, 8),
		.line = db_text_at(stmt, 9),
		.script = db_text_at(stmt, 10),
		.script_version = db_text_at(stmt, 11),
		.outcome = db_text_at(stmt, 12),
		.label = db_text_at(stmt, 13),
		.class_letter = db_text_at(stmt, 14),
		.heard = db_text_at(stmt, 15),
		.recording = db_text_at(stmt, 16),
		.variables = db_text_at(stmt, 18),
		.counters = db_text_at(stmt, 19),
		.media = db_text_at(stmt, 20),
		.answerer = db_text_at(stmt, 21),
		.services = db_text_at(stmt, 22),
	};

	err = sealing_call_open(db, db_text_at(stmt, 23), &row.past.call,
	                        &json);
	if (!err)
		err = task_row(task, &row, sizeof(row), past_textv,
		               ARRAY_COUNT(past_textv));
	json_decref(json);

	return err;
}

static int ask(const struct history_task *ht, struct db *db,
               struct db_stmt **stmtp)
{
	const struct store_calls_prm *prm = &ht->prm;
	const struct db_arg one = db_text(prm->callid);
	const struct db_arg argv[] = {
		db_text(prm->before),
		db_text(prm->number),
		db_text(prm->outcome),
		db_text(prm->label),
		db_text(prm->campaign),
		db_int(prm->since_ms),
		db_int(prm->until_ms ? prm->until_ms : INT64_MAX),
		db_int(prm->limit),
	};

	if (prm->callid)
		return db_ask(db, stmtp, one_sql, &one, 1);

	return db_ask(db, stmtp, page_sql, argv, ARRAY_COUNT(argv));
}

static int run(struct task *task, struct db *db)
{
	struct history_task *ht = (struct history_task *)task;
	struct db_stmt *stmt;
	int err;

	err = ask(ht, db, &stmt);
	while (db_fetch(stmt, &err))
		err = row_read(task, db, stmt);
	if (!err && ht->prm.callid && list_isempty(&task->rowl))
		err = ENOENT;

	return err;
}

/* --- on the control loop -------------------------------------------------- */

static void each(struct task *task, const void *row)
{
	((struct history_task *)task)
		->handler(&((const struct past_row *)row)->past, task->arg);
}

int store_calls(struct store *store, const struct store_calls_prm *prm,
                store_past_h *handler, store_done_h *done, void *arg)
{
	const struct history_task ht = {
		.task = {.is_read = true,
	                 .run = run,
	                 .each = each,
	                 .told = done,
	                 .arg = arg},
		.prm = *prm,
		.handler = handler,
	};

	assert(store && handler && done);
	assert(prm->callid || (prm->limit && prm->limit <= STORE_CALLS_MAX));

	return task_send(store, &ht.task, sizeof(ht), prm_textv,
	                 ARRAY_COUNT(prm_textv));
}

/* --- rows ----------------------------------------------------------------- */

struct steps_task {
	struct task task;
	const char *callid;
	struct steprows rows;
	store_steps_h *done;
};

static const size_t steps_textv[] = {
	offsetof(struct steps_task, callid),
};

static void steps_release(struct task *task)
{
	steprows_clear(&((struct steps_task *)task)->rows);
}

static int steps_run(struct task *task, struct db *db)
{
	struct steps_task *st = (struct steps_task *)task;

	steprows_clear(&st->rows); /* of a run that failed */

	return steprows_read(&st->rows, db, st->callid);
}

static void steps_done(struct task *task, struct store *store)
{
	struct steps_task *st = (struct steps_task *)task;

	(void)store;

	st->done(task->err, st->rows.stepv, task->err ? 0 : st->rows.stepc,
	         task->arg);
}

int store_steps(struct store *store, const char *callid, store_steps_h *done,
                void *arg)
{
	const struct steps_task st = {
		.task = {.is_read = true,
	                 .run = steps_run,
	                 .done = steps_done,
	                 .arg = arg,
	                 .release = steps_release},
		.callid = callid,
		.done = done,
	};

	assert(store && callid && done);

	return task_send(store, &st.task, sizeof(st), steps_textv,
	                 ARRAY_COUNT(steps_textv));
}
