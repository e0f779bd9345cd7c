/*
 * store/q_claim.c - who is called next
 *
 * A ring cannot be taken back, so each attempt happens at most once: the
 * gate is asked, the contact leaves `ready` and the attempt is written in one
 * transaction, and only its commit tells anybody to dial (spec/dialer.md 5.4).
 * Two things stand against a second call: the state in the WHERE of the
 * update, and the unique key (campaign, contact, n).
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"
#include "store/claim_parts.h"
#include "store/outbox.h"
#include "store/q_end.h"

enum {
	REFUSALS_MAX = 64, /* of one claim: others wait for the connection */
	PAUSED_LOOK_MS = 1000,
	OTHERS_LOOK_MS = 50,
	FILE_ARGS = 11, /* a file has no others and gives the id itself */
};

/* When nobody is due. */
static const char later_sql[] =
	"SELECT k.state, (SELECT min(due_ms) FROM targets"
	"  WHERE campaign_id = ?1 AND state = 'ready' AND rank = 0),"
	" (SELECT min(due_ms) FROM targets"
	"  WHERE campaign_id = ?1 AND state = 'ready' AND rank = 1)"
	" FROM campaigns k WHERE k.id = ?1";

static const char refuse_sql[] =
	"UPDATE targets SET state = CASE ?3 WHEN 0 THEN 'done' ELSE 'ready' "
	"END,"
	" due_ms = ?3, reason = ?4, why = ?5"
	" WHERE campaign_id = ?1 AND contact_id = ?2 AND state = 'ready'";

static const char take_sql[] =
	"UPDATE targets SET state = 'claimed', attempts = ?3, reason = '',"
	" why = '' WHERE campaign_id = ?1 AND contact_id = ?2"
	" AND state = 'ready' AND attempts = ?3 - 1";

/* Both in one go for all claims of the transaction; without the one there is no
 * campaign for the other, which fails. What the gate saw was a picture of the
 * moment before the number was ours: one who called it meanwhile is seen now.
 */
static const char take_pg_sql[] =
	"WITH wanted AS (SELECT *, count(*) OVER (PARTITION BY number) AS same"
	" FROM unnest(?1::bigint[], ?2::bigint[],"
	" ?3::bigint[], ?4::text[], ?5::text[], ?6::bigint[], ?7::bigint[],"
	" ?8::text[], ?9::text[], ?10::text[], ?11::bigint[], ?12::bigint[],"
	" ?13::bigint[], ?14::bigint[])"
	" AS w (campaign_id, contact_id, n, call_id, line, start_ms,"
	" worker_id, number, allowed, caller_id, price, id, read_ms, seen)),"
	" taken AS (UPDATE targets t SET state = 'claimed', attempts = w.n,"
	" reason = '', why = '' FROM wanted w"
	" WHERE t.campaign_id = w.campaign_id AND t.contact_id = w.contact_id"
	" AND t.state = 'ready' AND t.attempts = w.n - 1"
	" AND (w.seen < 0 OR w.same = 1 AND w.seen ="
	"  (SELECT count(*) FROM attempts s WHERE s.number = w.number"
	"   AND s.is_used = 1 AND s.start_ms > w.read_ms - " GATE_MONTH "))"
	" RETURNING t.campaign_id, t.contact_id)"
	" INSERT INTO attempts (campaign_id, contact_id, n, call_id, line,"
	" state, start_ms, worker_id, number, allowed, caller_id, price, id)"
	" SELECT k.campaign_id, w.contact_id, w.n, w.call_id, w.line,"
	" 'intent', w.start_ms, w.worker_id, w.number, w.allowed,"
	" w.caller_id, w.price, w.id FROM wanted w LEFT JOIN taken k"
	" ON k.campaign_id = w.campaign_id AND k.contact_id = w.contact_id";

static const char attempt_sql[] =
	"INSERT INTO attempts (campaign_id, contact_id, n, call_id, line,"
	" state, start_ms, worker_id, number, allowed, caller_id, price)"
	" VALUES (?, ?, ?, ?, ?, 'intent', ?, ?, ?, ?, ?, ?) RETURNING id";

static const size_t textv[] = {
	offsetof(struct claim_task, prm.line),
	offsetof(struct claim_task, gate.consent),
	offsetof(struct claim_task, gate.client),
	offsetof(struct claim_task, gate.registries),
};

static void release(struct task *task)
{
	struct claim_task *ct = (struct claim_task *)task;

	mem_deref(ct->end);
	mem_deref(ct->row);
	mem_deref(ct->gate.rules);
}

/* --- on the worker ------------------------------------------------------- */

