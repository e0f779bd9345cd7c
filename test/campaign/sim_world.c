/*
 * test/campaign/sim_world.c - lines and campaigns of a simulation
 */
#include <stdio.h>
#include "base/clock.h"
#include "campaign/atlas.h"
#include "campaign/rules.h"
#include "campaign/sim.h"

enum {
	JSON_SIZE = 1536,
	MORE_SIZE = 640,
	NAME_SIZE = 48,
	REDIAL_CODE = 480, /* Temporarily Unavailable */
	FAULT_TRY_MS = 5000,
	ASK_MS = 60000,
	NEVER = 1 << 20, /* failures until a line is asked first */
};

/* Where nobody says anything. */
#define DROP_GAP_MS (72 * SIM_HOUR_MS)

/* A number of the dialer's rules that is left out; 0 is "any". */
static unsigned told(const struct sim *sim, const char *rule, unsigned limit)
{
	return sim_is_told(sim, rule) ? limit : 0;
}

/* --- lines ---------------------------------------------------------------- */

int sim_lines_make(struct sim *sim)
{
	static const double ratev[] = {0, 0.5, 2, 5};

	for (unsigned i = 0; i < SIM_LINES; i++) {
		struct sim_line *line = &sim->linev[i];

		(void)snprintf(line->name, sizeof(line->name), "line%u", i);
		line->channels = (unsigned)sim_between(sim, 3, 40);
		line->calls_per_s = ratev[sim_lot(sim, ARRAY_COUNT(ratev))];
		if (sim_one_of(sim, 3))
			line->calls_max = (unsigned)sim_between(sim, 2, 20);
		if (sim_one_of(sim, 2))
			line->rest_ms = (uint32_t)sim_between(sim, 100, 9000);
	}

	return 0;
}

/* One to three of them: "a", "a, b", "a b, c", "a, b, c". */
static void lines_choose(struct sim *sim, struct sim_campaign *camp)
{
	static const unsigned tierv[][SIM_LINES] = {
		{0}, {0, 1}, {0, 0, 1}, {0, 1, 2}};
	static const unsigned countv[] = {1, 2, 3, 3};
	unsigned first = (unsigned)sim_lot(sim, SIM_LINES);
	unsigned shape = (unsigned)sim_lot(sim, ARRAY_COUNT(countv));
	struct dialer_group *lines = &camp->lines;

	camp->may_probe = sim_one_of(sim, 2);
	lines->linec = countv[shape];
	for (unsigned i = 0; i < lines->linec; i++) {
		unsigned no = (first + i) % SIM_LINES;
		struct sim_line *line = &sim->linev[no];

		camp->tierv[no] = tierv[shape][i];
		lines->linev[i] = (struct dialer_line){
			.name = line->name,
			.tier = sim_is_told(sim, "tiers") ? tierv[shape][i] : 0,
			.calls_max = told(sim, "channels", line->calls_max),
			.calls_per_s = sim_is_told(sim, "pace")
		                               ? line->calls_per_s
		                               : 0,
			.rest_ms = told(sim, "rest", line->rest_ms),
			.fault_threshold =
				sim_is_told(sim, "fault") ? 0 : NEVER,
			.fault_try_ms = camp->no ? FAULT_TRY_MS : 0,
			.ask_ms = camp->no == 1 ? ASK_MS : 0,
		};
	}
	if (lines->linec > 1 && sim_one_of(sim, 2)) {
		lines->redial.codes.sipv[lines->redial.codes.sipc++] =
			REDIAL_CODE;
		lines->redial.redials_max = (unsigned)sim_between(sim, 1, 2);
	}
}

/* --- money ---------------------------------------------------------------- */

static int toll_set(struct cfg *cfg, const struct sim *sim,
                    const struct sim_toll *toll)
{
	bool is_known = toll->price >= 0 || sim_is_told(sim, "tolls");
	char path[NAME_SIZE], fault[CFG_FAULT_SIZE];

	(void)snprintf(path, sizeof(path), "toll.%s.minute", toll->name);

	return cfg_set(cfg, path, is_known ? toll->minute : "0.01", fault);
}

