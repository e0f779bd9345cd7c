/*
 * store/q_registry.c - published lists of numbers that nobody may call
 *
 * A number carries the edition that had it last. A new one is written over the
 * old one, so that no number is free in between, and what it does not have is
 * swept out behind it, a slice of the table at a time. Whatever breaks off
 * leaves more numbers on the list, and the list without its new date.
 */
#include <assert.h>
#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "store/gate.h"
#include "store/write.h"

enum {
	SWEEP_ROWS = 20000, /* looked at within one transaction */
	REGISTRIES_MAX = 100,
};

static const char begin_sql[] =
	"INSERT INTO registries (id, name)"
	" VALUES ((SELECT coalesce(max(id), 0) + 1 FROM registries), ?)"
	" ON CONFLICT (name) DO NOTHING";

static const char edition_sql[] =
	"SELECT edition + 1 FROM registries WHERE name = ?";

static const char add_sql[] =
	"INSERT INTO registry_numbers (number, registry_id, edition)"
	" SELECT ?2, id, ?3 FROM registries WHERE name = ?1"
	" ON CONFLICT (number, registry_id) DO UPDATE"
	" SET edition = excluded.edition"
	" WHERE registry_numbers.edition <> excluded.edition";

static const char publish_sql[] =
	"UPDATE registries SET source = ?2, published_ms = ?3, max_age_ms = ?4,"
	" edition = ?5, imported_ms = ?6, numbers = ?7 WHERE name = ?1";

/* Until it is gone altogether it counts as one that was not read. */
static const char leave_sql[] =
	"UPDATE registries SET imported_ms = 0, edition = -1 WHERE name = ?1";

static const char forget_sql[] =
	"DELETE FROM registries WHERE name = ?1 AND edition = -1";

static const char slice_sql[] =
	"SELECT coalesce(max(number), '') FROM (SELECT number"
	" FROM registry_numbers WHERE number > ?1 ORDER BY number LIMIT ?2) s";

static const char sweep_sql[] =
	"DELETE FROM registry_numbers WHERE number > ?2 AND number <= ?3"
	" AND registry_id IN (SELECT g.id FROM registries g"
	"  WHERE g.name = ?1 AND g.edition <> registry_numbers.edition)";

static const char all_sql[] =
	"SELECT g.name, g.source, g.published_ms, g.max_age_ms, g.imported_ms,"
	" g.numbers, g.edition, CASE WHEN " GATE_IS_STALE(
		"?1") " THEN 1 ELSE 0 END"
		      " FROM registries g ORDER BY g.name LIMIT ?2";

struct registry_task {
	struct task task;
	struct store_registry registry;
	int64_t edition;
	bool is_left;
	char after[NUMBER_SIZE]; /* swept up to here */
	bool is_swept;
	store_edition_h *begun;
};

static const size_t textv[] = {
	offsetof(struct registry_task, registry.name),
	offsetof(struct registry_task, registry.source),
};

static int submit(struct store *store, const struct registry_task *rt)
{
	return task_send(store, &rt->task, sizeof(*rt), textv,
	                 ARRAY_COUNT(textv));
}

/* --- an edition begins ----------------------------------------------------
 */

static int begin_run(struct task *task, struct db *db)
{
	struct registry_task *rt = (struct registry_task *)task;
	const struct db_arg name = db_text(rt->registry.name);
	int err;

	err = db_run(db, begin_sql, &name, 1);

	return err ? err : db_get_int(db, &rt->edition, edition_sql, &name, 1);
}

static void begin_done(struct task *task, struct store *store)
{
	struct registry_task *rt = (struct registry_task *)task;

	(void)store;

	rt->begun(task->err, rt->edition, task->arg);
}

int store_registry_begin(struct store *store, const char *name,
                         store_edition_h *done, void *arg)
{
	const struct registry_task rt = {
		.task = {.is_compound = true,
	                 .run = begin_run,
	                 .done = begin_done,
	                 .arg = arg},
		.registry = {.name = name},
		.begun = done,
	};

	assert(store && name && done);

	return submit(store, &rt);
}

/* --- its numbers ----------------------------------------------------------
 */

struct numbers_task {
	struct task task;
	int64_t edition;
	uint32_t added;
	store_added_h *done;
	char name[STORE_REGISTRY_SIZE];
	size_t numberc;
	char numberv[][NUMBER_SIZE];
};

static int numbers_run(struct task *task, struct db *db)
{
	struct numbers_task *nt = (struct numbers_task *)task;
	int err = 0;

	nt->added = 0;
	for (size_t i = 0; i < nt->numberc && !err; i++) {
		const struct db_arg argv[] = {
			db_text(nt->name),
			db_text(nt->numberv[i]),
			db_int(nt->edition),
		};

		err = db_run(db, add_sql, argv, ARRAY_COUNT(argv));
		nt->added += err ? 0 : db_changes(db);
	}

	return err;
}

static void numbers_done(struct task *task, struct store *store)
{
	struct numbers_task *nt = (struct numbers_task *)task;
	uint32_t added = task->err ? 0 : nt->added;

	(void)store;

	nt->done(task->err, added,
	         task->err ? 0 : (uint32_t)nt->numberc - added, task->arg);
}

int store_registry_add(struct store *store, const struct store_edition *edition,
                       const struct store_contact *contactv, size_t contactc,
                       store_added_h *done, void *arg)
{
	struct numbers_task *nt;

	assert(store && edition->name && done);

	nt = mem_zalloc(sizeof(*nt) + contactc * sizeof(nt->numberv[0]), NULL);
	if (!nt)
		return ENOMEM;

	for (size_t i = 0; i < contactc; i++)
		(void)text_copy(nt->numberv[i], NUMBER_SIZE,
		                contactv[i].number);
	(void)text_copy(nt->name, sizeof(nt->name), edition->name);
	nt->numberc = contactc;
	nt->edition = edition->n;
	nt->task.is_compound = true;
	nt->task.run = numbers_run;
	nt->task.done = numbers_done;
	nt->task.arg = arg;
	nt->done = done;

	return task_submit(store, &nt->task);
}

