/*
 * test/campaign/sim_judge.c - who may be called, at which number, and when
 *
 * Written from the words of docs/campaigns.md with tables of its own: it
 * shares no code with the rules that it judges.
 */
#include <assert.h>
#include <stdio.h>
#include "campaign/sim.h"

const struct sim_retry sim_retryv[SIM_RETRIES] = {
	{OUTCOME_BUSY, 5 * SIM_MINUTE_MS, 3, false},
	{OUTCOME_NO_ANSWER, 2 * SIM_HOUR_MS, 3, true},
	{OUTCOME_UNREACHABLE, SIM_HOUR_MS, 2, true},
	{OUTCOME_MACHINE, 4 * SIM_HOUR_MS, 2, false},
	{OUTCOME_CANCELLED, 10 * SIM_MINUTE_MS, 3, false},
	{OUTCOME_BAD_NUMBER, SIM_MINUTE_MS, 3, true},
};

const struct sim_grievance sim_grievancev[SIM_GRIEVANCES] = {
	{"unwanted, label complaint", true, false, "complaint", 0},
	{"declined, label angry", false, true, "angry", 0},
	{"unwanted, hangup<3 x2", true, false, NULL, 2},
	{"", false, false, NULL, 0},
};

const char *const sim_countryv[SIM_COUNTRIES] = {"+7", "+86", "+1"};

/* --- marks ---------------------------------------------------------------- */

int sim_marks_alloc(struct sim_marks *marks)
{
	marks->size = SIM_MARKS_KEPT;
	marks->markv = mem_zalloc(marks->size * sizeof(*marks->markv), NULL);

	return marks->markv ? 0 : ENOMEM;
}

unsigned sim_marks_since(const struct sim_marks *marks,
                         const struct sim_call *call, int64_t span_ms)
{
	int64_t since_ms = sim_now() + SIM_PERMIT_MS - span_ms;
	unsigned n = 0;

	for (unsigned i = marks->markc; i; i--) {
		const struct sim_mark *mark = &marks->markv[i - 1];

		if (mark->ms <= since_ms)
			break;
		n += mark->attempt_id < call->attempt_id;
	}

	return n;
}

void sim_marks_add(struct sim_marks *marks, const struct sim_call *call)
{
	/* The oldest are beyond all spans by then. */
	if (marks->markc == marks->size)
		memmove(marks->markv, marks->markv + 1,
		        --marks->markc * sizeof(*marks->markv));
	marks->markv[marks->markc++] =
		(struct sim_mark){call->begin_ms, call->attempt_id};
}

static void marks_remove(struct sim_marks *marks, const struct sim_call *call)
{
	for (unsigned i = marks->markc; i; i--) {
		struct sim_mark *mark = &marks->markv[i - 1];

		if (mark->attempt_id != call->attempt_id)
			continue;
		memmove(mark, mark + 1, (marks->markc - i) * sizeof(*mark));
		marks->markc--;
		return;
	}
}

/* --- ends of calls -------------------------------------------------------- */

static void past_add(struct sim_past *past, int64_t attempt_id)
{
	unsigned i = past->endc++ % SIM_PAST_KEPT;

	past->endv[i].attempt_id = attempt_id;
	past->endv[i].at_ms = 0;
}

/* The last one that was written before; 0: none was. count: how many since. */
static int64_t past_last_ms(struct sim *sim, struct sim_past *past,
                            int64_t before_ms, int64_t since_ms,
                            unsigned *countp)
{
	int64_t last_ms = 0;

	*countp = 0;
	for (unsigned i = 0; i < past->endc && i < SIM_PAST_KEPT; i++) {
		int64_t *at_msp = &past->endv[i].at_ms;

		if (!*at_msp)
			*at_msp = sim_judge_ended_ms(sim,
			                             past->endv[i].attempt_id);
		if (!*at_msp || *at_msp >= before_ms)
			continue;
		*countp += *at_msp >= since_ms;
		if (*at_msp > last_ms)
			last_ms = *at_msp;
	}

	return last_ms;
}

