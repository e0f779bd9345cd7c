/*
 * api/r_campaigns.c - routes about campaigns: plans, and what came of them
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/api_parts.h"
#include "api/fields.h"
#include "api/gather.h"
#include "api/handlers.h"
#include "api/held.h"
#include "api/mark.h"
#include "api/shelf.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "campaign/campaign.h"

#define HOUR_MS INT64_C(3600000)

enum {
	NAME_MAX_BYTES = 128,
};

/* --- reading -------------------------------------------------------------- */

static json_t *plan_row(const struct gather *gather,
                        const struct store_plan *plan)
{
	const struct api_prm *prm = ask_prm(gather->ask);

	return json_pack(
		"{s:s, s:s, s:s, s:o, s:i, s:i, s:i, s:s, s:s, s:s}", "name",
		plan->name, "state", plan->state, "script", plan->script,
		"created", fields_time_json(plan->created_ms), "contacts",
		(int)plan->contacts, "done", (int)plan->done, "attempts",
		(int)plan->attempts, "client", plan->client, "running",
		runner_words(prm->runner, plan->name), "held",
		held_words(gather->more, plan, prm->cfg));
}

/* Begins with what might hold a campaign up, which is gather->more then. */
static void held_begin(struct gather *gather, store_done_h *next)
{
	struct held *held = NULL;
	int err;

	if (!gather)
		return;

	err = held_look(&held, ask_prm(gather->ask)->store, next, gather);
	gather->more = held;
	gather_begun(gather, err);
}

static void plans_handler(const struct store_plan *plan, void *arg)
{
	struct gather *gather = arg;

	gather_add(gather, plan_row(gather, plan));
}

static void plans_ask(int err, void *arg)
{
	struct gather *gather = arg;

	if (!err)
		err = store_plans(ask_prm(gather->ask)->store, NULL,
		                  plans_handler, gather_done, gather);
	gather_begun(gather, err);
}

void r_campaigns(struct ask *ask)
{
	held_begin(gather_alloc(ask, json_array(), "campaigns"), plans_ask);
}

/* Its lists as objects always, so that what is read can be written. */
static json_t *plan_json(const struct store_plan *stored)
{
	json_t *json = json_loads(stored->plan, 0, NULL);
	json_t *lists = json_array();

	for (size_t i = 0; i < stored->listc; i++)
		(void)json_array_append_new(
			lists,
			json_pack("{s:s, s:I}", "name", stored->listv[i].name,
		                  "priority",
		                  (json_int_t)stored->listv[i].priority));
	(void)json_object_set_new(json, "lists", lists);
	(void)json_object_set_new(json, "rules",
	                          json_loads(stored->settings, 0, NULL));

	return json;
}

static void plan_handler(const struct store_plan *stored, void *arg)
{
	struct gather *gather = arg;
	json_t *row = plan_row(gather, stored);

	/* Of the plan, as If-Match wants it: the counts go on. */
	mark_set(gather->ask, stored->mark);
	(void)json_object_set_new(row, "plan", plan_json(stored));
	(void)json_object_update(gather->json, row);
	json_decref(row);
}

static void plan_ask(int err, void *arg)
{
	struct gather *gather = arg;
	const struct ask *ask = gather->ask;

	if (!err)
		err = store_plans(ask_prm(ask)->store, ask_param(ask, "name"),
		                  plan_handler, gather_done, gather);
	gather_begun(gather, err);
}

void r_campaign(struct ask *ask)
{
	held_begin(gather_alloc(ask, json_object(), "the campaign"), plan_ask);
}

static void count_handler(const struct store_count *count, void *arg)
{
	static const char *const kindv[] = {"contact", "refused", "outcome",
	                                    "stale", "label"};

	for (size_t i = 0; i < ARRAY_COUNT(kindv); i++) {
		if (!strcmp(kindv[i], count->kind))
			gather_add(arg,
			           json_pack("{s:s, s:s, s:I}", "kind",
			                     count->kind, "word", count->word,
			                     "n", (json_int_t)count->n));
	}
}

void r_campaign_counts(struct ask *ask)
{
	struct gather *gather = gather_alloc(ask, json_array(), "the campaign");

	if (gather)
		gather_begun(gather,
		             store_campaign_counts(ask_prm(ask)->store,
		                                   ask_param(ask, "name"),
		                                   count_handler, gather_done,
		                                   gather));
}

static void sum_handler(const struct store_sum *sum, void *arg)
{
	json_t *word = !strcmp(sum->kind, "hour")
	                       ? fields_time_json(strtoll(sum->word, NULL, 10) *
	                                          HOUR_MS)
	                       : json_string(sum->word);

	gather_add(arg, json_pack("{s:s, s:o, s:I, s:I, s:I, s:I}", "kind",
	                          sum->kind, "word", word, "calls",
	                          (json_int_t)sum->attempts, "answered",
	                          (json_int_t)sum->answered, "talk_ms",
	                          (json_int_t)sum->talk_ms, "intention",
	                          (json_int_t)sum->intention));
}

void r_campaign_report(struct ask *ask)
{
	struct gather *gather = gather_alloc(ask, json_array(), "the campaign");

	if (gather)
		gather_begun(gather,
		             store_sums(ask_prm(ask)->store,
		                        ask_param(ask, "name"), sum_handler,
		                        gather_done, gather));
}

/* --- making --------------------------------------------------------------- */

