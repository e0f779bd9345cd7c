/*
 * store/q_control.c - what a second process asks of campaigns that run
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "store/gate.h"
#include "store/outbox.h"
#include "store/task.h"

enum {
	SETTLE_MORE_MS = 500, /* clocks of other machines differ a little */
	COUNTS_MAX = 128,
	COUNT_KIND_SIZE = 16,
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
	char *block;                           /* of texts */
	store_done_h *done;
	void *arg;
};

static const size_t textv[] = {
	offsetof(struct state_task, name),
	offsetof(struct state_task, state),
	offsetof(struct state_task, settings),
	offsetof(struct state_task, client),
};

static void state_destructor(void *arg)
{
	struct state_task *st = arg;

	mem_deref(st->block);
}

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

static void state_done(struct task *task, struct store *store)
{
	struct state_task *st = (struct state_task *)task;

	(void)store;

	st->done(task->err, st->arg);
}

static int change(struct store *store, const struct state_task *from)
{
	struct state_task *st;
	int err;

	st = mem_zalloc(sizeof(*st), state_destructor);
	if (!st)
		return ENOMEM;

	*st = *from;
	err = task_keep_texts(&st->block, st, textv, ARRAY_COUNT(textv));
	if (err) {
		mem_deref(st);
		return err;
	}

	return task_submit(store, &st->task);
}

int store_campaign_state(struct store *store, const char *name,
                         const char *state, store_done_h *done, void *arg)
{
	const struct state_task st = {
		.task = {.is_compound = true,
	                 .run = state_run,
	                 .done = state_done},
		.name = name,
		.state = state,
		.done = done,
		.arg = arg,
	};

	assert(store && name && state && done);

	return change(store, &st);
}

int store_campaign_settings(struct store *store, const char *name,
                            const char *settings, const char *client,
                            store_done_h *done, void *arg)
{
	const struct state_task st = {
		.task = {.run = state_run, .done = state_done},
		.name = name,
		.settings = settings,
		.client = client,
		.done = done,
		.arg = arg,
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
	char *block; /* of texts */
	int64_t wait_ms;
	store_settle_h *done;
	void *arg;
};

static const size_t settle_textv[] = {
	offsetof(struct settle_task, campaign),
	offsetof(struct settle_task, number),
};

static void settle_destructor(void *arg)
{
	struct settle_task *st = arg;

	mem_deref(st->block);
}

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

	st->done(task->err, (uint32_t)st->wait_ms, st->arg);
}

int store_settle(struct store *store, const char *campaign, const char *number,
                 store_settle_h *done, void *arg)
{
	struct settle_task *st;
	int err;

	assert(store && done);

	st = mem_zalloc(sizeof(*st), settle_destructor);
	if (!st)
		return ENOMEM;

	st->campaign = campaign;
	st->number = number;
	err = task_keep_texts(&st->block, st, settle_textv,
	                      ARRAY_COUNT(settle_textv));
	if (err) {
		mem_deref(st);
		return err;
	}
	st->task.is_read = true;
	st->task.run = settle_run;
	st->task.done = settle_done;
	st->done = done;
	st->arg = arg;

	return task_submit(store, &st->task);
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
		"?2") " ORDER BY 1, 3 DESC, 2";

struct counts_task {
	struct task task;
	char *name;
	struct {
		char kind[COUNT_KIND_SIZE];
		char *word;
		uint64_t n;
	} rowv[COUNTS_MAX];
	size_t rowc;
	store_count_h *handler;
	store_done_h *done;
	void *arg;
};

static void counts_clear(struct counts_task *ct)
{
	while (ct->rowc)
		mem_deref(ct->rowv[--ct->rowc].word);
}

static void counts_destructor(void *arg)
{
	struct counts_task *ct = arg;

	counts_clear(ct);
	mem_deref(ct->name);
}

static int counts_add(struct counts_task *ct, struct db_stmt *stmt)
{
	char *word;
	int err;

	err = str_dup(&word, db_text_at(stmt, 1));
	if (err)
		return err;

	(void)snprintf(ct->rowv[ct->rowc].kind, COUNT_KIND_SIZE, "%s",
	               db_text_at(stmt, 0));
	ct->rowv[ct->rowc].n = (uint64_t)db_int_at(stmt, 2);
	ct->rowv[ct->rowc++].word = word;

	return 0;
}

static int counts_run(struct task *task, struct db *db)
{
	struct counts_task *ct = (struct counts_task *)task;
	const struct db_arg argv[] = {
		db_text(ct->name),
		db_int(clock_wall_ms()),
	};
	struct db_stmt *stmt;
	int err;

	counts_clear(ct);
	err = db_ask(db, &stmt, counts_sql, argv, ARRAY_COUNT(argv));
	if (err)
		return err;

	while (ct->rowc < COUNTS_MAX && db_fetch(stmt, &err))
		err = counts_add(ct, stmt);
	db_rest(stmt);

	return !err && !ct->rowc ? ENOENT : err;
}

static void counts_done(struct task *task, struct store *store)
{
	struct counts_task *ct = (struct counts_task *)task;

	(void)store;

	for (size_t i = 0; i < ct->rowc && !task->err; i++) {
		const struct store_count count = {
			.kind = ct->rowv[i].kind,
			.word = ct->rowv[i].word,
			.n = ct->rowv[i].n,
		};

		ct->handler(&count, ct->arg);
	}
	ct->done(task->err, ct->arg);
}

int store_campaign_counts(struct store *store, const char *name,
                          store_count_h *handler, store_done_h *done, void *arg)
{
	struct counts_task *ct;
	int err;

	assert(store && name && handler && done);

	ct = mem_zalloc(sizeof(*ct), counts_destructor);
	if (!ct)
		return ENOMEM;

	err = str_dup(&ct->name, name);
	if (err) {
		mem_deref(ct);
		return err;
	}
	ct->task.is_read = true;
	ct->task.run = counts_run;
	ct->task.done = counts_done;
	ct->handler = handler;
	ct->done = done;
	ct->arg = arg;

	return task_submit(store, &ct->task);
}
