/*
 * test/campaign/sim_judge_line.c - over which line, showing what, for how much
 */
#include <assert.h>
#include "campaign/sim.h"

enum {
	/* A line that failed rests for half a minute at most; a claim may be
	 * on its way for a while behind it. */
	TIER_MS = 120000,
	FAULT_THRESHOLD = 3,
	BLOCKED_MIN = 3,
	BLOCKED_SHARE = 4,
};

const struct sim_toll sim_tollv[SIM_TOLLS] = {
	{"7", "0.01", 10000},
	{"799900002", "no", -1},
	{"86", "0.02", 20000},
	{"1555", "0.035", 35000},
};

/* --- over which line ------------------------------------------------------ */

static unsigned ring_since(const struct sim_ring *ring, int64_t since_ms)
{
	unsigned n = 0;

	for (unsigned i = 0; i < SIM_PACE_KEPT && i < ring->count; i++)
		n += ring->msv[i] > since_ms;

	return n;
}

static void ring_add(struct sim_ring *ring)
{
	ring->msv[ring->count++ % SIM_PACE_KEPT] = sim_now();
}

/* A turn may be used as late as any permission. */
static void judge_pace(struct sim *sim, struct sim_ring *placed,
                       double calls_per_s, const char *name)
{
	double most = calls_per_s * (SIM_PACE_MS + SIM_PERMIT_MS) / 1000 + 2;
	unsigned n = 1 + ring_since(placed, sim_now() - SIM_PACE_MS);

	if (calls_per_s > 0 && most <= SIM_PACE_KEPT && n > most)
		sim_wrong(sim, "%u calls within %d s by %s", n,
		          SIM_PACE_MS / 1000, name);
	ring_add(placed);
}

/* A channel pauses after each call. */
static void judge_rest(struct sim *sim, const struct sim_call *call)
{
	const struct sim_line *line = call->line;
	struct sim_dialer *dialer = call->dialer;
	unsigned busy = 1;
	struct le *le;

	if (!line->calls_max || !line->rest_ms)
		return;

	LIST_FOREACH (&sim->calll, le) {
		const struct sim_call *other = le->data;

		busy += other->line == line && other->dialer == dialer;
	}
	busy += ring_since(&dialer->viewv[line - sim->linev].ended,
	                   sim_now() - line->rest_ms);
	if (busy > line->calls_max)
		sim_wrong(sim, "a channel of %s does not rest", line->name);
}

static void judge_limits(struct sim *sim, const struct sim_call *call)
{
	const struct sim_dialer *dialer = call->dialer;
	const struct sim_campaign *camp = dialer->campaign;
	unsigned live = 1, ours = 1;
	struct le *le;

	LIST_FOREACH (&sim->calll, le) {
		const struct sim_call *other = le->data;

		if (other->line != call->line)
			continue;
		live++;
		ours += other->dialer->process == dialer->process;
	}
	if (camp->line_calls && live > camp->line_calls)
		sim_wrong(sim, "%u calls over %s", live, call->line->name);
	if (call->line->calls_max && ours > call->line->calls_max)
		sim_wrong(sim, "%u calls of process %u over %s", ours,
		          dialer->process->no, call->line->name);
	if (dialer->live + 1 > camp->calls_max)
		sim_wrong(sim, "%u calls of process %u", dialer->live + 1,
		          dialer->process->no);
	if (dialer->live + 1 > dialer->reserved)
		sim_wrong(sim, "a call without a robot");
}

static bool is_of(const struct sim_campaign *camp, const struct sim *sim,
                  unsigned no)
{
	for (size_t i = 0; i < camp->lines.linec; i++) {
		if (!strcmp(camp->lines.linev[i].name, sim->linev[no].name))
			return true;
	}

	return false;
}

/* The next tier is for when all lines of this one fail, or for whoever was
 * just refused over another line. */