/* Nobody is due: says when somebody will be, and whether the campaign runs. */
static int look_later(struct claim_task *ct, struct db *db, int64_t now_ms)
{
	const struct db_arg id = db_int(ct->prm.campaign_id);
	struct store_verdict *verdict = &ct->verdict;
	struct db_stmt *stmt;
	bool is_any;
	int64_t due_ms;
	int err;

	err = db_ask(db, &stmt, later_sql, &id, 1);
	if (!db_fetch(stmt, &err))
		return err ? err : ENOENT;

	if (strcmp(db_text_at(stmt, 0), "running") != 0) {
		verdict->answer = STORE_HOLD;
		verdict->rule = "paused";
		if (strcmp(db_text_at(stmt, 0), "done") != 0)
			verdict->next_ms = now_ms + PAUSED_LOOK_MS;
		(void)snprintf(verdict->why, sizeof(verdict->why),
		               "the campaign is %s", db_text_at(stmt, 0));
		goto out;
	}

	due_ms = db_int_at(stmt, 1);
	is_any = !db_is_null_at(stmt, 1);
	if (!db_is_null_at(stmt, 2) &&
	    (!is_any || db_int_at(stmt, 2) < due_ms)) {
		due_ms = db_int_at(stmt, 2);
		is_any = true;
	}

	/* Due, but in the hands of other processes. */
	if (is_any && due_ms <= now_ms)
		due_ms = now_ms + OTHERS_LOOK_MS;
	ct->claim.next_ms = is_any ? due_ms : 0;

out:
	db_rest(stmt);

	return 0;
}

static int refuse(struct claim_task *ct, struct db *db)
{
	const struct store_verdict *verdict = &ct->verdict;
	bool is_later = verdict->answer == STORE_LATER;
	const struct db_arg argv[] = {
		db_int(ct->prm.campaign_id),
		db_int(ct->row->contact.id),
		db_int(is_later ? verdict->next_ms : 0),
		db_text(verdict->rule),
		db_text(verdict->why),
	};

	return db_run(db, refuse_sql, argv, ARRAY_COUNT(argv));
}

/* A file has one writer: what it gives is the answer. */
static int take_here(struct claim_task *ct, struct db *db,
                     const struct db_arg *argv, size_t argc)
{
	int err;

	err = db_run(db, take_sql, argv, 3);
	if (err)
		return err;

	/* Read as ready a moment ago in this very transaction. */
	if (db_changes(db) != 1)
		return EALREADY;

	return db_get_int(db, &ct->claim.attempt_id, attempt_sql, argv, argc);
}

static int take(struct claim_task *ct, struct db *db)
{
	const struct db_arg argv[] = {
		db_int(ct->prm.campaign_id),  db_int(ct->row->contact.id),
		db_int(ct->claim.attempt_no), db_text(id_make(ct->call_id)),
		db_text(ct->prm.line),        db_int(clock_wall_ms()),
		db_int(db_worker(db)),        db_text(ct->row->contact.number),
		db_text(ct->verdict.why),     db_text(ct->caller),
		db_int(ct->verdict.price),    db_int(ct->claim.attempt_id),
		db_int(ct->read_ms),          db_int(ct->seen),
	};
	int err;

	if (db_say(db, NULL, take_pg_sql))
		err = db_gather(db, take_pg_sql, argv, ARRAY_COUNT(argv));
	else
		err = take_here(ct, db, argv, FILE_ARGS);
	if (err)
		return err;

	return outbox_attempt(db, "attempt.begun", ct->claim.attempt_id);
}

/* Nobody may be called before next_ms, for a reason that is not one contact's.
 */
static void hold(struct claim_task *ct, int64_t next_ms)
{
	ct->row = mem_deref(ct->row);
	memset(&ct->claim, 0, sizeof(ct->claim));
	ct->claim.next_ms = next_ms;
}

static int grant(struct claim_task *ct, struct db *db,
                 struct allot_refusal *refusal)
{
	const struct store_gate *rules = ct->prm.gate;
	int err = 0;

	if (ct->prm.line_calls_per_s > 0 || (rules && rules->is_live_counted))
		err = allot_wanted(db, &ct->prm, refusal);
	if (!err && !refusal->rule)
		err = allot_line(db, &ct->prm, refusal, &ct->line_rate);
	if (!err && !refusal->rule && rules && rules->callers.numberc)
		err = allot_caller(ct->caller, db, &rules->callers,
		                   ct->prm.campaign_id, ct->row->contact.id,
		                   refusal);

	return err;
}

