/*
 * store/allot.c - what a call takes besides its contact
 *
 * A line's turn is one number: when the next call may begin (GCRA). It is kept
 * in the database so that processes share it, and never lags behind the clock,
 * so no pause is followed by a burst. Sums are kept by five minutes: a limit
 * over an hour reads a dozen rows however many calls there were.
 */
#include <math.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/allot.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)

enum {
	TALLY_MS = 300000,
	MINUTE_MS = 60000,
	LOCKED_MS = 10,     /* another process is just being served */
	JUMP_US = 60000000, /* further ahead only a clock that was set back
	                     * makes a line wait */
	CALLERS_LOOK_MS = 60000,
	BLOCKED_MIN = 3,   /* before a number is suspected */
	BLOCKED_SHARE = 4, /* one in so many calls */
	WANT_MS = 100,     /* a process needs to come back for its turn */
};

static const double burst_s = 0.02;

static const char now_pg_sql[] =
	"SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000"
	" AS BIGINT)";

#define TURN(which)                                                            \
	"UPDATE lines SET next_us = ?3 + CASE WHEN next_us > ?2"               \
	" AND next_us <= ?2 + ?5 THEN next_us ELSE ?2 END"                     \
	" WHERE " which " AND rest_until_ms * 1000 <= ?2"                      \
	" AND (next_us <= ?2 + ?4 OR next_us > ?2 + ?5)"

static const char turn_sql[] = TURN("name = ?1");

/* Nobody waits for a lock here: whoever holds other lines' would do it for
 * ever. */
static const char turn_pg_sql[] =
	TURN("name = (SELECT name FROM lines WHERE name = ?1"
             " FOR UPDATE SKIP LOCKED)");

static const char line_sql[] =
	"SELECT next_us, rest_until_ms FROM lines WHERE name = ?1";

static const char line_new_sql[] =
	"INSERT INTO lines (name) VALUES (?1) ON CONFLICT (name) DO NOTHING";

#define PG_NOW_MS "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
#define WANTED(now)                                                            \
	"SELECT wanted_until_ms - " now " FROM lines WHERE name = ?1"          \
	" AND wanted_priority > ?2 AND wanted_until_ms > " now

static const char wanted_sql[] = WANTED("?3");
static const char wanted_pg_sql[] = WANTED(PG_NOW_MS);

#define WANT(which)                                                            \
	"UPDATE lines SET wanted_priority = ?2, wanted_until_ms = ?3"          \
	" WHERE " which " AND (wanted_priority <= ?2 OR wanted_until_ms < ?4)"

static const char want_sql[] = WANT("name = ?1");
static const char want_pg_sql[] =
	WANT("name = (SELECT name FROM lines WHERE name = ?1"
             " FOR UPDATE SKIP LOCKED)");

/* Who had to wait goes on until it is not there for a turn. */
static const char want_on_sql[] =
	"UPDATE lines SET wanted_until_ms = ?3 WHERE name = ?1"
	" AND wanted_priority = ?2 AND wanted_until_ms > ?4";

static const char line_rest_sql[] =
	"UPDATE lines SET rest_until_ms = ?2 WHERE rest_until_ms < ?2 AND name"
	" = (SELECT line FROM attempts WHERE id = ?1)";

static const char known_sql[] =
	"SELECT caller_id FROM attempts WHERE campaign_id = ?1"
	" AND contact_id = ?2 AND caller_id <> '' ORDER BY n DESC LIMIT 1";

static const char used_sql[] =
	"SELECT kind, name, CAST(sum(amount) AS BIGINT),"
	" CAST(sum(CASE WHEN begin_ms > ?2 THEN amount ELSE 0 END) AS BIGINT)"
	" FROM tallies WHERE kind IN ('caller', 'blocked') AND begin_ms > ?1"
	" GROUP BY kind, name";

