/*
 * store/q_list.c - lists and their contacts
 *
 * A dry run writes its contacts to a temporary table that ends with the
 * connection and never touches the database; from there on it is judged by
 * the same questions as a real list.
 */
#include <assert.h>
#include "base/clock.h"
#include "store/rows.h"
#include "store/task.h"

static const char insert_list_sql[] =
	"INSERT INTO lists (name, created_ms) VALUES (?, ?)"
	" ON CONFLICT (name) DO NOTHING";

static const char find_list_sql[] = "SELECT id FROM lists WHERE name = ?";

static const char make_dry_sql[] =
	"CREATE TEMP TABLE IF NOT EXISTS dry_contacts ("
	" id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE,"
	" row INTEGER NOT NULL, variables TEXT NOT NULL)";

static const char clear_dry_sql[] = "DELETE FROM temp.dry_contacts";

static const char fill_dry_sql[] =
	"INSERT INTO temp.dry_contacts"
	" SELECT c.id, c.number, c.row, c.variables"
	" FROM contacts c JOIN lists l ON l.id = c.list_id"
	" WHERE l.name = ?";

static const char insert_dry_sql[] =
	"INSERT INTO temp.dry_contacts (number, row, variables)"
	" VALUES (?, ?, ?) ON CONFLICT (number) DO NOTHING";

static const char insert_contact_sql[] =
	"INSERT INTO contacts (list_id, number, row, variables)"
	" VALUES (?, ?, ?, ?) ON CONFLICT (list_id, number) DO NOTHING";

/* --- the list ------------------------------------------------------------ */

struct list_task {
	struct task task;
	char *name;
	int64_t id;
	store_list_h *done;
	void *arg;
};

static void list_destructor(void *arg)
{
	struct list_task *lt = arg;

	mem_deref(lt->name);
}

static int list_run(struct task *task, struct db *db)
{
	struct list_task *lt = (struct list_task *)task;
	const struct db_arg argv[] = {
		db_text(lt->name),
		db_int(clock_wall_ms()),
	};
	int err;

	err = db_run(db, insert_list_sql, argv, 2);
	if (err)
		return err;

	return db_get_int(db, &lt->id, find_list_sql, argv, 1);
}

static int dry_run(struct task *task, struct db *db)
{
	struct list_task *lt = (struct list_task *)task;
	const struct db_arg name = db_text(lt->name);
	int err;

	lt->id = STORE_LIST_DRY;

	/* Prepared statements of the table come after it: kept apart. */
	err = db_run(db, make_dry_sql, NULL, 0);
	if (err)
		return err;

	err = db_run(db, clear_dry_sql, NULL, 0);
	if (err)
		return err;

	return db_run(db, fill_dry_sql, &name, 1);
}

static void list_done(struct task *task, struct store *store)
{
	struct list_task *lt = (struct list_task *)task;

	(void)store;

	lt->done(task->err, lt->id, lt->arg);
}

static int list_submit(struct store *store, const char *name, bool is_dry,
                       store_list_h *done, void *arg)
{
	struct list_task *lt;
	int err;

	assert(store && name && done);

	lt = mem_zalloc(sizeof(*lt), list_destructor);
	if (!lt)
		return ENOMEM;

	err = str_dup(&lt->name, name);
	if (err) {
		mem_deref(lt);
		return err;
	}

	lt->task.is_compound = true;
	lt->task.run = is_dry ? dry_run : list_run;
	lt->task.done = list_done;
	lt->done = done;
	lt->arg = arg;

	return task_submit(store, &lt->task);
}

int store_list(struct store *store, const char *name, store_list_h *done,
               void *arg)
{
	return list_submit(store, name, false, done, arg);
}

int store_list_dry(struct store *store, const char *name, store_list_h *done,
                   void *arg)
{
	return list_submit(store, name, true, done, arg);
}

/* --- its contacts -------------------------------------------------------- */

struct add_task {
	struct task task;
	int64_t list_id;
	struct store_contact *contactv;
	size_t contactc;
	struct store_var *varv; /* of all contacts */
	char *block;            /* their texts */
	uint32_t added;
	store_added_h *done;
	void *arg;
};

static void add_destructor(void *arg)
{
	struct add_task *at = arg;

	mem_deref(at->contactv);
	mem_deref(at->varv);
	mem_deref(at->block);
}

static const char *put(char **pp, const char *text)
{
	size_t size = strlen(text) + 1;
	char *p = *pp;

	memcpy(p, text, size);
	*pp += size;

	return p;
}

static int contacts_keep(struct add_task *at, const struct store_contact *from)
{
	struct store_var *var;
	size_t varc = 0, size = 1;
	char *p;

	for (size_t i = 0; i < at->contactc; i++) {
		size += strlen(from[i].number) + 1;
		varc += from[i].varc;
		for (size_t j = 0; j < from[i].varc; j++)
			size += strlen(from[i].varv[j].name) +
			        strlen(from[i].varv[j].value) + 2;
	}

	at->contactv = mem_zalloc((at->contactc + 1) * sizeof(*from), NULL);
	at->varv = var = mem_zalloc((varc + 1) * sizeof(*var), NULL);
	at->block = p = mem_zalloc(size, NULL);
	if (!at->contactv || !var || !p)
		return ENOMEM;

	for (size_t i = 0; i < at->contactc; i++) {
		at->contactv[i] = from[i];
		at->contactv[i].number = put(&p, from[i].number);
		at->contactv[i].varv = var;
		for (size_t j = 0; j < from[i].varc; j++, var++) {
			var->name = put(&p, from[i].varv[j].name);
			var->value = put(&p, from[i].varv[j].value);
		}
	}

	return 0;
}

static int add_one(struct add_task *at, struct db *db,
                   const struct store_contact *contact)
{
	bool is_dry = at->list_id == STORE_LIST_DRY;
	char *json;
	int err;

	err = rows_variables(&json, contact);
	if (err)
		return err;

	{
		const struct db_arg argv[] = {
			db_int(at->list_id),
			db_text(contact->number),
			db_int(contact->row),
			db_text(json),
		};

		err = is_dry ? db_run(db, insert_dry_sql, argv + 1, 3)
		             : db_run(db, insert_contact_sql, argv, 4);
		if (!err)
			at->added += db_changes(db);
	}
	mem_deref(json);

	return err;
}

static int add_run(struct task *task, struct db *db)
{
	struct add_task *at = (struct add_task *)task;
	int err = 0;

	at->added = 0;
	for (size_t i = 0; i < at->contactc && !err; i++)
		err = add_one(at, db, &at->contactv[i]);

	return err;
}

static void add_done(struct task *task, struct store *store)
{
	struct add_task *at = (struct add_task *)task;
	uint32_t added = task->err ? 0 : at->added;

	(void)store;

	at->done(task->err, added,
	         task->err ? 0 : (uint32_t)at->contactc - added, at->arg);
}

int store_contacts_add(struct store *store, int64_t list_id,
                       const struct store_contact *contactv, size_t contactc,
                       store_added_h *done, void *arg)
{
	struct add_task *at;
	int err;

	assert(store && (contactv || !contactc) && done);

	at = mem_zalloc(sizeof(*at), add_destructor);
	if (!at)
		return ENOMEM;

	at->contactc = contactc;
	err = contacts_keep(at, contactv);
	if (err) {
		mem_deref(at);
		return err;
	}

	at->task.is_compound = true;
	at->task.run = add_run;
	at->task.done = add_done;
	at->list_id = list_id;
	at->done = done;
	at->arg = arg;

	return task_submit(store, &at->task);
}
