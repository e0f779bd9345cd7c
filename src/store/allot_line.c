/*
 * store/allot_line.c - the turns of a line
 *
 * A turn is one number: when the next call may begin (GCRA). It is kept in the
 * database so that processes share it, and never lags behind the clock, so no
 * pause is followed by a burst. A refusal for congestion (503, 429) is kept
 * there too: when the line may be called over again, and how fast.
 */
#include <math.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/allot.h"
#include "store/slowing.h"

enum {
	LOCKED_MS = 10,     /* another process is just being served */
	JUMP_US = 60000000, /* further ahead only a clock that was set back
	                     * makes a line wait */
	WANT_MS = 100,      /* a process needs to come back for its turn */
	SEEN_MS = 1000,     /* window in which the own rate is measured */
	SEEN_MAX = 1000,
};

static const double burst_s = 0.02;

static const char now_pg_sql[] =
	"SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000"
	" AS BIGINT)";

#define TURN(which)                                                            \
	"UPDATE lines SET next_us = ?3 + CASE WHEN next_us > ?2"               \
	" AND next_us <= ?2 + ?5 THEN next_us ELSE ?2 END"                     \
	" WHERE " which " AND (rest_until_ms * 1000 <= ?2"                     \
	" OR slow_at_ms * 1000 > ?2 + ?6)"                                     \
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
	" WHERE " which                                                        \
	" AND (wanted_priority <= ?2 OR wanted_until_ms <= ?4)"

static const char want_sql[] = WANT("name = ?1");
static const char want_pg_sql[] =
	WANT("name = (SELECT name FROM lines WHERE name = ?1"
             " FOR UPDATE SKIP LOCKED)");

/* Who had to wait goes on until it is not there for a turn. */
static const char want_on_sql[] =
	"UPDATE lines SET wanted_until_ms = ?3 WHERE name = ?1"
	" AND wanted_priority = ?2 AND wanted_until_ms > ?4";

static const char slow_sql[] =
	"SELECT slow_rate, slow_at_ms, rest_until_ms FROM lines"
	" WHERE name = ?1";

/* Of an attempt: its line, and how that fares. */
static const char refused_sql[] =
	"SELECT a.line, coalesce(l.slow_rate, 0), coalesce(l.slow_at_ms, 0),"
	" coalesce(l.rest_until_ms, 0) FROM attempts a"
	" LEFT JOIN lines l ON l.name = a.line WHERE a.id = ?1";

static const char seen_sql[] =
	"SELECT count(*) FROM (SELECT line, start_ms FROM attempts"
	" ORDER BY id DESC LIMIT ?3) latest WHERE line = ?1 AND start_ms > ?2";

static const char refuse_sql[] =
	"INSERT INTO lines (name, slow_rate, slow_at_ms, rest_until_ms)"
	" VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO UPDATE SET"
	" slow_rate = excluded.slow_rate, slow_at_ms = excluded.slow_at_ms,"
	" rest_until_ms = CASE WHEN lines.rest_until_ms"
	" > excluded.rest_until_ms AND lines.slow_at_ms <= ?3"
	" THEN lines.rest_until_ms ELSE excluded.rest_until_ms END";

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
	int err;

	err = db_ask(db, &stmt, line_sql, &name, 1);
	if (!db_fetch(stmt, &err))
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

	/* When the line is free for them all, the highest of those who waited
	 * asks first. */
	refusal->rule = "priority";
	refusal->next_ms = clock_wall_ms() + wait_ms +
	                   (STORE_PRIORITY_MAX - prm->priority);
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

/* --- how fast it may go --------------------------------------------------- */

/* Calls a second where the line was slowed, else 0. */
static double slowed_rate(int64_t slow_rate, int64_t slow_at_ms,
                          int64_t rest_until_ms, int64_t now_ms)
{
	/* Of the future: a clock was set back. */
	if (!slow_rate || slow_at_ms > now_ms + JUMP_US / 1000)
		return 0;

	return slowing_rate((double)slow_rate / 1000, now_ms - rest_until_ms);
}

