/*
 * test/campaign/test_rules.c - what the rules allow, and what they answer
 */
#include "campaign/area.h"
#include "campaign/rules.h"
#include "campaign/tests.h"
#include "harness.h"

enum {
	TEXT_SIZE = 512,
};

#define HOUR INT64_C(3600000)
#define NOON INT64_C(1795262400000) /* Saturday 2026-11-21 12:00 UTC */

static const struct row {
	const char *why;
	const char *json;
	const char *number;
	const char *zone; /* column timezone */
	uint32_t day, week, live, client_day;
	int64_t last_ago_ms; /* 0 = never */
	bool has_consent;
	enum store_answer answer;
	const char *rule;
	int64_t next_ms; /* after NOON */
} judgev[] = {
	/* clang-format off */
	{"no rules: allowed", "{}", "+15550100", "",
	 0, 0, 0, 0, 0, false, STORE_ALLOW, NULL, 0},
	{"noon in Greenwich is 20:00 in Shanghai: until Sunday 9:00",
	 "{\"hours\":\"09:00-20:00\"}", "+8610000000001", "",
	 0, 0, 0, 0, 0, false, STORE_LATER, "hours", 13 * HOUR},
	{"the same in Berlin: 13:00", "{\"hours\":\"09:00-20:00\"}",
	 "+490000000001", "",
	 0, 0, 0, 0, 0, false, STORE_ALLOW, NULL, 0},
	{"the column wins over the number",
	 "{\"hours\":\"09:00-20:00\"}", "+490000000001",
	 "Asia/Shanghai",
	 0, 0, 0, 0, 0, false, STORE_LATER, "hours", 13 * HOUR},
	{"a zone that is none refuses, though the number tells one",
	 "{\"hours\":\"09:00-20:00\"}", "+490000000001", "Berlin",
	 0, 0, 0, 0, 0, false, STORE_NEVER, "zone", 0},
	{"Russia's zones must all agree: one hour a day",
	 "{\"hours\":\"09:00-20:00\"}", "+79990000001", "",
	 0, 0, 0, 0, 0, false, STORE_LATER, "hours", 19 * HOUR},
	{"... unless the campaign says which",
	 "{\"hours\":\"09:00-20:00\",\"zone\":\"Europe/Moscow\"}",
	 "+79990000001", "",
	 0, 0, 0, 0, 0, false, STORE_ALLOW, NULL, 0},
	{"a number of nowhere is not called",
	 "{\"hours\":\"09:00-20:00\"}", "+999555000", "",
	 0, 0, 0, 0, 0, false, STORE_NEVER, "zone", 0},
	{"nor is an extension whose zone nobody knows",
	 "{\"hours\":\"09:00-20:00\"}", "101", "",
	 0, 0, 0, 0, 0, false, STORE_NEVER, "zone", 0},
	{"the third call of a day waits", "{\"day_calls\":2}",
	 "+15550100", "",
	 2, 2, 0, 0, 5 * HOUR, false, STORE_LATER, "day_calls", HOUR},
	{"the second does not", "{\"day_calls\":2}", "+15550100", "",
	 1, 1, 0, 0, 5 * HOUR, false, STORE_ALLOW, NULL, 0},
	{"a full week", "{\"day_calls\":2,\"week_calls\":5}",
	 "+15550100", "",
	 0, 5, 0, 0, 40 * HOUR, false, STORE_LATER, "week_calls",
	 6 * HOUR},
	{"too soon after the last", "{\"gap\":\"2h\"}", "+15550100",
	 "", 1, 1, 0, 0, HOUR, false, STORE_LATER, "gap", HOUR},
	{"late enough", "{\"gap\":\"2h\"}", "+15550100", "",
	 1, 1, 0, 0, 2 * HOUR, false, STORE_ALLOW, NULL, 0},
	{"nobody asked them", "{\"consent\":\"news\"}", "+15550100",
	 "", 0, 0, 0, 0, 0, false, STORE_NEVER, "consent", 0},
	{"they agreed", "{\"consent\":\"news\"}", "+15550100", "",
	 0, 0, 0, 0, 0, true, STORE_ALLOW, NULL, 0},
	{"another country", "{\"countries\":\"+7, +375\"}",
	 "+15550100", "",
	 0, 0, 0, 0, 0, false, STORE_NEVER, "countries", 0},
	{"all channels are taken", "{\"line_calls\":30}",
	 "+15550100", "",
	 0, 0, 30, 0, 0, false, STORE_HOLD, "line_calls", 500},
	{"a client's 200 calls, if nothing else is said",
	 "{\"client\":\"acme\"}", "+15550100", "",
	 0, 0, 0, 200, 0, false, STORE_HOLD, "client_day_calls",
	 HOUR / 6},
	{"before the start", "{\"start\":\"2026-11-21T14:00Z\"}",
	 "+15550100", "",
	 0, 0, 0, 0, 0, false, STORE_HOLD, "start", 2 * HOUR},
	{"at the stop", "{\"stop\":\"2026-11-21T12:00Z\"}",
	 "+15550100", "",
	 0, 0, 0, 0, 0, false, STORE_HOLD, "stop", -NOON},
	/* clang-format on */
};

