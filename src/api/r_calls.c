/*
 * api/r_calls.c - routes about calls, under way and over
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "api/api_parts.h"
#include "api/callview.h"
#include "api/audience.h"
#include "api/fields.h"
#include "api/gather.h"
#include "api/handlers.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "base/text.h"

enum {
	ID_LENGTH = 64,
	AFTER_NOW = -1,
};

/* A page under way. */
struct paging {
	struct ask *ask;
	json_t *items;
	char last[ID_LENGTH];
	size_t limit, past;
};

static void paging_destructor(void *arg)
{
	struct paging *paging = arg;

	json_decref(paging->items);
	mem_deref(paging->ask);
}

/* --- the list ------------------------------------------------------------- */

static bool has_word(const struct ask *ask, const char *name, const char *word)
{
	const char *text = ask_query(ask, name);

	return !text || !strcmp(text, word);
}

static int64_t query_time(const struct ask *ask, const char *name)
{
	const char *text = ask_query(ask, name);
	int64_t wall_ms = 0;

	(void)(text && fields_time(text, &wall_ms));

	return wall_ms;
}

/* What is asked of the end fits no call that is under way. */
static void live_handler(const struct call_view *view, void *arg)
{
	struct paging *paging = arg;
	const struct ask *ask = paging->ask;
	int64_t since_ms = query_time(ask, "since");
	int64_t until_ms = query_time(ask, "until");

	if (ask_query(ask, "outcome") || ask_query(ask, "label") ||
	    ask_query(ask, "campaign") ||
	    !has_word(ask, "number", view->number) ||
	    view->start_ms < since_ms ||
	    (until_ms && view->start_ms >= until_ms))
		return;

	(void)json_array_append_new(paging->items, callview_live(view));
}

static void past_handler(const struct store_past *past, void *arg)
{
	struct paging *paging = arg;

	paging->past++;
	(void)text_copy(paging->last, sizeof(paging->last), past->call.callid);

	/* It ended between the two looks, or will within the moment. */
	if (!calls_has(ask_prm(paging->ask)->calls, past->call.callid))
		(void)json_array_append_new(paging->items,
		                            callview_past(past, false));
}

static void page_done(int err, void *arg)
{
	struct paging *paging = arg;
	json_t *next = paging->past == paging->limit ? json_string(paging->last)
	                                             : json_null();

	if (err) {
		json_decref(next);
		ask_failed(paging->ask, err, "the list of calls");
	}
	else {
		ask_reply(paging->ask, 0,
		          json_pack("{s:O, s:o}", "items", paging->items,
		                    "next", next));
	}
	mem_deref(paging);
}

void r_calls(struct ask *ask)
{
	const char *state = ask_query(ask, "state");
	struct store_calls_prm prm = {
		.number = ask_query(ask, "number"),
		.outcome = ask_query(ask, "outcome"),
		.label = ask_query(ask, "label"),
		.campaign = ask_query(ask, "campaign"),
		.since_ms = query_time(ask, "since"),
		.until_ms = query_time(ask, "until"),
		.before = ask_query(ask, "before"),
		.limit = (uint32_t)ask_query_number(ask, "limit", GATHER_ROWS),
	};
	struct paging *paging;
	int err;

	paging = mem_zalloc(sizeof(*paging), paging_destructor);
	if (!paging) {
		ask_failed(ask, ENOMEM, "the list of calls");
		return;
	}

	jmem_forget();
	paging->ask = mem_ref(ask);
	paging->items = json_array();
	paging->limit = prm.limit;
	if (!prm.before && (!state || !strcmp(state, "live")))
		calls_each(ask_prm(ask)->calls, live_handler, paging);
	if (state && !strcmp(state, "live")) {
		page_done(0, paging);
		return;
	}

	err = store_calls(ask_prm(ask)->store, &prm, past_handler, page_done,
	                  paging);
	if (err)
		page_done(err, paging);
}

/* --- one call ------------------------------------------------------------- */

static void one_handler(const struct store_past *past, void *arg)
{
	struct gather *gather = arg;

	(void)json_object_update_new(gather->json, callview_past(past, true));
}

void r_call(struct ask *ask)
{
	const struct store_calls_prm prm = {.callid = ask_param(ask, "id")};
	struct gather *gather;
	struct call_view view;

	jmem_forget();
	if (calls_look(ask_prm(ask)->calls, prm.callid, &view)) {
		ask_reply(ask, 0, callview_live(&view));
		return;
	}

	gather = gather_alloc(ask, json_object(), "the call");
	if (gather)
		gather_begun(gather,
		             store_calls(ask_prm(ask)->store, &prm, one_handler,
		                         gather_done, gather));
}

void r_call_hangup(struct ask *ask)
{
	if (calls_hangup(ask_prm(ask)->calls, ask_param(ask, "id"))) {
		ask_problem(ask, 404, "no such call is under way",
		            "GET /api/v1/calls?state=live lists those that "
		            "are");
		return;
	}

	ask_empty(ask);
}

/* --- what was said -------------------------------------------------------- */

/* Rows, and for a transcript what a person reads of them. */
static void rows_answer(struct ask *ask, const struct store_step *stepv,
                        size_t stepc,
                        void (*add)(json_t *items,
                                    const struct store_step *step))
{
	bool is_live = calls_has(ask_prm(ask)->calls, ask_param(ask, "id"));
	json_t *items = json_array();

	jmem_forget();
	if (!stepc && !is_live) {
		json_decref(items);
		ask_problem(ask, 404, "nothing was said in such a call",
		            "GET /api/v1/calls/{id} tells whether it was "
		            "answered");
		return;
	}

	for (size_t i = 0; i < stepc; i++)
		add(items, &stepv[i]);
	ask_page(ask, items, 0);
}

static void steps_handler(int err, const struct store_step *stepv, size_t stepc,
                          void *arg)
{
	struct ask *ask = arg;

	if (err)
		ask_failed(ask, err, "the call");
	else
		rows_answer(ask, stepv, stepc, callview_step);
	mem_deref(ask);
}

static void transcript_handler(int err, const struct store_step *stepv,
                               size_t stepc, void *arg)
{
	struct ask *ask = arg;

	if (err)
		ask_failed(ask, err, "the call");
	else
		rows_answer(ask, stepv, stepc, callview_words);
	mem_deref(ask);
}

static void steps_ask(struct ask *ask, store_steps_h *handler)
{
	int err = store_steps(ask_prm(ask)->store, ask_param(ask, "id"),
	                      handler, mem_ref(ask));

	ask_begun(ask, err, "the call");
}

void r_call_steps(struct ask *ask)
{
	steps_ask(ask, steps_handler);
}

void r_call_transcript(struct ask *ask)
{
	steps_ask(ask, transcript_handler);
}

/* --- as it happens -------------------------------------------------------- */

void r_call_live(struct ask *ask)
{
	audience_live(ask->api->audience, ask, ask_param(ask, "id"));
}

void r_events(struct ask *ask)
{
	const char *resume = httpd_header(ask->req, "Last-Event-ID");
	const char *types = ask_query(ask, "types");
	int64_t after = ask_query_number(ask, "after", AFTER_NOW);
	char *end;

	if (resume) {
		errno = 0;
		after = strtoll(resume, &end, 10);
		if (errno || *end || end == resume || after < 0) {
			ask_wrong(ask, "Last-Event-ID",
			          "has to be the id of an event");
			return;
		}
	}

	audience_events(ask->api->audience, ask, types ? types : "", after);
}