static const char tally_sql[] =
	"INSERT INTO tallies (kind, name, begin_ms, amount)"
	" VALUES (?1, ?2, ?3, ?4) ON CONFLICT (kind, name, begin_ms)"
	" DO UPDATE SET amount = tallies.amount + excluded.amount";

static const char blocked_sql[] =
	"INSERT INTO tallies (kind, name, begin_ms, amount)"
	" SELECT 'blocked', caller_id, ?2, 1 FROM attempts WHERE id = ?1"
	" AND caller_id <> '' ON CONFLICT (kind, name, begin_ms)"
	" DO UPDATE SET amount = tallies.amount + excluded.amount";

static const char spend_sql[] =
	"INSERT INTO tallies (kind, name, begin_ms, amount)"
	" SELECT 'spent', line, ?2, price * ?3 FROM attempts WHERE id = ?1"
	" AND price > 0 ON CONFLICT (kind, name, begin_ms)"
	" DO UPDATE SET amount = tallies.amount + excluded.amount";

/* Whose process is gone speaks no more. */
static const char spent_sql[] =
	"SELECT CAST(coalesce((SELECT sum(amount) FROM tallies"
	" WHERE kind = 'spent' AND begin_ms > ?2), 0) + coalesce("
	" (SELECT sum(a.price * ((?1 - a.start_ms) / 60000 + 1))"
	"  FROM attempts a JOIN workers w ON w.id = a.worker_id"
	"  AND w.lease_until_ms > 0 WHERE a.state <> 'ended'), 0) AS BIGINT)";

static int64_t tally_begin(int64_t now_ms)
{
	return now_ms - now_ms % TALLY_MS;
}

/* --- a turn of the line -------------------------------------------------- */

static int now_us(struct db *db, int64_t *usp)
{
	const char *sql = db_say(db, NULL, now_pg_sql);

	*usp = clock_wall_ms() * 1000;

	/* The machines' clocks differ by more than a turn takes. */
	return sql ? db_get_int(db, usp, sql, NULL, 0) : 0;
}

static int line_refuse(struct db *db, const char *line, int64_t us,
                       struct allot_refusal *refusal)
{
	const struct db_arg name = db_text(line);
	int64_t wait_us = LOCKED_MS * 1000, rest_us;
	struct db_stmt *stmt;
	bool is_row;
	int err;

	err = db_ask(db, &stmt, line_sql, &name, 1);
	if (!err)
		err = db_next(stmt, &is_row);
	if (err || !is_row)
		return err;

	refusal->rule = "calls_per_s";
	if (db_int_at(stmt, 0) > us)
		wait_us = db_int_at(stmt, 0) - us;
	rest_us = db_int_at(stmt, 1) * 1000 - us;
	db_rest(stmt);
	if (rest_us > 0) {
		refusal->rule = "line_rest";
		wait_us = rest_us;
		(void)text_copy(refusal->why, sizeof(refusal->why),
		                "the line asked us to slow down");
	}
	refusal->next_ms = clock_wall_ms() + (wait_us + 999) / 1000;
	refusal->is_of_line = true;

	return 0;
}

int allot_want(struct db *db, const struct store_claim_prm *prm,
               int64_t next_ms)
{
	int64_t us, wait_ms = next_ms - clock_wall_ms() + WANT_MS;
	int err;

	if (!prm->priority)
		return 0;

	err = now_us(db, &us);
	if (err)
		return err;

	const struct db_arg argv[] = {
		db_text(prm->line),
		db_int(prm->priority),
		db_int(us / 1000 + wait_ms),
		db_int(us / 1000),
	};

	err = db_run(db, line_new_sql, argv, 1);
	if (err)
		return err;

	return db_run(db, db_say(db, want_sql, want_pg_sql), argv,
	              ARRAY_COUNT(argv));
}

int allot_wanted(struct db *db, const struct store_claim_prm *prm,
                 struct allot_refusal *refusal)
{
	const struct db_arg argv[] = {
		db_text(prm->line),
		db_int(prm->priority),
		db_int(clock_wall_ms()),
	};
	bool is_pg = db_say(db, NULL, wanted_pg_sql) != NULL;
	int64_t wait_ms;
	int err;

