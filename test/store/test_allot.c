/*
 * test/store/test_allot.c - turns of a line, numbers to show, money
 */
#include <stdlib.h>
#include "base/clock.h"
#include "fixture.h"
#include "place.h"
#include "store/slowing.h"
#include "store/tests.h"

enum {
	PEOPLE = 30,
};

/* Allows everybody at a price, up to what may be spent. */
struct purse {
	int64_t price, limit;
};

static void judge(struct store_verdict *verdict,
                  const struct store_facts *facts, const void *rules)
{
	const struct purse *purse = rules;

	verdict->price = purse->price;
	if (!purse->limit || facts->spent + purse->price <= purse->limit)
		return;

	verdict->answer = STORE_HOLD;
	verdict->rule = "hour_spend";
	verdict->next_ms = facts->now_ms + 1000;
	(void)snprintf(verdict->why, sizeof(verdict->why), "%lld",
	               (long long)facts->spent);
}

static void claim_handler(int err, const struct store_claim *claim, void *arg)
{
	struct fixture *fx = arg;

	fx->err = err;
	fx->has_answer = true;
	fx->has_contact = !err && claim->contact;
	(void)snprintf(fx->held_by, sizeof(fx->held_by), "%s%s",
	               err ? "" : claim->held_by,
	               !err && claim->is_line_held ? " (line)" : "");
	(void)snprintf(fx->name, sizeof(fx->name), "%s",
	               err ? "" : claim->caller_id);
	fx->next_ms = err ? 0 : claim->next_ms;
	fx->line_calls_per_s = err ? 0 : claim->line_calls_per_s;
	if (fx->has_contact)
		fx->attempt_id = claim->attempt_id;
	loop_stop();
}

static int claim_first(struct fixture *fx, const char *line, double calls_per_s,
                       unsigned priority)
{
	const struct store_claim_prm prm = {
		.campaign_id = fx->campaign.id,
		.line = line,
		.line_calls_per_s = calls_per_s,
		.priority = priority,
		.gate = fx->gate,
	};
	int err;

	fx->has_answer = false;
	err = store_claim(fx->store, &prm, claim_handler, fx);

	return err ? err : fixture_wait(fx);
}

static int claim(struct fixture *fx, const char *line, double calls_per_s)
{
	return claim_first(fx, line, calls_per_s, 0);
}

static int end(struct fixture *fx, const struct store_attempt_end *how)
{
	struct store_attempt_end record = *how;
	int err;

	record.attempt_id = fx->attempt_id;
	record.is_used = true;
	fx->has_answer = false;
	err = store_attempt_end(fx->store, &record, fixture_done, fx);

	return err ? err : fixture_wait(fx);
}

/* The clock stands still until it is moved by pass(), a server's too, which
 * tells the time of turns itself: who claims in the same turn does so on the
 * slowest machine. */
static int set_up(struct fixture *fx, size_t people)
{
	int err;

	err = fixture_init(fx);
	if (err)
		return err;

	clock_set(clock_wall_ms());
	err = place_clock_set(clock_wall_ms());
	if (!err)
		err = fixture_open(fx);
	if (!err)
		err = fixture_people(fx, people);

	return err;
}

static int pass(int64_t ms)
{
	clock_set(clock_wall_ms() + ms);

	return place_clock_set(clock_wall_ms());
}

static void tear_down(struct fixture *fx)
{
	clock_set(0);
	fixture_end(fx);
}

/* Ten a second: a turn is 100 ms. Nobody saves turns up. */
int test_allot_turns(void)
{
	int64_t begin_ms, wait_ms;
	unsigned taken = 0;
	struct fixture fx;
	int err;

	err = set_up(&fx, PEOPLE);
	CHECK_ERR(0, err);
	begin_ms = clock_wall_ms();
	while (taken < 5) {
		CHECK_ERR(0, claim(&fx, "main", 10));
		taken += fx.has_contact;
		if (fx.has_contact)
			continue;
		CHECK_STR("calls_per_s (line)", fx.held_by);
		wait_ms = fx.next_ms - clock_wall_ms();
		CHECK(wait_ms <= 101);
		CHECK_ERR(0, pass(wait_ms));
	}
	CHECK(clock_wall_ms() - begin_ms >= 399);
	CHECK(clock_wall_ms() - begin_ms <= 405);

	/* Another line has its own turns. */
	CHECK_ERR(0, claim(&fx, "main", 10));
	CHECK(!fx.has_contact);
	CHECK_ERR(0, claim(&fx, "second", 10));
	CHECK(fx.has_contact);

	/* The other side wants quiet: so says every process. */
	CHECK_ERR(0, end(&fx, &(struct store_attempt_end){
				      .outcome = "line_congested",
				      .line_rest_ms = 60000}));
	CHECK_ERR(0, pass(150));
	CHECK_ERR(0, claim(&fx, "second", 10));
	CHECK_STR("line_rest (line)", fx.held_by);
	CHECK(fx.next_ms - clock_wall_ms() > 50000);
	CHECK_ERR(0, claim(&fx, "main", 10));
	CHECK(fx.has_contact);

out:
	tear_down(&fx);

	return err;
}

