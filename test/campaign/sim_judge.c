/*
 * test/campaign/sim_judge.c - what must hold at every step of a simulation
 *
 * Written from the words of docs/campaigns.md with tables of its own: it
 * shares no code with the rules, the windows and the zones that it judges.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "campaign/sim.h"

enum {
	HOUR_S = 3600,
	DAY_S = 86400,
	/* A permission may be used for so long. */
	PERMIT_MS = 3000,
};

const struct sim_hours sim_hoursv[] = {
	{"mon-fri 09:00-20:00, sat 10:00-18:00",
         {{0x3e, 540, 1200}, {0x40, 600, 1080}},
         true},
	{"09:00-21:00", {{0x7f, 540, 1260}}, true},
	{"10:00-12:30, 14:00-19:00",
         {{0x7f, 600, 750}, {0x7f, 840, 1140}},
         false},
	{"tue-thu 08:00-22:00, sun 12:00-18:00",
         {{0x1c, 480, 1320}, {0x01, 720, 1080}},
         true},
};
const size_t sim_hoursc = ARRAY_COUNT(sim_hoursv);

const struct sim_retry sim_retryv[SIM_RETRIES] = {
	{OUTCOME_BUSY, "busy 5m x3", 5 * SIM_MINUTE_MS, 3},
	{OUTCOME_NO_ANSWER, "no_answer 2h x3", 2 * SIM_HOUR_MS, 3},
	{OUTCOME_UNREACHABLE, "unreachable 1h x2", SIM_HOUR_MS, 2},
	{OUTCOME_MACHINE, "machine 4h x2", 4 * SIM_HOUR_MS, 2},
	{OUTCOME_CANCELLED, "cancelled 10m x3", 10 * SIM_MINUTE_MS, 3},
};

/* --- clocks --------------------------------------------------------------- */

/* Seconds east of Greenwich: before, and from each change of 2026 on. */
static const struct {
	int first_s;
	struct {
		int64_t at_s;
		int then_s;
	} changev[2];
} clockv[SIM_ZONE_RUSSIA] = {
	/* clang-format off */
	/* New York */
	{-5 * HOUR_S, {{1772953200, -4 * HOUR_S}, {1793512800, -5 * HOUR_S}}},
	/* Los Angeles */
	{-8 * HOUR_S, {{1772964000, -7 * HOUR_S}, {1793523600, -8 * HOUR_S}}},
	/* Berlin */
	{1 * HOUR_S, {{1774746000, 2 * HOUR_S}, {1792890000, 1 * HOUR_S}}},
	/* Sydney */
	{11 * HOUR_S, {{1775318400, 10 * HOUR_S}, {1791043200, 11 * HOUR_S}}},
	/* Moscow, Kolkata, Shanghai */
	{3 * HOUR_S, {{0, 0}}},
	{5 * HOUR_S + HOUR_S / 2, {{0, 0}}},
	{8 * HOUR_S, {{0, 0}}},
	/* clang-format on */
};

enum {
	RUSSIA_WEST = 2,
	RUSSIA_EAST = 12,
};

static int offset_s(unsigned zone, int64_t now_s)
{
	int offset = clockv[zone].first_s;

	for (int i = 0; i < 2; i++) {
		if (clockv[zone].changev[i].at_s &&
		    now_s >= clockv[zone].changev[i].at_s)
			offset = clockv[zone].changev[i].then_s;
	}

	return offset;
}

static bool is_open_at(const struct sim_hours *hours, int64_t local_s)
{
	unsigned weekday = (unsigned)((local_s / DAY_S + 4) % 7);
	unsigned minute = (unsigned)(local_s % DAY_S / 60);

	for (size_t i = 0; i < ARRAY_COUNT(hours->spanv); i++) {
		if (hours->spanv[i].days & (1u << weekday) &&
		    minute >= hours->spanv[i].from &&
		    minute < hours->spanv[i].to)
			return true;
	}

	return false;
}

