/*
 * test/campaign/test_draft.c - campaigns as data, what they cost, when they end
 */
#include "base/clock.h"
#include "base/mem.h"
#include "campaign/campaign.h"
#include "campaign/rules.h"
#include "campaign/tests.h"
#include "fixture.h"

int test_draft_round_trip(void)
{
	static const char json[] =
		"{\"name\": \"spring\", \"script\": \"s.json\", "
		"\"script_version\": \"3\", \"group\": \"trunks\", "
		"\"calls\": 20, \"calls_per_s\": 0.25, \"ring_s\": 25, "
		"\"lists\": [\"a\", {\"name\": \"b\", \"priority\": 5}], "
		"\"rules\": {\"gap\": \"1h\"}}";
	char fault[CFG_FAULT_SIZE];
	struct plan *plan = NULL, *back = NULL, *stored = NULL;
	char *once = NULL, *again = NULL, *settings = NULL;
	struct store_plan kept;
	int err;

	err = plan_alloc(&plan);
	CHECK_ERR(0, err);
	CHECK_ERR(0, plan_read(plan, json, fault));
	CHECK_ERR(0, plan_check(plan, fault));
	CHECK_ERR(0, plan_write(&once, plan));
	CHECK_ERR(0, plan_alloc(&back));
	CHECK_ERR(0, plan_read(back, once, fault));
	CHECK_ERR(0, plan_write(&again, back));
	CHECK_STR(once, again);
	CHECK(back->calls_per_s > 0.249 && back->calls_per_s < 0.251);
	again = mem_deref(again);

	/* By way of the database. */
	CHECK_ERR(0, plan_settings(&settings, plan));
	kept = (struct store_plan){
		.name = plan->name,
		.plan = settings,
		.settings = plan->rules,
		.listv = plan->listv,
		.listc = plan->listc,
	};
	CHECK_ERR(0, plan_from_store(&stored, &kept, fault));
	CHECK_ERR(0, plan_write(&again, stored));
	CHECK_STR(once, again);

out:
	mem_deref(plan);
	mem_deref(back);
	mem_deref(stored);
	mem_deref(once);
	mem_deref(again);
	mem_deref(settings);

	return err;
}

int test_draft_refused(void)
{
	static const struct {
		const char *json, *said;
	} rowv[] = {
		/* clang-format off */
		{"[1]", "campaign: it is a JSON object"},
		{"{\"call\": 5}", "call: there is no such key"},
		{"{\"calls\": 0}", "calls: its value is a number"},
		{"{\"calls_per_s\": -1}", "calls_per_s: calls per second"},
		{"{\"ring_s\": \"30\"}", "ring_s: its value is a number"},
		{"{\"script\": 7}", "script: its value is a text"},
		{"{\"lists\": [5]}", "lists: up to 64 lists"},
		{"{\"lists\": [{\"priority\": 5}]}", "lists: up to 64 lists"},
		{"{\"rules\": {\"hours\": \"nine\"}}", "rules: hours: "},
		{"{\"rules\": {\"hour\": \"nine\"}}", "there is no such rule"},
		{"{", "line 1: "},
		/* clang-format on */
	};
	char fault[CFG_FAULT_SIZE];
	struct plan *plan = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		CHECK_ERR(0, plan_alloc(&plan));
		CHECK_ERR(EINVAL, plan_read(plan, rowv[i].json, fault));
		if (!strstr(fault, rowv[i].said))
			CHECK_STR(rowv[i].said, fault);
		plan = mem_deref(plan);
	}

	CHECK_ERR(0, plan_alloc(&plan));
	CHECK_ERR(EINVAL, plan_check(plan, fault));
	CHECK_STR("name: it is missing", fault);
	CHECK_ERR(0, plan_read(plan,
	                       "{\"name\": \"a\", \"script\": \"b\", "
	                       "\"lists\": [\"c\"], \"lines\": \"d\", "
	                       "\"group\": \"e\"}",
	                       fault));
	CHECK_ERR(EINVAL, plan_check(plan, fault));

out:
	mem_deref(plan);

	return err;
}

/* --- money --------------------------------------------------------------- */

