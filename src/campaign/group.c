/*
 * campaign/group.c - pure: the lines of a campaign, and which one is next
 */
#include <assert.h>
#include <limits.h>
#include "campaign/group.h"

enum {
	CONGESTION_RETRY_S = 5,
	REFUSED_MS = 1000,   /* of a refusal that says no time */
	SHARE_LOOK_MS = 200, /* nobody tells us of the calls of others */
	HUNGRY_MS = 1000,
	FAULT_THRESHOLD = 3,
	IDENTITY_RETRY_MS = 900000,
	ANSWER_AGAIN_MS = 1000, /* where nobody says how often to ask */
};

struct pausing {
	struct le le;
	uint64_t until_ms;
};

static void pausing_destructor(void *arg)
{
	struct pausing *pausing = arg;

	list_unlink(&pausing->le);
}

int group_init(struct group *group, const struct dialer_line *linev,
               size_t linec, uint64_t now_ms)
{
	assert(linec && linec <= DIALER_LINES_MAX);

	for (size_t i = 0; i < linec; i++) {
		struct group_line *line = &group->linev[i];
		int err;

		line->prm = linev[i];
		err = str_dup(&line->name, linev[i].name);
		if (err)
			return err;
		line->prm.name = line->name;
		pace_init(&line->pace, linev[i].calls_per_s, now_ms);
		trouble_init(&line->trouble, group->rest_ms);
		group->linec++;
		if (line->prm.share)
			line->prm.share->users++;
	}
	group->last = linec - 1;

	return 0;
}

/* Calls that outlive the campaign's dialer are no campaign's any more. */
static void share_leave(const struct group_line *line)
{
	struct dialer_share *share = line->prm.share;

	if (!share)
		return;

	share->users--;
	share->busy -= line->live;
	if (share->hungry == line)
		share->hungry = NULL;
}

void group_clear(struct group *group)
{
	for (size_t i = 0; i < group->linec; i++) {
		share_leave(&group->linev[i]);
		list_flush(&group->linev[i].restl);
		group->linev[i].name = mem_deref(group->linev[i].name);
	}
	group->linec = 0;
}

/* --- which one ----------------------------------------------------------- */

static uint64_t later(uint64_t until_ms, uint64_t now_ms)
{
	return until_ms > now_ms ? until_ms - now_ms : 0;
}

/* Whether another campaign may have a channel before this one: who has its
 * share waits for who has not. Notes who is hungry. */
static bool share_is_full(const struct group_line *line, uint64_t now_ms)
{
	struct dialer_share *share = line->prm.share;
	unsigned max = line->prm.calls_max;
	unsigned mine = max / share->users ? max / share->users : 1;

	if (line->live < mine && share->busy >= max) {
		share->hungry = line;
		share->hungry_ms = now_ms;
	}
	if (share->busy >= max)
		return true;

	return line->live >= mine && share->hungry && share->hungry != line &&
	       now_ms < share->hungry_ms + HUNGRY_MS;
}

/* Until one more channel is free. */
static uint64_t channel_wait(struct group_line *line, uint64_t now_ms)
{
	uint64_t first_ms = GROUP_LATER;
	struct le *le;
	unsigned busy;

	while ((le = list_head(&line->restl))) {
		struct pausing *pausing = le->data;

		if (pausing->until_ms > now_ms) {
			first_ms = pausing->until_ms - now_ms;
			break;
		}
		mem_deref(pausing);
	}
	if (!line->prm.calls_max)
		return 0;

	busy = line->live + list_count(&line->restl);
	if (busy >= line->prm.calls_max)
		return first_ms;

	return line->prm.share && share_is_full(line, now_ms) ? SHARE_LOOK_MS
	                                                      : 0;
}

static uint64_t line_wait(struct group_line *line, uint64_t now_ms)
{
	const uint64_t waitv[] = {
		later(line->rest_until_ms, now_ms),
		later(line->hold_until_ms, now_ms),
		channel_wait(line, now_ms),
		/* A claim that is under way will take the token. */
		line->pace.rate > 0 && line->claims
			? GROUP_LATER
			: pace_wait(&line->pace, now_ms),
	};
	uint64_t wait_ms = 0;

	for (size_t i = 0; i < ARRAY_COUNT(waitv); i++) {
		if (waitv[i] > wait_ms)
			wait_ms = waitv[i];
	}

	return wait_ms;
}

