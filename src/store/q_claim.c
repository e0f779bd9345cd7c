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
#include "store/gate.h"
#include "store/rows.h"
#include "store/task.h"

enum {
	REFUSALS_MAX = 64, /* of one claim: others wait for the connection */
	DIAL_WITHIN_MS = 3000,
};

/* Promised calls first, then by the time they are due. */
#define NEXT                                                                   \
	"SELECT t.due_ms, t.attempts, t.tries, c.id, c.number, c.row,"         \
	" c.variables"                                                         \
	" FROM targets t JOIN contacts c ON c.id = t.contact_id"               \
	" WHERE t.campaign_id = ?1 AND t.state = 'ready' AND t.rank = ?2"      \
	" ORDER BY t.due_ms, t.contact_id LIMIT 1"

static const char next_sql[] = NEXT;

/* Each process takes another one. */
static const char next_pg_sql[] = NEXT " FOR UPDATE OF t SKIP LOCKED";

static const char refuse_sql[] =
	"UPDATE targets SET state = CASE ?3 WHEN 0 THEN 'done' ELSE 'ready' "
	"END,"
	" due_ms = ?3, reason = ?4, why = ?5"
	" WHERE campaign_id = ?1 AND contact_id = ?2 AND state = 'ready'";

static const char take_sql[] =
	"UPDATE targets SET state = 'claimed', attempts = ?3, reason = '',"
	" why = '' WHERE campaign_id = ?1 AND contact_id = ?2"
	" AND state = 'ready' AND attempts = ?3 - 1";

static const char attempt_sql[] =
	"INSERT INTO attempts (campaign_id, contact_id, n, call_id, line,"
	" state, start_ms, worker_id, number, allowed)"
	" VALUES (?, ?, ?, ?, ?, 'intent', ?, ?, ?, ?) RETURNING id";

struct claim_task {
	struct task task;
	struct store_claim_prm prm;
	struct store_gate gate;
	char *block; /* of texts */
	store_claim_h *claimed;
	void *arg;

	/* found */
	struct rows_contact *row;
	struct store_claim claim;
	struct store_verdict verdict;
	uint64_t begin_ms;
	char call_id[ID_SIZE];
};

static const size_t textv[] = {
	offsetof(struct claim_task, prm.line),
	offsetof(struct claim_task, gate.consent),
	offsetof(struct claim_task, gate.client),
};

static void destructor(void *arg)
{
	struct claim_task *ct = arg;

	mem_deref(ct->row);
	mem_deref(ct->block);
	mem_deref(ct->gate.rules);
}

/* --- on the worker ------------------------------------------------------- */

static int find_in(struct claim_task *ct, struct db *db, int64_t rank,
                   int64_t now_ms)
{
	const struct db_arg argv[] = {
		db_int(ct->prm.campaign_id),
		db_int(rank),
	};
	struct store_claim *claim = &ct->claim;
	struct db_stmt *stmt;
	int64_t due_ms;
	bool is_row;
	int err;

	err = db_ask(db, &stmt, db_say(db, next_sql, next_pg_sql), argv,
	             ARRAY_COUNT(argv));
	if (!err)
		err = db_next(stmt, &is_row);
	if (err || !is_row)
		return err;

	due_ms = db_int_at(stmt, 0);
	if (due_ms > now_ms) {
		if (!claim->next_ms || due_ms < claim->next_ms)
			claim->next_ms = due_ms;
	}
	else {
		claim->attempt_no = 1 + (uint32_t)db_int_at(stmt, 1);
		claim->tries = (uint32_t)db_int_at(stmt, 2);
		err = rows_contact(&ct->row, stmt, 3);
	}
	db_rest(stmt);

	return err;
}

