/*
 * test/campaign/test_law.c - what laws ask of a dialer: packs of rules over
 * many days, talks that broke off, complaints
 */
#include "base/clock.h"
#include "campaign/grievance.h"
#include "campaign/rules.h"
#include "campaign/tests.h"
#include "harness.h"
#include "line.h"

enum {
	DAYS = 60,
	STEP_MIN = 10, /* a campaign that asks again that often */
	CALLS_MAX = 512,
	TEXT_SIZE = 256,
};

#define MIN_MS  INT64_C(60000)
#define HOUR_MS (60 * MIN_MS)
#define DAY_MS  (24 * HOUR_MS)
#define MONDAY  INT64_C(1793577600000) /* 2026-11-02 00:00 UTC */

/* --- packs ---------------------------------------------------------------- */

struct history {
	int64_t atv[CALLS_MAX];
	size_t c;
};

static uint32_t within(const struct history *history, int64_t now_ms,
                       int64_t ms)
{
	uint32_t n = 0;

	for (size_t i = 0; i < history->c; i++)
		n += history->atv[i] > now_ms - ms;

	return n;
}

/* Whoever is allowed is called: the most that a campaign can do to them. */
static int live_through(struct history *history, const char *json,
                        const char *zone, struct atlas *atlas)
{
	const struct store_var var = {"timezone", zone};
	const struct store_contact contact = {
		.number = "+79990000001",
		.varv = &var,
		.varc = 1,
	};
	struct store_facts facts = {.contact = &contact};
	char reason[RULES_REASON_SIZE];
	struct rules *rules = NULL;
	int err;

	err = rules_alloc(&rules, atlas);
	if (!err)
		err = rules_set_json(rules, json, reason);
	for (int i = 0; i < DAYS * 24 * 60 / STEP_MIN && !err; i++) {
		struct store_verdict verdict = {.rule = NULL};

		facts.now_ms = MONDAY + i * STEP_MIN * MIN_MS;
		facts.day = within(history, facts.now_ms, DAY_MS);
		facts.week = within(history, facts.now_ms, 7 * DAY_MS);
		facts.month = within(history, facts.now_ms, 31 * DAY_MS);
		facts.last_ms = history->c ? history->atv[history->c - 1] : 0;
		rules_judge(&verdict, &facts, rules);
		if (verdict.answer == STORE_ALLOW && history->c < CALLS_MAX)
			history->atv[history->c++] = facts.now_ms;
	}
	mem_deref(rules);

	return err;
}

/* The most calls that any stretch of so many days has; whole days of the
 * callee's calendar where day_ms is not 0. */
static uint32_t most(const struct history *history, int64_t days,
                     int64_t offset_ms)
{
	uint32_t best = 0;

	for (int64_t day = 0; day < DAYS; day++) {
		int64_t begin_ms = MONDAY - offset_ms + day * DAY_MS;
		uint32_t n = 0;

		for (size_t i = 0; i < history->c; i++)
			n += history->atv[i] >= begin_ms &&
			     history->atv[i] < begin_ms + days * DAY_MS;
		best = n > best ? n : best;
	}

	return best;
}

/* Minutes of the day, weekdays and weekends, in Moscow (UTC+3). */
static bool is_within_hours(int64_t at_ms)
{
	int64_t local_ms = at_ms + 3 * HOUR_MS;
	int64_t day = (local_ms - MONDAY) / DAY_MS % 7;
	int64_t hour = (local_ms - MONDAY) % DAY_MS / HOUR_MS;

	return day < 5 ? hour >= 8 && hour < 22 : hour >= 9 && hour < 20;
}

int test_law_pack_of_sixty_days(void)
{
	static const struct {
		const char *why;
		const char *json;
		uint32_t day, week, month; /* the most that is seen */
	} rowv[] = {
		/* clang-format off */
		{"the law alone", "{\"pack\":\"230-fz\"}", 1, 2, 8},
		{"a campaign may ask for more and does not get it",
		 "{\"pack\":\"230-fz\",\"day_calls\":5,\"week_calls\":9}",
		 1, 2, 8},
		{"a stricter campaign is stricter",
		 "{\"pack\":\"230-fz\",\"month_calls\":3}", 1, 2, 3},
		{"caps of one's own",
		 "{\"day_calls\":2,\"week_calls\":3,\"month_calls\":10,"
		 "\"hours\":\"mon-fri 08:00-22:00, sat-sun 09:00-20:00\"}",
		 2, 3, 10},
		/* clang-format on */
	};
	struct atlas *atlas = NULL;
	int err;

	err = atlas_load(&atlas);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct history history = {.c = 0};
		uint32_t day, week, month;

		CHECK_ERR(0, live_through(&history, rowv[i].json,
		                          "Europe/Moscow", atlas));

		/* By the callee's calendar: dates, and months of 31 days. */
		day = most(&history, 1, 3 * HOUR_MS);
		week = most(&history, 7, 3 * HOUR_MS);
		month = most(&history, 31, 3 * HOUR_MS);
		if (day != rowv[i].day || week != rowv[i].week ||
		    month != rowv[i].month)
			CHECK_FAIL("%s: %u a day, %u a week, %u a month",
			           rowv[i].why, day, week, month);
		for (size_t k = 0; k < history.c; k++)
			CHECK(is_within_hours(history.atv[k]));
	}