	err = db_get_int(db, &wait_ms, db_say(db, wanted_sql, wanted_pg_sql),
	                 argv, is_pg ? 2 : 3);
	if (err)
		return err == ENOENT ? 0 : err;

	/* It lasts no longer than a turn: else a clock was set back. */
	if (wait_ms > JUMP_US / 1000)
		return 0;

	refusal->rule = "priority";
	refusal->next_ms = clock_wall_ms() + wait_ms;
	refusal->is_of_line = true;
	(void)text_copy(refusal->why, sizeof(refusal->why),
	                "a campaign of higher priority calls over the line");

	return 0;
}

static int want_on(struct db *db, const struct store_claim_prm *prm, int64_t us,
                   double turn_us)
{
	const struct db_arg argv[] = {
		db_text(prm->line),
		db_int(prm->priority),
		db_int((us + (int64_t)(1.5 * turn_us)) / 1000 + WANT_MS),
		db_int(us / 1000),
	};

	return prm->priority ? db_run(db, want_on_sql, argv, ARRAY_COUNT(argv))
	                     : 0;
}

int allot_line(struct db *db, const struct store_claim_prm *prm,
               struct allot_refusal *refusal)
{
	double calls_per_s = prm->line_calls_per_s;
	/* What may come at once is taken off the rate, as in pace.c: no window
	 * of a second holds more than the rate. */
	double bucket = fmax(1, calls_per_s * burst_s);
	double turn_us = 1e6 / (calls_per_s - (bucket - 1));
	int64_t us;
	int err;

	err = now_us(db, &us);
	for (int i = 0; i < 2 && !err; i++) {
		const struct db_arg argv[] = {
			db_text(prm->line),
			db_int(us),
			db_int((int64_t)turn_us),
			db_int((int64_t)((bucket - 1) * turn_us)),
			db_int((int64_t)turn_us + JUMP_US),
		};

		err = db_run(db, db_say(db, turn_sql, turn_pg_sql), argv,
		             ARRAY_COUNT(argv));
		if (err)
			return err;
		if (db_changes(db))
			return want_on(db, prm, us, turn_us);
		err = line_refuse(db, prm->line, us, refusal);
		if (err)
			return err;
		if (refusal->rule)
			return allot_want(db, prm, refusal->next_ms);
		err = db_run(db, line_new_sql, argv, 1);
	}

	return err;
}

int allot_line_rest(struct db *db, int64_t attempt_id, uint32_t rest_ms)
{
	const struct db_arg argv[] = {
		db_int(attempt_id),
		db_int(clock_wall_ms() + rest_ms),
	};

	return db_run(db, line_rest_sql, argv, ARRAY_COUNT(argv));
}

/* --- a number to be shown ------------------------------------------------ */

struct use {
	int64_t day, hour, blocked;
};

static bool is_free(const struct store_callers *callers, const struct use *use)
{
	if (callers->hour_calls && use->hour >= callers->hour_calls)
		return false;
	if (callers->day_calls && use->day >= callers->day_calls)
		return false;

	/* Whoever is refused so often is known for it by now. */
	return use->blocked < BLOCKED_MIN ||
	       use->blocked * BLOCKED_SHARE < use->day;
}

static int index_of(const struct store_callers *callers, const char *number)
{
	for (size_t i = 0; i < callers->numberc; i++) {
		if (!strcmp(callers->numberv[i], number))
			return (int)i;
	}

	return -1;
}

