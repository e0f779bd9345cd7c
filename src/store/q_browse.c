/*
 * store/q_browse.c - lists and blocks to look at, page by page
 */
#include <assert.h>
#include "store/pager.h"

static const char lists_sql[] =
	"SELECT l.name, l.created_ms,"
	" (SELECT count(*) FROM contacts c WHERE c.list_id = l.id)"
	" FROM lists l ORDER BY l.created_ms, l.id LIMIT 1000";

static const char find_sql[] = "SELECT id FROM lists WHERE name = ?";

static const char contacts_sql[] =
	"SELECT id, number, row, variables FROM contacts"
	" WHERE list_id = ? AND id > ? ORDER BY id LIMIT ?";

static const char blocks_sql[] =
	"SELECT number, reason, campaign, is_prefix, created_ms FROM ("
	" SELECT number, reason, '' AS campaign, 0 AS is_prefix, created_ms"
	" FROM do_not_call UNION ALL"
	" SELECT b.number, b.reason, coalesce(k.name, ''), b.is_prefix,"
	" b.created_ms FROM blocks b"
	" LEFT JOIN campaigns k ON k.id = b.campaign_id) b"
	" ORDER BY number, is_prefix, campaign LIMIT ?2 OFFSET ?1";

static const char unblock_sql[] = "DELETE FROM do_not_call WHERE number = ?1";

static const char unblock_prefix_sql[] =
	"DELETE FROM blocks WHERE number = ?1 AND is_prefix = 1"
	" AND campaign_id = 0";

/* --- short rows: lists, blocks -------------------------------------------- */

struct row {
	struct le le;
	struct store_list_row list;
	struct store_block block;
	char *texts;
};

struct rows_task {
	struct task task;
	struct store_page page;
	struct list rowl;
	store_lists_h *list_handler; /* one of these */
	store_block_h *block_handler;
	store_done_h *done;
	void *arg;
};

static const size_t textv[] = {
	offsetof(struct row, list.name),
	offsetof(struct row, block.number),
	offsetof(struct row, block.reason),
	offsetof(struct row, block.campaign),
};

static void row_destructor(void *arg)
{
	struct row *row = arg;

	list_unlink(&row->le);
	mem_deref(row->texts);
}

static void rows_destructor(void *arg)
{
	struct rows_task *rt = arg;

	list_flush(&rt->rowl);
}

static void list_read(struct row *row, struct db_stmt *stmt)
{
	row->list = (struct store_list_row){
		.name = db_text_at(stmt, 0),
		.created_ms = db_int_at(stmt, 1),
		.contacts = (uint64_t)db_int_at(stmt, 2),
	};
}

static void block_read(struct row *row, struct db_stmt *stmt)
{
	row->block = (struct store_block){
		.number = db_text_at(stmt, 0),
		.reason = db_text_at(stmt, 1),
		.campaign = db_text_at(stmt, 2),
		.is_prefix = db_int_at(stmt, 3) != 0,
		.created_ms = db_int_at(stmt, 4),
	};
}

static int row_read(struct rows_task *rt, struct db_stmt *stmt)
{
	struct row *row;

	row = mem_zalloc(sizeof(*row), row_destructor);
	if (!row)
		return ENOMEM;

	list_append(&rt->rowl, &row->le, row);
	if (rt->list_handler)
		list_read(row, stmt);
	else
		block_read(row, stmt);

	return task_keep_texts(&row->texts, row, textv, ARRAY_COUNT(textv));
}

static int rows_run(struct task *task, struct db *db)
{
	struct rows_task *rt = (struct rows_task *)task;
	const struct db_arg argv[] = {
		db_int(rt->page.after),
		db_int(rt->page.limit),
	};
	struct db_stmt *stmt;
	int err;

	list_flush(&rt->rowl);
	if (rt->list_handler)
		err = db_ask(db, &stmt, lists_sql, NULL, 0);
	else
		err = db_ask(db, &stmt, blocks_sql, argv, ARRAY_COUNT(argv));
	while (db_fetch(stmt, &err))
		err = row_read(rt, stmt);

	return err;
}

static void rows_done(struct task *task, struct store *store)
{
	struct rows_task *rt = (struct rows_task *)task;
	struct le *le;

	(void)store;

	for (le = list_head(&rt->rowl); le && !task->err; le = le->next) {
		const struct row *row = le->data;

		if (rt->list_handler)
			rt->list_handler(&row->list, rt->arg);
		else
			rt->block_handler(&row->block, rt->arg);
	}
	rt->done(task->err, rt->arg);
}

