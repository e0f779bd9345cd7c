/*
 * store/q_plan.c - campaigns as data: made as drafts, listed, finished
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/sum.h"
#include "base/texts.h"
#include "store/task.h"

/* Whoever runs or has run stays what it is. */
static const char draft_sql[] =
	"INSERT INTO campaigns (name, list_id, script, created_ms, state,"
	" plan, settings, client)"
	" SELECT ?1, id, ?3, ?4, 'draft', ?5, ?6, ?7 FROM lists"
	" WHERE name = ?2"
	" ON CONFLICT (name) DO UPDATE SET list_id = excluded.list_id,"
	" script = excluded.script, plan = excluded.plan,"
	" settings = excluded.settings, client = excluded.client"
	" WHERE campaigns.state = 'draft' RETURNING id";

static const char has_list_sql[] = "SELECT id FROM lists WHERE name = ?";

static const char clear_sql[] =
	"DELETE FROM campaign_lists WHERE campaign_id = ?1";

static const char list_sql[] =
	"INSERT INTO campaign_lists (campaign_id, list_id, priority)"
	" SELECT ?1, id, ?3 FROM lists WHERE name = ?2"
	" ON CONFLICT (campaign_id, list_id) DO NOTHING";

static const char plans_sql[] =
	"SELECT k.id, k.name, k.state, k.script, k.plan, k.settings, k.client,"
	" k.created_ms, (SELECT count(*) FROM campaign_lists l"
	"  JOIN contacts c ON c.list_id = l.list_id"
	"  WHERE l.campaign_id = k.id),"
	" (SELECT count(*) FROM targets t WHERE t.campaign_id = k.id"
	"  AND t.state = 'done'),"
	" (SELECT count(*) FROM attempts a WHERE a.campaign_id = k.id)"
	" FROM campaigns k WHERE k.name = ?1 OR ?1 IS NULL"
	" ORDER BY k.created_ms, k.id LIMIT ?2";

/* Changes nothing: no other process writes it until we have. */
static const char hold_sql[] =
	"UPDATE campaigns SET name = name WHERE name = ?";

static const char plan_lists_sql[] =
	"SELECT l.name, p.priority FROM campaign_lists p"
	" JOIN lists l ON l.id = p.list_id WHERE p.campaign_id = ?"
	" ORDER BY p.priority DESC, p.list_id";

/* Whoever is in the hands of another process may come back. */
static const char over_sql[] =
	"UPDATE campaigns SET state = 'done' WHERE id = ?1"
	" AND state = 'running' AND NOT EXISTS (SELECT 1 FROM targets"
	" WHERE campaign_id = ?1 AND state <> 'done')";

enum {
	PLANS_MAX = 1000,
};

/* --- reading ------------------------------------------------------------- */

struct plan_row {
	struct le le;
	int64_t id;
	struct store_plan plan;
	struct store_plan_list listv[STORE_LISTS_MAX];
	char *block;
	char *list_blockv[STORE_LISTS_MAX];
};

struct plans_task {
	struct task task;
	const char *name; /* NULL: all */
	store_plan_h *handler;
};

static const size_t plans_textv[] = {
	offsetof(struct plans_task, name),
};

static const size_t row_textv[] = {
	offsetof(struct plan_row, plan.name),
	offsetof(struct plan_row, plan.state),
	offsetof(struct plan_row, plan.script),
	offsetof(struct plan_row, plan.plan),
	offsetof(struct plan_row, plan.settings),
	offsetof(struct plan_row, plan.client),
};

static void row_destructor(void *arg)
{
	struct plan_row *row = arg;

	for (size_t i = 0; i < row->plan.listc; i++)
		mem_deref(row->list_blockv[i]);
	mem_deref(row->block);
}

