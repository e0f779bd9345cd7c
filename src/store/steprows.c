/*
 * store/steprows.c - the rows of one call, read whole
 */
#include "store/rows.h"
#include "store/sealing.h"
#include "store/steprows.h"
#include "store/task.h"

enum {
	STEPS_START = 16,
	STEPS_MAX = 20000, /* of one call; further ones are not read */
};

#define LITE_MS(column)                                                        \
	" CAST(strftime('%s', " column ") AS INTEGER) * 1000"                  \
	" + CAST(substr(" column ", 21, 3) AS INTEGER),"
#define PG_MS(column) " CAST(extract(epoch FROM " column ") * 1000 AS BIGINT),"
#define STEP                                                                   \
	" sequence, input_type, input_duration, input_play_time,"              \
	" matching_method, condition_weight, response_type, repetition,"       \
	" callid, current_appid, current_flowid, input_args,"                  \
	" input_nlp_args, matching_condition, condition_id,"                   \
	" matching_keyword, response_description, response_id,"                \
	" response_action, response_args, potential, record,"                  \
	" speech_end_ms, text_ms, decision_ms, audio_ms, heard_by, sealed"     \
	" FROM conversation WHERE callid = ? ORDER BY rowid LIMIT ?"

static const char step_sql[] =
	"SELECT" LITE_MS("createtime") LITE_MS("input_start_time") STEP;
static const char step_pg_sql[] =
	"SELECT" PG_MS("createtime") PG_MS("input_start_time") STEP;

static void *grown(void *data, size_t size)
{
	return data ? mem_realloc(data, size) : mem_alloc(size, NULL);
}

static int room_make(struct steprows *rows)
{
	size_t room = rows->room ? 2 * rows->room : STEPS_START;
	struct store_step *stepv;
	char **blockv;

	if (rows->stepc < rows->room)
		return 0;

	stepv = grown(rows->stepv, room * sizeof(*stepv));
	if (!stepv)
		return ENOMEM;
	rows->stepv = stepv;

	blockv = grown(rows->blockv, room * sizeof(*blockv));
	if (!blockv)
		return ENOMEM;
	rows->blockv = blockv;
	rows->room = room;

	return 0;
}

static struct store_step step_at(struct db_stmt *stmt)
{
	return (struct store_step){
		.createtime_ms = db_int_at(stmt, 0),
		.input_start_ms = db_int_at(stmt, 1),
		.sequence = (uint32_t)db_int_at(stmt, 2),
		.input_type = (int)db_int_at(stmt, 3),
		.input_duration_ms = (uint32_t)db_int_at(stmt, 4),
		.input_play_ms = (uint32_t)db_int_at(stmt, 5),
		.matching_method = (int)db_int_at(stmt, 6),
		.condition_weight = (int)db_int_at(stmt, 7),
		.response_type = (int)db_int_at(stmt, 8),
		.repetition = (uint32_t)db_int_at(stmt, 9),
		.callid = db_text_at(stmt, 10),
		.current_appid = db_text_at(stmt, 11),
		.current_flowid = db_text_at(stmt, 12),
		.input_args = db_text_at(stmt, 13),
		.input_nlp_args = db_text_at(stmt, 14),
		.matching_condition = db_text_at(stmt, 15),
		.condition_id = db_text_at(stmt, 16),
		.matching_keyword = db_text_at(stmt, 17),
		.response_description = db_text_at(stmt, 18),
		.response_id = db_text_at(stmt, 19),
		.response_action = db_text_at(stmt, 20),
		.response_args = db_text_at(stmt, 21),
		.potential = db_text_at(stmt, 22),
		.record = db_text_at(stmt, 23),
		.speech_end_ms = (uint32_t)db_int_at(stmt, 24),
		.text_ms = (uint32_t)db_int_at(stmt, 25),
		.decision_ms = (uint32_t)db_int_at(stmt, 26),
		.audio_ms = (uint32_t)db_int_at(stmt, 27),
		.heard_by = db_text_at(stmt, 28),
	};
}

static int step_read(struct steprows *rows, struct db *db, struct db_stmt *stmt)
{
	size_t n = rows->stepc;
	json_t *json;
	int err;

	err = room_make(rows);
	if (err)
		return err;

	rows->stepv[n] = step_at(stmt);
	err = sealing_step_open(db, db_text_at(stmt, 29), &rows->stepv[n],
	                        &json);
	if (!err)
		err = rows_keep_step(&rows->blockv[n], &rows->stepv[n]);
	json_decref(json);
	if (err)
		return err;

	rows->stepc++;

	return 0;
}

int steprows_read(struct steprows *rows, struct db *db, const char *callid)
{
	const struct db_arg argv[] = {
		db_text(callid),
		db_int(STEPS_MAX),
	};
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, db_say(db, step_sql, step_pg_sql), argv,
	             ARRAY_COUNT(argv));
	while (db_fetch(stmt, &err))
		err = step_read(rows, db, stmt);

	return err;
}

void steprows_clear(struct steprows *rows)
{
	for (size_t i = 0; i < rows->stepc; i++)
		mem_deref(rows->blockv[i]);
	rows->blockv = mem_deref(rows->blockv);
	rows->stepv = mem_deref(rows->stepv);
	rows->stepc = rows->room = 0;
}