static bool is_open(const struct sim_hours *hours, unsigned zone, int64_t now_s)
{
	if (zone == SIM_ZONE_NOWHERE)
		return false;
	if (zone != SIM_ZONE_RUSSIA)
		return is_open_at(hours, now_s + offset_s(zone, now_s));

	for (int i = RUSSIA_WEST; i <= RUSSIA_EAST; i++) {
		if (!is_open_at(hours, now_s + i * HOUR_S))
			return false;
	}

	return true;
}

/* --- a call that leaves --------------------------------------------------- */

/* Those that were permitted before this one. */
static unsigned calls_since(const struct sim_mark *markv, unsigned markc,
                            const struct sim_call *call, int64_t span_ms)
{
	int64_t since_ms = sim_now() + PERMIT_MS - span_ms;
	unsigned n = 0;

	for (unsigned i = 0; i < markc; i++)
		n += markv[i].ms > since_ms &&
		     markv[i].attempt_id < call->attempt_id;

	return n;
}

static int64_t last_before(const struct sim_person *person,
                           const struct sim_call *call)
{
	int64_t last_ms = 0;

	for (unsigned i = 0; i < person->callc; i++) {
		if (person->callv[i].attempt_id < call->attempt_id &&
		    person->callv[i].ms > last_ms)
			last_ms = person->callv[i].ms;
	}

	return last_ms;
}

static void judge_number(struct sim *sim, const struct sim_call *call)
{
	const struct sim_campaign *camp = call->dialer->campaign;
	const struct sim_person *person = call->person;
	int64_t now_ms = sim_now(), last_ms;

	if (!is_open(&sim_hoursv[camp->hours], person->zone, now_ms / 1000))
		sim_wrong(sim, "%s is called outside the hours %s",
		          person->number, sim_hoursv[camp->hours].text);
	if (person->blocked_ms &&
	    (person->is_settled || now_ms > person->blocked_ms + PERMIT_MS))
		sim_wrong(sim, "%s is blocked and called", person->number);

	last_ms = last_before(person, call);
	if (last_ms && now_ms < last_ms + camp->gap_ms - PERMIT_MS)
		sim_wrong(sim, "%s is called again after %lld s",
		          person->number,
		          (long long)((now_ms - last_ms) / 1000));
	if (calls_since(person->callv, person->callc, call, SIM_DAY_MS) >=
	    camp->day_calls)
		sim_wrong(sim, "%s is called too often in a day",
		          person->number);
	if (calls_since(person->callv, person->callc, call, SIM_WEEK_MS) >=
	    camp->week_calls)
		sim_wrong(sim, "%s is called too often in a week",
		          person->number);
}

static void judge_campaign(struct sim *sim, const struct sim_call *call)
{
	const struct sim_campaign *camp = call->dialer->campaign;
	const struct sim_person *person = call->person;
	const struct sim_place *place = &person->placev[camp->no];
	int64_t now_ms = sim_now();

	if (now_ms < camp->start_ms)
		sim_wrong(sim, "%s calls before its start", camp->name);
	if (camp->paused_ms && now_ms > camp->paused_ms + PERMIT_MS)
		sim_wrong(sim, "%s calls while it is paused", camp->name);
	if (camp->client_calls &&
	    calls_since(camp->clientv, camp->clientc, call, SIM_DAY_MS) >=
	            camp->client_calls)
		sim_wrong(sim, "%s makes too many calls for its client",
		          camp->name);
	if (!place->is_member)
		sim_wrong(sim, "%s is no contact of %s", person->number,
		          camp->name);
	if (place->is_called_now)
		sim_wrong(sim, "%s is called twice at once", person->number);
	if (!place->may_be_called)
		sim_wrong(sim, "%s is called again by %s", person->number,
		          camp->name);
	if (now_ms < place->not_before_ms)
		sim_wrong(sim, "%s is called again too early", person->number);
}

/* A turn may be used as late as any permission. */
static void judge_pace(struct sim *sim, struct sim_line *line)
{
	int64_t now_ms = sim_now();
	double most = line->calls_per_s * (SIM_PACE_MS + PERMIT_MS) / 1000 + 2;
	unsigned n = 1;

	if (line->calls_per_s <= 0 || most > SIM_PACE_KEPT)
		return;
	for (unsigned i = 0; i < SIM_PACE_KEPT && i < line->placedc; i++)
		n += line->placedv[i] > now_ms - SIM_PACE_MS;
	if (n > most)
		sim_wrong(sim, "%u calls within %d s over %s", n,
		          SIM_PACE_MS / 1000, line->name);
	line->placedv[line->placedc++ % SIM_PACE_KEPT] = now_ms;
}

