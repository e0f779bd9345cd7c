/*
 * store/q_campaign.c - a campaign: a list, and where each contact stands
 */
#include <assert.h>
#include "base/clock.h"
#include "store/task.h"
#include "store/worker.h"

static const char insert_sql[] =
	"INSERT INTO campaigns (name, list_id, script, created_ms)"
	" VALUES (?1, ?2, ?3, ?4)"
	" ON CONFLICT (name) DO UPDATE SET script = excluded.script,"
	" state = CASE campaigns.state WHEN 'paused' THEN 'paused'"
	" ELSE 'running' END"
	" WHERE campaigns.list_id = excluded.list_id";

static const char find_sql[] =
	"SELECT id FROM campaigns WHERE name = ? AND list_id = ?";

/* Contacts are never taken out of a list, so new ones have higher ids. */
static const char fill_sql[] =
	"INSERT INTO targets (campaign_id, contact_id)"
	" SELECT ?1, id FROM contacts WHERE list_id = ?2 AND id >"
	" (SELECT coalesce(max(contact_id), 0) FROM targets"
	"  WHERE campaign_id = ?1)";

static const char count_sql[] =
	"SELECT count(*), count(*) FILTER (WHERE t.state = 'done'),"
	" count(*) FILTER (WHERE t.state = 'ready'),"
	" count(*) FILTER (WHERE t.state = 'ready' AND EXISTS"
	"  (SELECT 1 FROM do_not_call d WHERE d.number = c.number)),"
	" (SELECT k.settings FROM campaigns k WHERE k.id = ?1)"
	" FROM targets t JOIN contacts c ON c.id = t.contact_id"
	" WHERE t.campaign_id = ?1";

enum {
	MANY = 1000, /* new contacts at once */
};

struct campaign_task {
	struct task task;
	const char *name;
	const char *script;
	char *block; /* of texts */
	char *settings;
	int64_t list_id;
	struct store_campaign campaign;
	store_campaign_h *done;
	void *arg;
};

static const size_t textv[] = {
	offsetof(struct campaign_task, name),
	offsetof(struct campaign_task, script),
};

static void destructor(void *arg)
{
	struct campaign_task *ct = arg;

	mem_deref(ct->block);
	mem_deref(ct->settings);
}

static int make(struct campaign_task *ct, struct db *db)
{
	const struct db_arg argv[] = {
		db_text(ct->name),
		db_int(ct->list_id),
		db_text(ct->script),
		db_int(clock_wall_ms()),
	};
	int err;

	err = db_run(db, insert_sql, argv, ARRAY_COUNT(argv));
	if (err)
		return err;

	err = db_get_int(db, &ct->campaign.id, find_sql, argv, 2);

	return err == ENOENT ? EEXIST : err;
}

static int fill(struct campaign_task *ct, struct db *db)
{
	const struct db_arg argv[] = {
		db_int(ct->campaign.id),
		db_int(ct->list_id),
	};
	int err;

	err = db_run(db, fill_sql, argv, ARRAY_COUNT(argv));
	if (err || db_changes(db) < MANY)
		return err;

	/* A server that has not looked at a new list yet would read all of it
	 * for each claim. */
	return db_script(db,
	                 db_say(db, "", "ANALYZE targets; ANALYZE contacts"));
}

static int count(struct campaign_task *ct, struct db *db)
{
	const struct db_arg id = db_int(ct->campaign.id);
	struct db_stmt *stmt;
	bool is_row;
	int err;

	err = db_ask(db, &stmt, count_sql, &id, 1);
	if (err)
		return err;

	err = db_next(stmt, &is_row);
	if (err)
		return err;

	ct->campaign.contacts = (uint32_t)db_int_at(stmt, 0);
	ct->campaign.done = (uint32_t)db_int_at(stmt, 1);
	ct->campaign.ready = (uint32_t)db_int_at(stmt, 2);
	ct->campaign.blocked = (uint32_t)db_int_at(stmt, 3);
	ct->settings = mem_deref(ct->settings);
	err = str_dup(&ct->settings, db_text_at(stmt, 4));
	ct->campaign.settings = ct->settings;
	db_rest(stmt);

	return err;
}

static int run(struct task *task, struct db *db)
{
	struct campaign_task *ct = (struct campaign_task *)task;
	int err;

	err = make(ct, db);
	if (err)
		return err;

	err = fill(ct, db);
	if (err)
		return err;

	err = worker_reap(db, ct->campaign.id, &ct->campaign.in_doubt);
	if (err)
		return err;

	return count(ct, db);
}

static void done_handler(struct task *task, struct store *store)
{
	struct campaign_task *ct = (struct campaign_task *)task;

	(void)store;

	ct->done(task->err, task->err ? NULL : &ct->campaign, ct->arg);
}

int store_campaign(struct store *store, const char *name, int64_t list_id,
                   const char *script, store_campaign_h *done, void *arg)
{
	struct campaign_task *ct;
	int err;

	assert(store && name && script && done);

	ct = mem_zalloc(sizeof(*ct), destructor);
	if (!ct)
		return ENOMEM;

	ct->name = name;
	ct->script = script;
	err = task_keep_texts(&ct->block, ct, textv, ARRAY_COUNT(textv));
	if (err) {
		mem_deref(ct);
		return err;
	}

	ct->task.is_compound = true;
	ct->task.run = run;
	ct->task.done = done_handler;
	ct->list_id = list_id;
	ct->done = done;
	ct->arg = arg;

	return task_submit(store, &ct->task);
}