static int row_read(struct task *task, struct db_stmt *stmt)
{
	struct plan_row *row;
	int err;

	row = mem_zalloc(sizeof(*row), row_destructor);
	if (!row)
		return ENOMEM;

	row->id = db_int_at(stmt, 0);
	row->plan = (struct store_plan){
		.id = row->id,
		.name = db_text_at(stmt, 1),
		.state = db_text_at(stmt, 2),
		.script = db_text_at(stmt, 3),
		.plan = db_text_at(stmt, 4),
		.settings = db_text_at(stmt, 5),
		.client = db_text_at(stmt, 6),
		.created_ms = db_int_at(stmt, 7),
		.contacts = (uint32_t)db_int_at(stmt, 8),
		.done = (uint32_t)db_int_at(stmt, 9),
		.attempts = (uint32_t)db_int_at(stmt, 10),
	};
	list_append(&task->rowl, &row->le, row);
	err = texts_keep(&row->block, row, row_textv, ARRAY_COUNT(row_textv));
	row->plan.listv = row->listv;

	return err;
}

static int row_lists(struct plan_row *row, struct db *db)
{
	const struct db_arg id = db_int(row->id);
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, plan_lists_sql, &id, 1);
	if (err)
		return err;

	while (row->plan.listc < STORE_LISTS_MAX && db_fetch(stmt, &err)) {
		size_t i = row->plan.listc;

		err = str_dup(&row->list_blockv[i], db_text_at(stmt, 0));
		if (err)
			break;
		row->listv[i].name = row->list_blockv[i];
		row->listv[i].priority = db_int_at(stmt, 1);
		row->plan.listc++;
	}
	db_rest(stmt);

	return err;
}

/* Of what a draft is made of, and of nothing that changes by itself. */
static int mark_make(struct store_plan *plan)
{
	struct mbuf *mb = mbuf_alloc(1024);
	int err;

	if (!mb)
		return ENOMEM;

	err = mbuf_printf(mb, "%s\n%s\n%s", plan->script, plan->plan,
	                  plan->settings);
	for (size_t i = 0; i < plan->listc && !err; i++)
		err = mbuf_printf(mb, "\n%lld %s", plan->listv[i].priority,
		                  plan->listv[i].name);
	if (!err)
		err = sum_make(plan->mark, sizeof(plan->mark), mb->buf,
		               mb->end);
	mem_deref(mb);

	return err;
}

static int plans_run(struct task *task, struct db *db)
{
	struct plans_task *pt = (struct plans_task *)task;
	const struct db_arg argv[] = {db_text(pt->name), db_int(PLANS_MAX)};
	struct db_stmt *stmt;
	struct le *le;
	int err;

	err = db_ask(db, &stmt, plans_sql, argv, ARRAY_COUNT(argv));
	while (db_fetch(stmt, &err))
		err = row_read(task, stmt);
	for (le = list_head(&task->rowl); le && !err; le = le->next) {
		struct plan_row *row = le->data;

		err = row_lists(row, db);
		if (!err)
			err = mark_make(&row->plan);
	}

	return !err && pt->name && list_isempty(&task->rowl) ? ENOENT : err;
}

static void plans_each(struct task *task, const void *row)
{
	((struct plans_task *)task)
		->handler(&((const struct plan_row *)row)->plan, task->arg);
}

int store_plans(struct store *store, const char *name, store_plan_h *handler,
                store_done_h *done, void *arg)
{
	const struct plans_task pt = {
		.task = {.is_read = true,
	                 .run = plans_run,
	                 .each = plans_each,
	                 .told = done,
	                 .arg = arg},
		.name = name,
		.handler = handler,
	};

	assert(store && handler && done);

	return task_send(store, &pt.task, sizeof(pt), plans_textv,
	                 ARRAY_COUNT(plans_textv));
}

/* --- making -------------------------------------------------------------- */

struct make_task {
	struct task task;
	struct store_plan plan;
	struct store_plan_list listv[STORE_LISTS_MAX];
};

static const size_t textv[] = {
	offsetof(struct make_task, plan.name),
	offsetof(struct make_task, plan.script),
	offsetof(struct make_task, plan.plan),
	offsetof(struct make_task, plan.settings),
	offsetof(struct make_task, plan.client),
	offsetof(struct make_task, plan.instead_of),
};

