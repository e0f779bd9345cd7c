/*
 * store/q_result.c - how it went with each contact of a campaign
 */
#include <assert.h>
#include "base/texts.h"
#include "store/pager.h"
#include "store/sealing.h"

/* An attempt without a call record is one whose end nobody saw, or that
 * nothing was sent for; the attempt then says what is known. */
static const char page_sql[] =
	"SELECT c.id, c.number, c.row, c.variables,"
	" t.state, t.attempts, t.reason,"
	" coalesce(k.callid, a.call_id), a.id, k.direction,"
	" coalesce(k.line, a.line), k.script, k.script_version,"
	" coalesce(nullif(k.outcome, ''), a.outcome),"
	" coalesce(k.start_ms, a.start_ms), k.answer_ms,"
	" coalesce(k.end_ms, a.end_ms), k.label, k.intention,"
	" k.class_letter, k.heard, k.variables, k.counters, k.recording,"
	" k.media, k.answerer, coalesce(k.sealed, '')"
	" FROM targets t JOIN contacts c ON c.id = t.contact_id"
	" LEFT JOIN attempts a ON a.campaign_id = t.campaign_id"
	"  AND a.contact_id = t.contact_id AND a.n = t.attempts"
	" LEFT JOIN calls k ON k.attempt_id = a.id"
	" WHERE t.campaign_id = ? AND t.contact_id > ?"
	" ORDER BY t.contact_id LIMIT ?";

struct result_task {
	struct pager pager;
	int64_t campaign_id;
	store_result_h *handler;
};

static const size_t textv[] = {
	offsetof(struct store_result, state),
	offsetof(struct store_result, reason),
	offsetof(struct store_result, call.callid),
	offsetof(struct store_result, call.direction),
	offsetof(struct store_result, call.number),
	offsetof(struct store_result, call.line),
	offsetof(struct store_result, call.script),
	offsetof(struct store_result, call.script_version),
	offsetof(struct store_result, call.outcome),
	offsetof(struct store_result, call.label),
	offsetof(struct store_result, call.class_letter),
	offsetof(struct store_result, call.heard),
	offsetof(struct store_result, call.variables),
	offsetof(struct store_result, call.counters),
	offsetof(struct store_result, call.recording),
	offsetof(struct store_result, call.media),
	offsetof(struct store_result, call.answerer),
};

static int ask(struct pager *pager, struct db *db, struct db_stmt **stmtp)
{
	struct result_task *rt = (struct result_task *)pager;
	const struct db_arg argv[] = {
		db_int(rt->campaign_id),
		db_int(pager->after_id),
		db_int(pager->limit),
	};

	return db_ask(db, stmtp, page_sql, argv, ARRAY_COUNT(argv));
}

static int read_row(struct pager *pager, struct db *db, struct db_stmt *stmt,
                    struct pager_row *row)
{
	struct store_result *result = &row->result;
	json_t *json;
	int err;

	(void)pager;

	result->state = db_text_at(stmt, 4);
	result->attempts = (uint32_t)db_int_at(stmt, 5);
	result->reason = db_text_at(stmt, 6);
	result->call = (struct store_call){
		.callid = db_text_at(stmt, 7),
		.attempt_id = db_int_at(stmt, 8),
		.direction = db_text_at(stmt, 9),
		.number = row->contact->number,
		.line = db_text_at(stmt, 10),
		.script = db_text_at(stmt, 11),
		.script_version = db_text_at(stmt, 12),
		.outcome = db_text_at(stmt, 13),
		.start_ms = db_int_at(stmt, 14),
		.answer_ms = db_int_at(stmt, 15),
		.end_ms = db_int_at(stmt, 16),
		.label = db_text_at(stmt, 17),
		.intention = db_int_at(stmt, 18),
		.class_letter = db_text_at(stmt, 19),
		.heard = db_text_at(stmt, 20),
		.variables = db_text_at(stmt, 21),
		.counters = db_text_at(stmt, 22),
		.recording = db_text_at(stmt, 23),
		.media = db_text_at(stmt, 24),
		.answerer = db_text_at(stmt, 25),
	};

	err = sealing_call_open(db, db_text_at(stmt, 26), &result->call, &json);
	if (!err)
		err = texts_keep(&row->block, result, textv,
		                 ARRAY_COUNT(textv));
	json_decref(json);

	return err;
}

static void tell(struct pager *pager, const struct pager_row *row)
{
	struct result_task *rt = (struct result_task *)pager;

	rt->handler(&row->result, pager->task.arg);
}

static int submit(struct store *store, int64_t campaign_id,
                  const struct store_page *page, const struct result_task *from)
{
	struct result_task rt = *from;

	pager_init(&rt.pager);
	rt.pager.ask = ask;
	rt.pager.read = read_row;
	rt.pager.tell = tell;
	rt.campaign_id = campaign_id;
	if (page) {
		rt.pager.is_single = true;
		rt.pager.after_id = page->after;
		rt.pager.limit = page->limit;
	}

	return task_send(store, &rt.pager.task, sizeof(rt), NULL, 0);
}

int store_results(struct store *store, int64_t campaign_id,
                  store_result_h *handler, store_done_h *done, void *arg)
{
	const struct result_task from = {
		.pager = {.task = {.told = done, .arg = arg}},
		.handler = handler,
	};

	assert(store && handler && done);

	return submit(store, campaign_id, NULL, &from);
}

int store_results_page(struct store *store, int64_t campaign_id,
                       const struct store_page *page, store_result_h *handler,
                       store_done_h *done, void *arg)
{
	const struct result_task from = {
		.pager = {.task = {.told = done, .arg = arg}},
		.handler = handler,
	};

	assert(store && page && handler && done);
	assert(page->limit && page->limit <= STORE_PAGE_MAX);

	return submit(store, campaign_id, page, &from);
}
