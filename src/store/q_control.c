/*
 * store/q_control.c - what a second process asks of campaigns that run
 */
#include <assert.h>
#include "base/clock.h"
#include "store/gate.h"
#include "store/outbox.h"
#include "store/task.h"

enum {
	SETTLE_MORE_MS = 500, /* clocks of other machines differ a little */
	COUNTS_MAX = 128,
};

/* --- the state of a campaign -----------------------------------------------
 */

static const char change_sql[] =
	"UPDATE campaigns SET state = coalesce(?2, state),"
	" settings = coalesce(?3, settings), client = coalesce(?4, client)"
	" WHERE name = ?1";

struct state_task {
	struct task task;
	const char *name;
	const char *state, *settings, *client; /* NULL: as it is */
};

static const size_t textv[] = {
	offsetof(struct state_task, name),
	offsetof(struct state_task, state),
	offsetof(struct state_task, settings),
	offsetof(struct state_task, client),
};

static int state_run(struct task *task, struct db *db)
{
	struct state_task *st = (struct state_task *)task;
	const struct db_arg argv[] = {
		db_text(st->name),
		db_text(st->state),
		db_text(st->settings),
		db_text(st->client),
	};
	int err;

	err = db_run(db, change_sql, argv, ARRAY_COUNT(argv));
	if (!err && !db_changes(db))
		err = ENOENT;
	if (err || !st->state)
		return err;

	return outbox_campaign(db, st->name, st->state);
}

static int change(struct store *store, const struct state_task *st)
{
	return task_send(store, &st->task, sizeof(*st), textv,
	                 ARRAY_COUNT(textv));
}

int store_campaign_state(struct store *store, const char *name,
                         const char *state, store_done_h *done, void *arg)
{
	const struct state_task st = {
		.task = {.is_compound = true,
	                 .run = state_run,
	                 .told = done,
	                 .arg = arg},
		.name = name,
		.state = state,
	};

	assert(store && name && state && done);

	return change(store, &st);
}

int store_campaign_settings(struct store *store, const char *name,
                            const char *settings, const char *client,
                            store_done_h *done, void *arg)
{
	const struct state_task st = {
		.task = {.run = state_run, .told = done, .arg = arg},
		.name = name,
		.settings = settings,
		.client = client,
	};

	assert(store && name && done);

	return change(store, &st);
}

/* --- until the last word of before is over ---------------------------------
 */

static const char settle_sql[] =
	"SELECT coalesce(max(a.start_ms), 0) FROM attempts a"
	" JOIN campaigns k ON k.id = a.campaign_id"
	" WHERE a.state = 'intent' AND (k.name = ?1 OR ?1 IS NULL)"
	" AND (substr(a.number, 1, length(?2)) = ?2 OR ?2 IS NULL)";

/* Who claims holds the row of its process until it commits: behind this all
 * that was claimed before is to be seen. */
static const char settle_pg_sql[] =
	"SELECT count(*) FROM (SELECT 1 FROM workers WHERE lease_until_ms > 0"
	" FOR SHARE) others";

struct settle_task {
	struct task task;
	const char *campaign;
	const char *number;
	int64_t wait_ms;
	store_settle_h *done;
};

static const size_t settle_textv[] = {
	offsetof(struct settle_task, campaign),
	offsetof(struct settle_task, number),
};

static int settle_run(struct task *task, struct db *db)
{
	struct settle_task *st = (struct settle_task *)task;
	const struct db_arg argv[] = {
		db_text(st->campaign),
		db_text(st->number),
	};
	const char *wait = db_say(db, NULL, settle_pg_sql);
	int64_t start_ms = 0, others, left_ms;
	int err = 0;

	if (wait)
		err = db_get_int(db, &others, wait, NULL, 0);
	if (err)
		return err;

	err = db_get_int(db, &start_ms, settle_sql, argv, ARRAY_COUNT(argv));
	left_ms = start_ms + STORE_DIAL_WITHIN_MS + SETTLE_MORE_MS -
	          clock_wall_ms();
	st->wait_ms = left_ms > 0 ? left_ms : 0;

	return err;
}