/* --- a call that leaves: its number --------------------------------------- */

static bool is_banned(const struct sim_ban *ban,
                      const struct sim_campaign *camp,
                      const struct sim_number *number)
{
	if (ban->campaign && ban->campaign != camp)
		return false;

	return ban->is_prefix
	               ? !strncmp(number->text, ban->text, strlen(ban->text))
	               : !strcmp(number->text, ban->text);
}

/* What the end of a call has put on the list no later permission overlooks;
 * what a command did counts when its permissions have run out. */
static bool has_come(struct sim *sim, struct sim_ban *ban,
                     const struct sim_call *call)
{
	if (ban->is_lifted)
		return false;
	if (ban->is_settled)
		return true;
	if (!ban->attempt_id)
		return ban->at_ms && ban->at_ms < sim_now() - SIM_PERMIT_MS;
	if (!ban->at_ms)
		ban->at_ms = sim_judge_ended_ms(sim, ban->attempt_id);

	return ban->at_ms && ban->at_ms < call->permit_ms;
}

/* What is said of the first number holds for the others too. call NULL: that
 * may hold at any time. */
static const struct sim_ban *ban_of(struct sim *sim,
                                    const struct sim_campaign *camp,
                                    const struct sim_person *person,
                                    const struct sim_number *number,
                                    const struct sim_call *call)
{
	for (unsigned i = 0; i < sim->banc; i++) {
		struct sim_ban *ban = &sim->banv[i];

		if ((is_banned(ban, camp, number) ||
		     is_banned(ban, camp, person->numberv[0])) &&
		    (!call || has_come(sim, ban, call)))
			return ban;
	}

	return NULL;
}

static void judge_blocks(struct sim *sim, const struct sim_call *call)
{
	const struct sim_ban *ban;

	ban = ban_of(sim, call->dialer->campaign, call->person, call->number,
	             call);
	if (ban)
		sim_wrong(sim, "%s is called, but %s%s was blocked%s",
		          call->number->text, ban->text,
		          ban->is_prefix ? "..." : "",
		          ban->is_settled ? " and settled" : "");
}

static bool has_country(const struct sim_campaign *camp,
                        const struct sim_number *number)
{
	for (unsigned i = 0; i < SIM_COUNTRIES; i++) {
		if (camp->countries & (1u << i) &&
		    !strncmp(number->text, sim_countryv[i],
		             strlen(sim_countryv[i])))
			return true;
	}

	return !camp->countries;
}

static void judge_consent(struct sim *sim, const struct sim_call *call)
{
	const struct sim_number *number = call->number;

	if (!call->dialer->campaign->needs_consent)
		return;

	if (!number->has_consent)
		sim_wrong(sim, "%s never agreed", number->text);
	if (number->consent_end_ms &&
	    sim_now() > number->consent_end_ms + SIM_PERMIT_MS)
		sim_wrong(sim, "%s agrees no longer", number->text);
}

/* The stricter one of two caps; 0: any. */
static unsigned cap(unsigned own, unsigned pack)
{
	return pack && (!own || pack < own) ? pack : own;
}

static void judge_caps(struct sim *sim, const struct sim_call *call)
{
	const struct sim_campaign *camp = call->dialer->campaign;
	const struct sim_pack *pack = &sim_packv[camp->pack];
	const struct {
		const char *when;
		int64_t span_ms;
		unsigned calls;
	} rowv[] = {
		{"today", SIM_DAY_MS, cap(camp->day_calls, pack->day_calls)},
		{"this week", SIM_WEEK_MS,
	         cap(camp->week_calls, pack->week_calls)},
		{"this month", SIM_MONTH_MS,
	         cap(camp->month_calls, pack->month_calls)},
	};

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		if (rowv[i].calls &&
		    sim_marks_since(&call->number->calls, call,
		                    rowv[i].span_ms) >= rowv[i].calls)
			sim_wrong(sim, "%s called too often %s",
			          call->number->text, rowv[i].when);
	}
}