static int cfg_make(struct cfg **cfgp, const char *const *setv, size_t setc)
{
	static const struct cfg_table *const tablev[] = {
		&campaign_cfg_table, &rules_cfg_table, &tolls_cfg_table,
		&toll_cfg_table};
	char fault[CFG_FAULT_SIZE];
	int err;

	err = cfg_load(cfgp, NULL, tablev, ARRAY_COUNT(tablev), fault);
	for (size_t i = 0; i + 1 < setc && !err; i += 2)
		err = cfg_set(*cfgp, setv[i], setv[i + 1], fault);

	return err;
}

static const char *judged(const struct rules *rules, const char *number,
                          int64_t spent)
{
	static char words[64];
	const struct store_contact contact = {.number = number};
	const struct store_facts facts = {
		.contact = &contact,
		.now_ms = 1000,
		.spent = spent,
	};
	struct store_verdict verdict = {0};

	rules_judge(&verdict, &facts, rules);
	if (verdict.answer == STORE_ALLOW)
		(void)snprintf(words, sizeof(words), "%lld",
		               (long long)verdict.price);
	else
		(void)snprintf(words, sizeof(words), "%s", verdict.rule);

	return words;
}

/* The longest prefix counts; what has no price is not called. */
int test_draft_tolls(void)
{
	static const char *const setv[] = {
		"toll.7.minute",    "0.015", "toll.7495.minute", "0.01",
		"toll.7809.minute", "no",    "tolls.hour_spend", "2",
		"campaign.country", "RU",    "rules.countries",  "any",
	};
	static const char *const badv[][2] = {
		{"tolls.hour_spend", "2"},
		{"tolls.hour_spend", "much"},
		{"toll.7.minute", "cheap"},
		{"toll.x.minute", "1"},
	};
	char fault[CFG_FAULT_SIZE];
	struct rules *rules = NULL;
	struct cfg *cfg = NULL;
	int64_t amount;
	int err;

	err = cfg_make(&cfg, setv, ARRAY_COUNT(setv));
	CHECK_ERR(0, err);
	CHECK_ERR(0, rules_make(&rules, cfg, "{\"countries\": \"+7, +1\"}",
	                        fault));
	CHECK_STR("15000", judged(rules, "+79990000000", 0));
	CHECK_STR("10000", judged(rules, "+74950000000", 0));
	CHECK_STR("toll", judged(rules, "+78090000000", 0));
	CHECK_STR("toll", judged(rules, "+15550100", 0));
	CHECK_STR("countries", judged(rules, "+3705550100", 0));
	CHECK_STR("15000", judged(rules, "+79990000000", 1985000));
	CHECK_STR("hour_spend", judged(rules, "+79990000000", 1985001));

	/* A campaign cannot buy itself free. */
	CHECK_ERR(EINVAL, rules_check("{\"hour_spend\": 100}", fault));

	for (size_t i = 0; i < ARRAY_COUNT(badv); i++) {
		rules = mem_deref(rules);
		cfg = mem_deref(cfg);
		CHECK_ERR(0, cfg_make(&cfg, badv[i], 2));
		CHECK_ERR(EINVAL, rules_make(&rules, cfg, NULL, fault));
		CHECK(strstr(fault, "[toll"));
	}
	CHECK(toll_amount_parse(&amount, "12.5"));
	CHECK_I64(12500000, amount);
	CHECK(!toll_amount_parse(&amount, "1,5"));
	CHECK(!toll_amount_parse(&amount, ""));

out:
	mem_deref(rules);
	mem_deref(cfg);

	return err;
}

/* Without a word: the country that the lists are of. */
int test_draft_home_country(void)
{
	static const char *const setv[] = {"campaign.country", "RU"};
	static const char *const anyv[] = {"campaign.country", "RU",
	                                   "rules.countries", "any"};
	char fault[CFG_FAULT_SIZE];
	struct rules *rules = NULL;
	struct cfg *cfg = NULL;
	int err;

	err = cfg_make(&cfg, setv, 2);
	CHECK_ERR(0, err);
	CHECK_ERR(0, rules_make(&rules, cfg, NULL, fault));
	CHECK_STR("0", judged(rules, "+79990000000", 0));
	CHECK_STR("countries", judged(rules, "+15550100", 0));
	CHECK_STR("0", judged(rules, "101", 0));
	rules = mem_deref(rules);
	cfg = mem_deref(cfg);

	CHECK_ERR(0, cfg_make(&cfg, anyv, 4));
	CHECK_ERR(0, rules_make(&rules, cfg, NULL, fault));
	CHECK_STR("0", judged(rules, "+15550100", 0));

out:
	mem_deref(rules);
	mem_deref(cfg);

	return err;
}

