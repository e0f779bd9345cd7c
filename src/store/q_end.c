/*
 * store/q_end.c - how an attempt went, and when its contact is due again
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/text.h"
#include "store/allot.h"
#include "store/block.h"
#include "store/links.h"
#include "store/outbox.h"
#include "store/sealing.h"
#include "store/task.h"

static const char state_sql[] =
	"UPDATE attempts SET state = ?2, farewell = coalesce(?3, farewell)"
	" WHERE id = ?1 AND state <> 'ended'";

static const char end_sql[] =
	"UPDATE attempts SET state = 'ended', outcome = ?2, sip_code = ?3,"
	" q850 = ?4, reason = ?5, is_used = ?6, end_ms = ?7, is_dropped = ?8,"
	" hangup_ms = ?9, farewell = ''"
	" WHERE id = ?1 AND state <> 'ended'";

static const char link_sql[] =
	LINKS_WANT "SELECT call_id FROM attempts WHERE id = ?1";

static const char release_sql[] =
	"UPDATE targets SET state = CASE ?2 WHEN 0 THEN 'done' ELSE 'ready' "
	"END,"
	" due_ms = ?3, rank = ?4, tries = tries + ?5,"
	" number = coalesce(?6, number)"
	" WHERE state = 'claimed' AND (campaign_id, contact_id) ="
	" (SELECT campaign_id, contact_id FROM attempts WHERE id = ?1)";

static const char called_sql[] =
	"SELECT number, call_id FROM attempts WHERE id = ? AND number <> ''";

static const char hangups_sql[] =
	"SELECT count(*) FROM attempts a WHERE a.number ="
	" (SELECT number FROM attempts WHERE id = ?1)"
	" AND a.start_ms > ?3 - 2678400000"
	" AND a.hangup_ms > 0 AND a.hangup_ms < ?2";

enum {
	REASON_SIZE = 128,
	TEXT_SIZE = 128, /* numbers, ids, names of the erased */
};

struct end_task {
	struct task task;
	struct store_attempt_end end;
	const char *state, *farewell;
	char *block; /* of texts */
	store_done_h *done;
	void *arg;
};

static const size_t textv[] = {
	offsetof(struct end_task, end.outcome),
	offsetof(struct end_task, end.reason),
	offsetof(struct end_task, end.number),
	offsetof(struct end_task, end.block),
	offsetof(struct end_task, end.others),
	offsetof(struct end_task, state),
	offsetof(struct end_task, farewell),
};

static void end_destructor(void *arg)
{
	struct end_task *et = arg;

	mem_deref(et->block);
}

static int state_run(struct task *task, struct db *db)
{
	const struct end_task *et = (const struct end_task *)task;
	const struct db_arg argv[] = {
		db_int(et->end.attempt_id),
		db_text(et->state),
		db_text(et->farewell),
	};

	return db_run(db, state_sql, argv, ARRAY_COUNT(argv));
}

/* The number as the attempt has it: it may have been erased meanwhile. */
static int block(struct db *db, const struct store_attempt_end *end,
                 const char *reason)
{
	const struct db_arg id = db_int(end->attempt_id);
	char number[TEXT_SIZE], callid[TEXT_SIZE];
	const struct store_block_prm prm = {
		.number = number,
		.reason = reason,
		.others = end->others,
		.callid = callid,
	};
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, called_sql, &id, 1);
	if (!db_fetch(stmt, &err))
		return err;

	(void)text_copy(number, sizeof(number), db_text_at(stmt, 0));
	(void)text_copy(callid, sizeof(callid), db_text_at(stmt, 1));
	db_rest(stmt);

	return block_put(db, &prm);
}

/* Who hangs up on us again and again has said what they think of it. */
static int block_for_hangups(struct db *db, const struct store_attempt_end *end)
{
	const struct db_arg argv[] = {
		db_int(end->attempt_id),
		db_int(end->hangup_within_ms),
		db_int(clock_wall_ms()),
	};
	char reason[REASON_SIZE];
	int64_t n = 0;
	int err;

	if (!end->hangups_max || !end->hangup_ms ||
	    end->hangup_ms >= end->hangup_within_ms)
		return 0;

	err = db_get_int(db, &n, hangups_sql, argv, ARRAY_COUNT(argv));
	if (err || n < end->hangups_max)
		return err;

	(void)snprintf(reason, sizeof(reason),
	               "hung up within %u s of the answer, %lld times",
	               end->hangup_within_ms / 1000, (long long)n);

	return block(db, end, reason);
}