out:
	mem_deref(atlas);

	return err;
}

/* Both the pack's hours and the campaign's hold, and the next time is one at
 * which both do. */
int test_law_pack_hours(void)
{
	static const struct {
		const char *why;
		const char *hours;
		int64_t at_ms, next_ms; /* of Monday, Moscow; 0: allowed */
	} rowv[] = {
		/* clang-format off */
		{"inside both", "10:00-12:00", 11 * HOUR_MS, 0},
		{"the campaign is closed", "10:00-12:00", 9 * HOUR_MS,
		 10 * HOUR_MS},
		{"the law is", "", 7 * HOUR_MS, 8 * HOUR_MS},
		{"the campaign would, the law waits", "06:00-09:00",
		 7 * HOUR_MS, 8 * HOUR_MS},
		{"on Sunday the law begins later", "sun 08:30-09:30",
		 12 * HOUR_MS, 6 * DAY_MS + 9 * HOUR_MS},
		{"they never meet", "22:00-23:00", 7 * HOUR_MS, -1},
		/* clang-format on */
	};
	const struct store_var var = {"timezone", "Europe/Moscow"};
	const struct store_contact contact = {
		.number = "+79990000001",
		.varv = &var,
		.varc = 1,
	};
	char reason[RULES_REASON_SIZE];
	struct atlas *atlas = NULL;
	struct rules *rules = NULL;
	int err;

	err = atlas_load(&atlas);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct store_verdict verdict = {.rule = NULL};
		const struct store_facts facts = {
			.contact = &contact,
			.now_ms = MONDAY - 3 * HOUR_MS + rowv[i].at_ms,
		};
		int64_t next_ms;

		rules = mem_deref(rules);
		CHECK_ERR(0, rules_alloc(&rules, atlas));
		CHECK_ERR(0, rules_set(rules, "pack", "230-fz", reason));
		CHECK_ERR(0, rules_set(rules, "hours", rowv[i].hours, reason));
		rules_judge(&verdict, &facts, rules);
		next_ms = verdict.answer == STORE_NEVER ? -1
		          : verdict.answer == STORE_ALLOW
		                  ? 0
		                  : verdict.next_ms - MONDAY + 3 * HOUR_MS;
		if (next_ms != rowv[i].next_ms)
			CHECK_FAIL("%s: %s, %lld", rowv[i].why, verdict.why,
			           (long long)next_ms);
	}

out:
	mem_deref(rules);
	mem_deref(atlas);

	return err;
}

/* --- talks that broke off ------------------------------------------------- */

int test_law_dropped_rests(void)
{
	static const struct {
		const char *why;
		const char *json;
		int64_t dropped_ago_ms; /* 0: never */
		enum store_answer answer;
		int64_t next_ms; /* from now */
	} rowv[] = {
		/* clang-format off */
		{"nothing broke off", "{}", 0, STORE_ALLOW, 0},
		{"an hour ago, and nothing was said about it", "{}", HOUR_MS,
		 STORE_LATER, 71 * HOUR_MS},
		{"the last minute of three days", "{}", 72 * HOUR_MS - MIN_MS,
		 STORE_LATER, MIN_MS},
		{"three days ago", "{}", 72 * HOUR_MS, STORE_ALLOW, 0},
		{"a campaign that waits longer", "{\"drop_gap\":\"7d\"}",
		 72 * HOUR_MS, STORE_LATER, 96 * HOUR_MS},
		{"one that does not wait", "{\"drop_gap\":\"0\"}", MIN_MS,
		 STORE_ALLOW, 0},
		/* clang-format on */
	};
	const struct store_contact contact = {.number = "+15550100"};
	char reason[RULES_REASON_SIZE];
	struct rules *rules = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct store_verdict verdict = {.rule = NULL};
		const struct store_facts facts = {
			.contact = &contact,
			.now_ms = MONDAY,
			.dropped_ms = rowv[i].dropped_ago_ms
		                              ? MONDAY - rowv[i].dropped_ago_ms
		                              : 0,
		};

		rules = mem_deref(rules);
		CHECK_ERR(0, rules_alloc(&rules, NULL));
		CHECK_ERR(0, rules_set_json(rules, rowv[i].json, reason));
		rules_judge(&verdict, &facts, rules);
		if (verdict.answer != rowv[i].answer)
			CHECK_FAIL("%s: %s", rowv[i].why, verdict.why);
		if (rowv[i].answer != STORE_LATER)
			continue;
		CHECK_STR("drop_gap", verdict.rule);
		CHECK_I64(MONDAY + rowv[i].next_ms, verdict.next_ms);
	}

