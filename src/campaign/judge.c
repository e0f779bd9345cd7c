/*
 * campaign/judge.c - pure: what the rules say of one call at one instant
 *
 * The first rule that refuses is the answer. Whatever is unknown refuses. A
 * permission says what was seen, so that it can be shown years later.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "campaign/rules.h"

#define SECOND_MS INT64_C(1000)
#define HOUR_MS   (3600 * SECOND_MS)

enum {
	LINE_LOOK_MS = 500,
	CLIENT_LOOK_MS = 600000,
	SPEND_LOOK_MS = 30000,
};

/* What is being judged. */
struct trial {
	const struct rules *rules;
	const struct store_facts *facts;
	struct store_verdict *verdict;
	const struct zone *zonev[WINDOW_ZONES_MAX];
	size_t zonec;
};

static void refuse(struct trial *trial, enum store_answer answer,
                   const char *rule, int64_t next_ms)
{
	trial->verdict->answer = answer;
	trial->verdict->rule = rule;
	trial->verdict->next_ms = next_ms;
}

/* --- for everybody ------------------------------------------------------- */

static void judge_time(struct trial *trial)
{
	const struct rules *rules = trial->rules;
	int64_t now_ms = trial->facts->now_ms;

	if (rules->start_ms && now_ms < rules->start_ms)
		refuse(trial, STORE_HOLD, "start", rules->start_ms);
	else if (rules->stop_ms && now_ms >= rules->stop_ms)
		refuse(trial, STORE_HOLD, "stop", 0);
}

static void judge_client(struct trial *trial)
{
	const struct rules *rules = trial->rules;
	struct store_verdict *verdict = trial->verdict;

	if (!rules->client[0] || !rules->client_day_calls ||
	    trial->facts->client_day < rules->client_day_calls)
		return;

	refuse(trial, STORE_HOLD, "client_day_calls",
	       trial->facts->now_ms + CLIENT_LOOK_MS);
	(void)snprintf(verdict->why, sizeof(verdict->why),
	               "%u calls for %.64s within 24 hours",
	               trial->facts->client_day, rules->client);
}

static void judge_line(struct trial *trial)
{
	struct store_verdict *verdict = trial->verdict;

	if (!trial->rules->line_calls ||
	    trial->facts->live < trial->rules->line_calls)
		return;

	refuse(trial, STORE_HOLD, "line_calls",
	       trial->facts->now_ms + LINE_LOOK_MS);
	(void)snprintf(verdict->why, sizeof(verdict->why), "%u calls under way",
	               trial->facts->live);
}

/* --- for one contact ----------------------------------------------------- */

static void judge_country(struct trial *trial)
{
	const struct rules *rules = trial->rules;
	const char *number = trial->facts->contact->number;

	if (!rules->countryc || (rules->is_home_country && *number != '+'))
		return;

	for (size_t i = 0; i < rules->countryc; i++) {
		if (!strncmp(number, rules->countryv[i],
		             strlen(rules->countryv[i])))
			return;
	}
	refuse(trial, STORE_NEVER, "countries", 0);
}

/* Fails closed: what no price is known of is not called. */
static void judge_price(struct trial *trial)
{
	const char *number = trial->facts->contact->number;
	int64_t price = toll_price(trial->rules->tolls, number);

	if (price != TOLL_REFUSED) {
		trial->verdict->price = price;
		return;
	}

	refuse(trial, STORE_NEVER, "toll", 0);
	(void)snprintf(trial->verdict->why, sizeof(trial->verdict->why),
	               "no [toll] allows %.64s", number);
}

/* The minute that it begins is counted: it will be paid. */
static void judge_spend(struct trial *trial)
{
	int64_t limit = toll_hour_spend(trial->rules->tolls);
	int64_t spent = trial->facts->spent;

	if (!limit || spent + trial->verdict->price <= limit)
		return;

	refuse(trial, STORE_HOLD, "hour_spend",
	       trial->facts->now_ms + SPEND_LOOK_MS);
	(void)snprintf(trial->verdict->why, sizeof(trial->verdict->why),
	               "calls of the last hour cost %.2f of %.2f",
	               (double)spent / 1e6, (double)limit / 1e6);
}