/* In thousandths. */
static int slowed(struct fixture *fx, const char *line, int64_t *ratep)
{
	char sql[128], text[FIXTURE_TEXT_SIZE];
	int err;

	(void)snprintf(sql, sizeof(sql),
	               "SELECT slow_rate FROM lines WHERE name = '%s'", line);
	err = fixture_sql(fx, sql, text);
	*ratep = strtoll(text, NULL, 10);

	return err;
}

/* What one process was refused slows the line for all that share the
 * database, a line without a limit too; what they do not know they read. */
int test_allot_slowed(void)
{
	const struct store_attempt_end refused = {.outcome = "line_congested",
	                                          .line_rest_ms = 100,
	                                          .line_calls_per_s = 20};
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int64_t rate;
	int err;

	err = set_up(&fx, PEOPLE);
	CHECK_ERR(0, err);
	CHECK_ERR(0, claim(&fx, "main", 20));
	CHECK(fx.line_calls_per_s == 20);
	CHECK_ERR(0, end(&fx, &refused));
	CHECK_ERR(0, slowed(&fx, "main", &rate));
	CHECK_I64(14000, rate);
	CHECK_ERR(0, claim(&fx, "main", 20));
	CHECK_STR("line_rest (line)", fx.held_by);

	/* Started again, or another process. */
	fixture_close(&fx);
	CHECK_ERR(0, fixture_open(&fx));
	CHECK_ERR(0, pass(150));
	CHECK_ERR(0, claim(&fx, "main", 20));
	CHECK(fx.has_contact);
	CHECK(fx.line_calls_per_s >= 14 && fx.line_calls_per_s < 20);

	/* Refused together: once. Again behind the rest: once more. */
	CHECK_ERR(0, end(&fx, &refused));
	CHECK_ERR(0, slowed(&fx, "main", &rate));
	CHECK(rate >= 9800 && rate < 14000);
	CHECK_ERR(0, pass(250));

	/* Nobody has said what this one takes: what was seen of it counts. */
	for (int i = 0; i < 6; i++) {
		CHECK_ERR(0, claim(&fx, "open", 0));
		CHECK(fx.has_contact);
		CHECK(fx.line_calls_per_s == 0);
	}
	CHECK_ERR(0, end(&fx, &(struct store_attempt_end){
				      .outcome = "line_congested",
				      .line_rest_ms = 1}));
	CHECK_ERR(0, slowed(&fx, "open", &rate));
	CHECK(rate >= 700 && rate <= 4200);
	CHECK_ERR(0, pass(2));
	CHECK_ERR(0, claim(&fx, "open", 0));
	CHECK(fx.line_calls_per_s > 0 && fx.line_calls_per_s < 6);

	/* A callee who is busy until tomorrow is no line that is. */
	CHECK_ERR(0, claim(&fx, "other", 0));
	CHECK_ERR(0, end(&fx, &(struct store_attempt_end){.outcome = "busy"}));
	CHECK_ERR(0, claim(&fx, "other", 0));
	CHECK(fx.has_contact);
	CHECK(fx.line_calls_per_s == 0);

	/* The clock was set back by an hour: nobody waits for it. */
	CHECK_ERR(0, claim(&fx, "other", 0));
	CHECK_ERR(0, end(&fx, &(struct store_attempt_end){
				      .outcome = "line_congested",
				      .line_rest_ms = 1000}));
	CHECK_ERR(0, fixture_sql(&fx,
	                         "UPDATE lines SET slow_at_ms = slow_at_ms"
	                         " + 3600000, rest_until_ms ="
	                         " rest_until_ms + 3600000,"
	                         " next_us = next_us + 3600000000",
	                         text));
	CHECK_ERR(0, claim(&fx, "other", 0));
	CHECK(fx.has_contact);
	CHECK_ERR(0, claim(&fx, "main", 20));
	CHECK(fx.has_contact);

out:
	tear_down(&fx);

	return err;
}