static void judge_limits(struct sim *sim, const struct sim_call *call)
{
	const struct sim_dialer *dialer = call->dialer;
	const struct sim_campaign *camp = dialer->campaign;
	unsigned live = 1;
	struct le *le;

	LIST_FOREACH (&sim->calll, le) {
		const struct sim_call *other = le->data;

		live += other->line == call->line;
	}
	if (camp->line_calls && live > camp->line_calls)
		sim_wrong(sim, "%u calls over %s", live, call->line->name);
	if (dialer->live + 1 > camp->calls_max)
		sim_wrong(sim, "%u calls of process %u", dialer->live + 1,
		          dialer->process->no);
	if (dialer->live + 1 > dialer->reserved)
		sim_wrong(sim, "a call without a robot");
	if (sim_now() < dialer->rest_until_msv[call->line - sim->linev])
		sim_wrong(sim, "process %u does not slow down",
		          dialer->process->no);
	judge_pace(sim, call->line);
}

static bool is_first(struct sim *sim, int64_t attempt_id)
{
	size_t at = (size_t)attempt_id;

	assert(at < sim->attempt_size);

	return !sim->attemptv[at]++;
}

static void intent_handler(const int64_t *numberv, const char *last, void *arg)
{
	int64_t *wanted = arg;

	(void)last;

	if (numberv[0] == *wanted)
		*wanted = 0;
}

static bool is_written(int64_t attempt_id)
{
	int64_t wanted = attempt_id;
	int err;

	err = sim_db_rows("SELECT id FROM attempts WHERE state = 'intent'"
	                  " AND state <> 'ended'",
	                  1, intent_handler, &wanted);

	return !err && !wanted;
}

static void count(struct sim_mark *markv, unsigned *markcp, unsigned most,
                  const struct sim_call *call)
{
	/* The oldest are beyond all spans by then. */
	if (*markcp == most)
		memmove(markv, markv + 1, --*markcp * sizeof(*markv));
	markv[(*markcp)++] =
		(struct sim_mark){call->begin_ms, call->attempt_id};
}

void sim_judge_call(struct sim *sim, const struct sim_call *call)
{
	struct sim_campaign *camp = call->dialer->campaign;
	struct sim_person *person = call->person;
	struct sim_place *place = &person->placev[camp->no];

	if (!is_first(sim, call->attempt_id))
		sim_wrong(sim, "attempt %lld is called twice",
		          (long long)call->attempt_id);
	if (!is_written(call->attempt_id))
		sim_wrong(sim, "attempt %lld is not written",
		          (long long)call->attempt_id);
	judge_number(sim, call);
	judge_campaign(sim, call);
	judge_limits(sim, call);

	/* Until an end says otherwise it counts and was the last one. */
	place->may_be_called = false;
	place->is_called_now = true;
	place->was_called = true;
	place->tries++;
	count(person->callv, &person->callc, SIM_CALLS_KEPT, call);
	if (camp->client_calls)
		count(camp->clientv, &camp->clientc, SIM_CLIENT_KEPT, call);
}

/* --- how it ended --------------------------------------------------------- */

static void uncount(struct sim_mark *markv, unsigned *markcp,
                    const struct sim_call *call)
{
	unsigned n = 0;

	for (unsigned i = 0; i < *markcp; i++) {
		if (markv[i].attempt_id != call->attempt_id)
			markv[n++] = markv[i];
	}
	*markcp = n;
}

static bool is_lines_fault(enum outcome outcome)
{
	return outcome == OUTCOME_LINE_CONGESTED ||
	       outcome == OUTCOME_LINE_FAILED;
}