static int tolls_make(struct sim *sim)
{
	static const struct cfg_table *const tablev[] = {&tolls_cfg_table,
	                                                 &toll_cfg_table};
	char fault[CFG_FAULT_SIZE], amount[NAME_SIZE];
	struct cfg *cfg = NULL;
	int err;

	/* Enough for a crowd to be called within the days that there are. */
	sim->hour_spend = sim_one_of(sim, 2)
	                          ? sim_between(sim, 30, 300) * 1000 +
	                                    (int64_t)sim->personc * 400
	                          : 0;
	(void)snprintf(amount, sizeof(amount), "%u.%03u",
	               (unsigned)(sim->hour_spend / 1000000),
	               (unsigned)(sim->hour_spend / 1000 % 1000));
	err = cfg_load(&cfg, NULL, tablev, ARRAY_COUNT(tablev), fault);
	if (!err)
		err = cfg_set(cfg, "tolls.hour_spend",
		              sim_is_told(sim, "hour_spend") ? amount : "0",
		              fault);
	for (int i = 0; i < SIM_TOLLS && !err; i++)
		err = toll_set(cfg, sim, &sim_tollv[i]);
	if (!err)
		err = tolls_alloc(&sim->tolls, cfg, fault);
	if (err)
		sim_wrong(sim, "%s", fault);
	mem_deref(cfg);

	return err;
}

/* --- campaigns ------------------------------------------------------------ */

static void retries_write(const struct sim_campaign *camp,
                          char text[SIM_TEXT_SIZE])
{
	const struct sim *sim = camp->sim;
	bool has_others = camp->has_others && sim_is_told(sim, "other");
	size_t n = 0;

	for (int i = 0; i < SIM_RETRIES; i++) {
		const struct sim_retry *row = &sim_retryv[i];

		n += (size_t)snprintf(
			text + n, SIM_TEXT_SIZE - n, "%s%s %us x%u%s",
			i ? ", " : "", outcome_name(row->outcome),
			told(sim, "delay",
		             (unsigned)(row->delay_ms / SIM_SECOND_MS)),
			sim_is_told(sim, "tries") ? row->tries_max
						  : 2 * row->tries_max,
			has_others && row->is_other ? " other" : "");
	}
}

static void countries_write(const struct sim_campaign *camp,
                            char text[SIM_TEXT_SIZE])
{
	size_t n = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < SIM_COUNTRIES; i++) {
		if (told(camp->sim, "countries", camp->countries) & (1u << i))
			n += (size_t)snprintf(text + n, SIM_TEXT_SIZE - n,
			                      "%s%s", n ? ", " : "",
			                      sim_countryv[i]);
	}
}

static void callers_write(const struct sim_campaign *camp,
                          char text[SIM_TEXT_SIZE])
{
	size_t n = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < SIM_CALLERS; i++) {
		if (told(camp->sim, "callers", camp->callers) & (1u << i))
			n += (size_t)snprintf(text + n, SIM_TEXT_SIZE - n,
			                      "%s%s", n ? ", " : "",
			                      camp->sim->callerv[i].text);
	}
}

/* What laws are about. */
static size_t law_write(const struct sim_campaign *camp, char *json,
                        size_t size)
{
	const struct sim *sim = camp->sim;
	bool has_block_on = sim_is_told(sim, "block_on");
	size_t n = 0;

	if (camp->month_calls)
		n += (size_t)snprintf(
			json + n, size - n, ",\"month_calls\":%u",
			told(sim, "month_calls", camp->month_calls));
	if (camp->drop_gap_ms != DROP_GAP_MS || !sim_is_told(sim, "drop_gap"))
		n += (size_t)snprintf(
			json + n, size - n, ",\"drop_gap\":\"%us\"",
			told(sim, "drop_gap",
		             (unsigned)(camp->drop_gap_ms / SIM_SECOND_MS)));
	if (camp->block_on || !has_block_on)
		n += (size_t)snprintf(
			json + n, size - n, ",\"block_on\":\"%s\"",
			has_block_on ? sim_grievancev[camp->block_on].text
				     : "");
	if (camp->pack && sim_is_told(sim, "pack"))
		n += (size_t)snprintf(json + n, size - n, ",\"pack\":\"%s\"",
		                      sim_packv[camp->pack].name);
	if (camp->needs_registry && sim_is_told(sim, "registry_named"))
		n += (size_t)snprintf(json + n, size - n,
		                      ",\"registries\":\"nation\"");

	return n;
}

/* Those that are not always there. */
static size_t more_write(const struct sim_campaign *camp, char *json,
                         size_t size)
{
	const struct sim *sim = camp->sim;
	char clock[CLOCK_TEXT_SIZE];
	size_t n = 0;

	if (sim_is_told(sim, "start"))
		n += (size_t)snprintf(json + n, size - n,
		                      ",\"start\":\"%.16sZ\"",
		                      clock_text(clock, camp->start_ms));
	if (camp->stop_ms && sim_is_told(sim, "stop"))
		n += (size_t)snprintf(json + n, size - n,
		                      ",\"stop\":\"%.16sZ\"",
		                      clock_text(clock, camp->stop_ms));
	if (camp->holiday_day && sim_is_told(sim, "holidays"))
		n += (size_t)snprintf(
			json + n, size - n, ",\"holidays\":\"%.10s\"",
			clock_text(clock, camp->holiday_day * SIM_DAY_MS));
	if (camp->client_calls)
		n += (size_t)snprintf(
			json + n, size - n,
			",\"client\":\"acme\",\"client_day_calls\":%u",
			told(sim, "client", camp->client_calls));
	if (camp->has_others)
		n += (size_t)snprintf(json + n, size - n,
		                      ",\"other_numbers\":\"mobile, office\"");
	if (camp->needs_consent && sim_is_told(sim, "consent"))
		n += (size_t)snprintf(json + n, size - n,
		                      ",\"consent\":\"news\"");

	return n + law_write(camp, json + n, size - n);
}