static int uses_read(struct use usev[STORE_CALLERS_MAX], struct db *db,
                     const struct store_callers *callers, int64_t now_ms)
{
	const struct db_arg argv[] = {
		db_int(now_ms - DAY_MS),
		db_int(now_ms - HOUR_MS),
	};
	struct db_stmt *stmt;
	bool is_row;
	int err;

	err = db_ask(db, &stmt, used_sql, argv, ARRAY_COUNT(argv));
	if (!err)
		err = db_next(stmt, &is_row);
	while (!err && is_row) {
		int i = index_of(callers, db_text_at(stmt, 1));

		if (i >= 0 && !strcmp(db_text_at(stmt, 0), "blocked")) {
			usev[i].blocked = db_int_at(stmt, 2);
		}
		else if (i >= 0) {
			usev[i].day = db_int_at(stmt, 2);
			usev[i].hour = db_int_at(stmt, 3);
		}
		err = db_next(stmt, &is_row);
	}

	return err;
}

/* The number that the contact was called from before, or -1. */
static int known_read(int *knownp, struct db *db,
                      const struct store_callers *callers, int64_t campaign_id,
                      int64_t contact_id)
{
	const struct db_arg argv[] = {db_int(campaign_id), db_int(contact_id)};
	struct db_stmt *stmt;
	bool is_row;
	int err;

	*knownp = -1;
	err = db_ask(db, &stmt, known_sql, argv, ARRAY_COUNT(argv));
	if (!err)
		err = db_next(stmt, &is_row);
	if (err || !is_row)
		return err;

	*knownp = index_of(callers, db_text_at(stmt, 0));
	db_rest(stmt);

	return 0;
}

static int choose(const struct store_callers *callers, const struct use *usev,
                  int known)
{
	int best = -1;

	if (known >= 0 && is_free(callers, &usev[known]))
		return known;

	for (size_t i = 0; i < callers->numberc; i++) {
		if (is_free(callers, &usev[i]) &&
		    (best < 0 || usev[i].day < usev[best].day))
			best = (int)i;
	}

	return best;
}

int allot_caller(char caller[ALLOT_CALLER_SIZE], struct db *db,
                 const struct store_callers *callers, int64_t campaign_id,
                 int64_t contact_id, struct allot_refusal *refusal)
{
	struct use usev[STORE_CALLERS_MAX] = {0};
	int64_t now_ms = clock_wall_ms();
	int known, i, err;

	err = known_read(&known, db, callers, campaign_id, contact_id);
	if (!err)
		err = uses_read(usev, db, callers, now_ms);
	if (err)
		return err;

	i = choose(callers, usev, known);
	if (i < 0) {
		refusal->rule = "caller_ids";
		refusal->next_ms = now_ms + CALLERS_LOOK_MS;
		(void)text_copy(refusal->why, sizeof(refusal->why),
		                "all numbers of the pool have made their "
		                "calls, or are blocked");
		return 0;
	}

	const struct db_arg argv[] = {
		db_text("caller"),
		db_text(callers->numberv[i]),
		db_int(tally_begin(now_ms)),
		db_int(1),
	};

	(void)text_copy(caller, ALLOT_CALLER_SIZE, callers->numberv[i]);

	return db_run(db, tally_sql, argv, ARRAY_COUNT(argv));
}

int allot_caller_blocked(struct db *db, int64_t attempt_id)
{
	const struct db_arg argv[] = {
		db_int(attempt_id),
		db_int(tally_begin(clock_wall_ms())),
	};

	return db_run(db, blocked_sql, argv, ARRAY_COUNT(argv));
}

/* --- money --------------------------------------------------------------- */

int allot_spent(struct db *db, int64_t now_ms, int64_t *spentp)
{
	const struct db_arg argv[] = {
		db_int(now_ms),
		db_int(now_ms - HOUR_MS - TALLY_MS),
	};

	return db_get_int(db, spentp, spent_sql, argv, ARRAY_COUNT(argv));
}

int allot_spend(struct db *db, int64_t attempt_id, uint64_t talk_ms)
{
	const struct db_arg argv[] = {
		db_int(attempt_id),
		db_int(tally_begin(clock_wall_ms())),
		db_int((int64_t)((talk_ms + MINUTE_MS - 1) / MINUTE_MS)),
	};

	return db_run(db, spend_sql, argv, ARRAY_COUNT(argv));
}