/* Refusals for congestion are no failure: the line is there. */
static bool works(const struct group_line *line, uint64_t now_ms)
{
	return !line->is_faulty &&
	       (!line->trouble.rounds || now_ms >= line->rest_until_ms);
}

/* How full it is, in thousandths. */
static unsigned fullness(const struct group_line *line)
{
	unsigned max = line->prm.calls_max ? line->prm.calls_max : 1000;

	return line->live * 1000 / max;
}

static int pick_in_tier(struct group *group, unsigned tier, int not,
                        uint64_t now_ms, uint64_t *wait_msp, bool *has_onep)
{
	int best = GROUP_NONE;

	for (size_t n = 1; n <= group->linec; n++) {
		size_t i = (group->last + n) % group->linec;
		struct group_line *line = &group->linev[i];
		uint64_t wait_ms;

		if (line->prm.tier != tier || (int)i == not )
			continue;
		if (!works(line, now_ms)) {
			if (not == GROUP_NONE && !line->is_faulty &&
			    later(line->rest_until_ms, now_ms) < *wait_msp)
				*wait_msp = later(line->rest_until_ms, now_ms);
			continue;
		}

		*has_onep = true;
		wait_ms = line_wait(line, now_ms);
		if (wait_ms < *wait_msp)
			*wait_msp = wait_ms;
		if (wait_ms)
			continue;
		if (best == GROUP_NONE ||
		    fullness(line) < fullness(&group->linev[best]))
			best = (int)i;
	}

	return best;
}

static int pick(struct group *group, int not, uint64_t now_ms,
                uint64_t *wait_msp)
{
	bool has_one = false;
	int best = GROUP_NONE;

	*wait_msp = GROUP_LATER;
	for (unsigned tier = 0;
	     tier < group->linec && best == GROUP_NONE && !has_one; tier++) {
		best = pick_in_tier(group, tier, not, now_ms, wait_msp,
		                    &has_one);

		/* Who looks for another one takes it where it is. */
		if (not != GROUP_NONE)
			has_one = false;
	}
	if (best != GROUP_NONE)
		group->last = (size_t)best;

	return best;
}

int group_pick(struct group *group, uint64_t now_ms, uint64_t *wait_msp)
{
	return pick(group, GROUP_NONE, now_ms, wait_msp);
}

int group_other(struct group *group, size_t not, uint64_t now_ms,
                uint64_t *wait_msp)
{
	return pick(group, (int)not, now_ms, wait_msp);
}

bool group_has_other(struct group *group, size_t not, uint64_t now_ms)
{
	for (size_t i = 0; i < group->linec; i++) {
		struct group_line *line = &group->linev[i];

		if (i != not &&works(line, now_ms) &&
		    channel_wait(line, now_ms) != GROUP_LATER)
			return true;
	}

	return false;
}

/* --- its channels -------------------------------------------------------- */

void group_take(struct group *group, size_t line)
{
	struct group_line *to = &group->linev[line];

	to->live++;
	to->claims++;
	if (to->prm.share) {
		to->prm.share->busy++;
		if (to->prm.share->hungry == to)
			to->prm.share->hungry = NULL;
	}
}

void group_claimed(struct group *group, size_t line)
{
	assert(group->linev[line].claims);

	group->linev[line].claims--;
}

void group_give(struct group *group, size_t line)
{
	struct group_line *to = &group->linev[line];

	assert(to->live);

	to->live--;
	if (to->prm.share)
		to->prm.share->busy--;
}

void group_pause(struct group *group, size_t line, uint64_t now_ms)
{
	struct group_line *to = &group->linev[line];
	struct pausing *pausing;

	if (!to->prm.rest_ms)
		return;

	pausing = mem_zalloc(sizeof(*pausing), pausing_destructor);
	if (!pausing) {
		group_rest(group, line, to->prm.rest_ms, now_ms);
		return;
	}

	pausing->until_ms = now_ms + to->prm.rest_ms;
	list_append(&to->restl, &pausing->le, pausing);
}