static int rules_write(const struct sim_campaign *camp, char json[JSON_SIZE])
{
	const struct sim *sim = camp->sim;
	char retry[SIM_TEXT_SIZE], countries[SIM_TEXT_SIZE];
	char callers[SIM_TEXT_SIZE], more[MORE_SIZE];
	size_t n;

	retries_write(camp, retry);
	countries_write(camp, countries);
	callers_write(camp, callers);
	more[0] = '\0';
	(void)more_write(camp, more, sizeof(more));
	n = (size_t)snprintf(
		json, JSON_SIZE,
		"{\"hours\":\"%s\",\"gap\":\"%us\",\"day_calls\":%u,"
		"\"week_calls\":%u,\"line_calls\":%u,\"countries\":\"%s\","
		"\"caller_ids\":\"%s\",\"caller_hour_calls\":%u,"
		"\"caller_day_calls\":%u,\"retry\":\"%s\"%s}",
		sim_is_told(sim, "hours") ? sim_hoursv[camp->hours].text : "",
		told(sim, "gap", (unsigned)(camp->gap_ms / SIM_SECOND_MS)),
		told(sim, "day_calls", camp->day_calls),
		told(sim, "week_calls", camp->week_calls),
		told(sim, "line_calls", camp->line_calls), countries, callers,
		told(sim, "caller_hour", camp->caller_hour_calls),
		told(sim, "caller_day", camp->caller_day_calls), retry, more);

	return n < JSON_SIZE ? 0 : EOVERFLOW;
}

static int rules_read(struct sim *sim, struct sim_campaign *camp)
{
	char json[JSON_SIZE], reason[RULES_REASON_SIZE] = "";
	int err;

	err = rules_write(camp, json);
	if (!err)
		err = rules_alloc(&camp->rules, sim->atlas);
	if (!err)
		err = rules_set_json(camp->rules, json, reason);
	if (err) {
		sim_wrong(sim, "%s: %s", camp->name, reason);
		return err;
	}

	camp->rules->tolls = mem_ref(sim->tolls);
	sim_log(sim, "%s: %s", camp->name, json);

	return 0;
}

/* A pool of some numbers, and how often each is shown. */
static void callers_choose(struct sim *sim, struct sim_campaign *camp)
{
	camp->callers = (unsigned)sim_between(sim, 1, (1 << SIM_CALLERS) - 1);
	if (!sim_one_of(sim, 3))
		camp->caller_hour_calls =
			(unsigned)sim_between(sim, 3, 12) + sim->personc / 30;
	if (!sim_one_of(sim, 3))
		camp->caller_day_calls =
			(unsigned)sim_between(sim, 12, 60) + sim->personc / 8;
}

static void campaign_draw(struct sim *sim, struct sim_campaign *camp)
{
	static const unsigned gapv[] = {0, 60, 3600, 14400};
	static const unsigned priorityv[] = {0, 0, 5, 10};

	camp->hours = (unsigned)sim_lot(sim, sim_hoursc);
	camp->start_ms = sim->begin_ms + SIM_HOUR_MS * sim_between(sim, 0, 60);
	if (sim_one_of(sim, 5))
		camp->stop_ms = camp->start_ms +
		                SIM_MINUTE_MS * sim_between(sim, 1, 6000);
	if (sim_one_of(sim, 3))
		camp->holiday_day =
			sim->begin_ms / SIM_DAY_MS + sim_between(sim, 0, 4);
	if (sim_one_of(sim, 3))
		camp->calls_per_s = 0.5;
	camp->gap_ms = SIM_SECOND_MS * gapv[sim_lot(sim, ARRAY_COUNT(gapv))];
	camp->day_calls = (unsigned)sim_between(sim, 1, 3);
	camp->week_calls = camp->day_calls + (unsigned)sim_lot(sim, 3);
	if (sim_one_of(sim, 2))
		camp->month_calls = camp->day_calls + 1;
	camp->drop_gap_ms = sim_one_of(sim, 3)
	                            ? SIM_HOUR_MS * sim_between(sim, 0, 200)
	                            : DROP_GAP_MS;
	camp->block_on = (unsigned)sim_lot(sim, SIM_GRIEVANCES);
	if (sim_one_of(sim, 3))
		camp->pack = (unsigned)sim_lot(sim, SIM_PACKS);
	camp->needs_registry = sim->registry.is_there && !sim_one_of(sim, 3);
	camp->calls_max = (unsigned)sim_between(sim, 2, 30);
	camp->priority = priorityv[sim_lot(sim, ARRAY_COUNT(priorityv))];
	camp->has_others = sim_one_of(sim, 2);
	camp->has_lists = sim_one_of(sim, 2);
	camp->needs_consent = sim_one_of(sim, 3);
	if (sim_one_of(sim, 3))
		camp->countries =
			(unsigned)sim_between(sim, 1, (1 << SIM_COUNTRIES) - 1);
	if (sim_one_of(sim, 2))
		callers_choose(sim, camp);
	if (sim_one_of(sim, 3))
		camp->client_calls = (unsigned)sim_between(sim, 40, 400) +
		                     (unsigned)sim->personc / 15;
	lines_choose(sim, camp);
}