void sim_judge_end(struct sim *sim, const struct sim_call *call)
{
	struct sim_campaign *camp = call->dialer->campaign;
	struct sim_person *person = call->person;
	struct sim_place *place = &person->placev[camp->no];
	enum outcome outcome = call->end.end.outcome;
	int64_t now_ms = sim_now();

	(void)sim;

	place->is_called_now = false;
	if (outcome == OUTCOME_UNWANTED)
		person->is_stopped = true;
	if (is_lines_fault(outcome)) {
		place->tries--;
		place->may_be_called = true;
		uncount(person->callv, &person->callc, call);
		uncount(camp->clientv, &camp->clientc, call);
		return;
	}

	for (int i = 0; i < SIM_RETRIES; i++) {
		const struct sim_retry *retry = &sim_retryv[i];

		if (retry->outcome != outcome ||
		    place->tries >= retry->tries_max)
			continue;
		place->may_be_called = true;
		place->not_before_ms = now_ms + retry->delay_ms;
	}
	if (call->callback_ms) {
		place->may_be_called = true;
		/* Promises are made in whole seconds. */
		place->not_before_ms =
			now_ms + call->callback_ms - SIM_SECOND_MS;
	}
}

void sim_judge_cut(const struct sim_call *call)
{
	call->person->placev[call->dialer->campaign->no].is_called_now = false;
}

/* --- the database --------------------------------------------------------- */

/* A contact is claimed where, and only where, one attempt is under way. */
void sim_judge_step(struct sim *sim)
{
	int64_t odd = 0;

	if (sim_db_number(&odd, "SELECT (SELECT count(*) FROM targets t WHERE"
	                        " t.state = 'claimed' AND (SELECT count(*)"
	                        " FROM attempts a WHERE a.state <> 'ended'"
	                        " AND a.campaign_id = t.campaign_id"
	                        " AND a.contact_id = t.contact_id) <> 1)"
	                        " + abs((SELECT count(*) FROM targets"
	                        "  WHERE state = 'claimed')"
	                        " - (SELECT count(*) FROM attempts"
	                        "  WHERE state <> 'ended'))"))
		sim_wrong(sim, "the database does not answer");
	else if (odd)
		sim_wrong(sim, "%lld contacts are in two states",
		          (long long)odd);
}

/* Columns: campaign, done, in doubt; and the number. */
static void last_handler(const int64_t *numberv, const char *number, void *arg)
{
	struct sim *sim = arg;
	const struct sim_person *person = sim_person_of(sim, number);
	const struct sim_campaign *camp = NULL;
	const struct sim_place *place;
	bool is_excused;

	for (unsigned i = 0; i < sim->campaignc; i++) {
		if (sim->campaignv[i].id == numberv[0])
			camp = &sim->campaignv[i];
	}
	assert(camp && person);

	place = &person->placev[camp->no];
	sim->judged++;
	if (!numberv[1])
		sim_wrong(sim, "%s is not done", number);
	is_excused = numberv[2] || person->is_stopped ||
	             person->zone == SIM_ZONE_NOWHERE ||
	             (person->zone == SIM_ZONE_RUSSIA &&
	              !sim_hoursv[camp->hours].is_for_all);
	if (place->may_be_called && !is_excused)
		sim_wrong(sim, "%s is lost: it should have been called%s",
		          number, place->was_called ? " again" : "");
}

void sim_judge_last(struct sim *sim)
{
	unsigned members = 0;
	int err;

	for (unsigned i = 0; i < sim->personc; i++) {
		for (unsigned k = 0; k < sim->campaignc; k++)
			members += sim->personv[i].placev[k].is_member;
	}

	err = sim_db_rows(
		"SELECT t.campaign_id, t.state = 'done', coalesce((SELECT"
		" a.outcome = 'in_doubt' FROM attempts a WHERE"
		" a.campaign_id = t.campaign_id AND a.contact_id = t.contact_id"
		" ORDER BY a.n DESC LIMIT 1), 0), c.number"
		" FROM targets t JOIN contacts c ON c.id = t.contact_id",
		4, last_handler, sim);
	if (err || sim->judged != members)
		sim_wrong(sim, "%u contacts of %u are left", sim->judged,
		          members);
}