static void judge_tier(struct sim *sim, const struct sim_call *call)
{
	const struct sim_dialer *dialer = call->dialer;
	const struct sim_campaign *camp = dialer->campaign;
	const struct sim_line *not = call->person->placev[camp->no].redial_not;
	size_t no = (size_t)(call->line - sim->linev);

	if (not &&not != call->line)
		return;

	for (unsigned i = 0; i < SIM_LINES; i++) {
		const struct sim_view *view = &dialer->viewv[i];

		if (!is_of(camp, sim, i) || camp->tierv[i] >= camp->tierv[no])
			continue;
		if (!view->faulty_ms &&
		    (!view->failed_ms || view->failed_ms + TIER_MS < sim_now()))
			sim_wrong(sim, "%s is used, but %s has not failed",
			          call->line->name, sim->linev[i].name);
	}
}

void sim_judge_line(struct sim *sim, const struct sim_call *call)
{
	const struct sim_view *view =
		&call->dialer->viewv[call->line - sim->linev];

	judge_limits(sim, call);
	judge_tier(sim, call);
	judge_rest(sim, call);
	judge_pace(sim, &call->line->placed, call->line->calls_per_s,
	           call->line->name);
	judge_pace(sim, &call->dialer->placed,
	           call->dialer->campaign->calls_per_s,
	           call->dialer->campaign->name);
	if (sim_now() < view->rest_until_ms)
		sim_wrong(sim, "process %u does not slow down",
		          call->dialer->process->no);
	if (view->faulty_ms && sim_now() > view->faulty_ms + SIM_PERMIT_MS)
		sim_wrong(sim, "%s is called over before it answers",
		          call->line->name);
}

/* --- what is known of a line ---------------------------------------------- */

static struct sim_view *view_of(struct sim_dialer *dialer,
                                const struct sim_line *line)
{
	return &dialer->viewv[line - dialer->process->sim->linev];
}

/* Calls that were under way together fail together. */
void sim_judge_failed(struct sim_dialer *dialer, const struct sim_line *line,
                      int64_t placed_ms)
{
	struct sim_view *view = view_of(dialer, line);

	view->failed_ms = sim_now();
	if (!view->rounds || placed_ms >= view->round_ms) {
		view->rounds++;
		view->round_ms = sim_now();
	}
	if (dialer->campaign->may_probe && view->rounds >= FAULT_THRESHOLD &&
	    !view->faulty_ms)
		view->faulty_ms = sim_now();
}

void sim_judge_worked(struct sim_dialer *dialer, const struct sim_line *line)
{
	struct sim_view *view = view_of(dialer, line);

	view->rounds = 0;
	view->faulty_ms = 0;
}

void sim_judge_answered(struct sim_dialer *dialer, const struct sim_line *line)
{
	view_of(dialer, line)->faulty_ms = 0;
}

/* --- what is shown -------------------------------------------------------- */

/* Networks have blocked it too often. */
static bool is_known(const struct sim_shown *shown)
{
	return shown->blocked >= BLOCKED_MIN &&
	       shown->blocked * BLOCKED_SHARE >= shown->day;
}

/* A contact sees the number it was called from before, where that has room. */
static void judge_sticky(struct sim *sim, const struct sim_call *call)
{
	const struct sim_campaign *camp = call->dialer->campaign;
	int before = call->person->placev[camp->no].caller;
	struct sim_shown shown;

	if (before < 0 || before == call->caller ||
	    sim_judge_shown(&shown, &sim->callerv[before], INT64_MAX))
		return;
	if ((!camp->caller_hour_calls ||
	     shown.hour < camp->caller_hour_calls) &&
	    (!camp->caller_day_calls || shown.day < camp->caller_day_calls) &&
	    shown.blocked < BLOCKED_MIN)
		sim_wrong(sim, "%s sees another number than before",
		          call->number->text);
}