static void judge_drop(struct sim *sim, const struct sim_call *call)
{
	const struct sim_campaign *camp = call->dialer->campaign;
	unsigned count;
	int64_t last_ms = past_last_ms(sim, &call->number->drops,
	                               call->permit_ms, 0, &count);

	if (last_ms && call->permit_ms < last_ms + camp->drop_gap_ms)
		sim_wrong(sim, "%s is called so soon after it was dropped",
		          call->number->text);
}

static void judge_registry(struct sim *sim, const struct sim_call *call)
{
	const struct sim_registry *registry = &sim->registry;

	if (registry->hold_ms && call->permit_ms >= registry->hold_ms)
		sim_wrong(sim, "%s is called while the registry is stale",
		          call->number->text);
	if (call->dialer->campaign->needs_registry && !registry->was_read)
		sim_wrong(sim, "%s is called before there is a registry",
		          call->number->text);
}

static void judge_number(struct sim *sim, const struct sim_call *call)
{
	const struct sim_campaign *camp = call->dialer->campaign;
	const struct sim_number *number = call->number;
	const struct sim_marks *calls = &number->calls;
	unsigned zone = sim_zone_of(call->person, number);

	if (!sim_is_open(camp, zone, sim_now() / SIM_SECOND_MS))
		sim_wrong(sim, "%s outside the hours of %s", number->text,
		          camp->name);
	judge_caps(sim, call);
	judge_drop(sim, call);
	judge_registry(sim, call);
	if (camp->gap_ms && sim_marks_since(calls, call, camp->gap_ms))
		sim_wrong(sim, "%s called again too soon", number->text);
	if (!has_country(camp, number))
		sim_wrong(sim, "%s is in no country of %s", number->text,
		          camp->name);
	judge_blocks(sim, call);
	judge_consent(sim, call);
}

/* --- its contact ---------------------------------------------------------- */

/* Whether it is their turn to be called at that number by now. */
static void judge_turn(struct sim *sim, const struct sim_call *call)
{
	const struct sim_place *place =
		&call->person->placev[call->dialer->campaign->no];
	bool is_turn = false;

	for (unsigned i = 0; i < place->optionc; i++) {
		const struct sim_option *option = &place->optionv[i];

		if (call->person->numberv[option->turn] != call->number)
			continue;
		is_turn = true;
		if (sim_now() >= option->not_before_ms)
			return;
	}
	if (!place->optionc)
		sim_wrong(sim, "%s is called again by %s", call->number->text,
		          call->dialer->campaign->name);
	else if (is_turn)
		sim_wrong(sim, "%s is called again too early",
		          call->number->text);
	else
		sim_wrong(sim, "%s is not the number whose turn it is",
		          call->number->text);
}

static void judge_campaign(struct sim *sim, const struct sim_call *call)
{
	const struct sim_campaign *camp = call->dialer->campaign;
	const struct sim_place *place = &call->person->placev[camp->no];
	int64_t now_ms = sim_now();

	if (now_ms < camp->start_ms)
		sim_wrong(sim, "%s calls before its start", camp->name);
	if (camp->stop_ms && now_ms >= camp->stop_ms)
		sim_wrong(sim, "%s calls after its stop", camp->name);
	if (camp->paused_ms && now_ms > camp->paused_ms + SIM_PERMIT_MS)
		sim_wrong(sim, "%s calls while it is paused", camp->name);
	if (camp->client_calls &&
	    sim_marks_since(&camp->client, call, SIM_DAY_MS) >=
	            camp->client_calls)
		sim_wrong(sim, "%s makes too many calls for its client",
		          camp->name);
	if (!place->is_member)
		sim_wrong(sim, "%s is no contact of %s", call->number->text,
		          camp->name);
	if (place->is_called_now)
		sim_wrong(sim, "%s is called twice at once",
		          call->number->text);
	judge_turn(sim, call);
}