/* --- foresight ----------------------------------------------------------- */

static int foresee(struct foresight **foresightp, struct fixture *fx,
                   const char *rules_json)
{
	char fault[CFG_FAULT_SIZE];
	struct rules *rules = NULL;
	struct cfg *cfg = NULL;
	int err;

	*foresightp = mem_deref(*foresightp);
	err = cfg_make(&cfg, NULL, 0);
	if (!err)
		err = rules_make(&rules, cfg, rules_json, fault);
	fx->has_answer = false;
	if (!err)
		err = foresight_start(foresightp, fx->store, "calls", rules,
		                      fixture_done, fx);
	if (!err)
		err = fixture_wait(fx);
	mem_deref(rules);
	mem_deref(cfg);

	return err;
}

int test_draft_foresight(void)
{
	/* One a minute. */
	const struct foresight_pace pace = {
		.calls_max = 10, .calls_per_s = 1.0 / 60, .call_ms = 60000};
	struct foresight_pace thrice = pace;
	struct foresight *foresight = NULL;
	struct foresight_count count;
	int64_t now_ms = clock_wall_ms(), end_ms;
	struct fixture fx;
	uint64_t left;
	char rules[128], text[CLOCK_TEXT_SIZE];
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 30));
	CHECK_ERR(0, fixture_block(&fx, "+15550100"));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_ERR(0, fixture_attempt_end(&fx, "busy", true, 0));

	CHECK_ERR(0, foresee(&foresight, &fx, NULL));
	CHECK(foresight_count(foresight, STORE_ALLOW, 0, &count));
	CHECK_U64(28, count.n);
	CHECK(!foresight_count(foresight, STORE_LATER, 0, &count));
	CHECK_U64(2, foresight_over(foresight));

	/* 28 minutes, and the last call its own. */
	end_ms = foresight_end_ms(foresight, &pace, now_ms, &left);
	CHECK_I64(29 * 60, (end_ms - now_ms + 500) / 1000);
	CHECK_U64(0, left);

	/* Three times each: nobody sooner than an hour after the last call,
	 * and the first two hours are over then. */
	CHECK_ERR(0, foresee(&foresight, &fx,
	                     "{\"retry\": \"busy 59m x2, no_answer 1m x3\"}"));
	CHECK_U64(3, foresight_rounds(foresight));
	thrice.rounds = foresight_rounds(foresight);
	end_ms = foresight_end_ms(foresight, &thrice, now_ms, &left);
	CHECK_I64((60 + 29 + 29) * 60, (end_ms - now_ms + 500) / 1000);

	/* Half an hour a day: the last are called tomorrow. */
	clock_text(text, now_ms + 7200000);
	(void)snprintf(rules, sizeof(rules),
	               "{\"zone\": \"UTC\", \"hours\": \"%.2s:00-%.2s:15\"}",
	               text + 11, text + 11);
	CHECK_ERR(0, foresee(&foresight, &fx, rules));
	CHECK(foresight_count(foresight, STORE_LATER, 0, &count));
	CHECK_STR("hours", count.rule);
	CHECK_U64(28, count.n);
	CHECK(count.first_ms > now_ms);
	end_ms = foresight_end_ms(foresight, &pace, now_ms, &left);
	CHECK(end_ms > now_ms + 24 * INT64_C(3600000));
	CHECK(end_ms < now_ms + 51 * INT64_C(3600000));
	CHECK_U64(0, left);

	/* Only numbers of elsewhere. */
	CHECK_ERR(0, foresee(&foresight, &fx, "{\"countries\": \"+7\"}"));
	CHECK(foresight_count(foresight, STORE_NEVER, 0, &count));
	CHECK_STR("countries", count.rule);
	CHECK_I64(0, foresight_end_ms(foresight, &pace, now_ms, &left));

out:
	mem_deref(foresight);
	fixture_end(&fx);

	return err;
}