static void judge_consent(struct trial *trial)
{
	struct store_verdict *verdict = trial->verdict;

	if (!trial->rules->consent[0] || trial->facts->has_consent)
		return;

	refuse(trial, STORE_NEVER, "consent", 0);
	(void)snprintf(verdict->why, sizeof(verdict->why),
	               "no consent to %.128s", trial->rules->consent);
}

/* The contact's own column, the rules' word, the number: in that order. A
 * name that is no zone is not passed over: it may mean a stricter one. */
size_t rules_zones(const struct rules *rules,
                   const struct store_contact *contact,
                   const struct zone *zonev[WINDOW_ZONES_MAX])
{
	const char *name = rules_variable(contact, rules->zone_column);

	if (!rules->atlas)
		return 0;

	if (*name)
		zonev[0] = atlas_zone(rules->atlas, name);
	else if (rules->zone)
		zonev[0] = rules->zone;
	else if (rules->is_by_country)
		return atlas_of_country(rules->atlas, contact->number, zonev);
	else
		return atlas_of_number(rules->atlas, contact->number, zonev);

	return zonev[0] ? 1 : 0;
}

const struct zone *rules_zone(const struct rules *rules,
                              const struct store_contact *contact)
{
	const struct zone *zonev[WINDOW_ZONES_MAX];

	return rules_zones(rules, contact, zonev) == 1 ? zonev[0] : NULL;
}

static void find_zones(struct trial *trial)
{
	const struct store_contact *contact = trial->facts->contact;
	const char *name = rules_variable(contact, trial->rules->zone_column);

	trial->zonec = rules_zones(trial->rules, contact, trial->zonev);
	if (trial->zonec)
		return;

	refuse(trial, STORE_NEVER, "zone", 0);
	(void)snprintf(trial->verdict->why, sizeof(trial->verdict->why),
	               *name ? "%.64s is no time zone"
	                     : "nobody knows the time zone of %.64s",
	               *name ? name : contact->number);
}

static uint32_t left_ms(const struct trial *trial, int64_t now_s)
{
	int64_t left_s =
		rules_left_s(trial->rules, trial->zonev, trial->zonec, now_s);

	return (uint32_t)(left_s * SECOND_MS -
	                  trial->facts->now_ms % SECOND_MS);
}

static void judge_hours(struct trial *trial)
{
	const struct rules *rules = trial->rules;
	int64_t now_s = trial->facts->now_ms / SECOND_MS, next_s;

	find_zones(trial);
	if (!trial->zonec)
		return;
	if (rules_are_open(rules, trial->zonev, trial->zonec, now_s)) {
		trial->verdict->valid_ms = left_ms(trial, now_s);
		return;
	}

	next_s = rules_next_s(rules, trial->zonev, trial->zonec, now_s);
	if (next_s == WINDOW_NEVER)
		refuse(trial, STORE_NEVER, "hours", 0);
	else
		refuse(trial, STORE_LATER, "hours", next_s * SECOND_MS);
	(void)snprintf(trial->verdict->why, sizeof(trial->verdict->why),
	               "outside the hours in %s%s", zone_name(trial->zonev[0]),
	               trial->zonec > 1 ? " or elsewhere in its country" : "");
}

static void judge_window(struct trial *trial)
{
	if (rules_have_hours(trial->rules))
		judge_hours(trial);
}

static void judge_gap(struct trial *trial)
{
	const struct store_facts *facts = trial->facts;
	int64_t next_ms = facts->last_ms + trial->rules->gap_ms;

	if (!facts->last_ms || facts->now_ms >= next_ms)
		return;

	refuse(trial, STORE_LATER, "gap", next_ms);
	(void)snprintf(
		trial->verdict->why, sizeof(trial->verdict->why),
		"the last call is %lld s ago",
		(long long)((facts->now_ms - facts->last_ms) / SECOND_MS));
}

/* Who was left in the middle of a sentence is not rung up again at once. */
static void judge_drop(struct trial *trial)
{
	const struct store_facts *facts = trial->facts;
	int64_t next_ms = facts->dropped_ms + trial->rules->drop_gap_ms;

	if (!facts->dropped_ms || facts->now_ms >= next_ms)
		return;

	refuse(trial, STORE_LATER, "drop_gap", next_ms);
	(void)snprintf(trial->verdict->why, sizeof(trial->verdict->why),
	               "a talk broke off %lld min ago",
	               (long long)((facts->now_ms - facts->dropped_ms) /
	                           (60 * SECOND_MS)));
}

