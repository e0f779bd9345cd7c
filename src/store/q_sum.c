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
	" ORDER BY 1, 3 DESC, 2";

static const char exists_sql[] = "SELECT id FROM campaigns WHERE name = ?";

struct sum_row {
	struct le le;
	struct store_sum sum;
	char *block; /* of texts */
};

static const size_t textv[] = {
	offsetof(struct sum_row, sum.kind),
	offsetof(struct sum_row, sum.word),
};

struct sums_task {
	struct task task;
	char *name;
	struct list rowl;
	size_t rowc;
	store_sum_h *handler;
	store_done_h *done;
	void *arg;
};

static void row_destructor(void *arg)
{
	struct sum_row *row = arg;

	mem_deref(row->block);
}

static void destructor(void *arg)
{
	struct sums_task *st = arg;

	list_flush(&st->rowl);
	mem_deref(st->name);
}

static int row_read(struct sums_task *st, struct db_stmt *stmt)
{
	struct sum_row *row;

	row = mem_zalloc(sizeof(*row), row_destructor);
	if (!row)
		return ENOMEM;

	row->sum = (struct store_sum){
		.kind = db_text_at(stmt, 0),
		.word = db_text_at(stmt, 1),
		.attempts = (uint64_t)db_int_at(stmt, 2),
		.answered = (uint64_t)db_int_at(stmt, 3),
		.talk_ms = (uint64_t)db_int_at(stmt, 4),
		.intention = db_int_at(stmt, 5),
		.busy_ms = (uint64_t)db_int_at(stmt, 6),
	};
	list_append(&st->rowl, &row->le, row);
	st->rowc++;

	return task_keep_texts(&row->block, row, textv, ARRAY_COUNT(textv));
}

static int run(struct task *task, struct db *db)
{
	struct sums_task *st = (struct sums_task *)task;
	const struct db_arg name = db_text(st->name);
	struct db_stmt *stmt;
	int64_t id;
	int err;

	list_flush(&st->rowl);
	st->rowc = 0;
	err = db_get_int(db, &id, exists_sql, &name, 1);
	if (!err)
		err = db_ask(db, &stmt, sums_sql, &name, 1);
	if (err)
		return err;

	while (st->rowc < SUMS_MAX && db_fetch(stmt, &err))
		err = row_read(st, stmt);
	db_rest(stmt);

	return err;
}

static void done_handler(struct task *task, struct store *store)
{
	struct sums_task *st = (struct sums_task *)task;
	struct le *le;

	(void)store;

	for (le = list_head(&st->rowl); le && !task->err; le = le->next) {
		const struct sum_row *row = le->data;

		st->handler(&row->sum, st->arg);
	}
	st->done(task->err, st->arg);
}

int store_sums(struct store *store, const char *name, store_sum_h *handler,
               store_done_h *done, void *arg)
{
	struct sums_task *st;
	int err;

	assert(store && name && handler && done);

	st = mem_zalloc(sizeof(*st), destructor);
	if (!st)
		return ENOMEM;

	err = str_dup(&st->name, name);
	if (err) {
		mem_deref(st);
		return err;
	}
	st->task.is_read = true;
	st->task.run = run;
	st->task.done = done_handler;
	st->handler = handler;
	st->done = done;
	st->arg = arg;

	return task_submit(store, &st->task);
}