static int slow_read(struct db *db, const char *line, struct db_line *slow)
{
	const struct db_arg name = db_text(line);
	struct db_stmt *stmt;
	int err;

	memset(slow, 0, sizeof(*slow));
	err = db_ask(db, &stmt, slow_sql, &name, 1);
	if (db_fetch(stmt, &err)) {
		slow->rate = db_int_at(stmt, 0);
		slow->at_ms = db_int_at(stmt, 1);
		slow->rest_until_ms = db_int_at(stmt, 2);
		db_rest(stmt);
	}
	if (!err)
		(void)text_copy(slow->name, sizeof(slow->name), line);

	return err;
}

/* What the line takes now, of all processes; 0: any number. Asked once in a
 * transaction: there are many claims in one. */
static int rate_of(struct db *db, const struct store_claim_prm *prm,
                   double *calls_per_sp)
{
	struct db_line *slow = db_line(db);
	double rate = prm->line_calls_per_s, slowed;
	int err = 0;

	if (strcmp(slow->name, prm->line) != 0)
		err = slow_read(db, prm->line, slow);
	if (err)
		return err;

	slowed = slowed_rate(slow->rate, slow->at_ms, slow->rest_until_ms,
	                     clock_wall_ms());
	*calls_per_sp =
		slowed > 0 && (rate <= 0 || slowed < rate) ? slowed : rate;

	return 0;
}

/* Calls over the line within the last second, of all processes. */
static int rate_seen(struct db *db, const char *line, double *calls_per_sp)
{
	const struct db_arg argv[] = {
		db_text(line),
		db_int(clock_wall_ms() - SEEN_MS),
		db_int(SEEN_MAX),
	};
	int64_t n = 0;
	int err;

	err = db_get_int(db, &n, seen_sql, argv, ARRAY_COUNT(argv));
	*calls_per_sp = n > 1 ? (double)n : 1;

	return err;
}

/* Refusals within the rest are of the same burst. */
static int slow_down(struct db *db, struct db_line *slow, double calls_per_s,
                     int64_t now_ms)
{
	double rate = slowed_rate(slow->rate, slow->at_ms, slow->rest_until_ms,
	                          now_ms);
	int err = 0;

	if (rate > 0 && now_ms < slow->rest_until_ms)
		return 0;

	if (rate <= 0 || (calls_per_s > 0 && calls_per_s < rate))
		rate = calls_per_s;
	if (rate <= 0)
		err = rate_seen(db, slow->name, &rate);
	if (err)
		return err;

	slow->rate = (int64_t)(slowing_cut(rate) * 1000);
	slow->at_ms = now_ms;

	return 0;
}

static int refused_read(struct db *db, int64_t attempt_id, struct db_line *slow)
{
	const struct db_arg id = db_int(attempt_id);
	struct db_stmt *stmt;
	int err;

	memset(slow, 0, sizeof(*slow));
	err = db_ask(db, &stmt, refused_sql, &id, 1);
	if (!db_fetch(stmt, &err))
		return err ? err : ENOENT;

	(void)text_copy(slow->name, sizeof(slow->name), db_text_at(stmt, 0));
	slow->rate = db_int_at(stmt, 1);
	slow->at_ms = db_int_at(stmt, 2);
	slow->rest_until_ms = db_int_at(stmt, 3);
	db_rest(stmt);

	return 0;
}

int allot_line_refused(struct db *db, int64_t attempt_id, uint32_t rest_ms,
                       double calls_per_s)
{
	struct db_line slow;
	int64_t us;
	int err;

	memset(db_line(db), 0, sizeof(slow));
	err = now_us(db, &us);
	if (!err)
		err = refused_read(db, attempt_id, &slow);
	if (!err)
		err = slow_down(db, &slow, calls_per_s, us / 1000);
	if (err)
		return err;

	const struct db_arg argv[] = {
		db_text(slow.name),
		db_int(slow.rate),
		db_int(slow.at_ms),
		db_int(us / 1000 + rest_ms),
	};

	return db_run(db, refuse_sql, argv, ARRAY_COUNT(argv));
}

/* --- a turn --------------------------------------------------------------- */

static int turn_take(struct db *db, const struct store_claim_prm *prm,
                     double calls_per_s, struct allot_refusal *refusal)
{
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
			db_int(JUMP_US),
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

int allot_line(struct db *db, const struct store_claim_prm *prm,
               struct allot_refusal *refusal, double *calls_per_sp)
{
	int err;

	err = rate_of(db, prm, calls_per_sp);
	if (err || *calls_per_sp <= 0)
		return err;

	return turn_take(db, prm, *calls_per_sp, refusal);
}
