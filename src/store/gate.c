/*
 * store/gate.c - may this contact be called now?
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/mem.h"
#include "store/allot.h"
#include "store/gate.h"

#define DAY_MS INT64_C(86400000)

/* One writer at a time counts the calls of a line. */
static const char lock_pg_sql[] =
	"SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtext(?))) held";

/* What is in doubt may go on: of a process that is thought dead and is not, or
 * at the carrier, who has not noticed yet. */
static const char live_sql[] =
	"SELECT (SELECT count(*) FROM attempts WHERE line = ?1"
	"  AND state <> 'ended') + (SELECT count(*) FROM attempts"
	"  WHERE line = ?1 AND outcome = 'in_doubt' AND end_ms > ?2)";

static const char registry_sql[] =
	"SELECT count(*) FROM registries WHERE name = ?";

enum {
	DOUBT_MS = 180000, /* most talks are over by then */
	STALE_LOOK_MS = 10000,
	SEEN_VALUES = 5, /* day, week, month, last, dropped */
};

/* Columns of GATE_COLUMNS. */
enum {
	AT_REFUSED,
	AT_ATTEMPTS,
	AT_SINGLES,
	AT_CONSENT,
	AT_STALE,
};

static const char client_sql[] =
	"SELECT count(*) FROM campaigns k JOIN attempts a"
	" ON a.campaign_id = k.id AND a.start_ms > ?2 AND a.is_used = 1"
	" WHERE k.client = ?1";

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

static int count_live(struct gate *gate, struct db *db)
{
	const struct db_arg argv[] = {
		db_text(gate->prm->line),
		db_int(gate->facts.now_ms - DOUBT_MS),
	};
	const char *lock = db_say(db, NULL, lock_pg_sql);
	int64_t held;
	int err = 0;

	if (lock)
		err = db_get_int(db, &held, lock, argv, 1);
	if (!err)
		err = count(db, &gate->facts.live, live_sql, argv,
		            ARRAY_COUNT(argv));

	return err;
}

/* The first of the registries that the rules name and nobody has imported. */
static int registries_look(struct gate *gate, struct db *db)
{
	const char *p = gate->prm->gate->registries;
	uint32_t n = 1;
	int err = 0;

	while (!err && n && *(p += strspn(p, ", "))) {
		size_t len = strcspn(p, ", ");
		const struct db_arg name = db_text(gate->missing);

		(void)snprintf(gate->missing, sizeof(gate->missing), "%.*s",
		               (int)len, p);
		err = count(db, &n, registry_sql, &name, 1);
		p += len;
	}
	if (n)
		gate->missing[0] = '\0';

	return err;
}

int gate_open(struct gate *gate, struct db *db,
              const struct store_claim_prm *prm)
{
	const struct store_gate *rules = prm->gate;
	int err = 0;

	memset(gate, 0, sizeof(*gate));
	gate->prm = prm;
	gate->facts.now_ms = clock_wall_ms();
	if (!rules)
		return 0;

	if (rules->registries)
		err = registries_look(gate, db);
	if (!err && rules->is_live_counted)
		err = count_live(gate, db);
	if (!err && rules->is_spent_counted)
		err = allot_spent(db, gate->facts.now_ms, &gate->facts.spent);
	if (!err && rules->client) {
		const struct db_arg argv[] = {
			db_text(rules->client),
			db_int(gate->facts.now_ms - DAY_MS),
		};

		err = count(db, &gate->facts.client_day, client_sql, argv,
		            ARRAY_COUNT(argv));
	}

	return err;
}

/* A list of numbers that nobody may call is not known as it is today: nobody
 * is called. */
static bool hold_for_registry(const struct gate *gate, struct db_stmt *stmt,
                              int column, struct store_verdict *verdict)
{
	bool is_stale = !db_is_null_at(stmt, column);

	if (!is_stale && !gate->missing[0])
		return false;

	verdict->answer = STORE_HOLD;
	verdict->rule = "stale_registry";
	verdict->next_ms = gate->facts.now_ms + STALE_LOOK_MS;
	(void)snprintf(verdict->why, sizeof(verdict->why),
	               is_stale ? "the registry %.100s is too old, or was not "
	                          "read to its end: import it anew"
	                        : "there is no registry %.100s: import it",
	               is_stale ? db_text_at(stmt, column) : gate->missing);

	return true;
}

static int64_t later_of(int64_t one_ms, int64_t other_ms)
{
	return one_ms > other_ms ? one_ms : other_ms;
}

/* As GATE_SEEN says it; empty: none. */
static void seen_add(struct store_facts *facts, const char *text)
{
	int64_t valuev[SEEN_VALUES] = {0};
	char *end;

	for (size_t i = 0; i < SEEN_VALUES && *text; i++) {
		valuev[i] = strtoll(text, &end, 10);
		text = end;
	}
	facts->day += (uint32_t)valuev[0];
	facts->week += (uint32_t)valuev[1];
	facts->month += (uint32_t)valuev[2];
	facts->last_ms = later_of(facts->last_ms, valuev[3]);
	facts->dropped_ms = later_of(facts->dropped_ms, valuev[4]);
}

void gate_judge(struct gate *gate, struct db_stmt *stmt, int column,
                const struct store_contact *contact, uint32_t tries,
                struct store_verdict *verdict)
{
	const struct store_gate *rules = gate->prm->gate;
	struct store_facts *facts = &gate->facts;

	memset(verdict, 0, sizeof(*verdict));
	gate->seen = -1;
	if (hold_for_registry(gate, stmt, column + AT_STALE, verdict))
		return;
	if (!db_is_null_at(stmt, column + AT_REFUSED)) {
		verdict->answer = STORE_NEVER;
		verdict->rule = "do_not_call";
		(void)snprintf(verdict->why, sizeof(verdict->why), "%s",
		               db_text_at(stmt, column + AT_REFUSED));
		return;
	}
	if (!rules)
		return;

	facts->contact = contact;
	facts->tries = tries;
	facts->day = facts->week = facts->month = 0;
	facts->last_ms = facts->dropped_ms = 0;
	seen_add(facts, db_text_at(stmt, column + AT_ATTEMPTS));
	gate->seen = facts->month;
	seen_add(facts, db_text_at(stmt, column + AT_SINGLES));
	facts->has_consent = db_int_at(stmt, column + AT_CONSENT) > 0;
	rules->judge(verdict, facts, rules->rules);
	assert(verdict->answer == STORE_ALLOW || verdict->rule);
}