/* The contact may be called: if the line and the numbers have room. */
static int take_or_hold(struct claim_task *ct, struct db *db)
{
	struct allot_refusal refusal = {0};
	int err;

	ct->caller[0] = '\0';
	err = grant(ct, db, &refusal);
	if (err)
		return err;
	if (!refusal.rule)
		return take(ct, db);

	ct->verdict.answer = STORE_HOLD;
	ct->verdict.rule = refusal.rule;
	ct->verdict.next_ms = refusal.next_ms;
	(void)text_copy(ct->verdict.why, sizeof(ct->verdict.why), refusal.why);
	ct->is_line_held = refusal.is_of_line;
	hold(ct, refusal.next_ms);

	return 0;
}

/* One contact: taken, refused, or nobody there. */
static int try_next(struct claim_task *ct, struct db *db, struct gate *gate,
                    bool *is_overp)
{
	int err;

	*is_overp = true;
	err = claim_due(ct, db, gate);
	if (!err && !ct->row && !ct->prm.contact_id)
		err = look_later(ct, db, gate->facts.now_ms);
	if (err || !ct->row)
		return err;

	if (ct->is_elsewhere) {
		*is_overp = ct->prm.contact_id != 0;
		hold(ct, gate->facts.now_ms + OTHERS_LOOK_MS);
		return 0;
	}

	switch (ct->verdict.answer) {

	case STORE_ALLOW:
		return take_or_hold(ct, db);

	case STORE_HOLD:
		ct->is_line_held = !strcmp(ct->verdict.rule, "line_calls");
		hold(ct, ct->verdict.next_ms);
		return ct->is_line_held
		               ? allot_want(db, &ct->prm, ct->claim.next_ms)
		               : 0;

	case STORE_LATER:
	case STORE_NEVER:
		*is_overp = false;
		break;
	}

	return refuse(ct, db);
}

static int run(struct task *task, struct db *db)
{
	struct claim_task *ct = (struct claim_task *)task;
	struct gate gate;
	bool is_over = false;
	int err;

	ct->begin_ms = clock_ms();
	memset(&ct->verdict, 0, sizeof(ct->verdict));
	ct->is_line_held = ct->is_elsewhere = false;
	ct->line_rate = -1;
	err = gate_open(&gate, db, &ct->prm);
	for (int i = 0; i < REFUSALS_MAX && !err && !is_over; i++)
		err = try_next(ct, db, &gate, &is_over);

	/* The others' turn; this one asks again. */
	if (!err && !is_over && !ct->is_elsewhere)
		hold(ct, gate.facts.now_ms);

	return err;
}

/* --- on the control loop ------------------------------------------------- */

static void done_handler(struct task *task, struct store *store)
{
	struct claim_task *ct = (struct claim_task *)task;
	struct store_claim *claim = &ct->claim;
	bool is_held = !ct->row && ct->verdict.answer == STORE_HOLD;

	if (task->err) {
		ct->claimed(task->err, NULL, task->arg);
		return;
	}

	if (is_held)
		claim->next_ms = ct->verdict.next_ms;
	claim->held_by = is_held ? ct->verdict.rule : "";
	claim->held_why = is_held ? ct->verdict.why : "";
	claim->is_line_held = is_held && ct->is_line_held;
	claim->line_calls_per_s = ct->line_rate;
	claim->caller_id = ct->caller;
	claim->valid_until_ms = ct->begin_ms + STORE_DIAL_WITHIN_MS;
	if (ct->verdict.valid_ms && ct->verdict.valid_ms < STORE_DIAL_WITHIN_MS)
		claim->valid_until_ms = ct->begin_ms + ct->verdict.valid_ms;
	if (claim->valid_until_ms > store->lease_until_ms)
		claim->valid_until_ms = store->lease_until_ms;
	if (ct->row) {
		claim->contact = &ct->row->contact;
		claim->first = ct->first;
		claim->call_id = ct->call_id;
		q_end_expect(store, ct->end, claim->attempt_id);
		ct->end = NULL;
	}
	ct->claimed(0, claim, task->arg);
}

int store_claim(struct store *store, const struct store_claim_prm *prm,
                store_claim_h *claimed, void *arg)
{
	const struct claim_task from = {
		.task = {.is_compound = true,
	                 .run = run,
	                 .done = done_handler,
	                 .arg = arg,
	                 .release = release},
		.prm = *prm,
		.gate = prm->gate ? *prm->gate
	                          : (struct store_gate){.rules = NULL},
		.claimed = claimed,
	};
	struct claim_task *ct;

	assert(store && prm->line && claimed);

	ct = (struct claim_task *)task_copy(&from.task, sizeof(from), textv,
	                                    ARRAY_COUNT(textv));
	if (!ct)
		return ENOMEM;

	mem_ref(ct->gate.rules);
	if (prm->gate)
		ct->prm.gate = &ct->gate;
	ct->end = q_end_reserve();
	if (!ct->end) {
		mem_deref(ct);
		return ENOMEM;
	}

	return task_submit(store, &ct->task);
}
