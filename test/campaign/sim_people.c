/*
 * test/campaign/sim_people.c - who and what is there in a simulation
 */
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/work.h"
#include "campaign/atlas.h"
#include "campaign/rules.h"
#include "campaign/sim.h"

enum {
	PEOPLE_MIN = 50,
	PEOPLE = 300,
	CROWD_OF = 40, /* weeks: one is a crowd's */
	JSON_SIZE = 1024,
};

/* As the list names them, by the judge's numbers; Shanghai's numbers tell. */
static const char *const zonev[SIM_ZONES] = {
	"America/New_York",
	"America/Los_Angeles",
	"Europe/Berlin",
	"Australia/Sydney",
	"Europe/Moscow",
	"Asia/Kolkata",
	NULL,
	NULL,
	"Europe/Atlantis",
};

enum {
	ZONE_SHANGHAI = 6,
};

int sim_people_make(struct sim *sim)
{
	bool is_crowd = sim_one_of(sim, CROWD_OF);

	sim->personc = (unsigned)sim_between(
		sim, PEOPLE_MIN, is_crowd ? SIM_PEOPLE_MAX : PEOPLE);
	sim->personv = mem_zalloc(sim->personc * sizeof(*sim->personv), NULL);
	if (!sim->personv)
		return ENOMEM;

	for (unsigned i = 0; i < sim->personc; i++) {
		struct sim_person *person = &sim->personv[i];

		person->zone = (unsigned)sim_lot(sim, SIM_ZONE_RUSSIA);
		if (sim_one_of(sim, 300))
			person->zone = SIM_ZONE_RUSSIA;
		if (sim_one_of(sim, 100))
			person->zone = SIM_ZONE_NOWHERE;
		(void)snprintf(person->number, SIM_NUMBER_SIZE, "%s%04u",
		               person->zone == ZONE_SHANGHAI ? "+86100000"
		                                             : "+7999000",
		               i);
	}

	return 0;
}

struct sim_person *sim_person_of(struct sim *sim, const char *number)
{
	unsigned long no = strtoul(number + strlen(number) - 4, NULL, 10);

	return no < sim->personc ? &sim->personv[no] : NULL;
}

/* --- lines and campaigns -------------------------------------------------- */

int sim_lines_make(struct sim *sim)
{
	static const double ratev[] = {0, 0.5, 2, 5};

	for (unsigned i = 0; i < SIM_LINES; i++) {
		struct sim_line *line = &sim->linev[i];

		(void)snprintf(line->name, sizeof(line->name), "line%u", i);
		line->channels = (unsigned)sim_between(sim, 3, 40);
		line->calls_per_s = ratev[sim_lot(sim, ARRAY_COUNT(ratev))];
	}

	return 0;
}

/* A rule of which the dialer is told nothing, where that is to be tried. */
static unsigned told(const struct sim *sim, const char *rule, unsigned limit)
{
	return sim->broken && !strcmp(sim->broken, rule) ? 0 : limit;
}

static int rules_write(struct sim_campaign *camp, char json[JSON_SIZE])
{
	const struct sim *sim = camp->sim;
	bool has_hours = told(sim, "hours", 1);
	char start[40] = "", client[64] = "", clock[CLOCK_TEXT_SIZE];
	char retry[SIM_TEXT_SIZE] = "";
	size_t n = 0;

	for (int i = 0; i < SIM_RETRIES; i++)
		n += (size_t)snprintf(retry + n, sizeof(retry) - n, "%s%s",
		                      i ? ", " : "", sim_retryv[i].text);
	(void)clock_text(clock, camp->start_ms);
	if (told(sim, "start", 1))
		(void)snprintf(start, sizeof(start), ",\"start\":\"%.16sZ\"",
		               clock);
	if (camp->client_calls)
		(void)snprintf(client, sizeof(client),
		               ",\"client\":\"acme\",\"client_day_calls\":%u",
		               told(sim, "client", camp->client_calls));
	n = (size_t)snprintf(
		json, JSON_SIZE,
		"{\"hours\":\"%s\",\"gap\":\"%us\",\"day_calls\":%u,"
		"\"week_calls\":%u,\"line_calls\":%u,\"retry\":\"%s\"%s%s}",
		has_hours ? sim_hoursv[camp->hours].text : "",
		told(sim, "gap", (unsigned)(camp->gap_ms / SIM_SECOND_MS)),
		told(sim, "day_calls", camp->day_calls),
		told(sim, "week_calls", camp->week_calls),
		told(sim, "line_calls", camp->line_calls), retry, start,
		client);

	return n < JSON_SIZE ? 0 : EOVERFLOW;
}

/* One line, or a second one for when it fails. */
static void lines_choose(struct sim *sim, struct sim_campaign *camp)
{
	unsigned first = (unsigned)sim_lot(sim, SIM_LINES);

	camp->lines.linec = sim_one_of(sim, 2) ? 2 : 1;
	for (unsigned i = 0; i < camp->lines.linec; i++) {
		struct sim_line *line = &sim->linev[(first + i) % SIM_LINES];

		camp->lines.linev[i] = (struct dialer_line){
			.name = line->name,
			.tier = i,
			.calls_per_s =
				told(sim, "pace", 1) ? line->calls_per_s : 0,
		};
	}
}