/* What others are to know of it. */
static int consequences(struct db *db, const struct store_attempt_end *end)
{
	int err = 0;

	if (end->block)
		err = block(db, end, end->block);
	else
		err = block_for_hangups(db, end);
	if (!err && end->talk_ms)
		err = allot_spend(db, end->attempt_id, end->talk_ms);
	if (!err && end->is_blocked)
		err = allot_caller_blocked(db, end->attempt_id);
	if (!err && end->line_rest_ms)
		err = allot_line_refused(db, end->attempt_id, end->line_rest_ms,
		                         end->line_calls_per_s);

	return err;
}

/* Another number of the contact may be that of a person who was erased: then
 * its name stands there, which is on the do-not-call list. */
static int release(struct db *db, const struct store_attempt_end *end)
{
	char name[SEALING_NAME_SIZE];
	bool is_erased = false;
	int err = 0;

	if (end->number && *end->number)
		err = sealing_erased(db, end->number, name, &is_erased);
	if (err)
		return err;

	{
		const struct db_arg argv[] = {
			db_int(end->attempt_id),
			db_int(end->has_retry),
			db_int(end->has_retry ? end->retry_at_ms : 0),
			db_int(end->is_urgent),
			db_int(end->is_used),
			db_text(is_erased ? name : end->number),
		};

		return db_run(db, release_sql, argv, ARRAY_COUNT(argv));
	}
}

static int end_run(struct task *task, struct db *db)
{
	const struct store_attempt_end *end = &((struct end_task *)task)->end;
	const struct db_arg endv[] = {
		db_int(end->attempt_id),
		db_text(end->outcome ? end->outcome : ""),
		db_int(end->sip_code),
		db_int(end->q850),
		db_text(end->reason ? end->reason : ""),
		db_int(end->is_used),
		db_int(clock_wall_ms()),
		db_int(end->is_dropped),
		db_int(end->hangup_ms),
	};
	int err;

	err = db_run(db, end_sql, endv, ARRAY_COUNT(endv));
	if (err)
		return err;
	if (db_changes(db) != 1)
		return ENOENT;

	err = links_want(db, link_sql, endv, 1);
	if (!err)
		err = release(db, end);
	if (!err)
		err = consequences(db, end);
	if (err)
		return err;

	return outbox_attempt(db, "attempt.ended", end->attempt_id);
}

static void end_done(struct task *task, struct store *store)
{
	struct end_task *et = (struct end_task *)task;

	(void)store;

	et->done(task->err, et->arg);
}

static int end_submit(struct store *store, const struct end_task *from)
{
	struct end_task *et;
	int err;

	et = mem_zalloc(sizeof(*et), end_destructor);
	if (!et)
		return task_lacking(store, from->done);

	*et = *from;
	err = task_keep_texts(&et->block, et, textv, ARRAY_COUNT(textv));
	if (err) {
		mem_deref(et);
		return task_lacking(store, from->done);
	}

	return task_submit(store, &et->task);
}

int store_attempt_state(struct store *store, int64_t attempt_id,
                        const char *state, const char *farewell)
{
	const struct end_task et = {
		.task = {.run = state_run},
		.end = {.attempt_id = attempt_id},
		.state = state,
		.farewell = farewell,
	};

	assert(store && state);

	return end_submit(store, &et);
}

int store_attempt_end(struct store *store, const struct store_attempt_end *end,
                      store_done_h *done, void *arg)
{
	const struct end_task et = {
		.task = {.is_compound = true,
	                 .is_patient = true,
	                 .run = end_run,
	                 .done = done ? end_done : NULL},
		.end = *end,
		.done = done,
		.arg = arg,
	};

	assert(store && end->attempt_id);

	return end_submit(store, &et);
}