static int check_row(const struct row *row, struct atlas *atlas)
{
	const struct store_var var = {"timezone", row->zone};
	const struct store_contact contact = {
		.number = row->number,
		.varv = &var,
		.varc = 1,
	};
	const struct store_facts facts = {
		.contact = &contact,
		.now_ms = NOON,
		.day = row->day,
		.week = row->week,
		.live = row->live,
		.client_day = row->client_day,
		.last_ms = row->last_ago_ms ? NOON - row->last_ago_ms : 0,
		.has_consent = row->has_consent,
	};
	struct store_verdict verdict = {.rule = NULL};
	char reason[RULES_REASON_SIZE];
	struct rules *rules = NULL;
	int err = 0;

	CHECK_ERR(0, rules_alloc(&rules, atlas));
	CHECK_ERR(0, rules_set_json(rules, row->json, reason));
	rules_judge(&verdict, &facts, rules);
	CHECK_I64(row->answer, verdict.answer);
	if (row->rule)
		CHECK_STR(row->rule, verdict.rule);
	else
		CHECK(strstr(verdict.why, "not blocked"));
	if (row->answer == STORE_LATER || row->answer == STORE_HOLD)
		CHECK_I64(NOON + row->next_ms, verdict.next_ms);

out:
	mem_deref(rules);

	return err;
}

int test_rules_judge(void)
{
	struct atlas *atlas = NULL;
	int err;

	err = atlas_load(&atlas);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(judgev); i++) {
		err = check_row(&judgev[i], atlas);
		if (err)
			CHECK_FAIL("row %zu: %s", i, judgev[i].why);
	}

out:
	mem_deref(atlas);

	return err;
}

/* What is allowed in the last second is not dialled in the next minute. */
int test_rules_runs_out(void)
{
	const struct store_contact contact = {.number = "+490000000001"};
	struct store_facts facts = {.contact = &contact};
	struct store_verdict verdict = {.rule = NULL};
	char reason[RULES_REASON_SIZE];
	struct atlas *atlas = NULL;
	struct rules *rules = NULL;
	int err;

	err = atlas_load(&atlas);
	CHECK_ERR(0, err);
	CHECK_ERR(0, rules_alloc(&rules, atlas));
	CHECK_ERR(0, rules_set(rules, "hours", "09:00-13:00", reason));
	facts.now_ms = NOON - 1500;
	rules_judge(&verdict, &facts, rules);
	CHECK_I64(STORE_ALLOW, verdict.answer);
	CHECK_U64(1500, verdict.valid_ms);
	facts.now_ms = NOON;
	rules_judge(&verdict, &facts, rules);
	CHECK_I64(STORE_LATER, verdict.answer);

	CHECK_ERR(0, rules_set(rules, "stop", "2026-11-21T11:30Z", reason));
	facts.now_ms = NOON - 30 * 60000 - 700;
	rules_judge(&verdict, &facts, rules);
	CHECK_I64(STORE_ALLOW, verdict.answer);
	CHECK_U64(700, verdict.valid_ms);

out:
	mem_deref(rules);
	mem_deref(atlas);

	return err;
}

