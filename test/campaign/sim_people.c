/*
 * test/campaign/sim_people.c - who is there in a simulation, and in which list
 */
#include <stdio.h>
#include <stdlib.h>
#include "base/work.h"
#include "campaign/rules.h"
#include "campaign/sim.h"

enum {
	PEOPLE_MIN = 50,
	PEOPLE = 300,
	CROWD_OF = 40,  /* weeks: one is a crowd's */
	AMERICANS = 90, /* numbers that are nobody's there */
	COLUMNS = SIM_NUMBERS,
	LIST_NAME_SIZE = 32,
	FIRST_LIST = 5, /* its priority */
};

/* As the list names them, by the judge's numbers; NULL: the number tells. */
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

static const char *const columnv[SIM_NUMBERS - 1] = {"mobile", "office"};

/* --- people and their numbers --------------------------------------------- */

static struct sim_number *number_new(struct sim *sim, const char *begin)
{
	struct sim_number *number = &sim->numberv[sim->numberc];

	(void)snprintf(number->text, SIM_NUMBER_SIZE, "%s%04u", begin,
	               sim->numberc++);
	number->has_consent = !sim_one_of(sim, 12);
	number->was_consent_ended = !number->has_consent;
	number->calls.markv = number->callv;
	number->calls.size = SIM_CALLS_KEPT;

	return number;
}

/* The last digits count them, but those of America. */
struct sim_number *sim_number_of(struct sim *sim, const char *text)
{
	size_t len = strlen(text);
	unsigned long no = strtoul(text + len - 4, NULL, 10);

	if (no < sim->numberc && !strcmp(sim->numberv[no].text, text))
		return &sim->numberv[no];
	for (unsigned i = 0; i < sim->numberc; i++) {
		if (!strcmp(sim->numberv[i].text, text))
			return &sim->numberv[i];
	}

	return NULL;
}

/* Somebody's own, or that of an office of several. */
static struct sim_number *other_number(struct sim *sim,
                                       const struct sim_person *person,
                                       unsigned *americansp)
{
	struct sim_number *number;

	if (sim->numberc > sim->personc && sim_one_of(sim, 6)) {
		number = &sim->numberv[sim_between(sim, sim->personc,
		                                   sim->numberc - 1)];
		return person->has_zone || number->text[1] != '1' ? number
		                                                  : NULL;
	}
	if (person->has_zone && *americansp < AMERICANS && sim_one_of(sim, 4)) {
		number = number_new(sim, "");
		(void)snprintf(number->text, SIM_NUMBER_SIZE, "+155501%02u",
		               (*americansp)++);
		return number;
	}

	return number_new(sim, sim_one_of(sim, 4) ? "+86100000" : "+7999000");
}

static bool has_number(const struct sim_person *person,
                       const struct sim_number *number)
{
	for (unsigned i = 0; i < person->numberc; i++) {
		if (person->numberv[i] == number)
			return true;
	}

	return false;
}

/* Cells that are empty, say nothing, or repeat a number are passed over. */
static void cells_fill(struct sim *sim, struct sim_person *person,
                       unsigned *americansp)
{
	for (unsigned i = 0; i < SIM_NUMBERS - 1; i++) {
		struct sim_number *number = NULL;
		unsigned lot = (unsigned)sim_lot(sim, 20);

		if (lot < 7)
			number = other_number(sim, person, americansp);
		else if (lot < 8)
			number = person->numberv[0];
		else if (lot < 9)
			(void)snprintf(person->cellv[i], SIM_NUMBER_SIZE,
			               "none");
		if (!number)
			continue;
		(void)snprintf(person->cellv[i], SIM_NUMBER_SIZE, "%.3s %s",
		               number->text, number->text + 3);
		if (!has_number(person, number))
			person->numberv[person->numberc++] = number;
	}
}

static void person_make(struct sim *sim, struct sim_person *person)
{
	person->zone = (unsigned)sim_lot(sim, SIM_ZONE_RUSSIA);
	if (sim_one_of(sim, 300))
		person->zone = SIM_ZONE_RUSSIA;
	if (sim_one_of(sim, 100))
		person->zone = SIM_ZONE_NOWHERE;
	person->has_zone = zonev[person->zone] != NULL;
	person->numberv[0] =
		number_new(sim, person->zone == SIM_ZONE_SHANGHAI ? "+86100000"
	                                                          : "+7999000");
	person->numberc = 1;
}