void sim_judge_caller(struct sim *sim, const struct sim_call *call)
{
	const struct sim_campaign *camp = call->dialer->campaign;
	struct sim_caller *caller;
	struct sim_shown shown;

	if (!camp->callers && call->caller == -1)
		return;
	if (call->caller < 0 || !(camp->callers & (1u << call->caller))) {
		sim_wrong(sim, "%s shows a number that is none of its own",
		          camp->name);
		return;
	}

	caller = &sim->callerv[call->caller];
	if (camp->caller_hour_calls &&
	    sim_marks_since(&caller->calls, call, SIM_HOUR_MS) >=
	            camp->caller_hour_calls)
		sim_wrong(sim, "%s is shown too often within an hour",
		          caller->text);
	if (camp->caller_day_calls &&
	    sim_marks_since(&caller->calls, call, SIM_DAY_MS) >=
	            camp->caller_day_calls)
		sim_wrong(sim, "%s is shown too often within a day",
		          caller->text);
	if (sim_judge_shown(&shown, caller, call->permit_ms))
		sim_wrong(sim, "the database does not answer");
	else if (is_known(&shown))
		sim_wrong(sim, "%s is shown though networks block it",
		          caller->text);
	judge_sticky(sim, call);
	sim_marks_add(&caller->calls, call);
}

/* --- what it costs -------------------------------------------------------- */

bool sim_judge_price(int64_t *pricep, const struct sim *sim,
                     const struct sim_number *number)
{
	const struct sim_toll *best = NULL;

	*pricep = 0;
	if (!sim->tolls)
		return true;

	for (int i = 0; i < SIM_TOLLS; i++) {
		const struct sim_toll *toll = &sim_tollv[i];

		if (!strncmp(number->text + 1, toll->name,
		             strlen(toll->name)) &&
		    (!best || strlen(toll->name) > strlen(best->name)))
			best = toll;
	}
	if (best)
		*pricep = best->price;

	return best && best->price >= 0;
}

/* What was spent within the hour when the call was permitted. */
static int64_t spent(struct sim *sim, const struct sim_call *call)
{
	int64_t now_ms = call->permit_ms, sum = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < sim->costc; i++) {
		const struct sim_cost *cost = &sim->costv[i];

		if (cost->end_ms && cost->end_ms + SIM_HOUR_MS < now_ms)
			continue;
		sim->costv[n++] = *cost;
		if (cost->attempt_id > call->attempt_id)
			continue;
		sum += cost->price *
		       (cost->end_ms
		                ? cost->minutes
		                : (now_ms - cost->begin_ms) / SIM_MINUTE_MS +
		                          1);
	}
	sim->costc = n;

	return sum;
}

void sim_judge_money(struct sim *sim, const struct sim_call *call)
{
	int64_t price;

	if (!sim_judge_price(&price, sim, call->number)) {
		sim_wrong(sim, "nobody knows what %s costs",
		          call->number->text);
		return;
	}
	if (!price)
		return;

	if (sim->hour_spend && spent(sim, call) + price > sim->hour_spend)
		sim_wrong(sim, "%s is called for more than an hour may cost",
		          call->number->text);
	assert(sim->costc < SIM_MARKS_KEPT);
	sim->costv[sim->costc++] = (struct sim_cost){
		.attempt_id = call->attempt_id,
		.price = price,
		.begin_ms = call->permit_ms,
	};
}

void sim_judge_paid(struct sim *sim, const struct sim_call *call)
{
	ring_add(&call->dialer->viewv[call->line - sim->linev].ended);
	for (unsigned i = 0; i < sim->costc; i++) {
		struct sim_cost *cost = &sim->costv[i];

		if (cost->attempt_id != call->attempt_id)
			continue;
		cost->end_ms = sim_now();
		cost->minutes =
			((int64_t)call->end.talk_ms + SIM_MINUTE_MS - 1) /
			SIM_MINUTE_MS;
		return;
	}
}