static int lists_put(const struct make_task *mt, struct db *db, int64_t id)
{
	const struct db_arg campaign = db_int(id);
	int err;

	err = db_run(db, clear_sql, &campaign, 1);
	for (size_t i = 0; i < mt->plan.listc && !err; i++) {
		const struct db_arg argv[] = {
			campaign,
			db_text(mt->listv[i].name),
			db_int(mt->listv[i].priority),
		};

		err = db_run(db, list_sql, argv, ARRAY_COUNT(argv));
	}

	return err;
}

/* Whether the plan that is replaced is the one that its writer saw. */
static int replaced_check(const struct store_plan *plan, struct db *db)
{
	const struct db_arg name = db_text(plan->name);
	struct plans_task pt = {.name = plan->name};
	const struct plan_row *row;
	int err;

	err = db_run(db, hold_sql, &name, 1);
	if (!err)
		err = plans_run(&pt.task, db);
	row = list_ledata(list_head(&pt.task.rowl));
	if (err == ENOENT || (!err && strcmp(plan->instead_of, "*") != 0 &&
	                      strcmp(row->plan.mark, plan->instead_of) != 0))
		err = EALREADY;
	list_flush(&pt.task.rowl);

	return err;
}

static int make_run(struct task *task, struct db *db)
{
	const struct make_task *mt = (const struct make_task *)task;
	const struct store_plan *plan = &mt->plan;
	const struct db_arg argv[] = {
		db_text(plan->name),
		db_text(mt->listv[0].name),
		db_text(plan->script),
		db_int(clock_wall_ms()),
		db_text(plan->plan),
		db_text(plan->settings),
		db_text(plan->client ? plan->client : ""),
	};
	int64_t id;
	int err;

	err = plan->instead_of ? replaced_check(plan, db) : 0;
	for (size_t i = 0; i < plan->listc && !err; i++) {
		const struct db_arg name = db_text(mt->listv[i].name);

		err = db_get_int(db, &id, has_list_sql, &name, 1);
	}
	if (err)
		return err;

	err = db_get_int(db, &id, draft_sql, argv, ARRAY_COUNT(argv));
	if (err)
		return err == ENOENT ? EEXIST : err;

	return lists_put(mt, db, id);
}

int store_plan_make(struct store *store, const struct store_plan *plan,
                    store_done_h *done, void *arg)
{
	struct make_task mt = {
		.task = {.is_compound = true,
	                 .run = make_run,
	                 .told = done,
	                 .arg = arg},
		.plan = *plan,
	};
	size_t offsetv[ARRAY_COUNT(textv) + STORE_LISTS_MAX];

	assert(store && plan->name && plan->script && plan->plan);
	assert(plan->settings && done);
	assert(plan->listc && plan->listc <= STORE_LISTS_MAX);

	memcpy(offsetv, textv, sizeof(textv));
	for (size_t i = 0; i < plan->listc; i++) {
		mt.listv[i] = plan->listv[i];
		offsetv[ARRAY_COUNT(textv) + i] =
			(size_t)((char *)&mt.listv[i].name - (char *)&mt);
	}

	return task_send(store, &mt.task, sizeof(mt), offsetv,
	                 ARRAY_COUNT(textv) + plan->listc);
}

/* --- the end ------------------------------------------------------------- */

struct over_task {
	struct task task;
	int64_t campaign_id;
};

static int over_run(struct task *task, struct db *db)
{
	const struct over_task *ot = (const struct over_task *)task;
	const struct db_arg id = db_int(ot->campaign_id);

	return db_run(db, over_sql, &id, 1);
}

int store_campaign_over(struct store *store, int64_t campaign_id,
                        store_done_h *done, void *arg)
{
	const struct over_task ot = {
		.task = {.run = over_run, .told = done, .arg = arg},
		.campaign_id = campaign_id,
	};

	assert(store && done);

	return task_send(store, &ot.task, sizeof(ot), NULL, 0);
}
