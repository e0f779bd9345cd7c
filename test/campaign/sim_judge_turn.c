/*
 * test/campaign/sim_judge_turn.c - whose turn it is where a line has no room
 *
 * A campaign of higher priority that waits gets the next turn. A single turn
 * may go elsewhere, since who waits may come back late; what is judged is how
 * many did, for somebody who was due all the time.
 */
#include "campaign/sim.h"

enum {
	WAITED_MS = 2000, /* so that the line knows of it */
	BEGUN_MS = 5000,
	BEHIND_MS = 60000,
	CLEAN_MS = 600000, /* after a trouble calls are slowed for a while */
	PASSED_MAX = 10,
	PASSED_OF = 8, /* turns: one may go elsewhere */
};

static bool is_in_first_tier(const struct sim *sim,
                             const struct sim_campaign *camp,
                             const struct sim_line *line)
{
	const char *name = camp->lines.linev[0].name;

	/* Alone, so that it cannot have chosen another one. */
	return !strcmp(name, line->name) &&
	       (camp->lines.linec == 1 || camp->lines.linev[1].tier) &&
	       sim->linev[line - sim->linev].calls_per_s > 0;
}

/* Whether nothing but the line's turns holds them. */
static bool is_free(const struct sim *sim, const struct sim_campaign *camp,
                    const struct sim_line *line)
{
	unsigned live = 0;
	struct le *le;

	LIST_FOREACH (&sim->calll, le)
		live += ((const struct sim_call *)le->data)->line == line;

	return sim_now() > camp->start_ms + WAITED_MS && !camp->is_paused &&
	       (!camp->client_calls ||
	        camp->client.markc + 1 < camp->client_calls) &&
	       !camp->caller_hour_calls && !camp->caller_day_calls &&
	       (!camp->line_calls || live < camp->line_calls / 2) &&
	       !(sim->tolls && sim->hour_spend);
}

static bool is_waiting(const struct sim *sim, const struct sim_campaign *camp,
                       const struct sim_line *line)
{
	if (!is_free(sim, camp, line) || !is_in_first_tier(sim, camp, line))
		return false;

	for (unsigned i = 1; i <= sim->processc; i++) {
		const struct sim_dialer *dialer =
			&sim->processv[i].dialerv[camp->no];
		unsigned max = camp->calls_max;

		if (line->calls_max && line->calls_max < max)
			max = line->calls_max;
		if (dialer->dialer && dialer->live < max / 2 &&
		    sim_now() > dialer->begin_ms + BEGUN_MS)
			return true;
	}

	return false;
}

static void turn_note(struct sim *sim, const struct sim_call *call)
{
	struct sim_line *line = call->line;
	struct sim_turn *turn = &line->turnv[line->turnc++ % SIM_PACE_KEPT];

	*turn = (struct sim_turn){
		.ms = call->permit_ms,
		.campaign = call->dialer->campaign,
	};
	if (line->trouble || sim_now() < line->trouble_until_ms + CLEAN_MS)
		return;
	for (unsigned i = 0; i < sim->campaignc; i++)
		turn->waiting |=
			(unsigned)is_waiting(sim, &sim->campaignv[i], line)
			<< i;
}

/* Whether the one who is called now could have been called at that turn. */
static bool was_passed(const struct sim_call *call, const struct sim_turn *turn)
{
	const struct sim_campaign *camp = call->dialer->campaign;

	return turn->campaign && turn->campaign->priority < camp->priority &&
	       turn->waiting & (1u << camp->no) &&
	       turn->ms > call->permit_ms - BEHIND_MS &&
	       turn->ms > call->due_ms + WAITED_MS &&
	       turn->ms < call->permit_ms &&
	       sim_is_open(camp, sim_zone_of(call->person, call->number),
	                   (turn->ms - WAITED_MS) / SIM_SECOND_MS);
}

void sim_judge_turn(struct sim *sim, const struct sim_call *call)
{
	struct sim_campaign *camp = call->dialer->campaign;

	for (unsigned i = 0; i < SIM_PACE_KEPT; i++) {
		struct sim_turn *turn = &call->line->turnv[i];

		if (was_passed(call, turn)) {
			camp->passed++;
			turn->waiting &= ~(1u << camp->no);
		}
	}
	camp->turns += call->line->calls_per_s > 0 && camp->priority;
	if (camp->passed > PASSED_MAX + camp->turns / PASSED_OF)
		sim_wrong(sim, "%s was passed over %u times in %u turns",
		          camp->name, camp->passed, camp->turns);
	turn_note(sim, call);
}