static bool is_first(struct sim *sim, int64_t attempt_id)
{
	size_t at = (size_t)attempt_id;

	assert(at < sim->attempt_size);

	return !sim->attemptv[at]++;
}

void sim_judge_call(struct sim *sim, struct sim_call *call)
{
	struct sim_campaign *camp = call->dialer->campaign;
	struct sim_place *place = &call->person->placev[camp->no];

	if (!is_first(sim, call->attempt_id))
		sim_wrong(sim, "attempt %lld is called twice",
		          (long long)call->attempt_id);
	sim_judge_attempt(sim, call);
	judge_number(sim, call);
	judge_campaign(sim, call);
	sim_judge_line(sim, call);
	sim_judge_caller(sim, call);
	sim_judge_money(sim, call);
	sim_judge_order(sim, call);
	sim_judge_turn(sim, call);

	/* Until an end says otherwise it counts and was the last one. */
	call->before = *place;
	sim->others += call->number != call->person->numberv[0];
	sim->redials += place->redial_not && place->redial_not != call->line;
	place->optionc = 0;
	place->is_owed = false;
	place->redial_not = NULL;
	place->is_called_now = true;
	place->was_called = true;
	place->caller = call->caller;
	place->tries++;
	sim_marks_add(&call->number->calls, call);
	if (camp->client_calls)
		sim_marks_add(&camp->client, call);
}

/* --- how it ended --------------------------------------------------------- */

static unsigned turn_of(const struct sim_call *call)
{
	unsigned turn = 0;

	while (call->person->numberv[turn] != call->number)
		turn++;

	return turn;
}

static void option_add(struct sim_place *place, unsigned turn,
                       int64_t not_before_ms)
{
	assert(place->optionc < SIM_OPTIONS);

	place->optionv[place->optionc++] =
		(struct sim_option){turn, not_before_ms};
}

/* Nobody loses an attempt by a line that fails. */
static void give_back(struct sim_call *call, struct sim_place *place)
{
	struct sim_campaign *camp = call->dialer->campaign;

	place->tries--;
	place->is_owed = call->before.is_owed;
	place->caller = call->before.caller;
	place->redial_not = call->line;
	option_add(place, turn_of(call), 0);
	marks_remove(&call->number->calls, call);
	if (camp->client_calls)
		marks_remove(&camp->client, call);
}

static bool wants_redial(const struct sim_call *call,
                         const struct sim_place *place)
{
	const struct dialer_redial *redial =
		&call->dialer->campaign->lines.redial;

	return place->tries <= redial->redials_max && call->end.end.sip_code &&
	       redial->codes.sipc &&
	       redial->codes.sipv[0] == call->end.end.sip_code;
}

static void retry(const struct sim_call *call, struct sim_place *place)
{
	const struct sim_person *person = call->person;
	unsigned turn = turn_of(call);

	for (int i = 0; i < SIM_RETRIES; i++) {
		const struct sim_retry *row = &sim_retryv[i];
		bool is_other =
			row->is_other && call->dialer->campaign->has_others;

		if (row->outcome != call->end.end.outcome ||
		    place->tries >= row->tries_max)
			continue;
		/* A number that is none does not become one. */
		if (row->outcome == OUTCOME_BAD_NUMBER && is_other &&
		    person->numberc == 1)
			continue;
		if (is_other)
			turn = (turn + 1) % person->numberc;
		option_add(place, turn, sim_now() + row->delay_ms);
		place->is_owed = true;
	}
	if (wants_redial(call, place)) {
		option_add(place, turn_of(call), 0);
		place->redial_not = call->line;
	}
}

