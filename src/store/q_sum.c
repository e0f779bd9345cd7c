/*
 * store/q_sum.c - what came of a campaign, in sums
 */
#include <assert.h>
#include "store/task.h"

enum {
	SUMS_MAX = 10000, /* rows: more than a year of hours */
};

/* clang-format off */
#define FIGURES                                                                \
	" count(*), count(c.callid) FILTER (WHERE c.answer_ms > 0),"           \
	" CAST(coalesce(sum(CASE WHEN c.answer_ms > 0"                         \
	"  THEN c.end_ms - c.answer_ms ELSE 0 END), 0) AS BIGINT),"            \
	" CAST(coalesce(sum(CASE WHEN c.answer_ms > 0"                         \
	"  THEN c.intention ELSE 0 END), 0) AS BIGINT),"                       \
	" CAST(coalesce(sum(a.end_ms - a.start_ms), 0) AS BIGINT)"
/* clang-format on */
#define OF_CAMPAIGN                                                            \
	" FROM campaigns k JOIN attempts a ON a.campaign_id = k.id"            \
	" AND a.is_used = 1 AND a.state = 'ended'"                             \
	" LEFT JOIN calls c ON c.attempt_id = a.id WHERE k.name = ?1"
#define BY(kind, word, more)                                                   \
	"SELECT '" kind "' AS kind, " word                                     \
	" AS word," FIGURES OF_CAMPAIGN more " GROUP BY " word

static const char sums_sql[] =
	/* clang-format off */
	"SELECT 'all' AS kind, '' AS word," FIGURES OF_CAMPAIGN
	" UNION ALL " BY("outcome", "a.outcome", "")
	" UNION ALL " BY("label", "c.label", " AND c.label <> ''")
	" UNION ALL " BY("class", "c.class_letter",
			 " AND c.class_letter <> ''")
	" UNION ALL " BY("line", "a.line", "")
	" UNION ALL " BY("hour", "CAST(a.start_ms / 3600000 AS TEXT)", "")
	/* clang-format on */
	" ORDER BY 1, 3 DESC, 2 LIMIT ?2";

static const char exists_sql[] = "SELECT id FROM campaigns WHERE name = ?";

struct sum_row {
	struct le le;
	struct store_sum sum;
};

static const size_t textv[] = {
	offsetof(struct sum_row, sum.kind),
	offsetof(struct sum_row, sum.word),
};

struct sums_task {
	struct task task;
	const char *name;
	store_sum_h *handler;
};

static const size_t name_textv[] = {
	offsetof(struct sums_task, name),
};

static int row_read(struct task *task, struct db_stmt *stmt)
{
	const struct sum_row row = {
		.sum = {.kind = db_text_at(stmt, 0),
	                .word = db_text_at(stmt, 1),
	                .attempts = (uint64_t)db_int_at(stmt, 2),
	                .answered = (uint64_t)db_int_at(stmt, 3),
	                .talk_ms = (uint64_t)db_int_at(stmt, 4),
	                .intention = db_int_at(stmt, 5),
	                .busy_ms = (uint64_t)db_int_at(stmt, 6)},
	};

	return task_row(task, &row, sizeof(row), textv, ARRAY_COUNT(textv));
}

static int run(struct task *task, struct db *db)
{
	const struct db_arg argv[] = {
		db_text(((struct sums_task *)task)->name),
		db_int(SUMS_MAX),
	};
	struct db_stmt *stmt;
	int64_t id;
	int err;

	err = db_get_int(db, &id, exists_sql, argv, 1);
	if (err)
		return err;

	err = db_ask(db, &stmt, sums_sql, argv, ARRAY_COUNT(argv));
	while (db_fetch(stmt, &err))
		err = row_read(task, stmt);

	return err;
}

static void each(struct task *task, const void *row)
{
	((struct sums_task *)task)
		->handler(&((const struct sum_row *)row)->sum, task->arg);
}

int store_sums(struct store *store, const char *name, store_sum_h *handler,
               store_done_h *done, void *arg)
{
	const struct sums_task st = {
		.task = {.is_read = true,
	                 .run = run,
	                 .each = each,
	                 .told = done,
	                 .arg = arg},
		.name = name,
		.handler = handler,
	};

	assert(store && name && handler && done);

	return task_send(store, &st.task, sizeof(st), name_textv,
	                 ARRAY_COUNT(name_textv));
}