/* A carrier that takes five a second of all processes together and refuses the
 * rest. */
int test_allot_finds_limit(void)
{
	static const double ratev[] = {8, 20, 40};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(ratev); i++) {
		int64_t takenv[5] = {0}, next_ms = 10000, rest_ms = 0;
		unsigned accepted = 0, refused = 0;
		double cut = 0;

		for (int64_t now_ms = 10000; now_ms < 190000; now_ms += 20) {
			bool is_late = now_ms >= 130000;
			double rate = cut ? slowing_rate(cut, now_ms - rest_ms)
			                  : ratev[i];

			if (now_ms < next_ms || now_ms < rest_ms)
				continue;
			if (rate > ratev[i])
				rate = ratev[i];
			next_ms = now_ms + (int64_t)(1000 / rate);
			if (now_ms - takenv[0] < 1000) {
				cut = slowing_cut(rate);
				rest_ms = now_ms + 1000;
				refused += is_late;
				continue;
			}
			memmove(takenv, takenv + 1, 4 * sizeof(takenv[0]));
			takenv[4] = now_ms;
			accepted += is_late;
		}

		/* In the last minute, of 300 that were possible: */
		if (accepted < 200 || refused > 15)
			fprintf(stderr, "rate %g: %u accepted, %u refused\n",
			        ratev[i], accepted, refused);
		CHECK(accepted >= 200);
		CHECK(refused <= 15);
	}

	/* For so long that nobody remembers why. */
	CHECK(slowing_rate(slowing_cut(20), 3600000) == 0);

out:
	return err;
}

/* Who goes first and had to wait for a turn gets the next one; where it does
 * not come back for more the others go on. */
int test_allot_priority(void)
{
	int64_t higher_ms;
	struct fixture fx;
	int err;

	err = set_up(&fx, PEOPLE);
	CHECK_ERR(0, err);

	/* Nobody had to wait: nobody stands back. */
	CHECK_ERR(0, claim_first(&fx, "main", 5, 7));
	CHECK(fx.has_contact);
	CHECK_ERR(0, claim(&fx, "main", 5));
	CHECK_STR("calls_per_s (line)", fx.held_by);

	CHECK_ERR(0, claim_first(&fx, "main", 5, 7));
	CHECK_STR("calls_per_s (line)", fx.held_by);
	CHECK_ERR(0, pass(fx.next_ms - clock_wall_ms()));
	CHECK_ERR(0, claim(&fx, "main", 5));
	CHECK_STR("priority (line)", fx.held_by);
	CHECK_ERR(0, claim_first(&fx, "main", 5, 6));
	CHECK_STR("priority (line)", fx.held_by);
	CHECK_ERR(0, claim(&fx, "second", 5));
	CHECK(fx.has_contact);
	CHECK_ERR(0, claim_first(&fx, "main", 5, 7));
	CHECK(fx.has_contact);

	/* It may come again within the next turn, and does not; then whoever
	 * is higher asks sooner. */
	CHECK_ERR(0, claim_first(&fx, "main", 5, 6));
	CHECK_STR("priority (line)", fx.held_by);
	CHECK(fx.next_ms - clock_wall_ms() <= 450 + STORE_PRIORITY_MAX);
	higher_ms = fx.next_ms;
	CHECK_ERR(0, claim(&fx, "main", 5));
	CHECK_STR("priority (line)", fx.held_by);
	CHECK(fx.next_ms >= higher_ms + 5);
	CHECK(fx.next_ms - clock_wall_ms() <= 450 + STORE_PRIORITY_MAX);
	CHECK_ERR(0, pass(fx.next_ms - clock_wall_ms()));
	CHECK_ERR(0, claim(&fx, "main", 5));
	CHECK(fx.has_contact);

out:
	tear_down(&fx);

	return err;
}