/* --- how it fares -------------------------------------------------------- */

void group_rest(struct group *group, size_t line, uint32_t ms, uint64_t now_ms)
{
	struct group_line *to = &group->linev[line];

	if (now_ms + ms > to->rest_until_ms)
		to->rest_until_ms = now_ms + ms;
}

static void failed(struct group *group, size_t line, uint32_t rest_ms,
                   uint64_t now_ms)
{
	struct group_line *to = &group->linev[line];
	unsigned threshold = to->prm.fault_threshold ? to->prm.fault_threshold
	                                             : FAULT_THRESHOLD;

	if (group->may_probe && to->trouble.rounds >= threshold) {
		to->is_faulty = true;
		if (to->prm.fault_try_ms)
			rest_ms = to->prm.fault_try_ms;
	}
	group_rest(group, line, rest_ms, now_ms);
}

/* Without any answer it is the line that is away; the call counts all the
 * same, since nobody knows whether only the answers are lost. */
static bool is_failure(const struct phone_end *end)
{
	return outcome_is_our_fault(end->outcome) ||
	       (end->outcome == OUTCOME_NETWORK_TIMEOUT && !end->sip_code);
}

uint32_t group_refusal_ms(const struct phone_end *end)
{
	if (end->outcome != OUTCOME_LINE_CONGESTED)
		return 0;

	return end->retry_after_s ? end->retry_after_s * 1000 : REFUSED_MS;
}

void group_follow(struct group *group, size_t line, double calls_per_s,
                  uint64_t now_ms)
{
	pace_follow(&group->linev[line].pace, calls_per_s, now_ms);
}

/* Whether calls of the campaign get through at all, over any of its lines. */
static bool has_worked(const struct group *group)
{
	for (size_t i = 0; i < group->linec; i++) {
		if (group->linev[i].trouble.has_worked)
			return true;
	}

	return false;
}

uint32_t group_learn(struct group *group, size_t line,
                     const struct phone_end *end, uint64_t placed_ms,
                     uint64_t now_ms)
{
	struct group_line *to = &group->linev[line];
	uint32_t rest_ms, retry_s = CONGESTION_RETRY_S;

	if (!is_failure(end)) {
		trouble_clear(&to->trouble);
		to->is_faulty = false;
		return 0;
	}

	rest_ms = trouble_add(&to->trouble, end, placed_ms, now_ms);
	if (end->outcome == OUTCOME_LINE_CONGESTED) {
		pace_rest(&to->pace, group_refusal_ms(end), now_ms);
		if (end->retry_after_s > retry_s)
			retry_s = end->retry_after_s;
		return retry_s * 1000;
	}
	failed(group, line, rest_ms, now_ms);

	/* Others took our calls, so it is one network of many that does not
	 * trust us: it will say the same in a second. */
	if (end->outcome == OUTCOME_IDENTITY_FAILED && has_worked(group))
		return IDENTITY_RETRY_MS;

	return rest_ms;
}

/* --- asking whether it answers ------------------------------------------- */

/* Until the line is to be asked. */
static uint64_t ask_wait(const struct group *group,
                         const struct group_line *line, uint64_t now_ms)
{
	if (line->is_asked)
		return GROUP_LATER;
	if (line->is_faulty)
		return later(line->rest_until_ms, now_ms);

	return group->may_probe && line->prm.ask_ms
	               ? later(line->ask_at_ms, now_ms)
	               : GROUP_LATER;
}

int group_to_ask(struct group *group, uint64_t now_ms)
{
	for (size_t i = 0; i < group->linec; i++) {
		struct group_line *line = &group->linev[i];

		if (ask_wait(group, line, now_ms))
			continue;
		line->is_asked = true;
		line->ask_at_ms = now_ms + line->prm.ask_ms;
		return (int)i;
	}

	return GROUP_NONE;
}

uint64_t group_ask_wait(const struct group *group, uint64_t now_ms)
{
	uint64_t wait_ms = GROUP_LATER;

	for (size_t i = 0; i < group->linec; i++) {
		uint64_t ms = ask_wait(group, &group->linev[i], now_ms);

		if (ms < wait_ms)
			wait_ms = ms;
	}

	return wait_ms;
}