static int campaign_make(struct sim *sim, struct sim_campaign *camp)
{
	static const unsigned gapv[] = {0, 60, 3600, 14400};
	char json[JSON_SIZE], reason[RULES_REASON_SIZE];
	int err;

	camp->hours = (unsigned)sim_lot(sim, sim_hoursc);
	camp->start_ms = sim->begin_ms + SIM_HOUR_MS * sim_between(sim, 0, 60);
	camp->gap_ms = SIM_SECOND_MS * gapv[sim_lot(sim, ARRAY_COUNT(gapv))];
	camp->day_calls = (unsigned)sim_between(sim, 1, 3);
	camp->week_calls = camp->day_calls + (unsigned)sim_lot(sim, 3);
	camp->calls_max = (unsigned)sim_between(sim, 2, 30);
	/* Enough for a crowd to be called within the days that there are. */
	if (sim_one_of(sim, 3))
		camp->client_calls = (unsigned)sim_between(sim, 40, 400) +
		                     (unsigned)sim->personc / 15;
	lines_choose(sim, camp);
	err = rules_write(camp, json);
	if (!err)
		err = rules_alloc(&camp->rules, sim->atlas);
	if (!err)
		err = rules_set_json(camp->rules, json, reason);
	if (err)
		sim_wrong(sim, "%s: %s", json, reason);
	sim_log(sim, "%s: %s", camp->name, json);

	return err;
}

int sim_campaigns_make(struct sim *sim)
{
	static const char *const namev[SIM_CAMPAIGNS] = {"one", "two", "three"};
	int err = 0;

	/* Of a line all who use it think the same. */
	unsigned line_calls =
		sim_one_of(sim, 3) ? 0 : (unsigned)sim_between(sim, 8, 30);

	sim->campaignc = (unsigned)sim_between(sim, 1, SIM_CAMPAIGNS);
	for (unsigned i = 0; i < sim->campaignc && !err; i++) {
		struct sim_campaign *camp = &sim->campaignv[i];

		camp->sim = sim;
		camp->no = i;
		camp->name = namev[i];
		camp->line_calls = line_calls;
		camp->clientv = mem_zalloc(
			SIM_CLIENT_KEPT * sizeof(*camp->clientv), NULL);
		err = camp->clientv ? campaign_make(sim, camp) : ENOMEM;
	}
	for (unsigned i = 0; i < sim->personc; i++) {
		for (unsigned k = 0; k < sim->campaignc; k++) {
			struct sim_place *place = &sim->personv[i].placev[k];

			place->is_member =
				sim->campaignc == 1 || sim_lot(sim, 10) < 6;
			place->may_be_called = place->is_member;
		}
	}

	return err;
}

/* --- into the database ---------------------------------------------------- */

struct question {
	int err;
	bool is_answered;
	int64_t id;
};

static void list_handler(int err, int64_t list_id, void *arg)
{
	*(struct question *)arg = (struct question){err, true, list_id};
}

static void added_handler(int err, uint32_t added, uint32_t duplicates,
                          void *arg)
{
	(void)duplicates;

	*(struct question *)arg = (struct question){err, true, added};
}

static void made_handler(int err, const struct store_campaign *campaign,
                         void *arg)
{
	*(struct question *)arg =
		(struct question){err, true, err ? 0 : campaign->id};
}

static void settings_handler(int err, void *arg)
{
	*(struct question *)arg = (struct question){err, true, 0};
}

static int answer(struct sim_process *process, struct question *question,
                  int err)
{
	if (err)
		return err;

	while (work_pool_step(process->pool))
		mailbox_drain(process->home);

	return question->is_answered ? question->err : EPROTO;
}

static int contacts_write(struct sim *sim, struct sim_process *process,
                          struct sim_campaign *camp)
{
	struct store_contact *contactv;
	struct store_var *varv;
	struct question question = {0};
	size_t n = 0;
	int err = ENOMEM;

	contactv = mem_zalloc(sim->personc * sizeof(*contactv), NULL);
	varv = mem_zalloc(sim->personc * sizeof(*varv), NULL);
	for (unsigned i = 0; i < sim->personc && contactv && varv; i++) {
		const struct sim_person *person = &sim->personv[i];
		const char *zone = zonev[person->zone];

		if (!person->placev[camp->no].is_member)
			continue;
		varv[i] = (struct store_var){"timezone", zone};
		contactv[n++] = (struct store_contact){
			.number = person->number,
			.row = i + 2,
			.varv = zone ? &varv[i] : NULL,
			.varc = zone ? 1 : 0,
		};
	}
	if (contactv && varv)
		err = answer(process, &question,
		             store_contacts_add(process->store, camp->list_id,
		                                contactv, n, added_handler,
		                                &question));
	mem_deref(contactv);
	mem_deref(varv);

	return err;
}

static int campaign_write(struct sim *sim, struct sim_process *process,
                          struct sim_campaign *camp)
{
	struct question question = {0};
	int err;

	err = answer(process, &question,
	             store_list(process->store, camp->name, list_handler,
	                        &question));
	if (err)
		return err;

	camp->list_id = question.id;
	err = contacts_write(sim, process, camp);
	if (err)
		return err;

	question = (struct question){0};
	err = answer(process, &question,
	             store_campaign(process->store, camp->name, camp->list_id,
	                            "none", made_handler, &question));
	if (err)
		return err;

	camp->id = question.id;
	question = (struct question){0};

	return answer(process, &question,
	              store_campaign_settings(process->store, camp->name, NULL,
	                                      rules_client(camp->rules),
	                                      settings_handler, &question));
}

int sim_people_write(struct sim *sim)
{
	struct sim_process *process = &sim->processv[1];
	int err;

	err = sim_process_open(process);
	for (unsigned i = 0; i < sim->campaignc && !err; i++)
		err = campaign_write(sim, process, &sim->campaignv[i]);

	return err;
}
