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
	char *block;
};

struct history_task {
	struct task task;
	struct store_calls_prm prm;
	char *block; /* of its texts */
	struct list rowl;
	store_past_h *handler;
	store_done_h *done;
	void *arg;
};

static const size_t prm_textv[] = {
	offsetof(struct store_calls_prm, number),
	offsetof(struct store_calls_prm, outcome),
	offsetof(struct store_calls_prm, label),
	offsetof(struct store_calls_prm, campaign),
	offsetof(struct store_calls_prm, before),
	offsetof(struct store_calls_prm, callid),
};

static const size_t past_textv[] = {
	offsetof(struct store_past, call.callid),
	offsetof(struct store_past, call.direction),
	offsetof(struct store_past, call.number),
	offsetof(struct store_past, call.line),
	offsetof(struct store_past, call.script),
	offsetof(struct store_past, call.script_version),
	offsetof(struct store_past, call.outcome),
	offsetof(struct store_past, call.label),
	offsetof(struct store_past, call.class_letter),
	offsetof(struct store_past, call.heard),
	offsetof(struct store_past, call.recording),
	offsetof(struct store_past, campaign),
	offsetof(struct store_past, call.variables),
	offsetof(struct store_past, call.counters),
	offsetof(struct store_past, call.media),
	offsetof(struct store_past, call.answerer),
	offsetof(struct store_past, call.services),
};

static void row_destructor(void *arg)
{
	struct past_row *row = arg;

	mem_deref(row->block);
}

static void destructor(void *arg)
{
	struct history_task *ht = arg;

	list_flush(&ht->rowl);
	mem_deref(ht->block);
}

/* --- on the worker -------------------------------------------------------- */

static int row_read(struct history_task *ht, struct db *db,
                    struct db_stmt *stmt)
{
	struct past_row *row;
	json_t *json;
	int err;

	row = mem_zalloc(sizeof(*row), row_destructor);
	if (!row)
		return ENOMEM;

	list_append(&ht->rowl, &row->le, row);
	row->past = (struct store_past){
		.call =
			{
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
			},
		.attempt = (uint32_t)db_int_at(stmt, 5),
		.campaign = db_text_at(stmt, 17),
	};

	err = sealing_call_open(db, db_text_at(stmt, 23), &row->past.call,
	                        &json);
	if (!err)
		err = task_keep_texts(&row->block, &row->past, past_textv,
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

	list_flush(&ht->rowl); /* of a run that failed */
	err = ask(ht, db, &stmt);
	while (db_fetch(stmt, &err))
		err = row_read(ht, db, stmt);
	if (!err && ht->prm.callid && !ht->rowl.head)
		err = ENOENT;

	return err;
}

/* --- on the control loop -------------------------------------------------- */

static void done_handler(struct task *task, struct store *store)
{
	struct history_task *ht = (struct history_task *)task;
	struct le *le;

	(void)store;

	LIST_FOREACH (&ht->rowl, le) {
		const struct past_row *row = le->data;

		if (!task->err)
			ht->handler(&row->past, ht->arg);
	}
	ht->done(task->err, ht->arg);
}

int store_calls(struct store *store, const struct store_calls_prm *prm,
                store_past_h *handler, store_done_h *done, void *arg)
{
	struct history_task *ht;

	assert(store && prm && handler && done);
	assert(prm->callid || (prm->limit && prm->limit <= STORE_CALLS_MAX));

	ht = mem_zalloc(sizeof(*ht), destructor);
	if (!ht)
		return ENOMEM;

	ht->prm = *prm;
	if (task_keep_texts(&ht->block, &ht->prm, prm_textv,
	                    ARRAY_COUNT(prm_textv))) {
		mem_deref(ht);
		return ENOMEM;
	}
	ht->task.is_read = true;
	ht->task.run = run;
	ht->task.done = done_handler;
	ht->handler = handler;
	ht->done = done;
	ht->arg = arg;

	return task_submit(store, &ht->task);
}

/* --- rows ----------------------------------------------------------------- */

struct steps_task {
	struct task task;
	char *callid;
	struct steprows rows;
	store_steps_h *done;
	void *arg;
};

static void steps_destructor(void *arg)
{
	struct steps_task *st = arg;

	steprows_clear(&st->rows);
	mem_deref(st->callid);
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
	         st->arg);
}

int store_steps(struct store *store, const char *callid, store_steps_h *done,
                void *arg)
{
	struct steps_task *st;

	assert(store && callid && done);

	st = mem_zalloc(sizeof(*st), steps_destructor);
	if (!st)
		return ENOMEM;

	st->task.is_read = true;
	st->task.run = steps_run;
	st->task.done = steps_done;
	st->done = done;
	st->arg = arg;
	if (str_dup(&st->callid, callid)) {
		mem_deref(st);
		return ENOMEM;
	}

	return task_submit(store, &st->task);
}
