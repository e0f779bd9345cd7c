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
	" GROUP BY begin_ms, name ORDER BY begin_ms, name LIMIT ?2";
/* clang-format on */

/* --- counting -------------------------------------------------------------
 */

struct usage_task {
	struct task task;
	struct store_usage usage;
};

static const size_t textv[] = {offsetof(struct usage_task, usage.service)};

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
	const struct usage_task ut = {
		.task = {.is_compound = true, .run = add_run},
		.usage = *usage,
	};

	assert(store && usage->service);

	return task_send(store, &ut.task, sizeof(ut), textv,
	                 ARRAY_COUNT(textv));
}

/* --- reading --------------------------------------------------------------
 */

struct usage_row {
	struct le le;
	struct store_usage usage;
};

static const size_t row_textv[] = {offsetof(struct usage_row, usage.service)};

struct usages_task {
	struct task task;
	int64_t since_ms;
	store_usage_h *handler;
};

static struct store_used used_at(struct db_stmt *stmt, int column)
{
	return (struct store_used){
		.requests = (uint64_t)db_int_at(stmt, column),
		.chars = (uint64_t)db_int_at(stmt, column + 1),
		.audio_ms = (uint64_t)db_int_at(stmt, column + 2),
	};
}

static int row_read(struct task *task, struct db_stmt *stmt)
{
	const struct usage_row row = {
		.usage = {.service = db_text_at(stmt, 0),
	                  .day_ms = db_int_at(stmt, 1),
	                  .all = used_at(stmt, 2),
	                  .beside = used_at(stmt, 5)},
	};

	return task_row(task, &row, sizeof(row), row_textv,
	                ARRAY_COUNT(row_textv));
}

static int each_run(struct task *task, struct db *db)
{
	const struct db_arg argv[] = {
		db_int(((struct usages_task *)task)->since_ms),
		db_int(USAGES_MAX),
	};
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, each_sql, argv, ARRAY_COUNT(argv));
	while (db_fetch(stmt, &err))
		err = row_read(task, stmt);

	return err;
}

static void each(struct task *task, const void *row)
{
	((struct usages_task *)task)
		->handler(&((const struct usage_row *)row)->usage, task->arg);
}

int store_usages(struct store *store, int64_t since_ms, store_usage_h *handler,
                 store_done_h *done, void *arg)
{
	const struct usages_task ut = {
		.task = {.is_read = true,
	                 .run = each_run,
	                 .each = each,
	                 .told = done,
	                 .arg = arg},
		.since_ms = since_ms,
		.handler = handler,
	};

	assert(store && handler && done);

	return task_send(store, &ut.task, sizeof(ut), NULL, 0);
}
