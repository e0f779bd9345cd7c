/*
 * store/q_claim.c - who is called next, and how the attempt went
 *
 * A ring cannot be taken back, so each attempt happens at most once: the
 * contact leaves `ready` and the attempt is written in one transaction, and
 * only its commit tells anybody to dial (spec/dialer.md 5.4). Two things
 * stand against a second call: the state in the WHERE of the update, and the
 * unique key (campaign, contact, n).
 */
#include <assert.h>
#include "base/clock.h"
#include "base/id.h"
#include "store/rows.h"
#include "store/task.h"

#define NEXT                                                                   \
	"SELECT t.due_ms, t.attempts, c.id, c.number, c.row, c.variables,"     \
	" EXISTS (SELECT 1 FROM do_not_call d WHERE d.number = c.number)"      \
	" FROM targets t JOIN contacts c ON c.id = t.contact_id"               \
	" WHERE t.campaign_id = ? AND t.state = 'ready'"                       \
	" ORDER BY t.due_ms, t.contact_id LIMIT 1"

static const char next_sql[] = NEXT;

/* Each process takes another one. */
static const char next_pg_sql[] = NEXT " FOR UPDATE OF t SKIP LOCKED";

static const char block_sql[] =
	"UPDATE targets SET state = 'done', reason = 'do_not_call'"
	" WHERE campaign_id = ? AND contact_id = ? AND state = 'ready'";

static const char take_sql[] =
	"UPDATE targets SET state = 'claimed', attempts = ?3"
	" WHERE campaign_id = ?1 AND contact_id = ?2 AND state = 'ready'"
	" AND attempts = ?3 - 1";

static const char attempt_sql[] =
	"INSERT INTO attempts (campaign_id, contact_id, n, call_id, line,"
	" state, start_ms, worker_id)"
	" VALUES (?, ?, ?, ?, ?, 'intent', ?, ?)"
	" RETURNING id";

static const char state_sql[] =
	"UPDATE attempts SET state = ?2 WHERE id = ?1 AND state <> 'ended'";

static const char end_sql[] =
	"UPDATE attempts SET state = 'ended', outcome = ?2, sip_code = ?3,"
	" q850 = ?4, reason = ?5, is_used = ?6, end_ms = ?7"
	" WHERE id = ?1 AND state <> 'ended'";

static const char release_sql[] =
	"UPDATE targets SET state = CASE ?2 WHEN 0 THEN 'ready' ELSE 'done' "
	"END, due_ms = ?3"
	" WHERE state = 'claimed' AND (campaign_id, contact_id) ="
	" (SELECT campaign_id, contact_id FROM attempts WHERE id = ?1)";

/* --- taking the next ----------------------------------------------------- */

struct claim_task {
	struct task task;
	int64_t campaign_id;
	char *line;
	store_claim_h *claimed;
	void *arg;

	/* found */
	struct rows_contact *row;
	struct store_claim claim;
	char call_id[ID_SIZE];
};

static void claim_destructor(void *arg)
{
	struct claim_task *ct = arg;

	mem_deref(ct->row);
	mem_deref(ct->line);
}

/* Finds the next one; is_blocked when that number must not be called. */
static int claim_find(struct claim_task *ct, struct db *db, bool *is_blockedp)
{
	const struct db_arg campaign = db_int(ct->campaign_id);
	struct db_stmt *stmt;
	bool is_row;
	int err;

	*is_blockedp = false;
	err = db_ask(db, &stmt, db_say(db, next_sql, next_pg_sql), &campaign,
	             1);
	if (err)
		return err;

	err = db_next(stmt, &is_row);
	if (err || !is_row)
		return err;

	ct->claim.next_ms = db_int_at(stmt, 0);
	if (ct->claim.next_ms > clock_wall_ms())
		goto out;

	ct->claim.next_ms = 0;
	ct->claim.attempt_no = 1 + (uint32_t)db_int_at(stmt, 1);
	*is_blockedp = (int)db_int_at(stmt, 6) != 0;
	err = rows_contact(&ct->row, stmt, 2);

out:
	db_rest(stmt);

	return err;
}

