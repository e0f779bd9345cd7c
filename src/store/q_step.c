/*
 * store/q_step.c - the rows of `conversation`
 *
 * Nobody waits for them: a step costs the call two allocations, and many of
 * them share a transaction.
 */
#include <assert.h>
#include "base/clock.h"
#include "store/outbox.h"
#include "store/rows.h"
#include "store/sealing.h"
#include "store/task.h"

static const char insert_sql[] =
	"INSERT INTO conversation (createtime, callid, current_appid,"
	" sequence, current_flowid, input_type, input_args, input_nlp_args,"
	" input_start_time, input_duration, input_play_time, matching_method,"
	" matching_condition, condition_id, condition_weight,"
	" matching_keyword, response_type, response_description, response_id,"
	" response_action, response_args, repetition, potential, record,"
	" speech_end_ms, text_ms, decision_ms, audio_ms, heard_by,"
	" sealed) VALUES"
	" (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
	" ?, ?, ?, ?, ?, ?, ?)";

/* One action may have several rows; the last one is the one that spoke. */
static const char audio_sql[] =
	"UPDATE conversation SET audio_ms = ?1 WHERE rowid ="
	" (SELECT max(rowid) FROM conversation"
	" WHERE callid = ?2 AND sequence = ?3)";

struct step_task {
	struct task task;
	struct store_step step;
	char *block; /* of its texts */
};

static void release(struct task *task)
{
	mem_deref(((struct step_task *)task)->block);
}

static int row_put(struct db *db, const struct store_step *s,
                   const char *sealed)
{
	char created[CLOCK_TEXT_SIZE], started[CLOCK_TEXT_SIZE];
	const struct db_arg argv[] = {
		db_text(clock_text(created, s->createtime_ms)),
		db_text(s->callid),
		db_text(s->current_appid),
		db_int(s->sequence),
		db_text(s->current_flowid),
		db_int(s->input_type),
		db_text(s->input_args),
		db_text(s->input_nlp_args),
		db_text(s->input_start_ms
	                        ? clock_text(started, s->input_start_ms)
	                        : NULL),
		db_int(s->input_duration_ms),
		db_int(s->input_play_ms),
		db_int(s->matching_method),
		db_text(s->matching_condition),
		db_text(s->condition_id),
		db_int(s->condition_weight),
		db_text(s->matching_keyword),
		db_int(s->response_type),
		db_text(s->response_description),
		db_text(s->response_id),
		db_text(s->response_action),
		db_text(s->response_args),
		db_int(s->repetition),
		db_text(s->potential),
		db_text(s->record),
		db_int(s->speech_end_ms),
		db_int(s->text_ms),
		db_int(s->decision_ms),
		db_int(s->audio_ms),
		db_text(s->heard_by ? s->heard_by : ""),
		db_text(sealed ? sealed : ""),
	};

	return db_run(db, insert_sql, argv, ARRAY_COUNT(argv));
}

static int step_run(struct task *task, struct db *db)
{
	const struct store_step *s = &((struct step_task *)task)->step;
	struct store_step row = *s;
	char *sealed = NULL;
	int err = 0;

	if (sealing_is_on(db, s->number))
		err = sealing_step(db, &row, &sealed);
	if (!err)
		err = row_put(db, &row, sealed);
	mem_deref(sealed);
	if (err)
		return err;

	return outbox_step(db, s);
}

static int audio_run(struct task *task, struct db *db)
{
	const struct store_step *s = &((struct step_task *)task)->step;
	const struct db_arg argv[] = {
		db_int(s->audio_ms),
		db_text(s->callid),
		db_int(s->sequence),
	};

	return db_run(db, audio_sql, argv, ARRAY_COUNT(argv));
}

static int submit(struct store *store, const struct store_step *step,
                  int (*run)(struct task *task, struct db *db))
{
	const struct step_task from = {
		.task = {.is_compound = db_wants(store->db, NULL),
	                 .run = run,
	                 .release = release},
		.step = *step,
	};
	struct step_task *st;

	assert(step->callid);

	st = (struct step_task *)task_copy(&from.task, sizeof(from), NULL, 0);
	if (!st || rows_keep_step(&st->block, &st->step)) {
		mem_deref(st);
		return task_lacking(store, false);
	}

	return task_submit(store, &st->task);
}

int store_step(struct store *store, const struct store_step *step)
{
	return submit(store, step, step_run);
}

int store_step_audio(struct store *store, const char *callid, uint32_t sequence,
                     uint32_t audio_ms)
{
	const struct store_step step = {
		.callid = callid,
		.sequence = sequence,
		.audio_ms = audio_ms,
	};

	return submit(store, &step, audio_run);
}
