/*
 * test/campaign/sim_operator.c - what befalls the processes of a simulation
 *
 * The operator blocks numbers, notes consents and pauses campaigns beside the
 * processes that call, starts them when somebody is due and ends them when
 * nobody is for a while. Lines fail, the database goes away. After a week all
 * is well.
 */
#include <stdio.h>
#include "campaign/sim.h"

enum {
	DEEDS_MS = 2400000, /* between two deeds, at most */
	LOOK_MS = 60000,
	IDLE_MS = 120000, /* nobody was called for so long: something holds */
	SLEEP_MS = 1800000,
	PAUSE_MS = 240000,
};

/* --- deeds ---------------------------------------------------------------- */

static struct sim_process *operator_of(struct sim *sim)
{
	return &sim->processv[SIM_OPERATOR];
}

static void resume_timer(void *arg);

static void paused(int err, void *arg)
{
	struct sim_campaign *camp = arg;

	if (!err)
		camp->paused_ms = sim_now();
	tmr_start(&camp->resume_tmr,
	          (uint64_t)sim_between(camp->sim, 1000, PAUSE_MS),
	          resume_timer, camp);
}

static void resumed(int err, void *arg)
{
	struct sim_campaign *camp = arg;

	if (err)
		tmr_start(&camp->resume_tmr, PAUSE_MS, resume_timer, camp);
	else
		camp->is_paused = false;
}

/* Whether it runs again is known before anybody can see it. */
static void resume_timer(void *arg)
{
	struct sim_campaign *camp = arg;

	sim_log(camp->sim, "resume %s", camp->name);
	camp->paused_ms = 0;
	(void)store_campaign_state(operator_of(camp->sim)->store, camp->name,
	                           "running", resumed, camp);
}

static void pause_campaign(struct sim *sim, struct sim_campaign *camp)
{
	if (camp->is_paused)
		return;

	sim_log(sim, "pause %s", camp->name);
	camp->is_paused = true;
	(void)store_campaign_state(operator_of(sim)->store, camp->name,
	                           "paused", paused, camp);
}

static void outage_over(void *arg)
{
	struct sim *sim = arg;

	sim_log(sim, "the database is back");
	for (unsigned i = 0; i <= SIM_PROCESSES; i++)
		sim_db_set(i, SIM_DB_WELL);
}

static void outage(struct sim *sim)
{
	int64_t for_ms = sim_one_of(sim, 3) ? sim_between(sim, 60000, 900000)
	                                    : sim_between(sim, 500, 30000);

	sim->outages++;
	sim_log(sim, "the database is away for %lld ms", (long long)for_ms);
	for (unsigned i = 0; i <= SIM_PROCESSES; i++)
		sim_db_set(i, SIM_DB_AWAY);
	tmr_start(&sim->outage_tmr, (uint64_t)for_ms, outage_over, sim);
}

static void trouble(struct sim *sim)
{
	struct sim_line *line = &sim->linev[sim_lot(sim, SIM_LINES)];

	line->trouble = (enum sim_trouble)sim_lot(sim, SIM_TROUBLES);
	line->trouble_until_ms =
		sim_now() + sim_between(sim, 1000, 20 * SIM_MINUTE_MS);
	sim_log(sim, "%s: trouble %d", line->name, (int)line->trouble);
}

/* A number, seldom all of ten or so; for all campaigns or for one. */
static void block(struct sim *sim)
{
	const struct sim_number *number =
		&sim->numberv[sim_lot(sim, sim->numberc)];
	const struct sim_campaign *camp = NULL;
	bool is_prefix = sim_one_of(sim, 12);
	char text[SIM_NUMBER_SIZE];

	sim->blocks++;
	if (sim_one_of(sim, 3))
		camp = &sim->campaignv[sim_lot(sim, sim->campaignc)];
	(void)snprintf(text, sizeof(text), "%.*s",
	               (int)strlen(number->text) - is_prefix, number->text);
	sim_wish_block(operator_of(sim), text, is_prefix, camp);
}

static void deed(struct sim *sim)
{
	unsigned lot = (unsigned)sim_lot(sim, 20);

	if (lot < 5) {
		block(sim);
	}
	else if (lot < 9) {
		sim_wish_consent(operator_of(sim),
		                 &sim->numberv[sim_lot(sim, sim->numberc)]);
	}
	else if (lot < 12) {
		pause_campaign(sim,
		               &sim->campaignv[sim_lot(sim, sim->campaignc)]);
	}
	else if (lot < 13) {
		sim_process_hurry(
			&sim->processv[sim_between(sim, 1, sim->processc)]);
	}
	else if (lot < 18) {
		trouble(sim);
	}
	else if (!tmr_isrunning(&sim->outage_tmr)) {
		outage(sim);
	}
}