out:
	mem_deref(rules);

	return err;
}

/* The attempt of a talk that broke off says so, and that nobody hung up. */
int test_law_dropped_is_noted(void)
{
	static struct line line;
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = line_init(&line, &fx, 1);
	CHECK_ERR(0, err);
	line.end.outcome = OUTCOME_ANSWERED;
	line.talk_ms = 900;
	line.is_dropped = true;
	CHECK_ERR(0, line_run(&line));
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT is_dropped || outcome || hangup_ms"
	                         " FROM attempts",
	                         text));
	CHECK_STR("1answered0", text);

out:
	line_end(&line, &fx);

	return err;
}

/* --- consent -------------------------------------------------------------- */

/* Nobody is rung whose consent is not there with all of its evidence. */
int test_law_no_consent_no_call(void)
{
	static const struct store_consent consentv[] = {
		/* clang-format off */
		{"+15550100", "news", "form 17", "You may call me.", 1000, 0},
		{"+15550101", "news", "", "You may call me.", 1000, 0},
		{"+15550102", "news", "form 17", "", 1000, 0},
		{"+15550103", "news", "form 17", "You may call me.", 0, 0},
		{"+15550104", "news", "form 17", "You may call me.",
		 INT64_C(32503680000000), 0}, /* the year 3000 */
		{"+15550105", "offers", "form 17", "You may call me.", 1000, 0},
		{"+15550106", "news", "form 17", "You may call me.", 1000, 0},
		/* clang-format on */
	};
	static struct line line;
	char reason[RULES_REASON_SIZE], text[FIXTURE_TEXT_SIZE];
	struct rules *rules = NULL;
	struct fixture fx;
	int err;

	err = line_init(&line, &fx, 8);
	CHECK_ERR(0, err);
	CHECK_ERR(0, rules_alloc(&rules, NULL));
	CHECK_ERR(0, rules_set(rules, "consent", "news", reason));
	line.prm.rules = rules;
	for (size_t i = 0; i < ARRAY_COUNT(consentv); i++) {
		fx.has_answer = false;
		CHECK_ERR(0, store_consent(fx.store, &consentv[i], fixture_done,
		                           &fx));
		CHECK_ERR(0, fixture_wait(&fx));
	}
	fx.has_answer = false;
	CHECK_ERR(0, store_consent_end(fx.store, "+15550106", "news",
	                               fixture_done, &fx));
	CHECK_ERR(0, fixture_wait(&fx));

	CHECK_ERR(0, line_run(&line));
	CHECK_U64(1, line.placed);
	CHECK_STR("+15550100", line.numberv[0]);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) || min(why) FROM targets"
	                         " WHERE reason = 'consent'",
	                         text));
	CHECK_STR("7no consent to news", text);

	/* All of it gone: nobody at all. */
	CHECK_ERR(0, fixture_sql(&fx, "DELETE FROM consents", text));
	CHECK_ERR(0, fixture_sql(&fx,
	                         "UPDATE targets SET state = 'ready',"
	                         " due_ms = 0",
	                         text));
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_ERR(0, line_run(&line));
	CHECK_U64(1, line.placed);

out:
	line_end(&line, &fx);
	mem_deref(rules);

	return err;
}

/* --- complaints ----------------------------------------------------------- */