static int rows_submit(struct store *store, const struct rows_task *from)
{
	struct rows_task *rt;

	rt = mem_zalloc(sizeof(*rt), rows_destructor);
	if (!rt)
		return ENOMEM;

	*rt = *from;
	rt->task.is_read = true;
	rt->task.run = rows_run;
	rt->task.done = rows_done;

	return task_submit(store, &rt->task);
}

int store_lists(struct store *store, store_lists_h *handler, store_done_h *done,
                void *arg)
{
	const struct rows_task from = {
		.list_handler = handler,
		.done = done,
		.arg = arg,
	};

	assert(store && handler && done);

	return rows_submit(store, &from);
}

int store_blocks(struct store *store, const struct store_page *page,
                 store_block_h *handler, store_done_h *done, void *arg)
{
	const struct rows_task from = {
		.page = *page,
		.block_handler = handler,
		.done = done,
		.arg = arg,
	};

	assert(store && handler && done);
	assert(page->limit <= STORE_PAGE_MAX);

	return rows_submit(store, &from);
}

/* --- contacts ------------------------------------------------------------- */

struct contacts_task {
	struct pager pager;
	char *list;
	store_contact_h *handler;
};

static void contacts_destructor(void *arg)
{
	struct contacts_task *ct = arg;

	pager_reset(&ct->pager);
	mem_deref(ct->list);
}

static int contacts_ask(struct pager *pager, struct db *db,
                        struct db_stmt **stmtp)
{
	const struct contacts_task *ct = (const struct contacts_task *)pager;
	const struct db_arg name = db_text(ct->list);
	int64_t id;
	int err;

	err = db_get_int(db, &id, find_sql, &name, 1);
	if (err)
		return err;

	{
		const struct db_arg argv[] = {
			db_int(id),
			db_int(pager->after_id),
			db_int(pager->limit),
		};

		return db_ask(db, stmtp, contacts_sql, argv, ARRAY_COUNT(argv));
	}
}

static int contacts_read(struct pager *pager, struct db *db,
                         struct db_stmt *stmt, struct pager_row *row)
{
	(void)pager;
	(void)db;
	(void)stmt;
	(void)row;

	return 0;
}

static void contacts_tell(struct pager *pager, const struct pager_row *row)
{
	const struct contacts_task *ct = (const struct contacts_task *)pager;

	ct->handler(row->result.contact, pager->arg);
}

int store_contacts(struct store *store, const char *list,
                   const struct store_page *page, store_contact_h *handler,
                   store_done_h *done, void *arg)
{
	struct contacts_task *ct;
	int err;

	assert(store && list && handler && done);
	assert(page->limit && page->limit <= STORE_PAGE_MAX);

	ct = mem_zalloc(sizeof(*ct), contacts_destructor);
	if (!ct)
		return ENOMEM;

	err = str_dup(&ct->list, list);
	if (err) {
		mem_deref(ct);
		return err;
	}
	pager_init(&ct->pager);
	ct->pager.ask = contacts_ask;
	ct->pager.read = contacts_read;
	ct->pager.tell = contacts_tell;
	ct->pager.after_id = page->after;
	ct->pager.limit = page->limit;
	ct->pager.is_single = true;
	ct->pager.done = done;
	ct->pager.arg = arg;
	ct->handler = handler;

	return task_submit(store, &ct->pager.task);
}

/* --- taking a block away -------------------------------------------------- */

struct unblock_task {
	struct task task;
	char *number;
	bool is_prefix;
	store_done_h *done;
	void *arg;
};

static void unblock_destructor(void *arg)
{
	struct unblock_task *ut = arg;

	mem_deref(ut->number);
}

static int unblock_run(struct task *task, struct db *db)
{
	const struct unblock_task *ut = (const struct unblock_task *)task;
	const struct db_arg number = db_text(ut->number);
	int err;

	err = db_run(db, ut->is_prefix ? unblock_prefix_sql : unblock_sql,
	             &number, 1);

	return !err && !db_changes(db) ? ENOENT : err;
}

static void unblock_done(struct task *task, struct store *store)
{
	const struct unblock_task *ut = (const struct unblock_task *)task;

	(void)store;

	ut->done(task->err, ut->arg);
}

int store_unblock(struct store *store, const char *number, bool is_prefix,
                  store_done_h *done, void *arg)
{
	struct unblock_task *ut;
	int err;

	assert(store && number && done);

	ut = mem_zalloc(sizeof(*ut), unblock_destructor);
	if (!ut)
		return ENOMEM;

	err = str_dup(&ut->number, number);
	if (err) {
		mem_deref(ut);
		return err;
	}
	ut->task.run = unblock_run;
	ut->task.done = unblock_done;
	ut->is_prefix = is_prefix;
	ut->done = done;
	ut->arg = arg;

	return task_submit(store, &ut->task);
}