int sim_people_make(struct sim *sim)
{
	bool is_crowd = sim_one_of(sim, CROWD_OF);
	unsigned americans = 0;

	sim->personc = (unsigned)sim_between(
		sim, PEOPLE_MIN, is_crowd ? SIM_PEOPLE_MAX : PEOPLE);
	sim->personv = mem_zalloc(sim->personc * sizeof(*sim->personv), NULL);
	sim->numberv = mem_zalloc(
		sim->personc * SIM_NUMBERS * sizeof(*sim->numberv), NULL);
	if (!sim->personv || !sim->numberv)
		return ENOMEM;

	for (unsigned i = 0; i < sim->personc; i++)
		person_make(sim, &sim->personv[i]);
	for (unsigned i = 0; i < sim->personc; i++)
		cells_fill(sim, &sim->personv[i], &americans);

	return 0;
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

static void campaign_handler(int err, const struct store_campaign *campaign,
                             void *arg)
{
	*(struct question *)arg =
		(struct question){err, true, err ? 0 : campaign->id};
}

static void done_handler(int err, void *arg)
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

static size_t columns_fill(struct store_var varv[COLUMNS],
                           const struct sim *sim,
                           const struct sim_person *person)
{
	size_t n = 0;

	if (zonev[person->zone] && sim_is_told(sim, "zones"))
		varv[n++] = (struct store_var){"timezone", zonev[person->zone]};
	for (unsigned i = 0; i < SIM_NUMBERS - 1; i++) {
		if (person->cellv[i][0])
			varv[n++] = (struct store_var){columnv[i],
			                               person->cellv[i]};
	}

	return n;
}

/* Some of those who stand in the first list stand in the other one too. */
static bool is_in(const struct sim *sim, const struct sim_place *place,
                  unsigned row, bool is_first)
{
	if (!place->is_member && sim_is_told(sim, "member"))
		return false;

	return is_first ? place->is_first : !place->is_first || row % 4 == 0;
}

static int contacts_write(struct sim *sim, const struct sim_campaign *camp,
                          int64_t list_id, bool is_first)
{
	struct sim_process *process = &sim->processv[1];
	struct store_contact *contactv;
	struct store_var *varv;
	struct question question = {0};
	size_t n = 0;
	int err = ENOMEM;

	contactv = mem_zalloc(sim->personc * sizeof(*contactv), NULL);
	varv = mem_zalloc(sim->personc * COLUMNS * sizeof(*varv), NULL);
	for (unsigned i = 0; i < sim->personc && contactv && varv; i++) {
		const struct sim_person *person = &sim->personv[i];
		struct store_var *mine = &varv[(size_t)i * COLUMNS];

		if (!is_in(sim, &person->placev[camp->no], i, is_first))
			continue;
		contactv[n++] = (struct store_contact){
			.number = person->numberv[0]->text,
			.row = i + SIM_ROW,
			.varv = mine,
			.varc = columns_fill(mine, sim, person),
		};
	}
	if (contactv && varv)
		err = answer(process, &question,
		             store_contacts_add(process->store, list_id,
		                                contactv, n, added_handler,
		                                &question));
	mem_deref(contactv);
	mem_deref(varv);

	return err;
}

static int list_write(struct sim *sim, const struct sim_campaign *camp,
                      const char *name, bool is_first)
{
	struct sim_process *process = &sim->processv[1];
	struct question question = {0};
	int err;

	err = answer(process, &question,
	             store_list(process->store, name, list_handler, &question));

	return err ? err : contacts_write(sim, camp, question.id, is_first);
}

static int draft_write(struct sim *sim, struct sim_campaign *camp,
                       const char *first)
{
	struct sim_process *process = &sim->processv[1];
	struct question question = {0};
	const struct store_plan plan = {
		.name = camp->name,
		.script = "none",
		.plan = "{}",
		.settings = "{}",
		.client = rules_client(camp->rules),
		.listv =
			(const struct store_plan_list[]){
				{camp->name, 0},
				{first,
	                         sim_is_told(sim, "lists") ? FIRST_LIST : 0},
			},
		.listc = camp->has_lists ? 2 : 1,
	};
	int err;

	err = answer(process, &question,
	             store_plan_make(process->store, &plan, done_handler,
	                             &question));
	if (err)
		return err;

	question = (struct question){0};
	err = answer(process, &question,
	             store_campaign(process->store, camp->name, STORE_LIST_OWN,
	                            "none", campaign_handler, &question));
	camp->id = question.id;

	return err;
}

static int campaign_write(struct sim *sim, struct sim_campaign *camp)
{
	char first[LIST_NAME_SIZE];
	int err;

	(void)snprintf(first, sizeof(first), SIM_FIRST_OF, camp->name);
	err = list_write(sim, camp, camp->name, false);
	if (!err && camp->has_lists)
		err = list_write(sim, camp, first, true);

	return err ? err : draft_write(sim, camp, first);
}

static int consents_write(struct sim *sim)
{
	struct sim_process *process = &sim->processv[1];
	int err = 0;

	for (unsigned i = 0; i < sim->numberc && !err; i++) {
		struct question question = {0};
		const struct store_consent consent = {
			.number = sim->numberv[i].text,
			.purpose = "news",
			.source = "form",
			.text = "yes",
			.given_ms = sim_now(),
		};

		if (sim->numberv[i].has_consent)
			err = answer(process, &question,
			             store_consent(process->store, &consent,
			                           done_handler, &question));
	}

	return err;
}

int sim_people_write(struct sim *sim)
{
	int err;

	err = sim_process_open(&sim->processv[1]);
	for (unsigned i = 0; i < sim->campaignc && !err; i++)
		err = campaign_write(sim, &sim->campaignv[i]);

	return err ? err : consents_write(sim);
}