int test_rules_refused(void)
{
	static const struct {
		const char *json;
		const char *said;
	} rowv[] = {
		{"{\"hours\":\"9 to 5\"}", "hours: \"9 to 5\""},
		{"{\"zone\":\"Moscow\"}", "Europe/Moscow"},
		{"{\"zone\":\"../etc/passwd\"}", "Europe/Moscow"},
		{"{\"gap\":\"1 hour\"}", "30m"},
		{"{\"gap\":\"-1h\"}", "30m"},
		{"{\"day_calls\":\"many\"}", "0 for any"},
		{"{\"day_calls\":-1}", "0 for any"},
		{"{\"day_calls\":[]}", "a text or a number"},
		{"{\"countries\":\"Russia\"}", "+7"},
		{"{\"retry\":\"busy 5m\"}", "busy 5m x3"},
		{"{\"retry\":\"engaged 5m x3\"}", "busy 5m x3"},
		{"{\"retry\":\"line_failed 5m x3\"}", "anyway"},
		{"{\"pack\":\"231-fz\"}", "no such pack"},
		{"{\"drop_gap\":\"60d\"}", "at most \"31d\""},
		{"{\"block_on\":\"anger\"}", "label NAME"},
		{"{\"disclosure\":\"maybe\"}", "yes or no"},
		{"{\"start\":\"tomorrow\"}", "2026-11-23T09:00Z"},
		{"{\"start\":\"2026-11-23T09:00\"}", "2026-11-23T09:00Z"},
		{"[]", "JSON object"},
		{"", "JSON object"},
	};
	char reason[RULES_REASON_SIZE];
	struct atlas *atlas = NULL;
	struct rules *rules = NULL;
	int err;

	err = atlas_load(&atlas);
	CHECK_ERR(0, err);
	CHECK_ERR(0, rules_alloc(&rules, atlas));
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		CHECK_ERR(EINVAL, rules_set_json(rules, rowv[i].json, reason));
		if (!strstr(reason, rowv[i].said))
			CHECK_FAIL("%s: %s", rowv[i].json, reason);
	}
	CHECK_ERR(EINVAL, rules_set(rules, "colour", "red", reason));

	CHECK_ERR(EINVAL,
	          rules_set_json(rules, "{\"colour\":\"red\"}", reason));

	/* Hours without time zones are no hours. */
	rules = mem_deref(rules);
	CHECK_ERR(0, rules_alloc(&rules, NULL));
	CHECK_ERR(EINVAL, rules_set(rules, "hours", "09:00-20:00", reason));
	CHECK(strstr(reason, "tzdata"));

out:
	mem_deref(rules);
	mem_deref(atlas);

	return err;
}

int test_rules_zone_of_number(void)
{
	static const struct {
		const char *why;
		const char *number, *zone_by;
		size_t zonec;
		const char *first; /* NULL: any */
	} rowv[] = {
		/* clang-format off */
		{"a code of one zone", "+12125550100", "area", 1,
		 "America/New_York"},
		{"the same by country alone", "+12125550100", "country", 8,
		 NULL},
		{"a code that crosses a border", "+18505550100", "area", 2,
		 "America/Chicago"},
		{"free numbers lie nowhere", "+18005550100", "area", 8, NULL},
		{"a code that does not exist", "+15550100", "area", 8, NULL},
		{"Vladivostok", "+74230000000", "area", 1,
		 "Asia/Vladivostok"},
		{"a mobile number of Russia", "+79990000000", "area", 11,
		 NULL},
		{"Brisbane may be anywhere in Australia", "+61730000000",
		 "area", 7, NULL},
		{"Kaliningrad", "+74010000000", "area", 1,
		 "Europe/Kaliningrad"},
		{"Samara", "+78460000000", "area", 1, "Europe/Samara"},
		{"Honolulu", "+18085550100", "area", 1, "Pacific/Honolulu"},
		{"Phoenix has no summer time", "+14805550100", "area", 2,
		 "America/Denver"},
		{"Manaus", "+559200000000", "area", 2, "America/Manaus"},
		{"Mexico has changed its zones", "+525500000000", "area", 5,
		 NULL},
		{"Saratov is not Moscow", "+78450000000", "area", 1,
		 "Europe/Saratov"},
		{"a country of one zone", "+861000000000", "area", 1,
		 "Asia/Shanghai"},
		{"a name", "anna", "area", 0, NULL},
		/* clang-format on */
	};
	const struct zone *zonev[WINDOW_ZONES_MAX];
	char reason[RULES_REASON_SIZE];
	struct rules *rules = NULL;
	struct atlas *atlas = NULL;
	int err = 0;

	CHECK_ERR(0, atlas_load(&atlas));
	CHECK_ERR(0, rules_alloc(&rules, atlas));
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct store_contact contact = {.number = rowv[i].number};
		size_t zonec;

		CHECK_ERR(0,
		          rules_set(rules, "zone_by", rowv[i].zone_by, reason));
		zonec = rules_zones(rules, &contact, zonev);
		if (zonec != rowv[i].zonec)
			CHECK_FAIL("row %zu: %s: %zu zones", i, rowv[i].why,
			           zonec);
		if (rowv[i].first)
			CHECK_STR(rowv[i].first, zone_name(zonev[0]));
	}
	CHECK_ERR(EINVAL, rules_set(rules, "zone_by", "number", reason));

out:
	mem_deref(rules);
	mem_deref(atlas);

	return err;
}