/* One call tries it; the next failure counts on. */
static void answered(struct group *group, size_t line, uint64_t now_ms)
{
	struct group_line *to = &group->linev[line];
	uint32_t wait_ms = to->prm.fault_try_ms ? to->prm.fault_try_ms
	                   : to->prm.ask_ms     ? to->prm.ask_ms
	                                        : ANSWER_AGAIN_MS;

	to->is_faulty = to->is_faulty && ++to->answers < to->prm.options_back;
	if (to->is_faulty)
		group_rest(group, line, wait_ms, now_ms);
	else
		to->answers = 0;
}

static void unanswered(struct group *group, size_t line, const char *words,
                       uint64_t now_ms)
{
	const struct phone_end end = {
		.outcome = OUTCOME_LINE_FAILED,
		.reason = words,
	};

	group->linev[line].answers = 0;
	failed(group, line,
	       trouble_add(&group->linev[line].trouble, &end, now_ms, now_ms),
	       now_ms);
}

void group_asked(struct group *group, size_t line, int err, const char *words,
                 uint64_t now_ms)
{
	struct group_line *to = &group->linev[line];
	bool was_late = to->is_late;

	to->is_asked = to->is_late = false;

	if (!err)
		answered(group, line, now_ms);
	else if (!was_late)
		unanswered(group, line, words, now_ms);
}

void group_ask_late(struct group *group, size_t line, uint64_t now_ms)
{
	group->linev[line].is_late = true;
	unanswered(group, line, "no answer to OPTIONS", now_ms);
}

/* --- all of them --------------------------------------------------------- */

bool group_is_hopeless(const struct group *group)
{
	for (size_t i = 0; i < group->linec; i++) {
		const struct group_line *line = &group->linev[i];

		/* Whoever says how often to ask will wait for it. */
		if ((group->may_probe && line->prm.fault_try_ms) ||
		    !trouble_is_hopeless(&line->trouble))
			return false;
	}

	return true;
}

const struct group_line *group_worst(const struct group *group)
{
	const struct group_line *worst = &group->linev[0];

	for (size_t i = 1; i < group->linec; i++) {
		if (group->linev[i].trouble.round_ms > worst->trouble.round_ms)
			worst = &group->linev[i];
	}

	return worst;
}

static const char *line_waiting(const struct group_line *line, uint64_t now_ms)
{
	if (line->is_faulty)
		return "the line fails: waiting until it answers OPTIONS";
	if (now_ms < line->pace.rest_until_ms)
		return "the line asked us to slow down";
	if (now_ms < line->rest_until_ms)
		return trouble_waiting(&line->trouble);

	return "";
}

const char *group_waiting(const struct group *group, uint64_t now_ms)
{
	unsigned tier = UINT_MAX;
	const char *words = "";

	/* The tier that calls go over now. */
	for (size_t i = 0; i < group->linec; i++) {
		if (works(&group->linev[i], now_ms) &&
		    group->linev[i].prm.tier < tier)
			tier = group->linev[i].prm.tier;
	}

	for (size_t i = 0; i < group->linec; i++) {
		const struct group_line *line = &group->linev[i];

		if (tier != UINT_MAX && line->prm.tier != tier)
			continue;
		words = line_waiting(line, now_ms);
		if (!*words)
			break;
	}

	return words;
}

double group_rate(const struct group *group)
{
	double rate = 0;

	for (size_t i = 0; i < group->linec; i++) {
		const struct group_line *line = &group->linev[i];

		if (line->prm.tier != group->linev[0].prm.tier)
			continue;
		if (line->pace.rate <= 0)
			return 0;
		rate += line->pace.rate;
	}

	return rate;
}

unsigned group_channels(const struct group *group, unsigned max)
{
	unsigned channels = 0;

	for (size_t i = 0; i < group->linec; i++) {
		const struct group_line *line = &group->linev[i];

		if (line->prm.tier != group->linev[0].prm.tier)
			continue;
		if (!line->prm.calls_max)
			return max;
		channels += line->prm.calls_max;
	}

	return channels < max ? channels : max;
}
