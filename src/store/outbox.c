/*
 * store/outbox.c - events, written in the transaction of their fact
 */
#include <assert.h>
#include <errno.h>
#include "base/clock.h"
#include "base/id.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "store/outbox.h"
#include "store/sealing.h"
#include "store/store_calls.h"

enum {
	NUMBER_ROOM = 64,
};

/* Numbered within their key, so that a receiver sees that none is missing. */
static const char put_sql[] =
	"INSERT INTO outbox (id, type, key, n, at_ms, data)"
	" SELECT ?1, ?2, ?3, coalesce(max(n), 0) + 1, ?4, ?5"
	" FROM outbox WHERE key = ?3";

static const char attempt_sql[] =
	"SELECT a.call_id, a.number, a.line, a.n, k.name, k.client, a.outcome,"
	" a.sip_code, a.q850, a.reason, a.allowed, a.start_ms, a.end_ms,"
	" a.contact_id FROM attempts a JOIN campaigns k ON k.id = a.campaign_id"
	" WHERE a.id = ?";

static const char known_sql[] = "SELECT count(*) FROM outbox"
				" WHERE key = ?1 AND id = ?2";

static int row_put(struct db *db, const struct store_event *event,
                   const char *data)
{
	const struct db_arg argv[] = {
		db_text(event->id),  db_text(event->type),
		db_text(event->key), db_int(clock_wall_ms()),
		db_text(data),
	};

	return db_run(db, put_sql, argv, ARRAY_COUNT(argv));
}

static int event_put(struct db *db, const struct store_event *event,
                     json_t *data)
{
	char *text = jmem_text(data), *sealed = NULL;
	int err = 0;

	if (!text)
		return ENOMEM;

	if (!sealing_is_on(db, event->number)) {
		err = row_put(db, event, text);
		goto out;
	}
	err = sealing_event(db, event->number, text, &sealed);
	if (!err)
		err = row_put(db, event, sealed ? sealed : sealing_nothing);

out:
	mem_deref(sealed);
	mem_deref(text);

	return err;
}

int outbox_put(struct db *db, const char *number, const char *type,
               const char *key, json_t *data)
{
	char id[ID_SIZE];
	const struct store_event event = {
		.id = id_make(id),
		.type = type,
		.key = key,
		.number = number,
	};

	assert(type && key);

	return event_put(db, &event, data);
}

int outbox_put_once(struct db *db, const struct store_event *event,
                    json_t *data)
{
	const struct db_arg argv[] = {db_text(event->key), db_text(event->id)};
	int64_t known = 0;
	int err;

	err = db_get_int(db, &known, known_sql, argv, ARRAY_COUNT(argv));
	if (err || known) {
		json_decref(data);
		return err;
	}

	return event_put(db, event, data);
}

/* A time of 0 is none. */
static json_t *time_of(int64_t wall_ms)
{
	char text[CLOCK_TEXT_SIZE];

	if (!wall_ms)
		return json_null();

	return json_string(clock_text(text, wall_ms));
}

static json_t *text_of(const char *text)
{
	return json_string(text ? text : "");
}

/* What is kept as JSON, of our own making. */
static json_t *object_of(const char *text)
{
	json_t *json = NULL;

	if (text && *text)
		json = json_loads(text, 0, NULL);

	return json ? json : json_object();
}

static json_t *attempt_json(struct db_stmt *stmt)
{
	return json_pack(
		"{s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:o,"
		" s:o, s:I}",
		"callid", db_text_at(stmt, 0), "number", db_text_at(stmt, 1),
		"line", db_text_at(stmt, 2), "attempt",
		(json_int_t)db_int_at(stmt, 3), "campaign", db_text_at(stmt, 4),
		"client", db_text_at(stmt, 5), "outcome", db_text_at(stmt, 6),
		"sip_code", (json_int_t)db_int_at(stmt, 7), "q850",
		(json_int_t)db_int_at(stmt, 8), "reason", db_text_at(stmt, 9),
		"allowed", db_text_at(stmt, 10), "start",
		time_of(db_int_at(stmt, 11)), "end",
		time_of(db_int_at(stmt, 12)), "contact_id",
		(json_int_t)db_int_at(stmt, 13));
}

int outbox_attempt(struct db *db, const char *type, int64_t attempt_id)
{
	const struct db_arg id = db_int(attempt_id);
	json_t *data = NULL;
	struct db_stmt *stmt;
	char key[ID_SIZE], number[NUMBER_ROOM];
	int err;

	if (!db_wants(db, type))
		return 0;

	err = db_ask(db, &stmt, attempt_sql, &id, 1);
	if (!db_fetch(stmt, &err))
		return err;

	(void)snprintf(key, sizeof(key), "%s", db_text_at(stmt, 0));
	(void)snprintf(number, sizeof(number), "%s", db_text_at(stmt, 1));
	jmem_forget();
	data = attempt_json(stmt);
	db_rest(stmt);

	return outbox_put(db, number, type, key, data);
}

static json_t *call_json(const struct store_call *call)
{
	return json_pack(
		"{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I,"
		" s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"callid", call->callid, "direction", text_of(call->direction),
		"number", text_of(call->number), "line", text_of(call->line),
		"script", text_of(call->script), "script_version",
		text_of(call->script_version), "outcome",
		text_of(call->outcome), "start", time_of(call->start_ms),
		"answer", time_of(call->answer_ms), "end",
		time_of(call->end_ms), "label", text_of(call->label),
		"intention", (json_int_t)call->intention, "class_letter",
		text_of(call->class_letter), "heard", text_of(call->heard),
		"variables", object_of(call->variables), "counters",
		object_of(call->counters), "recording",
		text_of(call->recording), "media", object_of(call->media),
		"answerer", object_of(call->answerer), "services",
		object_of(call->services));
}

int outbox_call(struct db *db, const struct store_call *call)
{
	int err = 0;

	if (!call->end_ms)
		return 0;

	jmem_forget();
	if (db_wants(db, "call.ended"))
		err = outbox_put(db, call->number, "call.ended", call->callid,
		                 call_json(call));
	if (err || !call->label || !*call->label ||
	    !db_wants(db, "call.labelled"))
		return err;

	return outbox_put(
		db, call->number, "call.labelled", call->callid,
		json_pack("{s:s, s:o, s:s, s:I, s:o}", "callid", call->callid,
	                  "number", text_of(call->number), "label", call->label,
	                  "intention", (json_int_t)call->intention,
	                  "class_letter", text_of(call->class_letter)));
}

int outbox_step(struct db *db, const struct store_step *step)
{
	int err = 0;

	jmem_forget();
	if (db_wants(db, "call.step"))
		err = outbox_put(db, step->number, "call.step", step->callid,
		                 store_step_json(step, STORE_STEP_TIMINGS));
	if (err || !step->notice || !db_wants(db, "call.intention"))
		return err;

	return outbox_put(db, step->number, "call.intention", step->callid,
	                  object_of(step->notice));
}

int outbox_campaign(struct db *db, const char *name, const char *state)
{
	if (!db_wants(db, "campaign.state"))
		return 0;

	jmem_forget();

	return outbox_put(
		db, NULL, "campaign.state", name,
		json_pack("{s:s, s:s}", "campaign", name, "state", state));
}
