/*
 * store/allot.c - a number to be shown, and what a call costs
 *
 * Sums are kept by five minutes: a limit over an hour reads a dozen rows
 * however many calls there were.
 */
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
	CALLERS_LOOK_MS = 60000,
	BLOCKED_MIN = 3,   /* before a number is suspected */
	BLOCKED_SHARE = 4, /* one in so many calls */
};

static const char known_sql[] =
	"SELECT caller_id FROM attempts WHERE campaign_id = ?1"
	" AND contact_id = ?2 AND caller_id <> '' AND is_used = 1"
	" ORDER BY n DESC LIMIT 1";

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

/* Whose process is gone speaks no more. What is in doubt costs three minutes
 * beyond the last word of it, as it occupies the line. */
static const char spent_sql[] =
	"SELECT CAST(coalesce((SELECT sum(amount) FROM tallies"
	" WHERE kind = 'spent' AND begin_ms > ?2), 0) + coalesce("
	" (SELECT sum(a.price * ((?1 - a.start_ms) / 60000 + 1))"
	"  FROM attempts a JOIN workers w ON w.id = a.worker_id"
	"  AND w.lease_until_ms > 0 WHERE a.state <> 'ended'), 0) + coalesce("
	" (SELECT sum(price * ((end_ms - start_ms) / 60000 + 4))"
	"  FROM attempts WHERE outcome = 'in_doubt' AND end_ms > ?2), 0)"
	" AS BIGINT)";

static int64_t tally_begin(int64_t now_ms)
{
	return now_ms - now_ms % TALLY_MS;
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
	/* What began before the span may have calls within it. */
	const struct db_arg argv[] = {
		db_int(now_ms - DAY_MS - TALLY_MS),
		db_int(now_ms - HOUR_MS - TALLY_MS),
	};
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, used_sql, argv, ARRAY_COUNT(argv));
	while (db_fetch(stmt, &err)) {
		int i = index_of(callers, db_text_at(stmt, 1));

		if (i >= 0 && !strcmp(db_text_at(stmt, 0), "blocked")) {
			usev[i].blocked = db_int_at(stmt, 2);
		}
		else if (i >= 0) {
			usev[i].day = db_int_at(stmt, 2);
			usev[i].hour = db_int_at(stmt, 3);
		}
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
	int err;

	*knownp = -1;
	err = db_ask(db, &stmt, known_sql, argv, ARRAY_COUNT(argv));
	if (!db_fetch(stmt, &err))
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
