/*
 * store/q_campaign.c - a campaign: its lists, and where each contact stands
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
	" WHERE EXISTS (SELECT 1 FROM campaign_lists l"
	"  WHERE l.campaign_id = campaigns.id"
	"  AND l.list_id = excluded.list_id)";

static const char insert_list_sql[] =
	"INSERT INTO campaign_lists (campaign_id, list_id)"
	" SELECT id, list_id FROM campaigns WHERE name = ?1"
	" ON CONFLICT DO NOTHING";

static const char find_sql[] =
	"SELECT k.id FROM campaigns k JOIN campaign_lists l"
	" ON l.campaign_id = k.id WHERE k.name = ?1 AND l.list_id = ?2";

/* As it was made, whatever its lists. */
static const char begin_sql[] =
	"UPDATE campaigns SET script = ?3,"
	" state = CASE state WHEN 'paused' THEN 'paused' ELSE 'running' END"
	" WHERE name = ?1 RETURNING id";

static const char lists_sql[] =
	"SELECT list_id, priority, filled_id FROM campaign_lists"
	" WHERE campaign_id = ? ORDER BY priority DESC, list_id";

/* Contacts are never taken out of a list, so new ones have higher ids. Who
 * stands in another list of the campaign has a place already. A join with
 * targets would let PostgreSQL, which knows nothing yet of a new campaign,
 * read all its targets for each contact; a count is looked up by the key.
 * Piece by piece, for a server that is silent for long counts as away. */
static const char fill_sql[] =
	"INSERT INTO targets (campaign_id, contact_id, due_ms)"
	" SELECT ?1, c.id, ?4 FROM contacts c"
	" WHERE c.list_id = ?2 AND c.id > ?3 AND c.id <= ?5 AND NOT EXISTS"
	" (SELECT 1 FROM campaign_lists l JOIN contacts o"
	"  ON o.list_id = l.list_id AND o.number = c.number"
	"  WHERE l.campaign_id = ?1 AND l.list_id <> ?2"
	"  AND (SELECT count(*) FROM targets t"
	"   WHERE t.campaign_id = ?1 AND t.contact_id = o.id) > 0)";

static const char last_sql[] =
	"SELECT coalesce(max(id), 0) FROM contacts WHERE list_id = ?";

static const char filled_sql[] = "UPDATE campaign_lists SET filled_id = ?3"
				 " WHERE campaign_id = ?1 AND list_id = ?2";

static const char count_sql[] =
	"SELECT count(*), count(*) FILTER (WHERE t.state = 'done'),"
	" count(*) FILTER (WHERE t.state = 'ready'),"
	" count(*) FILTER (WHERE t.state = 'ready' AND EXISTS"
	"  (SELECT 1 FROM do_not_call d WHERE d.number = c.number)),"
	" (SELECT k.settings FROM campaigns k WHERE k.id = ?1)"
	" FROM targets t JOIN contacts c ON c.id = t.contact_id"
	" WHERE t.campaign_id = ?1";

static const char by_key_sql[] = "SET LOCAL enable_seqscan = off";
static const char as_ever_sql[] = "SET LOCAL enable_seqscan = on";
static const char analyze_sql[] = "ANALYZE targets; ANALYZE contacts";

enum {
	MANY = 1000,    /* new contacts at once */
	PIECE = 200000, /* ids that one statement looks at */
};

struct campaign_task {
	struct task task;
	const char *name;
	const char *script;
	char *settings;
	int64_t list_id;
	struct store_campaign campaign;
	store_campaign_h *done;
};

static const size_t textv[] = {
	offsetof(struct campaign_task, name),
	offsetof(struct campaign_task, script),
};

static void release(struct task *task)
{
	mem_deref(((struct campaign_task *)task)->settings);
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

	if (ct->list_id == STORE_LIST_OWN)
		return db_get_int(db, &ct->campaign.id, begin_sql, argv, 3);

	err = db_run(db, insert_sql, argv, ARRAY_COUNT(argv));
	if (!err)
		err = db_run(db, insert_list_sql, argv, 1);
	if (err)
		return err;

	err = db_get_int(db, &ct->campaign.id, find_sql, argv, 2);

	return err == ENOENT ? EEXIST : err;
}

struct part {
	int64_t list_id, priority, filled_id;
};

/* All that is read before anything is written. */
static int parts_read(struct part partv[STORE_LISTS_MAX], size_t *partcp,
                      struct db *db, int64_t campaign_id)
{
	const struct db_arg id = db_int(campaign_id);
	struct db_stmt *stmt;
	size_t n = 0;
	int err;

	err = db_ask(db, &stmt, lists_sql, &id, 1);
	if (err)
		return err;

	while (n < STORE_LISTS_MAX && db_fetch(stmt, &err))
		partv[n++] = (struct part){
			.list_id = db_int_at(stmt, 0),
			.priority = db_int_at(stmt, 1),
			.filled_id = db_int_at(stmt, 2),
		};
	db_rest(stmt);
	*partcp = n;

	return err;
}

static int part_fill(struct db *db, int64_t campaign_id,
                     const struct part *part, uint32_t *newp)
{
	struct db_arg argv[] = {
		db_int(campaign_id),
		db_int(part->list_id),
		db_int(part->filled_id),
		/* Among those who are due at once, the lower comes first. */
		db_int(-part->priority),
		db_int(0),
	};
	int64_t last;
	int err;

	err = db_get_int(db, &last, last_sql, &argv[1], 1);
	for (int64_t id = part->filled_id; id < last && !err; id += PIECE) {
		argv[2] = db_int(id);
		argv[4] = db_int(id + PIECE < last ? id + PIECE : last);
		err = db_run(db, fill_sql, argv, ARRAY_COUNT(argv));
		*newp += err ? 0 : db_changes(db);
	}
	if (err || last <= part->filled_id)
		return err;

	argv[2] = db_int(last);

	return db_run(db, filled_sql, argv, 3);
}

static int fill(struct campaign_task *ct, struct db *db)
{
	struct part partv[STORE_LISTS_MAX];
	uint32_t added = 0;
	size_t partc;
	int err;

	/* A server that has not looked at a new list yet would read all of it
	 * for each of its contacts, and later for each claim. */
	err = parts_read(partv, &partc, db, ct->campaign.id);
	if (!err)
		err = db_script(db, db_say(db, "", by_key_sql));
	for (size_t i = 0; i < partc && !err; i++)
		err = part_fill(db, ct->campaign.id, &partv[i], &added);
	if (!err)
		err = db_script(db, db_say(db, "", as_ever_sql));
	if (err || added < MANY)
		return err;

	return db_script(db, db_say(db, "", analyze_sql));
}

static int count(struct campaign_task *ct, struct db *db)
{
	const struct db_arg id = db_int(ct->campaign.id);
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, count_sql, &id, 1);
	if (!db_fetch(stmt, &err))
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

	ct->done(task->err, task->err ? NULL : &ct->campaign, task->arg);
}

int store_campaign(struct store *store, const char *name, int64_t list_id,
                   const char *script, store_campaign_h *done, void *arg)
{
	const struct campaign_task ct = {
		.task = {.is_compound = true,
	                 .run = run,
	                 .done = done_handler,
	                 .arg = arg,
	                 .release = release},
		.name = name,
		.script = script,
		.list_id = list_id,
		.done = done,
	};

	assert(store && name && script && done);

	return task_send(store, &ct.task, sizeof(ct), textv,
	                 ARRAY_COUNT(textv));
}