/* fault is "key: words", as plan_read() says it. */
static void plan_wrong(struct ask *ask, const char *fault)
{
	const char *colon = strstr(fault, ": ");
	char key[64];

	if (!colon || (size_t)(colon - fault) >= sizeof(key)) {
		ask_wrong(ask, NULL, fault);
		return;
	}

	(void)snprintf(key, sizeof(key), "%.*s", (int)(colon - fault), fault);
	ask_wrong(ask, key, colon + 2);
}

static bool has_group(const struct cfg *cfg, const char *name)
{
	const char *have;

	for (size_t i = 0; (have = cfg_name(cfg, "group", i)); i++) {
		if (!strcmp(have, name))
			return true;
	}

	return false;
}

static int plan_judge(struct plan *plan, const struct ask *ask,
                      char fault[CFG_FAULT_SIZE])
{
	const struct api_prm *prm = ask_prm(ask);
	const char *name = ask_param(ask, "name");
	struct dialer_group lines;
	int err;

	if (strlen(name) > NAME_MAX_BYTES) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "name: has more than %d bytes", NAME_MAX_BYTES);
		return EINVAL;
	}

	err = str_dup(&plan->name, name);
	if (!err)
		err = plan_check(plan, fault);
	if (!err && plan->group && !has_group(prm->cfg, plan->group)) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "group: there is no such [group]");
		return EINVAL;
	}
	if (!err && plan->lines &&
	    dialer_group_make(&lines, prm->cfg, prm->phone, NULL, plan->lines,
	                      fault)) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "lines: there is no such line: GET /api/v1/lines"
		               " lists them");
		return EINVAL;
	}

	return err;
}

static void kept_handler(int err, void *arg)
{
	struct ask *ask = arg;

	if (err == EEXIST)
		ask_problem(ask, 409, "it runs or has run: its plan stays",
		            "give the new one another name");
	else if (err == ENOENT)
		ask_wrong(ask, "lists", "names a list that is not there");
	else if (err == EALREADY)
		mark_stale(ask, "read it again and bring your change into what "
		                "it is now");
	else if (err)
		ask_failed(ask, err, "the campaign");
	else
		ask_empty(ask);
	mem_deref(ask);
}

/* A plan whose script is looked for. */
struct keeping {
	struct ask *ask;
	struct plan *plan;
};

static void keeping_destructor(void *arg)
{
	struct keeping *keeping = arg;

	mem_deref(keeping->plan);
	mem_deref(keeping->ask);
}

static int plan_keep(struct ask *ask, const struct plan *plan)
{
	struct store_plan stored = {
		.name = plan->name,
		.script = plan->script,
		.settings = plan->rules ? plan->rules : "{}",
		.listv = plan->listv,
		.listc = plan->listc,
	};
	char *json = NULL, mark[MARK_SIZE];
	int err;

	err = plan_settings(&json, plan);
	stored.plan = json;
	stored.instead_of = mark_wanted(ask, mark);
	if (!err) {
		err = store_plan_make(ask_prm(ask)->store, &stored,
		                      kept_handler, mem_ref(ask));
		if (err)
			mem_deref(ask);
	}
	mem_deref(json);

	return err;
}

/* What the campaign's rules ask of the script. */
static bool discloses(struct ask *ask, const struct plan *plan,
                      const struct flow_script *script)
{
	char fault[CFG_FAULT_SIZE] = "out of memory";
	struct rules *rules = NULL;
	int err;

	err = rules_make(&rules, ask_prm(ask)->cfg, plan->rules, fault);
	if (!err)
		err = rules_script_check(rules, script, fault);
	if (err == EINVAL)
		ask_wrong(ask, "script", fault);
	else if (err)
		ask_failed(ask, err, "the campaign");
	mem_deref(rules);

	return !err;
}

static void script_handler(int err, struct flow_script *script, int64_t version,
                           void *arg)
{
	struct keeping *keeping = arg;
	struct ask *ask = keeping->ask;

	(void)version;

	if (!err && !discloses(ask, keeping->plan, script)) {
		mem_deref(keeping);
		return;
	}
	if (err == ENOENT || err == EINVAL)
		ask_wrong(ask, "script",
		          err == ENOENT ? "is no script that was published"
		                        : "has faults: see its check");
	else if (!err)
		err = plan_keep(ask, keeping->plan);
	if (err && err != ENOENT && err != EINVAL)
		ask_failed(ask, err, "the campaign");
	mem_deref(keeping);
}

/* By its name: a plan of the API reads no file of this machine. */
static int script_find(struct ask *ask, struct plan *plan)
{
	char name[SHELF_NAME_SIZE];
	struct keeping *keeping;
	int64_t version;
	int err;

	if (!shelf_parse(plan->script, name, &version)) {
		ask_wrong(ask, "script", "is no name of a script");
		return 0;
	}

	keeping = mem_zalloc(sizeof(*keeping), keeping_destructor);
	if (!keeping)
		return ENOMEM;

	keeping->ask = mem_ref(ask);
	keeping->plan = mem_ref(plan);
	err = shelf_get(ask->api->shelf, name, version, script_handler,
	                keeping);
	if (err)
		mem_deref(keeping);

	return err;
}

void r_campaign_put(struct ask *ask)
{
	char fault[CFG_FAULT_SIZE] = "";
	char *text = jmem_text(json_incref(ask->body));
	struct plan *plan = NULL;
	int err;

	err = text ? plan_alloc(&plan) : ENOMEM;
	if (!err)
		err = plan_read(plan, text, fault);
	if (!err)
		err = plan_judge(plan, ask, fault);
	if (!err)
		err = script_find(ask, plan);

	if (err == EINVAL)
		plan_wrong(ask, fault);
	else if (err)
		ask_failed(ask, err, "the campaign");
	mem_deref(plan);
	mem_deref(text);
}