/* They are called at none of their numbers from now on, or perhaps not. */
static void ban_them(struct sim *sim, const struct sim_call *call,
                     bool is_certain)
{
	unsigned count = 0;
	struct sim_ban *ban = sim_ban_person(sim, call, &count);

	sim->grievances++;
	for (unsigned i = 0; i < count && is_certain; i++)
		ban[i].attempt_id = call->attempt_id;
}

static bool is_grievance(const struct sim_call *call)
{
	const struct sim_grievance *grievance =
		&sim_grievancev[call->dialer->campaign->block_on];

	switch (call->end.end.outcome) {

	case OUTCOME_UNWANTED:
		return grievance->is_unwanted;
	case OUTCOME_DECLINED:
		return grievance->is_declined;
	default:
		return call->end.is_opt_out ||
		       (grievance->label && call->end.label &&
		        !strcmp(grievance->label, call->end.label));
	}
}

/* Whether those of before are on the disk may be told later. */
static void judge_hangup(struct sim *sim, const struct sim_call *call)
{
	unsigned hangups =
		sim_grievancev[call->dialer->campaign->block_on].hangups;
	struct sim_past *past = &call->number->hangups;
	unsigned before;

	if (!call->end.end.is_by_them || call->end.talk_ms >= SIM_HANGUP_MS)
		return;

	(void)past_last_ms(sim, past, sim_now(),
	                   sim_now() - SIM_MONTH_MS + SIM_DAY_MS, &before);
	past_add(past, call->attempt_id);
	if (hangups && past->endc >= hangups)
		ban_them(sim, call, before + 1 >= hangups);
}

static void judge_mood(struct sim *sim, const struct sim_call *call)
{
	if (call->end.is_dropped)
		past_add(&call->number->drops, call->attempt_id);
	if (is_grievance(call))
		ban_them(sim, call, true);
	else
		judge_hangup(sim, call);
}

void sim_judge_end(struct sim *sim, struct sim_call *call)
{
	struct sim_campaign *camp = call->dialer->campaign;
	struct sim_place *place = &call->person->placev[camp->no];
	enum outcome outcome = call->end.end.outcome;

	place->is_called_now = false;
	sim_judge_paid(sim, call);
	judge_mood(sim, call);
	if (outcome == OUTCOME_LINE_FAILED)
		sim_judge_failed(call->dialer, call->line, call->begin_ms);
	else if (outcome != OUTCOME_LINE_CONGESTED)
		sim_judge_worked(call->dialer, call->line);

	if (outcome == OUTCOME_LINE_FAILED ||
	    outcome == OUTCOME_LINE_CONGESTED) {
		give_back(call, place);
	}
	else if (is_grievance(call) || outcome == OUTCOME_UNWANTED) {
		return;
	}
	else if (call->callback_ms) {
		/* Promises are made in whole seconds. */
		option_add(place, turn_of(call),
		           call->callback_ms - SIM_SECOND_MS);
		place->is_owed = true;
	}
	else {
		retry(call, place);
	}
}

void sim_judge_cut(struct sim *sim, struct sim_call *call)
{
	call->person->placev[call->dialer->campaign->no].is_called_now = false;
	/* It had begun a minute, where anybody answered. */
	call->end.talk_ms = 1;
	sim_judge_paid(sim, call);
}

/* --- in the end ----------------------------------------------------------- */

bool sim_judge_may_ever(struct sim *sim, const struct sim_campaign *camp,
                        const struct sim_person *person,
                        const struct sim_number *number)
{
	unsigned zone = sim_zone_of(person, number);
	int64_t price;

	return zone != SIM_ZONE_NOWHERE &&
	       (zone != SIM_ZONE_RUSSIA ||
	        sim_hoursv[camp->hours].is_for_all) &&
	       has_country(camp, number) &&
	       !(camp->needs_consent && number->was_consent_ended) &&
	       sim_judge_price(&price, sim, number) &&
	       !ban_of(sim, camp, person, number, NULL);
}
