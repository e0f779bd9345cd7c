/*
 * store/q_call.c - the record of a call
 */
#include <assert.h>
#include "store/legs.h"
#include "store/links.h"
#include "store/outbox.h"
#include "store/rows.h"
#include "store/sealing.h"
#include "store/task.h"

/* Written again, a call replaces what stood there: first when it begins, if
 * the caller likes, and once more when it is over. */
static const char upsert_sql[] =
	"INSERT INTO calls (callid, attempt_id, direction, number,"
	" line, script, script_version, outcome, start_ms, answer_ms, end_ms,"
	" label, intention, class_letter, heard, variables, counters,"
	" recording, media, variables_begin, inputs, answerer,"
	" services, sealed, is_used) VALUES (?,"
	" nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
	" ?, ?, ?, ?, ?)"
	" ON CONFLICT (callid) DO UPDATE SET"
	" attempt_id = excluded.attempt_id,"
	" direction = excluded.direction, number = excluded.number,"
	" line = excluded.line, script = excluded.script,"
	" script_version = excluded.script_version,"
	" outcome = excluded.outcome, start_ms = excluded.start_ms,"
	" answer_ms = excluded.answer_ms, end_ms = excluded.end_ms,"
	" label = excluded.label, intention = excluded.intention,"
	" class_letter = excluded.class_letter,"
	" heard = excluded.heard, variables = excluded.variables,"
	" counters = excluded.counters,"
	" recording = excluded.recording, media = excluded.media,"
	" variables_begin = excluded.variables_begin,"
	" inputs = excluded.inputs, answerer = excluded.answerer,"
	" services = excluded.services, sealed = excluded.sealed,"
	" is_used = excluded.is_used";

/* A call of an attempt is not over before the attempt is, and has its link from
 * that; unless others have ended it, who took us for dead. */
static const char link_sql[] =
	LINKS_WANT "SELECT CAST(?1 AS TEXT) WHERE ?2 = 0 OR EXISTS (SELECT 1"
		   " FROM attempts WHERE id = ?2 AND state = 'ended')";

struct call_task {
	struct task task;
	struct store_call call;
	char *block; /* of its texts */
};

static void release(struct task *task)
{
	mem_deref(((struct call_task *)task)->block);
}

static struct db_arg text_of(const char *text)
{
	return db_text(text ? text : "");
}

static struct db_arg json_of(const char *text)
{
	return db_text(text && *text ? text : "{}");
}

static struct db_arg inputs_of(const char *text)
{
	return db_text(text && *text ? text : "[]");
}

static int row_put(struct db *db, const struct store_call *call,
                   const char *sealed)
{
	const struct db_arg argv[] = {
		db_text(call->callid),         db_int(call->attempt_id),
		text_of(call->direction),      text_of(call->number),
		text_of(call->line),           text_of(call->script),
		text_of(call->script_version), text_of(call->outcome),
		db_int(call->start_ms),        db_int(call->answer_ms),
		db_int(call->end_ms),          text_of(call->label),
		db_int(call->intention),       text_of(call->class_letter),
		text_of(call->heard),          json_of(call->variables),
		json_of(call->counters),       text_of(call->recording),
		json_of(call->media),          text_of(call->variables_begin),
		inputs_of(call->inputs),       json_of(call->answerer),
		json_of(call->services),       text_of(sealed),
		db_int(!call->is_our_fault),
	};

	return db_run(db, upsert_sql, argv, ARRAY_COUNT(argv));
}

/* Of no campaign: then its legs are known. */
static bool is_over_alone(const struct store_call *call)
{
	return call->end_ms && !call->attempt_id;
}

static int run(struct task *task, struct db *db)
{
	const struct store_call *call = &((struct call_task *)task)->call;
	const struct db_arg linkv[] = {db_text(call->callid),
	                               db_int(call->attempt_id)};
	struct sealing_call texts = {.sealed = NULL};
	struct store_call row = *call;
	int err = 0;

	if (sealing_is_on(db, call->number))
		err = sealing_call(db, &row, &texts);
	if (!err)
		err = row_put(db, &row, texts.sealed);
	mem_deref(texts.sealed);
	if (!err)
		err = links_want(db, link_sql, linkv, ARRAY_COUNT(linkv));
	if (!err && is_over_alone(call))
		err = legs_forget(db, call->callid);
	if (err)
		return err;

	return outbox_call(db, call);
}

int store_call(struct store *store, const struct store_call *call,
               store_done_h *done, void *arg)
{
	const struct call_task from = {
		.task = {.is_compound = true,
	                 .run = run,
	                 .told = done,
	                 .arg = arg,
	                 .release = release},
		.call = *call,
	};
	struct call_task *ct;

	assert(store && call->callid);

	ct = (struct call_task *)task_copy(&from.task, sizeof(from), NULL, 0);
	if (!ct || rows_keep_call(&ct->block, &ct->call)) {
		mem_deref(ct);
		return task_lacking(store, done);
	}

	return task_submit(store, &ct->task);
}