static int find(struct claim_task *ct, struct db *db, int64_t now_ms)
{
	int err = 0;

	ct->row = mem_deref(ct->row);
	memset(&ct->claim, 0, sizeof(ct->claim));
	for (int64_t rank = 1; rank >= 0 && !err && !ct->row; rank--)
		err = find_in(ct, db, rank, now_ms);

	return err;
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

static int take(struct claim_task *ct, struct db *db)
{
	const struct db_arg argv[] = {
		db_int(ct->prm.campaign_id),  db_int(ct->row->contact.id),
		db_int(ct->claim.attempt_no), db_text(id_make(ct->call_id)),
		db_text(ct->prm.line),        db_int(clock_wall_ms()),
		db_int(db_worker(db)),        db_text(ct->row->contact.number),
		db_text(ct->verdict.why),
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

/* Nobody may be called before next_ms, for a reason that is not one contact's.
 */
static void hold(struct claim_task *ct, int64_t next_ms)
{
	ct->row = mem_deref(ct->row);
	memset(&ct->claim, 0, sizeof(ct->claim));
	ct->claim.next_ms = next_ms;
}

static int run(struct task *task, struct db *db)
{
	struct claim_task *ct = (struct claim_task *)task;
	struct gate gate;
	int err;

	ct->begin_ms = clock_ms();
	hold(ct, 0);
	err = gate_open(&gate, db, &ct->prm, &ct->verdict);
	if (err)
		return err;

	for (int i = 0; ct->verdict.answer != STORE_HOLD; i++) {
		if (i == REFUSALS_MAX) {
			hold(ct, gate.now_ms);
			return 0;
		}
		err = find(ct, db, gate.now_ms);
		if (err || !ct->row)
			return err;

		err = gate_judge(&gate, db, &ct->row->contact, ct->claim.tries,
		                 &ct->verdict);
		if (!err && ct->verdict.answer == STORE_ALLOW)
			return take(ct, db);
		if (!err && ct->verdict.answer != STORE_HOLD)
			err = refuse(ct, db);
		if (err)
			return err;
	}
	hold(ct, ct->verdict.next_ms);

	return 0;
}

/* --- on the control loop ------------------------------------------------- */

static void done_handler(struct task *task, struct store *store)
{
	struct claim_task *ct = (struct claim_task *)task;
	struct store_claim *claim = &ct->claim;
	bool is_held = ct->verdict.answer == STORE_HOLD;

	if (task->err) {
		ct->claimed(task->err, NULL, ct->arg);
		return;
	}

	claim->held_by = is_held ? ct->verdict.rule : "";
	claim->held_why = is_held ? ct->verdict.why : "";
	claim->valid_until_ms = ct->begin_ms + DIAL_WITHIN_MS;
	if (ct->verdict.valid_ms && ct->verdict.valid_ms < DIAL_WITHIN_MS)
		claim->valid_until_ms = ct->begin_ms + ct->verdict.valid_ms;
	if (claim->valid_until_ms > store->lease_until_ms)
		claim->valid_until_ms = store->lease_until_ms;
	if (ct->row) {
		claim->contact = &ct->row->contact;
		claim->call_id = ct->call_id;
	}
	ct->claimed(0, claim, ct->arg);
}

int store_claim(struct store *store, const struct store_claim_prm *prm,
                store_claim_h *claimed, void *arg)
{
	struct claim_task *ct;
	int err;

	assert(store && prm && prm->line && claimed);

	ct = mem_zalloc(sizeof(*ct), destructor);
	if (!ct)
		return ENOMEM;

	ct->prm = *prm;
	if (prm->gate) {
		ct->gate = *prm->gate;
		ct->gate.rules = mem_ref(prm->gate->rules);
		ct->prm.gate = &ct->gate;
	}
	err = task_keep_texts(&ct->block, ct, textv, ARRAY_COUNT(textv));
	if (err) {
		mem_deref(ct);
		return err;
	}

	ct->task.is_compound = true;
	ct->task.run = run;
	ct->task.done = done_handler;
	ct->claimed = claimed;
	ct->arg = arg;

	return task_submit(store, &ct->task);
}