/* The stricter one. */
static uint32_t cap(uint32_t own, uint32_t pack)
{
	return pack && (!own || pack < own) ? pack : own;
}

/* When the calls that fill a cap are over is looked at again from time to
 * time: the facts have their number, not their hours. */
static void judge_caps(struct trial *trial)
{
	static const struct pack no_pack;
	const struct rules *rules = trial->rules;
	const struct pack *pack = rules->pack ? rules->pack : &no_pack;
	const struct store_facts *facts = trial->facts;
	const struct {
		const char *rule;
		uint32_t limit, calls;
		int64_t look_ms;
	} rowv[] = {
		{"day_calls", cap(rules->day_calls, pack->day_calls),
	         facts->day, HOUR_MS},
		{"week_calls", cap(rules->week_calls, pack->week_calls),
	         facts->week, 6 * HOUR_MS},
		{"month_calls", cap(rules->month_calls, pack->month_calls),
	         facts->month, 24 * HOUR_MS},
	};

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		if (!rowv[i].limit || rowv[i].calls < rowv[i].limit)
			continue;
		refuse(trial, STORE_LATER, rowv[i].rule,
		       facts->now_ms + rowv[i].look_ms);
		(void)snprintf(trial->verdict->why, sizeof(trial->verdict->why),
		               "%u calls", rowv[i].calls);
		return;
	}
}

/* --- the answer ---------------------------------------------------------- */

static void say_allowed(struct trial *trial)
{
	const struct store_facts *facts = trial->facts;
	struct store_verdict *verdict = trial->verdict;
	char clock[ZONE_NAME_SIZE + 16] = "any hour";

	if (trial->zonec) {
		struct zone_time time =
			zone_time(trial->zonev[0], facts->now_ms / SECOND_MS);

		(void)snprintf(clock, sizeof(clock), "%02u:%02u in %s",
		               time.minute / 60, time.minute % 60,
		               zone_name(trial->zonev[0]));
	}
	(void)snprintf(verdict->why, sizeof(verdict->why),
	               "not blocked; %s; calls before: %u in 24 h, %u in "
	               "7 days, %u in 31 days%s%.64s",
	               clock, facts->day, facts->week, facts->month,
	               trial->rules->consent[0] ? "; agreed to " : "",
	               trial->rules->consent);
}

/* Whoever may be called until then may not be called behind it. */
static void limit_to_stop(struct trial *trial)
{
	int64_t left_ms = trial->rules->stop_ms - trial->facts->now_ms;
	uint32_t *validp = &trial->verdict->valid_ms;

	if (trial->rules->stop_ms && left_ms < STORE_DIAL_WITHIN_MS &&
	    (!*validp || left_ms < *validp))
		*validp = (uint32_t)left_ms;
}

void rules_judge(struct store_verdict *verdict, const struct store_facts *facts,
                 const void *rules)
{
	static void (*const rulev[])(struct trial * trial) = {
		judge_time,  judge_client, judge_line,    judge_country,
		judge_price, judge_spend,  judge_consent, judge_window,
		judge_gap,   judge_drop,   judge_caps,
	};
	struct trial trial = {
		.rules = rules,
		.facts = facts,
		.verdict = verdict,
	};

	verdict->answer = STORE_ALLOW;
	for (size_t i = 0; i < ARRAY_COUNT(rulev); i++) {
		rulev[i](&trial);
		if (verdict->answer != STORE_ALLOW)
			return;
	}
	limit_to_stop(&trial);
	say_allowed(&trial);
}

void rules_gate(struct store_gate *gate, struct rules *rules)
{
	*gate = (struct store_gate){
		.judge = rules_judge,
		.rules = rules,
		.consent = rules->consent[0] ? rules->consent : NULL,
		.client = rules->client[0] && rules->client_day_calls
	                          ? rules->client
	                          : NULL,
		.registries = rules->registries[0] ? rules->registries : NULL,
		.is_live_counted = rules->line_calls > 0,
		.is_spent_counted = toll_hour_spend(rules->tolls) > 0,
		.callers =
			{
				.numberv = rules->caller_textv,
				.numberc = rules->callerc,
				.hour_calls = rules->caller_hour_calls,
				.day_calls = rules->caller_day_calls,
			},
	};
}
