/*
 * store/q_block.c - the do-not-call list
 */
#include <assert.h>
#include "base/clock.h"
#include "store/block.h"
#include "store/sealing.h"
#include "store/task.h"

/* Of one campaign, or of all that begin so. */
static const char insert_scoped_sql[] =
	"INSERT INTO blocks (number, reason, created_ms, campaign_id,"
	" is_prefix) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";

struct block_task {
	struct task task;
	struct store_block_prm prm;
};

static const size_t textv[] = {
	offsetof(struct block_task, prm.number),
	offsetof(struct block_task, prm.reason),
	offsetof(struct block_task, prm.others),
	offsetof(struct block_task, prm.callid),
};

static int run(struct task *task, struct db *db)
{
	const struct store_block_prm *prm = &((struct block_task *)task)->prm;
	const struct db_arg argv[] = {
		db_text(prm->number),    db_text(prm->reason),
		db_int(clock_wall_ms()), db_int(prm->campaign_id),
		db_int(prm->is_prefix),
	};

	if (prm->campaign_id || prm->is_prefix)
		return db_run(db, insert_scoped_sql, argv, ARRAY_COUNT(argv));

	return block_put(db, prm);
}

int store_block_scoped(struct store *store, const struct store_block_prm *prm,
                       store_done_h *done, void *arg)
{
	const struct block_task bt = {
		.task = {.is_compound = prm->others || prm->callid,
	                 .run = run,
	                 .told = done,
	                 .arg = arg},
		.prm = *prm,
	};

	assert(store && prm->number && prm->reason);

	return task_send(store, &bt.task, sizeof(bt), textv,
	                 ARRAY_COUNT(textv));
}

int store_block(struct store *store, const char *number, const char *reason,
                store_done_h *done, void *arg)
{
	const struct store_block_prm prm = {.number = number, .reason = reason};

	return store_block_scoped(store, &prm, done, arg);
}

/* --- asking ----------------------------------------------------------------
 */

/* ?1 is the number, ?2 its name where it was erased. */
static const char find_sql[] =
	"SELECT reason FROM (SELECT reason FROM do_not_call"
	" WHERE number IN (?1, ?2) UNION ALL"
	" SELECT reason FROM blocks WHERE campaign_id = 0 AND is_prefix = 1"
	" AND substr(?1, 1, length(number)) = number UNION ALL"
	" SELECT 'on the list ' || g.name FROM registry_numbers r"
	" JOIN registries g ON g.id = r.registry_id WHERE r.number = ?1) b"
	" LIMIT 1";

struct blocked_task {
	struct task task;
	const char *number;
	char *reason; /* NULL: it is not there */
	store_blocked_h *done;
};

static const size_t blocked_textv[] = {
	offsetof(struct blocked_task, number),
};

static void blocked_release(struct task *task)
{
	mem_deref(((struct blocked_task *)task)->reason);
}

static int blocked_run(struct task *task, struct db *db)
{
	struct blocked_task *bt = (struct blocked_task *)task;
	char name[SEALING_NAME_SIZE] = "";
	const struct db_arg argv[] = {db_text(bt->number), db_text(name)};
	struct db_stmt *stmt;
	int err = 0;

	bt->reason = mem_deref(bt->reason);
	if (db_vault(db))
		err = sealing_name(name, db_vault(db), bt->number);
	if (err)
		return err;

	err = db_ask(db, &stmt, find_sql, argv, ARRAY_COUNT(argv));
	if (!db_fetch(stmt, &err))
		return err;

	err = str_dup(&bt->reason, db_text_at(stmt, 0));
	db_rest(stmt);

	return err;
}

static void blocked_done(struct task *task, struct store *store)
{
	struct blocked_task *bt = (struct blocked_task *)task;

	(void)store;

	bt->done(task->err, bt->reason, task->arg);
}

int store_blocked(struct store *store, const char *number,
                  store_blocked_h *done, void *arg)
{
	const struct blocked_task bt = {
		.task = {.is_read = true,
	                 .run = blocked_run,
	                 .done = blocked_done,
	                 .arg = arg,
	                 .release = blocked_release},
		.number = number,
		.done = done,
	};

	assert(store && number && done);

	return task_send(store, &bt.task, sizeof(bt), blocked_textv,
	                 ARRAY_COUNT(blocked_textv));
}