/* All at once over one line that is too slow for them: the first in its tier,
 * and nothing else holds anybody. */
static void campaign_contend(struct sim *sim, struct sim_campaign *camp)
{
	camp->hours = 1;
	camp->start_ms = sim->begin_ms + 12 * SIM_HOUR_MS;
	camp->priority = camp->no * 5;
	camp->stop_ms = camp->holiday_day = 0;
	camp->month_calls = camp->pack = 0;
	camp->calls_per_s = 0;
	camp->client_calls = camp->line_calls = 0;
	camp->caller_hour_calls = camp->caller_day_calls = 0;
	camp->lines.linec = 1;
	camp->lines.linev[0] = (struct dialer_line){
		.name = sim->linev[0].name,
		.calls_per_s = sim_is_told(sim, "pace")
	                               ? sim->linev[0].calls_per_s
	                               : 0,
	};
	camp->lines.redial.codes.sipc = 0;
	camp->tierv[0] = 0;
}

static int callers_make(struct sim *sim)
{
	int err = 0;

	for (unsigned i = 0; i < SIM_CALLERS && !err; i++) {
		struct sim_caller *caller = &sim->callerv[i];

		(void)snprintf(caller->text, SIM_NUMBER_SIZE, "+155501%02u",
		               90 + i);
		caller->is_burnt = sim_one_of(sim, 8);
		err = sim_marks_alloc(&caller->calls);
	}

	return err;
}

/* In a list of the campaign: the first one, the other, or both. */
static void places_make(struct sim *sim)
{
	for (unsigned i = 0; i < sim->personc; i++) {
		for (unsigned k = 0; k < sim->campaignc; k++) {
			struct sim_place *place = &sim->personv[i].placev[k];

			place->caller = -1;
			if (sim->campaignc > 1 && sim_lot(sim, 10) >= 6)
				continue;
			place->is_member = place->is_owed = true;
			place->optionc = 1;
			place->is_first = sim->campaignv[k].has_lists &&
			                  sim_one_of(sim, 3);
		}
	}
}

int sim_campaigns_make(struct sim *sim)
{
	static const char *const namev[SIM_CAMPAIGNS] = {"one", "two", "three"};
	int err;

	/* Of a line all who use it think the same. */
	unsigned line_calls =
		sim_one_of(sim, 3) ? 0 : (unsigned)sim_between(sim, 8, 30);

	sim->campaignc = (unsigned)sim_between(sim, 1, SIM_CAMPAIGNS);
	err = callers_make(sim);
	sim->is_contended = sim->campaignc > 1 && sim_one_of(sim, 3);
	if (sim->is_contended) {
		sim->linev[0].calls_per_s = 0.5;
		sim->linev[0].calls_max = sim->linev[0].rest_ms = 0;
		sim->linev[0].channels = 40;
	}
	if (!err && !sim->is_contended && sim_one_of(sim, 2))
		err = tolls_make(sim);
	sim->registry.is_there = !sim->is_contended && sim_one_of(sim, 2);
	for (unsigned i = 0; i < sim->campaignc && !err; i++) {
		struct sim_campaign *camp = &sim->campaignv[i];

		camp->sim = sim;
		camp->no = i;
		camp->name = namev[i];
		camp->line_calls = line_calls;
		campaign_draw(sim, camp);
		if (sim->is_contended)
			campaign_contend(sim, camp);
		err = sim_marks_alloc(&camp->client);
		if (!err)
			err = rules_read(sim, camp);
	}
	places_make(sim);

	return err;
}
