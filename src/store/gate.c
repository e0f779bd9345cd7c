/*
 * store/gate.c - may this contact be called now?
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/mem.h"
#include "store/gate.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)

enum {
	PAUSED_LOOK_MS = 1000,
};

static const char state_sql[] = "SELECT state FROM campaigns WHERE id = ?";

/* One writer at a time counts the calls of a line. */
static const char lock_pg_sql[] =
	"SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtext(?))) held";

static const char live_sql[] =
	"SELECT count(*) FROM attempts WHERE line = ? AND state <> 'ended'";

static const char client_sql[] =
	"SELECT count(*) FROM campaigns k JOIN attempts a"
	" ON a.campaign_id = k.id AND a.start_ms > ?2 AND a.is_used = 1"
	" WHERE k.client = ?1";

static const char blocked_sql[] =
	"SELECT reason FROM do_not_call WHERE number = ?1 UNION ALL"
	" SELECT reason FROM blocks WHERE campaign_id IN (0, ?2)"
	"  AND is_prefix = 0 AND number = ?1 UNION ALL"
	" SELECT reason FROM blocks WHERE campaign_id IN (0, ?2)"
	"  AND is_prefix = 1 AND substr(?1, 1, length(number)) = number"
	" LIMIT 1";

static const char history_sql[] =
	"SELECT count(*) FILTER (WHERE start_ms > ?2),"
	" count(*) FILTER (WHERE start_ms > ?3), count(*),"
	" coalesce(max(start_ms), 0) FROM attempts"
	" WHERE number = ?1 AND start_ms > ?4 AND is_used = 1";

static const char consent_sql[] =
	"SELECT count(*) FROM consents"
	" WHERE number = ? AND purpose = ? AND ended_ms = 0";

static int count(struct db *db, uint32_t *countp, const char *sql,
                 const struct db_arg *argv, size_t argc)
{
	int64_t n = 0;
	int err;

	err = db_get_int(db, &n, sql, argv, argc);
	if (!err)
		*countp = (uint32_t)n;

	return err;
}

static int campaign_runs(struct gate *gate, struct db *db,
                         struct store_verdict *verdict)
{
	const struct db_arg id = db_int(gate->prm->campaign_id);
	struct db_stmt *stmt;
	bool is_row;
	int err;

	err = db_ask(db, &stmt, state_sql, &id, 1);
	if (!err)
		err = db_next(stmt, &is_row);
	if (err)
		return err;
	if (!is_row)
		return ENOENT;

	if (strcmp(db_text_at(stmt, 0), "running") != 0) {
		verdict->answer = STORE_HOLD;
		verdict->rule = "paused";
		verdict->next_ms = gate->now_ms + PAUSED_LOOK_MS;
		(void)snprintf(verdict->why, sizeof(verdict->why),
		               "the campaign is %s", db_text_at(stmt, 0));
	}
	db_rest(stmt);

	return 0;
}

static int count_live(struct gate *gate, struct db *db)
{
	const struct db_arg line = db_text(gate->prm->line);
	int64_t held;
	int err = 0;

	if (db_is_shared(db))
		err = db_get_int(db, &held, lock_pg_sql, &line, 1);
	if (!err)
		err = count(db, &gate->facts.live, live_sql, &line, 1);

	return err;
}

int gate_open(struct gate *gate, struct db *db,
              const struct store_claim_prm *prm, struct store_verdict *verdict)
{
	const struct store_gate *rules = prm->gate;
	int err;

	memset(gate, 0, sizeof(*gate));
	memset(verdict, 0, sizeof(*verdict));
	gate->prm = prm;
	gate->now_ms = clock_wall_ms();
	gate->facts.now_ms = gate->now_ms;

	err = campaign_runs(gate, db, verdict);
	if (err || verdict->answer != STORE_ALLOW || !rules)
		return err;

	if (rules->is_live_counted) {
		err = count_live(gate, db);
		if (err)
			return err;
	}
	if (rules->client) {
		const struct db_arg argv[] = {
			db_text(rules->client),
			db_int(gate->now_ms - DAY_MS),
		};

		err = count(db, &gate->facts.client_day, client_sql, argv,
		            ARRAY_COUNT(argv));
	}

	return err;
}

static int blocked(struct gate *gate, struct db *db, const char *number,
                   struct store_verdict *verdict)
{
	const struct db_arg argv[] = {
		db_text(number),
		db_int(gate->prm->campaign_id),
	};
	struct db_stmt *stmt;
	bool is_row;
	int err;

	err = db_ask(db, &stmt, blocked_sql, argv, ARRAY_COUNT(argv));
	if (!err)
		err = db_next(stmt, &is_row);
	if (err || !is_row)
		return err;

	verdict->answer = STORE_NEVER;
	verdict->rule = "do_not_call";
	(void)snprintf(verdict->why, sizeof(verdict->why), "%s",
	               db_text_at(stmt, 0));
	db_rest(stmt);

	return 0;
}

static int history(struct gate *gate, struct db *db, const char *number)
{
	const struct db_arg argv[] = {
		db_text(number),
		db_int(gate->now_ms - DAY_MS),
		db_int(gate->now_ms - 7 * DAY_MS),
		db_int(gate->now_ms - 30 * DAY_MS),
	};
	struct store_facts *facts = &gate->facts;
	struct db_stmt *stmt;
	bool is_row;
	int err;

	err = db_ask(db, &stmt, history_sql, argv, ARRAY_COUNT(argv));
	if (!err)
		err = db_next(stmt, &is_row);
	if (err)
		return err;

	facts->day = (uint32_t)db_int_at(stmt, 0);
	facts->week = (uint32_t)db_int_at(stmt, 1);
	facts->month = (uint32_t)db_int_at(stmt, 2);
	facts->last_ms = db_int_at(stmt, 3);
	db_rest(stmt);

	return 0;
}

static int consent(struct gate *gate, struct db *db, const char *number)
{
	const struct db_arg argv[] = {
		db_text(number),
		db_text(gate->prm->gate->consent),
	};
	uint32_t n = 0;
	int err;

	err = count(db, &n, consent_sql, argv, ARRAY_COUNT(argv));
	gate->facts.has_consent = n > 0;

	return err;
}

int gate_judge(struct gate *gate, struct db *db,
               const struct store_contact *contact, uint32_t tries,
               struct store_verdict *verdict)
{
	const struct store_gate *rules = gate->prm->gate;
	int err;

	memset(verdict, 0, sizeof(*verdict));
	err = blocked(gate, db, contact->number, verdict);
	if (err || verdict->answer != STORE_ALLOW || !rules)
		return err;

	err = history(gate, db, contact->number);
	if (!err && rules->consent)
		err = consent(gate, db, contact->number);
	if (err)
		return err;

	gate->facts.contact = contact;
	gate->facts.tries = tries;
	rules->judge(verdict, &gate->facts, rules->rules);
	assert(verdict->answer == STORE_ALLOW || verdict->rule);

	return 0;
}