static void settle_done(struct task *task, struct store *store)
{
	struct settle_task *st = (struct settle_task *)task;

	(void)store;

	st->done(task->err, (uint32_t)st->wait_ms, task->arg);
}

int store_settle(struct store *store, const char *campaign, const char *number,
                 store_settle_h *done, void *arg)
{
	const struct settle_task st = {
		.task = {.is_read = true,
	                 .run = settle_run,
	                 .done = settle_done,
	                 .arg = arg},
		.campaign = campaign,
		.number = number,
		.done = done,
	};

	assert(store && done);

	return task_send(store, &st.task, sizeof(st), settle_textv,
	                 ARRAY_COUNT(settle_textv));
}

/* --- how far it is ----------------------------------------------------------
 */

static const char counts_sql[] =
	"SELECT 'campaign' AS kind, k.state AS word, 1 AS n FROM campaigns k"
	" WHERE k.name = ?1 UNION ALL"
	" SELECT 'rules', k.settings, 1 FROM campaigns k"
	" WHERE k.name = ?1 UNION ALL"
	" SELECT 'contact', t.state, count(*) FROM targets t"
	" JOIN campaigns k ON k.id = t.campaign_id WHERE k.name = ?1"
	" GROUP BY t.state UNION ALL"
	" SELECT 'refused', t.reason, count(*) FROM targets t"
	" JOIN campaigns k ON k.id = t.campaign_id WHERE k.name = ?1"
	" AND t.reason <> '' GROUP BY t.reason UNION ALL"
	" SELECT 'outcome', a.outcome, count(*) FROM attempts a"
	" JOIN campaigns k ON k.id = a.campaign_id WHERE k.name = ?1"
	" AND a.state = 'ended' GROUP BY a.outcome UNION ALL"
	" SELECT 'label', c.label, count(*) FROM attempts a"
	" JOIN campaigns k ON k.id = a.campaign_id"
	" JOIN calls c ON c.attempt_id = a.id WHERE k.name = ?1"
	" AND c.label <> '' GROUP BY c.label UNION ALL"
	" SELECT 'stale', g.name, 1 FROM registries g JOIN campaigns k"
	" ON k.name = ?1 AND k.state <> 'done' WHERE " GATE_IS_STALE(
		"?2") " ORDER BY 1, 3 DESC, 2 LIMIT ?3";

struct count_row {
	struct le le;
	struct store_count count;
};

static const size_t count_textv[] = {
	offsetof(struct count_row, count.kind),
	offsetof(struct count_row, count.word),
};

struct counts_task {
	struct task task;
	const char *name;
	store_count_h *handler;
};

static const size_t counts_textv[] = {
	offsetof(struct counts_task, name),
};

static int counts_run(struct task *task, struct db *db)
{
	const struct db_arg argv[] = {
		db_text(((struct counts_task *)task)->name),
		db_int(clock_wall_ms()),
		db_int(COUNTS_MAX),
	};
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, counts_sql, argv, ARRAY_COUNT(argv));
	while (db_fetch(stmt, &err)) {
		const struct count_row row = {
			.count = {.kind = db_text_at(stmt, 0),
		                  .word = db_text_at(stmt, 1),
		                  .n = (uint64_t)db_int_at(stmt, 2)},
		};

		err = task_row(task, &row, sizeof(row), count_textv,
		               ARRAY_COUNT(count_textv));
	}

	return !err && list_isempty(&task->rowl) ? ENOENT : err;
}

static void counts_each(struct task *task, const void *row)
{
	((struct counts_task *)task)
		->handler(&((const struct count_row *)row)->count, task->arg);
}

int store_campaign_counts(struct store *store, const char *name,
                          store_count_h *handler, store_done_h *done, void *arg)
{
	const struct counts_task ct = {
		.task = {.is_read = true,
	                 .run = counts_run,
	                 .each = counts_each,
	                 .told = done,
	                 .arg = arg},
		.name = name,
		.handler = handler,
	};

	assert(store && name && handler && done);

	return task_send(store, &ct.task, sizeof(ct), counts_textv,
	                 ARRAY_COUNT(counts_textv));
}
