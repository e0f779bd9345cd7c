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
#include "store/q_end.h"
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
	TEXT_SIZE = 128,  /* numbers, ids, names of the erased */
	ROOM_SIZE = 1024, /* all texts of an end: numbers, words of a line */
};

struct state_task {
	struct task task;
	int64_t attempt_id;
	const char *state, *farewell;
};

static const size_t state_textv[] = {
	offsetof(struct state_task, state),
	offsetof(struct state_task, farewell),
};

/* Its place comes with the claim, so that at the end nothing is needed. */
struct end_task {
	struct task task;
	struct store_attempt_end end;
};

static const size_t end_textv[] = {
	offsetof(struct end_task, end.outcome),
	offsetof(struct end_task, end.reason),
	offsetof(struct end_task, end.number),
	offsetof(struct end_task, end.block),
	offsetof(struct end_task, end.others),
};

static int state_run(struct task *task, struct db *db)
{
	const struct state_task *st = (const struct state_task *)task;
	const struct db_arg argv[] = {
		db_int(st->attempt_id),
		db_text(st->state),
		db_text(st->farewell),
	};

	return db_run(db, state_sql, argv, ARRAY_COUNT(argv));
}

int store_attempt_state(struct store *store, int64_t attempt_id,
                        const char *state, const char *farewell)
{
	const struct state_task st = {
		.task = {.run = state_run},
		.attempt_id = attempt_id,
		.state = state,
		.farewell = farewell,
	};

	assert(store && state);

	return task_send(store, &st.task, sizeof(st), state_textv,
	                 ARRAY_COUNT(state_textv));
}

/* --- the end -------------------------------------------------------------- */

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

struct task *q_end_reserve(void)
{
	return task_reserve(sizeof(struct end_task), ROOM_SIZE);
}

void q_end_expect(struct store *store, struct task *place, int64_t attempt_id)
{
	((struct end_task *)place)->end.attempt_id = attempt_id;
	list_append(&store->endl, &place->le, place);
}

/* That of an attempt that was claimed here; NULL: there is none. */
static struct task *place_of(struct store *store, int64_t attempt_id)
{
	struct le *le;

	LIST_FOREACH (&store->endl, le) {
		struct end_task *et = le->data;

		if (et->end.attempt_id == attempt_id) {
			list_unlink(le);
			return &et->task;
		}
	}

	return NULL;
}

int store_attempt_end(struct store *store, const struct store_attempt_end *end,
                      store_done_h *done, void *arg)
{
	const struct end_task et = {
		.task = {.is_compound = true,
	                 .is_patient = true,
	                 .run = end_run,
	                 .told = done,
	                 .arg = arg},
		.end = *end,
	};
	const size_t textc = ARRAY_COUNT(end_textv);
	struct task *place;

	assert(store && end->attempt_id);

	place = place_of(store, end->attempt_id);
	if (place && !task_fill(place, ROOM_SIZE, &et.task, sizeof(et),
	                        end_textv, textc))
		return task_submit(store, place);

	mem_deref(place);

	return task_send(store, &et.task, sizeof(et), end_textv, textc);
}
