/*
 * store/pager.c - long answers in pages
 */
#include "store/pager.h"

static void row_destructor(void *arg)
{
	struct pager_row *row = arg;

	mem_deref(row->contact);
	mem_deref(row->block);
}

static int row_read(struct pager *pager, struct db *db, struct db_stmt *stmt)
{
	struct pager_row *row;
	int err;

	row = mem_zalloc(sizeof(*row), row_destructor);
	if (!row)
		return ENOMEM;

	err = rows_contact(&row->contact, stmt, 0);
	if (err)
		goto out;

	row->result.contact = &row->contact->contact;
	err = pager->read(pager, db, stmt, row);

out:
	if (err)
		mem_deref(row);
	else
		list_append(&pager->task.rowl, &row->le, row);

	return err;
}

static int run(struct task *task, struct db *db)
{
	struct pager *pager = (struct pager *)task;
	struct db_stmt *stmt;
	int err;

	err = pager->ask(pager, db, &stmt);
	if (err)
		return err;

	while (db_fetch(stmt, &err))
		err = row_read(pager, db, stmt);

	return err;
}

static void done_handler(struct task *task, struct store *store)
{
	struct pager *pager = (struct pager *)task;
	struct pager_row *row;
	struct le *le;
	int err = task->err;

	if (err || list_isempty(&pager->task.rowl)) {
		task->told(err, task->arg);
		return;
	}

	row = list_tail(&pager->task.rowl)->data;
	pager->after_id = row->contact->contact.id;
	LIST_FOREACH (&pager->task.rowl, le) {
		pager->tell(pager, le->data);
	}

	if (!pager->is_single)
		err = task_submit(store, mem_ref(task));
	if (err || pager->is_single)
		task->told(err, task->arg);
}

void pager_init(struct pager *pager)
{
	pager->limit = PAGER_ROWS;
	pager->task.is_read = true;
	pager->task.run = run;
	pager->task.done = done_handler;
}
