/*
 * store/q_tidy.c - recordings and texts go when their time is over
 *
 * In slices, so that others get at the connection. Ids of calls begin with
 * their time, so a walk along them is one along time.
 */
#include <assert.h>
#include <stdio.h>
#include "store/erase.h"
#include "store/task.h"

enum {
	SLICE = 200, /* calls */
	ID_ROOM = 64,
};

static const char slice_sql[] =
	"SELECT callid, start_ms, recording,"
	" CASE WHEN sealed <> '' OR heard <> '' OR variables <> '{}'"
	" OR variables_begin <> '' THEN 1 ELSE 0 END"
	" FROM calls WHERE callid > ?1 AND start_ms > 0"
	" AND ((start_ms < ?2 AND recording <> '')"
	" OR (start_ms < ?3 AND (sealed <> '' OR heard <> ''"
	" OR variables <> '{}' OR variables_begin <> '')))"
	" ORDER BY callid LIMIT ?4";

static const char files_sql[] = "SELECT DISTINCT record FROM conversation"
				" WHERE callid = ? AND record <> ''";

static const char recording_sql[] =
	"UPDATE calls SET recording = '' WHERE callid = ?";
static const char record_sql[] =
	"UPDATE conversation SET record = '' WHERE callid = ?";
static const char texts_sql[] =
	"UPDATE calls SET heard = '', variables = '{}', variables_begin = '',"
	" inputs = '[]', answerer = '{}', sealed = '' WHERE callid = ?";
static const char steps_sql[] =
	"UPDATE conversation SET input_args = '', input_nlp_args = '',"
	" matching_keyword = '', response_args = '', sealed = ''"
	" WHERE callid = ?";

struct old_call {
	char id[ID_ROOM];
	char recording[1024]; /* "": stays, or there is none */
	bool has_texts;       /* that go */
};

struct tidy_task {
	struct task task;
	struct store_tidy_prm prm;
	struct store_tidied tidied, before; /* before: this slice */
	char after[ID_ROOM], next[ID_ROOM];
	struct old_call *oldv; /* of the slice */
	size_t oldc;
	store_tidy_h *handler;
	store_tidy_done_h *done;
};

static void release(struct task *task)
{
	mem_deref(((struct tidy_task *)task)->oldv);
}

static void old_take(struct tidy_task *tt, struct db_stmt *stmt)
{
	struct old_call *old = &tt->oldv[tt->oldc++];
	int64_t start_ms = db_int_at(stmt, 1);

	(void)snprintf(old->id, sizeof(old->id), "%s", db_text_at(stmt, 0));
	(void)snprintf(old->recording, sizeof(old->recording), "%s",
	               start_ms < tt->prm.recordings_before_ms
	                       ? db_text_at(stmt, 2)
	                       : "");
	old->has_texts =
		start_ms < tt->prm.texts_before_ms && db_int_at(stmt, 3);
	(void)snprintf(tt->next, sizeof(tt->next), "%s", old->id);
}

static int slice_read(struct tidy_task *tt, struct db *db)
{
	const struct db_arg argv[] = {
		db_text(tt->after),
		db_int(tt->prm.recordings_before_ms),
		db_int(tt->prm.texts_before_ms),
		db_int(SLICE),
	};
	struct db_stmt *stmt;
	int err;

	tt->oldc = 0;
	err = db_ask(db, &stmt, slice_sql, argv, ARRAY_COUNT(argv));
	while (db_fetch(stmt, &err))
		old_take(tt, stmt);

	return err;
}

/* That of the call, and those of its sentences. */
static int files_delete(struct tidy_task *tt, struct db *db,
                        const struct old_call *old)
{
	const struct db_arg id = db_text(old->id);
	uint64_t failed = 0;
	struct db_stmt *stmt;
	int err;

	erase_file(old->recording, &failed);
	err = db_ask(db, &stmt, files_sql, &id, 1);
	while (db_fetch(stmt, &err))
		erase_file(db_text_at(stmt, 0), &failed);
	if (err)
		return err;

	/* What stays is found again the next time. */
	if (failed) {
		tt->tidied.failed += failed;
		return 0;
	}
	tt->tidied.recordings++;
	err = db_run(db, recording_sql, &id, 1);

	return err ? err : db_run(db, record_sql, &id, 1);
}

static int texts_delete(struct tidy_task *tt, struct db *db,
                        const struct old_call *old)
{
	const struct db_arg id = db_text(old->id);
	int err;

	tt->tidied.texts++;
	err = db_run(db, texts_sql, &id, 1);

	return err ? err : db_run(db, steps_sql, &id, 1);
}

static int old_delete(struct tidy_task *tt, struct db *db,
                      const struct old_call *old)
{
	int err = 0;

	if (tt->prm.is_dry) {
		tt->tidied.recordings += *old->recording != '\0';
		tt->tidied.texts += old->has_texts;
		return 0;
	}
	if (*old->recording)
		err = files_delete(tt, db, old);
	if (!err && old->has_texts)
		err = texts_delete(tt, db, old);

	return err;
}

static int run(struct task *task, struct db *db)
{
	struct tidy_task *tt = (struct tidy_task *)task;
	int err;

	tt->tidied = tt->before;
	err = slice_read(tt, db);
	for (size_t i = 0; i < tt->oldc && !err; i++)
		err = old_delete(tt, db, &tt->oldv[i]);

	return err;
}

static void done_handler(struct task *task, struct store *store)
{
	struct tidy_task *tt = (struct tidy_task *)task;
	int err = task->err;

	if (err || !tt->oldc) {
		tt->done(err, &tt->tidied, task->arg);
		return;
	}

	memcpy(tt->after, tt->next, sizeof(tt->after));
	tt->before = tt->tidied;
	if (tt->handler && !tt->handler(&tt->tidied, task->arg)) {
		tt->done(0, &tt->tidied, task->arg);
		return;
	}
	err = task_submit(store, mem_ref(task));
	if (err)
		tt->done(err, &tt->tidied, task->arg);
}

int store_tidy(struct store *store, const struct store_tidy_prm *prm,
               store_tidy_h *handler, store_tidy_done_h *done, void *arg)
{
	const struct tidy_task from = {
		.task = {.is_compound = true,
	                 .run = run,
	                 .done = done_handler,
	                 .arg = arg,
	                 .release = release},
		.prm = *prm,
		.handler = handler,
		.done = done,
	};
	struct tidy_task *tt;

	assert(store && done);

	tt = (struct tidy_task *)task_copy(&from.task, sizeof(from), NULL, 0);
	if (!tt)
		return ENOMEM;

	tt->oldv = mem_zalloc(SLICE * sizeof(*tt->oldv), NULL);
	if (!tt->oldv) {
		mem_deref(tt);
		return ENOMEM;
	}

	return task_submit(store, &tt->task);
}