int test_law_block_on_table(void)
{
	static const struct {
		const char *text;
		enum outcome outcome;
		const char *label;
		const char *reason; /* "": it is none; NULL: not understood */
	} rowv[] = {
		/* clang-format off */
		{"unwanted", OUTCOME_UNWANTED, "",
		 "the call ended as unwanted (607)"},
		{"unwanted", OUTCOME_DECLINED, "", ""},
		{"declined, unwanted", OUTCOME_DECLINED, "",
		 "the call ended as declined (607)"},
		{"label complaint", OUTCOME_ANSWERED, "complaint",
		 "the call got the label complaint"},
		{"label complaint , label angry", OUTCOME_ANSWERED, "angry",
		 "the call got the label angry"},
		{"label complaint", OUTCOME_ANSWERED, "complaints", ""},
		{"label complaint", OUTCOME_ANSWERED, NULL, ""},
		{"hangup<3 x2", OUTCOME_ANSWERED, "", ""},
		{"", OUTCOME_UNWANTED, "complaint", ""},
		{"line_failed", OUTCOME_ANSWERED, "", NULL},
		{"hangup<3", OUTCOME_ANSWERED, "", NULL},
		{"hangup<0 x2", OUTCOME_ANSWERED, "", NULL},
		{"hangup<3 x2 often", OUTCOME_ANSWERED, "", NULL},
		{"label", OUTCOME_ANSWERED, "", NULL},
		{"anger", OUTCOME_ANSWERED, "", NULL},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct dialer_end end = {
			.end = {.outcome = rowv[i].outcome, .sip_code = 607},
			.label = rowv[i].label,
		};
		char reason[GRIEVANCE_REASON_SIZE] = "";
		struct grievance grievance;

		if (grievance_parse(&grievance, rowv[i].text) !=
		    (rowv[i].reason != NULL))
			CHECK_FAIL("row %zu: \"%s\"", i, rowv[i].text);
		if (!rowv[i].reason)
			continue;
		(void)grievance_is(&grievance, &end, reason);
		CHECK_STR(rowv[i].reason, reason);
	}

out:
	return err;
}

/* What the end of a call leaves behind, with the rules of a campaign. */
int test_law_block_on_ends(void)
{
	static const struct {
		const char *why;
		const char *json;
		struct phone_end end;
		unsigned placed;    /* calls to the one person */
		const char *reason; /* LIKE; "-": not on the list */
	} rowv[] = {
		/* clang-format off */
		{"607, whatever retry says",
		 "{\"retry\":\"unwanted 0s x3\"}",
		 {.outcome = OUTCOME_UNWANTED, .sip_code = 607}, 1,
		 "the call ended as unwanted (607) in call %-%"},
		{"607 is none where the campaign says so, and no retry either",
		 "{\"retry\":\"unwanted 0s x3\",\"block_on\":\"\"}",
		 {.outcome = OUTCOME_UNWANTED, .sip_code = 607}, 1, "-"},
		{"who declines is called again",
		 "{\"retry\":\"declined 0s x3\"}",
		 {.outcome = OUTCOME_DECLINED, .sip_code = 603,
		  .is_by_them = true}, 3, "-"},
		{"... unless it is a complaint",
		 "{\"retry\":\"declined 0s x3\",\"block_on\":\"declined\"}",
		 {.outcome = OUTCOME_DECLINED, .sip_code = 603,
		  .is_by_them = true}, 1,
		 "the call ended as declined (603) in call %-%"},
		{"hung up at once, and at once again",
		 "{\"retry\":\"answered 0s x9\",\"block_on\":\"hangup<3 x2\"}",
		 {.outcome = OUTCOME_ANSWERED, .is_by_them = true}, 2,
		 "hung up within 3 s of the answer, 2 times"},
		{"we hung up: no complaint",
		 "{\"retry\":\"answered 0s x3\",\"block_on\":\"hangup<3 x2\"}",
		 {.outcome = OUTCOME_ANSWERED}, 3, "-"},
		/* clang-format on */
	};
	static struct line line;
	char text[FIXTURE_TEXT_SIZE], sql[TEXT_SIZE];
	char reason[RULES_REASON_SIZE];
	struct rules *rules = NULL;
	struct fixture fx = {0};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		CHECK_ERR(0, line_init(&line, &fx, 1));
		CHECK_ERR(0, rules_alloc(&rules, NULL));
		CHECK_ERR(0, rules_set_json(rules, rowv[i].json, reason));
		line.prm.rules = rules;
		line.end = rowv[i].end;
		line.talk_ms = 900;
		CHECK_ERR(0, fixture_sql(&fx, "DELETE FROM do_not_call", text));
		CHECK_ERR(0, fixture_sql(&fx,
		                         "UPDATE targets SET state = 'ready',"
		                         " tries = 0, due_ms = 0",
		                         text));
		CHECK_ERR(0, fixture_campaign(&fx, "calls"));
		CHECK_ERR(0, line_run(&line));
		if (line.placed != rowv[i].placed)
			CHECK_FAIL("%s: %u calls", rowv[i].why, line.placed);
		(void)snprintf(sql, sizeof(sql),
		               "SELECT coalesce(max(reason), '-') LIKE '%s'"
		               " FROM do_not_call",
		               rowv[i].reason);
		CHECK_ERR(0, fixture_sql(&fx, sql, text));
		if (strcmp(text, "1") != 0)
			CHECK_FAIL("%s", rowv[i].why);
		line_end(&line, &fx);
		rules = mem_deref(rules);
	}

out:
	if (err)
		line_end(&line, &fx);
	mem_deref(rules);

	return err;
}
