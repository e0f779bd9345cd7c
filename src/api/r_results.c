/*
 * api/r_results.c - routes about what came of a campaign, and what would
 */
#include <errno.h>
#include <string.h>
#include "api/api_parts.h"
#include "api/fields.h"
#include "api/gather.h"
#include "api/handlers.h"
#include "base/clock.h"
#include "base/jmem.h"
#include "base/mem.h"

enum {
	CALL_MS = 45000, /* of a campaign that has made no calls yet */
};

/* --- results -------------------------------------------------------------- */

static void result_handler(const struct store_result *result, void *arg)
{
	const struct store_contact *contact = result->contact;
	const struct store_call *call = &result->call;
	struct gather *gather = arg;
	json_t *row;

	row = json_pack("{s:I, s:s, s:s, s:s, s:i, s:s, s:s, s:s}", "contact",
	                (json_int_t)contact->id, "number", contact->number,
	                "state", result->state, "reason", result->reason,
	                "attempts", (int)result->attempts, "call", call->callid,
	                "outcome", call->outcome, "line", call->line);
	(void)json_object_update_new(
		row,
		json_pack("{s:o, s:o, s:o, s:s, s:I, s:s, s:s}", "started",
	                  fields_time_json(call->start_ms), "answered",
	                  fields_time_json(call->answer_ms), "ended",
	                  fields_time_json(call->end_ms), "label", call->label,
	                  "intention", (json_int_t)call->intention, "class",
	                  call->class_letter, "heard", call->heard));
	gather->last = contact->id;
	gather_add(gather, row);
}

static void id_handler(const struct store_plan *plan, void *arg)
{
	struct gather *gather = arg;

	gather->last = plan->id;
}

static void id_done(int err, void *arg)
{
	struct gather *gather = arg;
	const struct ask *ask = gather->ask;
	const struct store_page page = {
		.after = ask_query_number(ask, "after", 0),
		.limit = (uint32_t)gather->limit,
	};

	if (!err)
		err = store_results_page(ask_prm(ask)->store, gather->last,
		                         &page, result_handler, gather_done,
		                         gather);
	gather_begun(gather, err);
}

void r_campaign_results(struct ask *ask)
{
	struct gather *gather = gather_page(ask, "the campaign");

	if (gather)
		gather_begun(gather, store_plans(ask_prm(ask)->store,
		                                 ask_param(ask, "name"),
		                                 id_handler, id_done, gather));
}

/* --- a dry run ------------------------------------------------------------ */

struct look {
	struct ask *ask;
	struct plan *plan;
	struct rules *rules;
	struct foresight *foresight;
	struct foresight_pace pace;
	char fault[CFG_FAULT_SIZE];
	int err;
};

static void look_destructor(void *arg)
{
	struct look *look = arg;

	mem_deref(look->foresight);
	mem_deref(look->rules);
	mem_deref(look->plan);
	mem_deref(look->ask);
}

/* What refuses, with that answer, goes on the list. Returns how many people. */
static uint64_t count(const struct look *look, enum store_answer answer,
                      json_t *rules)
{
	struct foresight_count count;
	uint64_t n = 0;

	for (size_t i = 0; foresight_count(look->foresight, answer, i, &count);
	     i++) {
		n += count.n;
		if (*count.rule)
			(void)json_array_append_new(
				rules,
				json_pack("{s:s, s:I, s:o}", "rule", count.rule,
			                  "n", (json_int_t)count.n, "first",
			                  fields_time_json(count.first_ms)));
	}

	return n;
}

static void look_answer(const struct look *look)
{
	json_t *rules = json_array();
	uint64_t left = 0, now, later, never;
	int64_t end_ms = foresight_end_ms(look->foresight, &look->pace,
	                                  clock_wall_ms(), &left);

	jmem_forget();
	now = count(look, STORE_ALLOW, rules);
	later = count(look, STORE_LATER, rules);
	later += count(look, STORE_HOLD, rules);
	never = count(look, STORE_NEVER, rules);
	ask_reply(look->ask, 0,
	          json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:I}", "now",
	                    (json_int_t)now, "later", (json_int_t)later,
	                    "never", (json_int_t)never, "over",
	                    (json_int_t)foresight_over(look->foresight),
	                    "rules", rules, "end", fields_time_json(end_ms),
	                    "left", (json_int_t)left));
}

static void look_end(struct look *look, int err)
{
	if (err == EINVAL && *look->fault)
		ask_problem(look->ask, 409, look->fault, "mend the plan");
	else if (err)
		ask_failed(look->ask, err, "the campaign");
	else
		look_answer(look);
	mem_deref(look);
}

static void foreseen_handler(int err, void *arg)
{
	look_end(arg, err);
}

/* What calls of this campaign took so far. */
static void sum_handler(const struct store_sum *sum, void *arg)
{
	struct look *look = arg;

	if (!strcmp(sum->kind, "all") && sum->attempts)
		look->pace.call_ms =
			(uint32_t)(sum->busy_ms / sum->attempts) + 1;
}

static void sums_done(int err, void *arg)
{
	struct look *look = arg;

	if (!err)
		err = foresight_start(
			&look->foresight, ask_prm(look->ask)->store,
			look->plan->name, look->rules, foreseen_handler, look);
	if (err)
		look_end(look, err);
}

static void plan_handler(const struct store_plan *stored, void *arg)
{
	struct look *look = arg;

	look->err = plan_from_store(&look->plan, stored, look->fault);
	if (!look->err)
		look->err = rules_make(&look->rules, ask_prm(look->ask)->cfg,
		                       stored->settings, look->fault);
}

static void plan_done(int err, void *arg)
{
	struct look *look = arg;
	const struct api_prm *prm = ask_prm(look->ask);

	if (!err)
		err = look->err;
	if (!err) {
		look->pace = (struct foresight_pace){
			.calls_max = look->plan->calls,
			.calls_per_s = look->plan->calls_per_s,
			.call_ms = CALL_MS,
		};
		if (!look->pace.calls_max)
			look->pace.calls_max = (unsigned)cfg_number(
				prm->cfg, "campaign", "calls");
		if (look->pace.calls_per_s < 0)
			look->pace.calls_per_s = (double)cfg_number(
				prm->cfg, "campaign", "calls_per_s");
		err = store_sums(prm->store, look->plan->name, sum_handler,
		                 sums_done, look);
	}
	if (err)
		look_end(look, err);
}

void r_campaign_foresee(struct ask *ask)
{
	struct look *look;
	int err = ENOMEM;

	look = mem_zalloc(sizeof(*look), look_destructor);
	if (look) {
		look->ask = mem_ref(ask);
		err = store_plans(ask_prm(ask)->store, ask_param(ask, "name"),
		                  plan_handler, plan_done, look);
	}
	if (err) {
		ask_failed(ask, err, "the campaign");
		mem_deref(look);
	}
}