/* Two numbers, three calls an hour each; one is blocked by the network. */
int test_allot_callers(void)
{
	static const char *const numberv[] = {"+15550180", "+15550181"};
	struct store_gate gate = {
		.judge = judge,
		.callers = {.numberv = numberv, .numberc = 2, .hour_calls = 3},
	};
	const struct store_attempt_end again = {
		.outcome = "busy", .has_retry = true, .is_urgent = true};
	char known[FIXTURE_TEXT_SIZE];
	unsigned usedv[2] = {0};
	struct fixture fx;
	int err;

	gate.rules = mem_zalloc(sizeof(struct purse), NULL);
	CHECK_ERR(0, gate.rules ? 0 : ENOMEM);
	err = set_up(&fx, PEOPLE);
	CHECK_ERR(0, err);
	fx.gate = &gate;

	/* Whoever is called again sees the same number. */
	CHECK_ERR(0, claim(&fx, "main", 0));
	CHECK(fx.has_contact);
	memcpy(known, fx.name, sizeof(known));
	usedv[!strcmp(known, numberv[1])]++;
	CHECK_ERR(0, end(&fx, &again));
	CHECK_ERR(0, claim(&fx, "main", 0));
	CHECK_STR(known, fx.name);
	usedv[!strcmp(known, numberv[1])]++;

	for (int i = 0; i < 4; i++) {
		CHECK_ERR(0, claim(&fx, "main", 0));
		CHECK(fx.has_contact);
		usedv[!strcmp(fx.name, numberv[1])]++;
	}
	CHECK_U64(3, usedv[0]);
	CHECK_U64(3, usedv[1]);
	CHECK_ERR(0, claim(&fx, "main", 0));
	CHECK(!fx.has_contact);
	CHECK_STR("caller_ids", fx.held_by);

	/* Without the limit: three blocked calls, and it shows no more. */
	gate.callers.hour_calls = 0;
	memset(usedv, 0, sizeof(usedv));
	for (int i = 0; i < 12; i++) {
		CHECK_ERR(0, claim(&fx, "main", 0));
		CHECK(fx.has_contact);
		usedv[!strcmp(fx.name, numberv[1])]++;
		CHECK_ERR(0, end(&fx, &(struct store_attempt_end){
					      .outcome = "blocked",
					      .is_blocked = !strcmp(
						      fx.name, numberv[0])}));
	}
	CHECK_U64(3, usedv[0]);
	CHECK_U64(9, usedv[1]);

out:
	tear_down(&fx);
	mem_deref(gate.rules);

	return err;
}

/* 1.00 a minute and 5.00 an hour: calls under way count as well. */
int test_allot_spend(void)
{
	struct store_gate gate = {.judge = judge, .is_spent_counted = true};
	struct purse *purse = mem_zalloc(sizeof(*purse), NULL);
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	CHECK_ERR(0, purse ? 0 : ENOMEM);
	purse->price = 1000000;
	purse->limit = 5000000;
	gate.rules = purse;
	err = set_up(&fx, PEOPLE);
	CHECK_ERR(0, err);
	fx.gate = &gate;

	/* Two minutes and a second are three. Nobody answered: nothing. */
	CHECK_ERR(0, claim(&fx, "main", 0));
	CHECK_ERR(0, end(&fx, &(struct store_attempt_end){.outcome = "answered",
	                                                  .talk_ms = 121000}));
	CHECK_ERR(0, claim(&fx, "main", 0));
	CHECK_ERR(0, end(&fx, &(struct store_attempt_end){.outcome = "busy"}));

	CHECK_ERR(0, claim(&fx, "main", 0));
	CHECK(fx.has_contact);
	CHECK_ERR(0, claim(&fx, "second", 0));
	CHECK(fx.has_contact);
	CHECK_ERR(0, claim(&fx, "main", 0));
	CHECK(!fx.has_contact);
	CHECK_STR("hour_spend", fx.held_by);

	/* The last one was not answered after all. */
	CHECK_ERR(0, end(&fx, &(struct store_attempt_end){.outcome = "busy"}));
	CHECK_ERR(0, claim(&fx, "main", 0));
	CHECK(fx.has_contact);

	/* Nobody knows how long those in doubt go on. */
	purse->limit = 7000000;
	CHECK_ERR(0, claim(&fx, "main", 0));
	CHECK(fx.has_contact);
	CHECK_ERR(0, end(&fx, &(struct store_attempt_end){.outcome = "busy"}));
	CHECK_ERR(0, fixture_sql(&fx,
	                         "UPDATE attempts SET state = 'ended', outcome "
	                         "= 'in_doubt', end_ms = start_ms WHERE state "
	                         "<> 'ended'",
	                         text));
	CHECK_ERR(0, claim(&fx, "main", 0));
	CHECK(!fx.has_contact);
	CHECK_STR("hour_spend", fx.held_by);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "UPDATE attempts SET end_ms = end_ms - "
	                         "4000000 WHERE outcome = 'in_doubt'",
	                         text));
	CHECK_ERR(0, claim(&fx, "main", 0));
	CHECK(fx.has_contact);

out:
	tear_down(&fx);
	mem_deref(purse);

	return err;
}
