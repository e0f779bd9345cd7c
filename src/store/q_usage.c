/*
 * store/q_usage.c - what speech services did, by day
 */
#include <assert.h>
#include "store/task.h"

enum {
	USAGES_MAX = 100000, /* rows: decades of a few services */
};

static const int64_t day_ms = 86400000;

static const char add_sql[] =
	"INSERT INTO tallies (kind, name, begin_ms, amount)"
	" VALUES (?1, ?2, ?3, ?4) ON CONFLICT (kind, name, begin_ms)"
	" DO UPDATE SET amount = tallies.amount + excluded.amount";

#define SUM(kind)                                                              \
	" CAST(sum(CASE kind WHEN '" kind "' THEN amount ELSE 0 END) AS "      \
	"BIGINT)"

/* clang-format off */
static const char each_sql[] =
	"SELECT name, begin_ms,"
	SUM("speech_requests") "," SUM("speech_characters") ","
	SUM("speech_ms") "," SUM("beside_requests") ","
	SUM("beside_characters") "," SUM("beside_ms")
	" FROM tallies WHERE kind IN ('speech_requests',"
	" 'speech_characters', 'speech_ms', 'beside_requests',"
	" 'beside_characters', 'beside_ms') AND begin_ms >= ?1"
	" GROUP BY begin_ms, name ORDER BY begin_ms, name";
/* clang-format on */

/* --- counting -------------------------------------------------------------
 */

struct usage_task {
	struct task task;
	struct store_usage usage;
	char *block; /* of its text */
};

static const size_t textv[] = {offsetof(struct usage_task, usage.service)};

static void usage_destructor(void *arg)
{
	struct usage_task *ut = arg;

	mem_deref(ut->block);
}

static int amount_add(const struct store_usage *usage, struct db *db,
                      const char *kind, uint64_t amount)
{
	const struct db_arg argv[] = {
		db_text(kind),
		db_text(usage->service),
		db_int(usage->day_ms - usage->day_ms % day_ms),
		db_int((int64_t)amount),
	};

	return amount ? db_run(db, add_sql, argv, ARRAY_COUNT(argv)) : 0;
}

static int add_run(struct task *task, struct db *db)
{
	const struct store_usage *usage = &((struct usage_task *)task)->usage;
	const struct {
		const char *kind;
		uint64_t amount;
	} rowv[] = {
		{"speech_requests", usage->all.requests},
		{"speech_characters", usage->all.chars},
		{"speech_ms", usage->all.audio_ms},
		{"beside_requests", usage->beside.requests},
		{"beside_characters", usage->beside.chars},
		{"beside_ms", usage->beside.audio_ms},
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv) && !err; i++)
		err = amount_add(usage, db, rowv[i].kind, rowv[i].amount);

	return err;
}

int store_usage_add(struct store *store, const struct store_usage *usage)
{
	struct usage_task *ut;
	int err;

	assert(store && usage->service);

	ut = mem_zalloc(sizeof(*ut), usage_destructor);
	if (!ut)
		return ENOMEM;

	ut->usage = *usage;
	err = task_keep_texts(&ut->block, ut, textv, ARRAY_COUNT(textv));
	if (err) {
		mem_deref(ut);
		return err;
	}
	ut->task.run = add_run;
	ut->task.is_compound = true;

	return task_submit(store, &ut->task);
}

/* --- reading --------------------------------------------------------------
 */

struct usage_row {
	struct le le;
	struct store_usage usage;
	char *block;
};

static const size_t row_textv[] = {offsetof(struct usage_row, usage.service)};

struct usages_task {
	struct task task;
	int64_t since_ms;
	struct list rowl;
	size_t rowc;
	store_usage_h *handler;
	store_done_h *done;
	void *arg;
};

static void row_destructor(void *arg)
{
	struct usage_row *row = arg;

	mem_deref(row->block);
}

static void usages_destructor(void *arg)
{
	struct usages_task *ut = arg;

	list_flush(&ut->rowl);
}

static struct store_used used_at(struct db_stmt *stmt, int column)
{
	return (struct store_used){
		.requests = (uint64_t)db_int_at(stmt, column),
		.chars = (uint64_t)db_int_at(stmt, column + 1),
		.audio_ms = (uint64_t)db_int_at(stmt, column + 2),
	};
}

static int row_read(struct usages_task *ut, struct db_stmt *stmt)
{
	struct usage_row *row;

	row = mem_zalloc(sizeof(*row), row_destructor);
	if (!row)
		return ENOMEM;

	row->usage = (struct store_usage){
		.service = db_text_at(stmt, 0),
		.day_ms = db_int_at(stmt, 1),
		.all = used_at(stmt, 2),
		.beside = used_at(stmt, 5),
	};
	list_append(&ut->rowl, &row->le, row);
	ut->rowc++;

	return task_keep_texts(&row->block, row, row_textv,
	                       ARRAY_COUNT(row_textv));
}

static int each_run(struct task *task, struct db *db)
{
	struct usages_task *ut = (struct usages_task *)task;
	const struct db_arg since = db_int(ut->since_ms);
	struct db_stmt *stmt;
	int err;

	list_flush(&ut->rowl);
	ut->rowc = 0;
	err = db_ask(db, &stmt, each_sql, &since, 1);
	if (err)
		return err;

	while (ut->rowc < USAGES_MAX && db_fetch(stmt, &err))
		err = row_read(ut, stmt);
	db_rest(stmt);

	return err;
}

static void each_done(struct task *task, struct store *store)
{
	struct usages_task *ut = (struct usages_task *)task;
	struct le *le;

	(void)store;

	for (le = list_head(&ut->rowl); le && !task->err; le = le->next) {
		const struct usage_row *row = le->data;

		ut->handler(&row->usage, ut->arg);
	}
	ut->done(task->err, ut->arg);
}

int store_usages(struct store *store, int64_t since_ms, store_usage_h *handler,
                 store_done_h *done, void *arg)
{
	struct usages_task *ut;

	assert(store && handler && done);

	ut = mem_zalloc(sizeof(*ut), usages_destructor);
	if (!ut)
		return ENOMEM;

	ut->task.is_read = true;
	ut->task.run = each_run;
	ut->task.done = each_done;
	ut->since_ms = since_ms;
	ut->handler = handler;
	ut->done = done;
	ut->arg = arg;

	return task_submit(store, &ut->task);
}
