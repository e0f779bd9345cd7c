/*
 * store/q_browse.c - lists and blocks to look at, page by page
 */
#include <assert.h>
#include "store/pager.h"
#include "store/write.h"

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
};

struct rows_task {
	struct task task;
	struct store_page page;
	store_lists_h *list_handler; /* one of these */
	store_block_h *block_handler;
};

static const size_t textv[] = {
	offsetof(struct row, list.name),
	offsetof(struct row, block.number),
	offsetof(struct row, block.reason),
	offsetof(struct row, block.campaign),
};

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
	struct row row = {.list = {.name = NULL}};

	if (rt->list_handler)
		list_read(&row, stmt);
	else
		block_read(&row, stmt);

	return task_row(&rt->task, &row, sizeof(row), textv,
	                ARRAY_COUNT(textv));
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

	if (rt->list_handler)
		err = db_ask(db, &stmt, lists_sql, NULL, 0);
	else
		err = db_ask(db, &stmt, blocks_sql, argv, ARRAY_COUNT(argv));
	while (db_fetch(stmt, &err))
		err = row_read(rt, stmt);

	return err;
}

static void rows_each(struct task *task, const void *arg)
{
	const struct rows_task *rt = (const struct rows_task *)task;
	const struct row *row = arg;

	if (rt->list_handler)
		rt->list_handler(&row->list, task->arg);
	else
		rt->block_handler(&row->block, task->arg);
}

int store_lists(struct store *store, store_lists_h *handler, store_done_h *done,
                void *arg)
{
	const struct rows_task rt = {
		.task = {.is_read = true,
	                 .run = rows_run,
	                 .each = rows_each,
	                 .told = done,
	                 .arg = arg},
		.list_handler = handler,
	};

	assert(store && handler && done);

	return task_send(store, &rt.task, sizeof(rt), NULL, 0);
}

int store_blocks(struct store *store, const struct store_page *page,
                 store_block_h *handler, store_done_h *done, void *arg)
{
	const struct rows_task rt = {
		.task = {.is_read = true,
	                 .run = rows_run,
	                 .each = rows_each,
	                 .told = done,
	                 .arg = arg},
		.page = *page,
		.block_handler = handler,
	};

	assert(store && handler && done);
	assert(page->limit <= STORE_PAGE_MAX);

	return task_send(store, &rt.task, sizeof(rt), NULL, 0);
}

/* --- contacts ------------------------------------------------------------- */

struct contacts_task {
	struct pager pager;
	const char *list;
	store_contact_h *handler;
};

static const size_t contacts_textv[] = {
	offsetof(struct contacts_task, list),
};

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

	ct->handler(row->result.contact, pager->task.arg);
}

int store_contacts(struct store *store, const char *list,
                   const struct store_page *page, store_contact_h *handler,
                   store_done_h *done, void *arg)
{
	struct contacts_task ct = {
		.pager = {.task = {.told = done, .arg = arg},
	                  .ask = contacts_ask,
	                  .read = contacts_read,
	                  .tell = contacts_tell,
	                  .after_id = page->after,
	                  .is_single = true},
		.list = list,
		.handler = handler,
	};

	assert(store && list && handler && done);
	assert(page->limit && page->limit <= STORE_PAGE_MAX);

	pager_init(&ct.pager);
	ct.pager.limit = page->limit;

	return task_send(store, &ct.pager.task, sizeof(ct), contacts_textv,
	                 ARRAY_COUNT(contacts_textv));
}

/* --- taking a block away -------------------------------------------------- */

int store_unblock(struct store *store, const char *number, bool is_prefix,
                  store_done_h *done, void *arg)
{
	const struct db_arg argv[] = {db_text(number)};
	const struct write_prm prm = {
		.sql = is_prefix ? unblock_prefix_sql : unblock_sql,
		.argv = argv,
		.argc = ARRAY_COUNT(argv),
		.must_touch = true,
	};

	assert(store && number && done);

	return write_submit(store, &prm, done, arg);
}
