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

/* In front of the id that a page of calls under way begins behind: behind their
 * last page come those that are over, from the latest on. */
static const char live_mark[] = "live:";

/* A page under way. */
struct paging {
	struct ask *ask;
	json_t *items;
	const char *number; /* as the query has them; NULL, 0: any */
	int64_t since_ms, until_ms;
	const char *before; /* among those under way; NULL: all of them */
	size_t limit;
	size_t past;  /* rows of the slice that is being read */
	size_t shown; /* of those that are over */
	bool is_cut;  /* there are more than are shown */
	char last[sizeof(live_mark) + ID_LENGTH]; /* the next begins there */

	/* The latest of those under way, by their ids, which begin with the
	 * time; one more than are shown tells that there are more. */
	size_t livec;
	struct call_view livev[];
};

static void paging_destructor(void *arg)
{
	struct paging *paging = arg;

	json_decref(paging->items);
	mem_deref(paging->ask);
}

/* --- the list ------------------------------------------------------------- */

static int64_t query_time(const struct ask *ask, const char *name)
{
	const char *text = ask_query(ask, name);
	int64_t wall_ms = 0;

	(void)(text && fields_time(text, &wall_ms));

	return wall_ms;
}

static bool is_wanted(const struct paging *paging, const struct call_view *view)
{
	return (!paging->number || !strcmp(paging->number, view->number)) &&
	       (!paging->before || strcmp(view->id, paging->before) < 0) &&
	       view->start_ms >= paging->since_ms &&
	       (!paging->until_ms || view->start_ms < paging->until_ms);
}

/* They come in nearly the order of their ids. */
static void live_handler(const struct call_view *view, void *arg)
{
	struct paging *paging = arg;
	size_t at = paging->livec;

	if (!is_wanted(paging, view))
		return;

	while (at && strcmp(paging->livev[at - 1].id, view->id) < 0)
		at--;
	if (at > paging->limit)
		return;
	if (paging->livec <= paging->limit)
		paging->livec++;
	memmove(&paging->livev[at + 1], &paging->livev[at],
	        (paging->livec - 1 - at) * sizeof(*view));
	paging->livev[at] = *view;
}

/* Whether all that are left of them stand on the page now. */
static bool live_add(struct paging *paging)
{
	bool is_all = paging->livec <= paging->limit;
	size_t count = is_all ? paging->livec : paging->limit;

	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(paging->items,
		                            callview_live(&paging->livev[i]));
	if (!is_all)
		(void)snprintf(paging->last, sizeof(paging->last), "%s%s",
		               live_mark, paging->livev[count - 1].id);

	return is_all;
}

static void past_handler(const struct store_past *past, void *arg)
{
	struct paging *paging = arg;

	paging->past++;
	paging->is_cut = paging->shown == paging->limit;
	if (paging->is_cut)
		return;

	/* It ended between the two looks, or will within the moment. */
	(void)text_copy(paging->last, sizeof(paging->last), past->call.callid);
	if (calls_has(ask_prm(paging->ask)->calls, past->call.callid))
		return;

	paging->shown++;
	(void)json_array_append_new(paging->items, callview_past(past, false));
}

static void page_answer(struct paging *paging, int err, bool has_more)
{
	json_t *next = has_more ? json_string(paging->last) : json_null();

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

static void slice_done(int err, void *arg);

static void slice_ask(struct paging *paging, const char *before)
{
	const struct ask *ask = paging->ask;
	const struct store_calls_prm prm = {
		.number = paging->number,
		.outcome = ask_query(ask, "outcome"),
		.label = ask_query(ask, "label"),
		.campaign = ask_query(ask, "campaign"),
		.since_ms = paging->since_ms,
		.until_ms = paging->until_ms,
		.before = before,
		.limit = (uint32_t)paging->limit,
	};
	int err;

	paging->past = 0;
	err = store_calls(ask_prm(ask)->store, &prm, past_handler, slice_done,
	                  paging);
	if (err)
		page_answer(paging, err, false);
}

/* Calls under way have rows already, which may fill a slice. */
static void slice_done(int err, void *arg)
{
	struct paging *paging = arg;
	bool is_whole = paging->past == paging->limit;

	if (!err && is_whole && paging->shown < paging->limit)
		slice_ask(paging, paging->last);
	else
		page_answer(paging, err, is_whole || paging->is_cut);
}

static struct paging *paging_make(struct ask *ask)
{
	size_t limit = (size_t)ask_query_number(ask, "limit", GATHER_ROWS);
	struct paging *paging;

	paging = mem_zalloc(sizeof(*paging) +
	                            (limit + 1) * sizeof(paging->livev[0]),
	                    paging_destructor);
	if (!paging)
		return NULL;

	jmem_forget();
	paging->ask = mem_ref(ask);
	paging->items = json_array();
	paging->limit = limit;
	paging->number = ask_query(ask, "number");
	paging->since_ms = query_time(ask, "since");
	paging->until_ms = query_time(ask, "until");

	return paging;
}

/* The page of those under way; behind their last one come those that are
 * over. */
static void live_page(struct paging *paging, const char *before)
{
	const struct ask *ask = paging->ask;
	bool is_all;

	/* What is asked of the end fits no call that is under way. */
	paging->before = before;
	if (!ask_query(ask, "outcome") && !ask_query(ask, "label") &&
	    !ask_query(ask, "campaign"))
		calls_each(ask_prm(ask)->calls, live_handler, paging);

	is_all = live_add(paging);
	if (is_all && !ask_query(ask, "state"))
		slice_ask(paging, NULL);
	else
		page_answer(paging, 0, !is_all);
}

void r_calls(struct ask *ask)
{
	const char *before = ask_query(ask, "before");
	const char *state = ask_query(ask, "state");
	const size_t n = strlen(live_mark);
	bool is_mark = before && !strncmp(before, live_mark, n);
	struct paging *paging = paging_make(ask);

	if (!paging)
		ask_failed(ask, ENOMEM, "the list of calls");
	else if (state && !strcmp(state, "over"))
		slice_ask(paging, is_mark ? NULL : before);
	else if (!before || is_mark)
		live_page(paging, is_mark ? before + n : NULL);
	else if (!state)
		slice_ask(paging, before);
	else
		page_answer(paging, 0, false);
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