static void deed_timer(void *arg)
{
	struct sim *sim = arg;

	if (sim_now() >= sim->heal_ms)
		return;

	deed(sim);
	tmr_start(&sim->operator_tmr, (uint64_t)sim_between(sim, 1, DEEDS_MS),
	          deed_timer, sim);
}

/* --- who has to run ------------------------------------------------------- */

/* When somebody of a campaign is due and it has begun; INT64_MAX: nobody. */
static int64_t campaign_due_ms(const struct sim_campaign *camp)
{
	const struct db_arg id = db_int(camp->id);
	int64_t due_ms;

	if (camp->stop_ms && sim_now() > camp->stop_ms)
		return INT64_MAX;

	if (sim_db_number(&due_ms,
	                  "SELECT due_ms FROM targets WHERE campaign_id = ?1"
	                  " AND state = 'ready' ORDER BY due_ms LIMIT 1",
	                  &id, 1))
		return INT64_MAX;

	return due_ms > camp->start_ms ? due_ms : camp->start_ms;
}

static int64_t due_ms(struct sim *sim)
{
	int64_t first_ms = INT64_MAX, open = 0;

	for (unsigned i = 0; i < sim->campaignc; i++) {
		int64_t next_ms = campaign_due_ms(&sim->campaignv[i]);

		if (next_ms < first_ms)
			first_ms = next_ms;
	}
	(void)sim_db_number(&open,
	                    "SELECT EXISTS (SELECT 1 FROM attempts"
	                    " WHERE state <> 'ended')",
	                    NULL, 0);

	return open ? sim_now() : first_ms;
}

static void heal(struct sim *sim)
{
	for (int i = 0; i < SIM_LINES; i++) {
		if (sim_now() >= sim->linev[i].trouble_until_ms ||
		    sim_now() >= sim->heal_ms)
			sim->linev[i].trouble = SIM_LINE_WELL;
	}
	for (int i = 0; i < SIM_CALLERS; i++)
		sim->callerv[i].is_burnt &= sim_now() < sim->heal_ms;
}

/* Somebody is due, but the client's calls of the day are used up, or a line
 * rests: most of such hours are slept through. */
static bool is_idle(const struct sim *sim)
{
	return sim_now() > sim->busy_ms + IDLE_MS &&
	       !tmr_isrunning(&sim->outage_tmr);
}

/* Who has nothing to do for a while ends, so that a night costs nothing. */
static void look_timer(void *arg)
{
	struct sim *sim = arg;
	int64_t next_ms = due_ms(sim), in_ms = next_ms - sim_now();
	bool is_quiet;

	heal(sim);
	sim_spoil(sim);
	if (sim->is_asleep)
		sim->busy_ms = sim_now();
	is_quiet = list_isempty(&sim->calll) &&
	           (in_ms > 2 * LOOK_MS || is_idle(sim));
	sim->is_over = is_quiet && next_ms == INT64_MAX;
	for (unsigned i = 1; i <= sim->processc; i++) {
		struct sim_process *process = &sim->processv[i];

		if (is_quiet) {
			sim_process_stop(process);
			continue;
		}
		sim_process_begin(process, sim_between(sim, 1, 20000));
		for (unsigned k = 0; k < sim->campaignc; k++) {
			struct sim_campaign *camp = &sim->campaignv[k];

			if (campaign_due_ms(camp) < INT64_MAX)
				sim_process_dial(process, camp);
		}
	}
	sim->is_asleep = is_quiet;
	if (!is_quiet)
		in_ms = LOOK_MS;
	else if (in_ms < SLEEP_MS)
		in_ms = SLEEP_MS;
	tmr_start(&sim->look_tmr, (uint64_t)in_ms, look_timer, sim);
}

int sim_operator_begin(struct sim *sim)
{
	tmr_start(&sim->operator_tmr, (uint64_t)sim_between(sim, 1, DEEDS_MS),
	          deed_timer, sim);
	tmr_start(&sim->look_tmr, 1, look_timer, sim);
	sim_registry_begin(sim);

	return 0;
}

void sim_operator_end(struct sim *sim)
{
	tmr_cancel(&sim->operator_tmr);
	tmr_cancel(&sim->look_tmr);
	tmr_cancel(&sim->outage_tmr);
	sim_registry_end(sim);
	for (unsigned i = 0; i < SIM_CAMPAIGNS; i++)
		tmr_cancel(&sim->campaignv[i].resume_tmr);
}