/* --- an edition ends, and with it the one before --------------------------
 */

static int sweep_run(struct task *task, struct db *db)
{
	struct registry_task *rt = (struct registry_task *)task;
	const struct db_arg slicev[] = {
		db_text(rt->after),
		db_int(SWEEP_ROWS),
	};
	char last[NUMBER_SIZE] = "";
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, slice_sql, slicev, ARRAY_COUNT(slicev));
	if (db_fetch(stmt, &err)) {
		(void)text_copy(last, sizeof(last), db_text_at(stmt, 0));
		db_rest(stmt);
	}
	if (err)
		return err;

	const struct db_arg argv[] = {
		db_text(rt->registry.name),
		db_text(rt->after),
		db_text(last),
	};

	rt->is_swept = !*last;
	if (!rt->is_swept)
		err = db_run(db, sweep_sql, argv, ARRAY_COUNT(argv));
	if (!err)
		(void)text_copy(rt->after, sizeof(rt->after), last);

	return err;
}

static int forget_last(struct store *store, const struct registry_task *rt)
{
	const struct db_arg name = db_text(rt->registry.name);
	const struct write_prm prm = {
		.sql = forget_sql,
		.argv = &name,
		.argc = 1,
	};

	return write_submit(store, &prm, rt->task.told, rt->task.arg);
}

static void swept_handler(struct task *task, struct store *store);

/* The next slice, or what comes behind the last one. */
static void go_on(struct store *store, const struct registry_task *before)
{
	struct registry_task rt = *before;
	int err = before->task.err;

	rt.task = (struct task){
		.is_compound = true,
		.run = sweep_run,
		.done = swept_handler,
		.told = before->task.told,
		.arg = before->task.arg,
	};
	if (!err && !rt.is_swept)
		err = submit(store, &rt);
	else if (!err && rt.is_left)
		err = forget_last(store, &rt);
	else
		rt.task.told(err, rt.task.arg);
	if (err && err != before->task.err)
		rt.task.told(err, rt.task.arg);
}

static void swept_handler(struct task *task, struct store *store)
{
	go_on(store, (struct registry_task *)task);
}

static int turn_run(struct task *task, struct db *db)
{
	struct registry_task *rt = (struct registry_task *)task;
	const struct store_registry *registry = &rt->registry;
	const struct db_arg argv[] = {
		db_text(registry->name),
		db_text(registry->source ? registry->source : ""),
		db_int(registry->published_ms),
		db_int(registry->max_age_ms),
		db_int(rt->edition),
		db_int(clock_wall_ms()),
		db_int((int64_t)registry->numbers),
	};
	int err;

	err = rt->is_left ? db_run(db, leave_sql, argv, 1)
	                  : db_run(db, publish_sql, argv, ARRAY_COUNT(argv));
	if (!err && !db_changes(db))
		err = ENOENT;

	return err;
}

int store_registry_publish(struct store *store,
                           const struct store_registry *registry, int64_t n,
                           store_done_h *done, void *arg)
{
	const struct registry_task rt = {
		.task = {.run = turn_run,
	                 .done = swept_handler,
	                 .told = done,
	                 .arg = arg},
		.registry = *registry,
		.edition = n,
	};

	assert(store && registry->name && done);

	return submit(store, &rt);
}

int store_registry_forget(struct store *store, const char *name,
                          store_done_h *done, void *arg)
{
	const struct registry_task rt = {
		.task = {.run = turn_run,
	                 .done = swept_handler,
	                 .told = done,
	                 .arg = arg},
		.registry = {.name = name},
		.is_left = true,
	};

	assert(store && name && done);

	return submit(store, &rt);
}

/* --- looking --------------------------------------------------------------
 */

struct row {
	struct le le;
	struct store_registry registry;
};

static const size_t row_textv[] = {
	offsetof(struct row, registry.name),
	offsetof(struct row, registry.source),
};

struct all_task {
	struct task task;
	store_registry_h *handler;
};

static int all_run(struct task *task, struct db *db)
{
	const struct db_arg argv[] = {
		db_int(clock_wall_ms()),
		db_int(REGISTRIES_MAX),
	};
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, all_sql, argv, ARRAY_COUNT(argv));
	while (db_fetch(stmt, &err)) {
		const struct row row = {
			.registry = {.name = db_text_at(stmt, 0),
		                     .source = db_text_at(stmt, 1),
		                     .published_ms = db_int_at(stmt, 2),
		                     .max_age_ms = db_int_at(stmt, 3),
		                     .imported_ms = db_int_at(stmt, 4),
		                     .numbers = (uint64_t)db_int_at(stmt, 5),
		                     .edition = db_int_at(stmt, 6),
		                     .is_stale = db_int_at(stmt, 7) > 0},
		};

		err = task_row(task, &row, sizeof(row), row_textv,
		               ARRAY_COUNT(row_textv));
	}

	return err;
}

static void all_each(struct task *task, const void *row)
{
	((struct all_task *)task)
		->handler(&((const struct row *)row)->registry, task->arg);
}

int store_registries(struct store *store, store_registry_h *handler,
                     store_done_h *done, void *arg)
{
	const struct all_task at = {
		.task = {.is_read = true,
	                 .run = all_run,
	                 .each = all_each,
	                 .told = done,
	                 .arg = arg},
		.handler = handler,
	};

	assert(store && handler && done);

	return task_send(store, &at.task, sizeof(at), NULL, 0);
}