/* Every zone that an area code names is there. */
int test_rules_areas_known(void)
{
	const struct zone *zonev[WINDOW_ZONES_MAX];
	struct atlas *atlas = NULL;
	char number[NUMBER_SIZE];
	unsigned known = 0;
	int err = 0;

	CHECK_ERR(0, atlas_load(&atlas));
	for (unsigned n = 0; n < 10000; n++) {
		(void)snprintf(number, sizeof(number), "+%04u00000", n);
		if (!*area_zones(number + 1))
			continue;
		known++;
		if (!atlas_of_number(atlas, number, zonev))
			CHECK_FAIL("%s: %s", number, area_zones(number + 1));
	}
	CHECK(known > 400);

out:
	mem_deref(atlas);

	return err;
}

int test_rules_other_number(void)
{
	static const struct store_var varv[] = {
		{"office", "8 (999) 000-00-02"},
		{"mobile", "+79990000001"},
		{"home", "none"},
	};
	static const struct {
		const char *why;
		const char *columns;
		unsigned first, at; /* as +7999000000N */
		const char *next;   /* NULL: no other */
	} rowv[] = {
		{"nothing is said", "", 0, 0, NULL},
		{"a column that is not there", "fax", 0, 0, NULL},
		{"a cell that is no number", "home", 0, 0, NULL},
		{"the first of them", "mobile, office", 0, 0, "+79990000001"},
		{"the next, as it is dialled", "mobile, home, office", 0, 1,
	         "+79990000002"},
		{"behind the last: the contact's own", "mobile,office", 0, 2,
	         ""},
		{"its own number again is no other", "mobile", 1, 1, NULL},
		{"its own in the last column: the other one has not had its "
	         "turn",
	         "mobile, office", 2, 2, "+79990000001"},
		{"it has, and nobody is called twice in a row",
	         "mobile, office", 2, 1, ""},
	};
	char reason[RULES_REASON_SIZE], number[NUMBER_SIZE];
	char first[NUMBER_SIZE], at[NUMBER_SIZE];
	const struct store_contact contact = {
		.number = at,
		.varv = varv,
		.varc = ARRAY_COUNT(varv),
	};
	struct rules *rules = NULL;
	int err = 0;

	CHECK_ERR(0, rules_alloc(&rules, NULL));
	(void)snprintf(rules->country, sizeof(rules->country), "RU");
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		bool has_other;

		CHECK_ERR(0, rules_set(rules, "other_numbers", rowv[i].columns,
		                       reason));
		(void)snprintf(first, sizeof(first), "+7999000000%u",
		               rowv[i].first);
		(void)snprintf(at, sizeof(at), "+7999000000%u", rowv[i].at);
		has_other = rules_other_number(rules, &contact, first, number);
		if (has_other != (rowv[i].next != NULL))
			CHECK_FAIL("row %zu: %s", i, rowv[i].why);
		if (has_other)
			CHECK_STR(rowv[i].next, number);
	}

out:
	mem_deref(rules);

	return err;
}

int test_rules_retry(void)
{
	static const struct {
		const char *why;
		enum outcome outcome;
		uint32_t tries;
		bool is_again;
		int64_t delay_ms;
	} rowv[] = {
		{"busy: in five minutes", OUTCOME_BUSY, 1, true, HOUR / 12},
		{"busy: the third was the last", OUTCOME_BUSY, 3, false, 0},
		{"no answer: in two hours", OUTCOME_NO_ANSWER, 3, true,
	         2 * HOUR},
		{"answered: never", OUTCOME_ANSWERED, 1, false, 0},
		{"no such number: never", OUTCOME_BAD_NUMBER, 1, false, 0},
	};
	char reason[RULES_REASON_SIZE];
	struct rules *rules = NULL;
	int err = 0;

	CHECK_ERR(0, rules_alloc(&rules, NULL));
	CHECK_ERR(0, rules_set(rules, "retry", "busy 5m x3, no_answer 2h x4",
	                       reason));
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct rules_retry *retry =
			rules_retry(rules, rowv[i].outcome, rowv[i].tries);

		if ((retry != NULL) != rowv[i].is_again)
			CHECK_FAIL("row %zu: %s", i, rowv[i].why);
		if (retry)
			CHECK_I64(rowv[i].delay_ms, retry->delay_ms);
	}
	CHECK_ERR(EINVAL,
	          rules_set(rules, "retry", "busy 5m x3 otter", reason));
	CHECK_ERR(EINVAL,
	          rules_set(rules, "retry", "busy 5m x3 other one", reason));

out:
	mem_deref(rules);

	return err;
}