static int claim_block(struct claim_task *ct, struct db *db)
{
	const struct db_arg argv[] = {
		db_int(ct->campaign_id),
		db_int(ct->row->contact.id),
	};

	ct->row = mem_deref(ct->row);

	return db_run(db, block_sql, argv, ARRAY_COUNT(argv));
}

static int claim_take(struct claim_task *ct, struct db *db)
{
	const struct db_arg argv[] = {
		db_int(ct->campaign_id),
		db_int(ct->row->contact.id),
		db_int(ct->claim.attempt_no),
		db_text(id_make(ct->call_id)),
		db_text(ct->line),
		db_int(clock_wall_ms()),
		db_int(db_worker(db)),
	};
	int err;

	err = db_run(db, take_sql, argv, 3);
	if (err)
		return err;

	/* Read as ready a moment ago in this very transaction. */
	if (db_changes(db) != 1)
		return EALREADY;

	return db_get_int(db, &ct->claim.attempt_id, attempt_sql, argv,
	                  ARRAY_COUNT(argv));
}

static int claim_run(struct task *task, struct db *db)
{
	struct claim_task *ct = (struct claim_task *)task;
	bool is_blocked;
	int err;

	do {
		ct->row = mem_deref(ct->row);
		memset(&ct->claim, 0, sizeof(ct->claim));
		err = claim_find(ct, db, &is_blocked);
		if (!err && is_blocked)
			err = claim_block(ct, db);
	} while (!err && is_blocked);

	if (err || !ct->row)
		return err;

	return claim_take(ct, db);
}

static void claim_done(struct task *task, struct store *store)
{
	struct claim_task *ct = (struct claim_task *)task;

	if (task->err) {
		ct->claimed(task->err, NULL, ct->arg);
		return;
	}

	ct->claim.valid_until_ms = store->lease_until_ms;
	if (ct->row) {
		ct->claim.contact = &ct->row->contact;
		ct->claim.call_id = ct->call_id;
	}
	ct->claimed(0, &ct->claim, ct->arg);
}

int store_claim(struct store *store, int64_t campaign_id, const char *line,
                store_claim_h *claimed, void *arg)
{
	struct claim_task *ct;
	int err;

	assert(store && line && claimed);

	ct = mem_zalloc(sizeof(*ct), claim_destructor);
	if (!ct)
		return ENOMEM;

	err = str_dup(&ct->line, line);
	if (err) {
		mem_deref(ct);
		return err;
	}

	ct->task.is_compound = true;
	ct->task.run = claim_run;
	ct->task.done = claim_done;
	ct->campaign_id = campaign_id;
	ct->claimed = claimed;
	ct->arg = arg;

	return task_submit(store, &ct->task);
}

/* --- how it went --------------------------------------------------------- */

struct end_task {
	struct task task;
	struct store_attempt_end end;
	const char *state;
	char *block; /* of texts */
	store_done_h *done;
	void *arg;
};

static const size_t textv[] = {
	offsetof(struct end_task, end.outcome),
	offsetof(struct end_task, end.reason),
	offsetof(struct end_task, state),
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
	};

	return db_run(db, state_sql, argv, ARRAY_COUNT(argv));
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
	};
	const struct db_arg releasev[] = {
		db_int(end->attempt_id),
		db_int(end->is_used),
		db_int(end->is_used ? 0 : end->retry_at_ms),
	};
	int err;

	err = db_run(db, end_sql, endv, ARRAY_COUNT(endv));
	if (err)
		return err;
	if (db_changes(db) != 1)
		return ENOENT;

	return db_run(db, release_sql, releasev, ARRAY_COUNT(releasev));
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
		return ENOMEM;

	*et = *from;
	err = task_keep_texts(&et->block, et, textv, ARRAY_COUNT(textv));
	if (err) {
		mem_deref(et);
		return err;
	}

	return task_submit(store, &et->task);
}

int store_attempt_state(struct store *store, int64_t attempt_id,
                        const char *state)
{
	const struct end_task et = {
		.task = {.run = state_run},
		.end = {.attempt_id = attempt_id},
		.state = state,
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
