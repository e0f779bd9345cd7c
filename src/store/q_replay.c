/*
 * store/q_replay.c - calls that were held, each with its rows
 *
 * Read in pages in the order of their ids, which is that of their beginning;
 * told on the control loop, asked for again behind the last one.
 */
#include <assert.h>
#include "store/rows.h"
#include "store/sealing.h"
#include "store/steprows.h"
#include "store/task.h"

enum {
	PAGE_CALLS = 100,
};

/* Calls of older versions: the variables of the list, or of the call's end,
 * stand in for those that it began with. */
static const char call_sql[] =
	"SELECT coalesce(c.id, 0), k.number, coalesce(c.row, 0),"
	" coalesce(nullif(k.variables_begin, ''), c.variables, k.variables),"
	" k.callid, coalesce(k.attempt_id, 0), k.direction, k.line, k.script,"
	" k.script_version, k.outcome, k.start_ms, k.answer_ms, k.end_ms,"
	" k.label, k.intention, k.class_letter, k.heard, k.variables,"
	" k.counters, k.recording, k.media, k.variables_begin, k.inputs,"
	" k.sealed"
	" FROM calls k LEFT JOIN attempts a ON a.id = k.attempt_id"
	" LEFT JOIN contacts c ON c.id = a.contact_id"
	" LEFT JOIN campaigns p ON p.id = a.campaign_id"
	" WHERE k.callid > ?1 AND k.answer_ms > 0"
	" AND (p.name = ?2 OR ?2 IS NULL) AND (k.callid = ?3 OR ?3 IS NULL)"
	" ORDER BY k.callid LIMIT ?4";

struct talk_row {
	struct le le;
	struct rows_contact *contact;
	struct store_talk talk;
	char *block; /* of the call's texts */
	struct steprows steps;
};

struct replay_task {
	struct task task;
	const char *campaign, *callid;
	char *after; /* the last call told; NULL: none yet */
	store_talk_h *handler;
};

static const size_t textv[] = {
	offsetof(struct replay_task, campaign),
	offsetof(struct replay_task, callid),
};

static void row_destructor(void *arg)
{
	struct talk_row *row = arg;

	steprows_clear(&row->steps);
	mem_deref(row->block);
	mem_deref(row->contact);
}

static void release(struct task *task)
{
	mem_deref(((struct replay_task *)task)->after);
}

/* --- on the worker ------------------------------------------------------ */

static int call_take(struct talk_row *row, struct db *db, struct db_stmt *stmt)
{
	struct store_call *call = &row->talk.call;
	json_t *json;
	int err;

	row->talk.call = (struct store_call){
		.callid = db_text_at(stmt, 4),
		.attempt_id = db_int_at(stmt, 5),
		.direction = db_text_at(stmt, 6),
		.number = row->contact->number,
		.line = db_text_at(stmt, 7),
		.script = db_text_at(stmt, 8),
		.script_version = db_text_at(stmt, 9),
		.outcome = db_text_at(stmt, 10),
		.start_ms = db_int_at(stmt, 11),
		.answer_ms = db_int_at(stmt, 12),
		.end_ms = db_int_at(stmt, 13),
		.label = db_text_at(stmt, 14),
		.intention = db_int_at(stmt, 15),
		.class_letter = db_text_at(stmt, 16),
		.heard = db_text_at(stmt, 17),
		.variables = db_text_at(stmt, 18),
		.counters = db_text_at(stmt, 19),
		.recording = db_text_at(stmt, 20),
		.media = db_text_at(stmt, 21),
		.variables_begin = db_text_at(stmt, 22),
		.inputs = db_text_at(stmt, 23),
	};

	err = sealing_call_open(db, db_text_at(stmt, 24), call, &json);
	if (!err && json && *call->variables_begin)
		err = rows_contact_vars(row->contact, call->variables_begin);
	if (!err)
		err = rows_keep_call(&row->block, call);
	json_decref(json);

	return err;
}

static int call_read(struct replay_task *rt, struct db *db,
                     struct db_stmt *stmt)
{
	struct talk_row *row;
	int err;

	row = mem_zalloc(sizeof(*row), row_destructor);
	if (!row)
		return ENOMEM;

	err = rows_contact(&row->contact, stmt, 0);
	if (err)
		goto out;

	row->talk.contact = &row->contact->contact;
	err = call_take(row, db, stmt);

out:
	if (err)
		mem_deref(row);
	else
		list_append(&rt->task.rowl, &row->le, row);

	return err;
}

static int calls_read(struct replay_task *rt, struct db *db)
{
	const struct db_arg argv[] = {
		db_text(rt->after ? rt->after : ""),
		db_text(rt->campaign),
		db_text(rt->callid),
		db_int(PAGE_CALLS),
	};
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, call_sql, argv, ARRAY_COUNT(argv));
	while (db_fetch(stmt, &err))
		err = call_read(rt, db, stmt);

	return err;
}

static int run(struct task *task, struct db *db)
{
	struct replay_task *rt = (struct replay_task *)task;
	struct le *le;
	int err;

	err = calls_read(rt, db);
	LIST_FOREACH (&rt->task.rowl, le) {
		struct talk_row *row = le->data;

		if (err)
			break;
		err = steprows_read(&row->steps, db, row->talk.call.callid);
		row->talk.stepv = row->steps.stepv;
		row->talk.stepc = row->steps.stepc;
	}

	return err;
}

/* --- on the control loop ------------------------------------------------ */

static void done_handler(struct task *task, struct store *store)
{
	struct replay_task *rt = (struct replay_task *)task;
	const struct talk_row *last;
	bool wants_more = true;
	struct le *le;
	int err = task->err;

	if (err || list_isempty(&rt->task.rowl)) {
		task->told(err, task->arg);
		return;
	}

	for (le = list_head(&task->rowl); le && wants_more; le = le->next) {
		const struct talk_row *row = le->data;

		wants_more = rt->handler(&row->talk, task->arg);
	}
	if (!wants_more) {
		task->told(0, task->arg);
		return;
	}

	last = list_tail(&rt->task.rowl)->data;
	rt->after = mem_deref(rt->after);
	err = str_dup(&rt->after, last->talk.call.callid);
	if (!err)
		err = task_submit(store, mem_ref(task));
	if (err)
		task->told(err, task->arg);
}

int store_talks(struct store *store, const struct store_talks_prm *prm,
                store_talk_h *handler, store_done_h *done, void *arg)
{
	const struct replay_task rt = {
		.task = {.is_read = true,
	                 .run = run,
	                 .done = done_handler,
	                 .told = done,
	                 .arg = arg,
	                 .release = release},
		.campaign = prm->campaign,
		.callid = prm->callid,
		.handler = handler,
	};

	assert(store && handler && done);

	return task_send(store, &rt.task, sizeof(rt), textv,
	                 ARRAY_COUNT(textv));
}
