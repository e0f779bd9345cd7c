/*
 * campaign/dialer_end.c - what becomes of an attempt, its contact, its line
 */
#include <stdio.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "campaign/dialer.h"
#include "campaign/promise.h"

enum {
	LINE_FULL_MS = 500,
};

/* What becomes of the contact. */
struct fate {
	bool is_used;   /* counts as an attempt */
	bool has_retry; /* goes back to the others */
	bool is_urgent; /* and before them */
	bool is_other;  /* at the next number of the contact */
	int64_t retry_ms;
};

/* The attempt was ended by others, who took us for dead: what the callee said
 * holds all the same. */
static void block_alone(const struct dialer_attempt *attempt)
{
	const struct store_block_prm prm = {
		.number = attempt->number,
		.reason = attempt->block,
		.others = *attempt->others ? attempt->others : NULL,
		.callid = attempt->call_id,
	};

	if (store_block_scoped(attempt->store, &prm, NULL, NULL))
		log_error("campaign",
		          "a wish not to be called again is not written: see "
		          "the call %s",
		          attempt->call_id);
}

static void end_handler(int err, void *arg)
{
	struct dialer_attempt *attempt = arg;
	struct dialer *dialer = attempt->dialer;

	if (err && *attempt->block)
		block_alone(attempt);

	/* Not written, it is in doubt at the next start and the person is not
	 * called again; the store has told the operator. */
	if (dialer) {
		dialer->ends--;
		if (!err && attempt->is_back)
			dialer->is_empty = false;
		if (!err && attempt->is_redialed)
			dialer_again(dialer, attempt);
		else
			dialer->redials -= attempt->is_redialed;
		dialer_kick(dialer);
	}
	mem_deref(attempt);
}

/* Writes the end; the attempt frees itself behind it. */
static void attempt_end(struct dialer_attempt *attempt,
                        const struct dialer_end *end, const struct fate *fate)
{
	const struct rules *rules = attempt->rules;
	bool is_hung_up = end->end.is_by_them && end->talk_ms &&
	                  end->end.outcome == OUTCOME_ANSWERED;
	struct store_attempt_end record = {
		.attempt_id = attempt->id,
		.outcome = outcome_name(end->end.outcome),
		.sip_code = end->end.sip_code,
		.q850 = end->end.q850,
		.reason = end->end.reason,
		.is_used = fate->is_used,
		.has_retry = fate->has_retry,
		.is_urgent = fate->is_urgent,
		.retry_at_ms = clock_wall_ms() + fate->retry_ms,
		.number = fate->is_other ? attempt->other : NULL,
		.talk_ms = end->talk_ms,
		.is_blocked = end->end.outcome == OUTCOME_BLOCKED,
		.line_rest_ms = group_refusal_ms(&end->end),
		.line_calls_per_s = attempt->line_calls_per_s,
		.is_dropped = end->is_dropped,
		.hangup_ms = is_hung_up ? (uint32_t)end->talk_ms : 0,
		.block = *attempt->block ? attempt->block : NULL,
		.others = *attempt->others ? attempt->others : NULL,
	};
	struct dialer *dialer = attempt->dialer;

	if (rules) {
		record.hangups_max = rules->grievance.hangups;
		record.hangup_within_ms = rules->grievance.hangup_ms;
	}
	attempt->is_back = fate->has_retry;
	if (store_attempt_end(attempt->store, &record, end_handler, attempt)) {
		log_error("campaign",
		          "the end of a call is not written: the person is "
		          "not called again");
		if (*attempt->block)
			block_alone(attempt);
		if (dialer)
			dialer->redials -= attempt->is_redialed;
		mem_deref(attempt);
	}
	else if (dialer) {
		dialer->ends++;
	}
}

void dialer_give_up(struct dialer *dialer)
{
	const struct group_line *worst = group_worst(&dialer->group);
	char fault[CFG_FAULT_SIZE];

	if (!group_is_hopeless(&dialer->group))
		return;

	trouble_words(&worst->trouble, fault, worst->name);
	dialer_no_more(dialer, fault);
}

/* What the end of a call means for the next ones. Returns when to retry. */
static uint32_t learn(const struct dialer_attempt *attempt,
                      const struct phone_end *end)
{
	struct dialer *dialer = attempt->dialer;
	uint32_t retry_ms = group_learn(&dialer->group, attempt->line, end,
	                                attempt->placed_ms, clock_ms());

	dialer_give_up(dialer);

	return retry_ms;
}

/* Why the number is to be on the do-not-call list from now on, if it is. */
static void judge_end(struct dialer_attempt *attempt,
                      const struct dialer_end *end)
{
	char reason[GRIEVANCE_REASON_SIZE] = "said so";
	bool is_unwanted = end->end.outcome == OUTCOME_UNWANTED;

	if (!end->is_opt_out && attempt->rules)
		is_unwanted =
			grievance_is(&attempt->rules->grievance, end, reason);
	else if (!end->is_opt_out)
		(void)text_copy(reason, sizeof(reason), "refused as unwanted");
	if (end->is_opt_out || is_unwanted)
		(void)snprintf(attempt->block, sizeof(attempt->block),
		               "%s in call %s", reason, attempt->call_id);
}

/* What the callee asked for goes before what the rules say of the outcome;
 * never calling again goes before both. */
static void promise(const struct dialer_attempt *attempt,
                    const struct dialer_end *end, struct fate *fate)
{
	int64_t now_ms = clock_wall_ms(), at_ms;

	if (!end->callback_at || !*end->callback_at)
		return;

	if (!promise_read(&at_ms, end->callback_at, attempt->zone, now_ms)) {
		log_warning("campaign",
		            "call %s: it ended with a callback_at that is no "
		            "time: nobody calls back",
		            attempt->call_id);
		log_debug("campaign", "call %s: callback_at was \"%.40s\"",
		          attempt->call_id, end->callback_at);
		return;
	}
	fate->has_retry = fate->is_urgent = true;
	fate->is_other = false;
	fate->retry_ms = at_ms - now_ms;
}

static void retry_or_not(const struct dialer_attempt *attempt,
                         enum outcome outcome, struct fate *fate)
{
	const struct rules_retry *retry = NULL;

	if (attempt->rules)
		retry = rules_retry(attempt->rules, outcome,
		                    attempt->tries + 1);

	/* A number that is none does not become one. */
	if (!retry || (outcome == OUTCOME_BAD_NUMBER && !attempt->has_other &&
	               retry->is_other))
		return;

	fate->has_retry = true;
	fate->retry_ms = retry->delay_ms;
	fate->is_other = retry->is_other && attempt->has_other;
}

/* Our own trouble is no attempt; else the rules of the campaign say. */
static struct fate fate_of(const struct dialer_attempt *attempt,
                           const struct dialer_end *end)
{
	enum outcome outcome = end->end.outcome;
	struct fate fate = {.is_used = !outcome_is_our_fault(outcome)};

	if (!fate.is_used) {
		fate.has_retry = true;
		return fate;
	}

	/* Not at another number either. */
	if (*attempt->block || outcome == OUTCOME_UNWANTED)
		return fate;
	retry_or_not(attempt, outcome, &fate);
	promise(attempt, end, &fate);

	return fate;
}

/* Whether another line is tried now: where this one failed, or where the
 * group's rules say so. */
static void redial_or_not(struct dialer_attempt *attempt,
                          const struct dialer_end *end, struct fate *fate)
{
	struct dialer *dialer = attempt->dialer;
	bool is_again =
		!fate->is_used || redial_is_due(&dialer->redial, end,
	                                        clock_ms() - attempt->placed_ms,
	                                        attempt->tries + 1);
	/* Not to and fro between lines that a network trusts as little. */
	bool is_in_vain = end->end.outcome == OUTCOME_IDENTITY_FAILED &&
	                  attempt->is_urgent;

	if (*attempt->block || !is_again || fate->is_urgent || is_in_vain)
		return;

	if (!group_has_other(&dialer->group, attempt->line, clock_ms()))
		return;

	attempt->is_redialed = true;
	dialer->redials++;
	fate->has_retry = fate->is_urgent = true;
	fate->is_other = false;
	fate->retry_ms = DIALER_AGAIN_MS;
}

void dialer_attempt_ended(const struct dialer_end *end, void *arg)
{
	struct dialer_attempt *attempt = arg;
	struct dialer *dialer = attempt->dialer;
	struct fate fate;
	uint32_t rest_ms;

	judge_end(attempt, end);
	fate = fate_of(attempt, end);

	if (dialer) {
		group_give(&dialer->group, attempt->line);
		group_pause(&dialer->group, attempt->line, clock_ms());
		rest_ms = learn(attempt, &end->end);
		if (!fate.is_used)
			fate.retry_ms = rest_ms;
		redial_or_not(attempt, end, &fate);
		dialer->progress.live--;
		dialer->progress.ended += !fate.has_retry;
		dialer->progress.outcomev[end->end.outcome]++;
		dialer->attempts++;
		dialer->spent_ms += clock_ms() - attempt->placed_ms;
		dialer_changed(dialer);
	}

	attempt_end(attempt, end, &fate);
	if (dialer)
		dialer_kick(dialer);
}

void dialer_attempt_failed(struct dialer_attempt *attempt, int err)
{
	struct dialer *dialer = attempt->dialer;
	struct dialer_end end = {
		.end = {.outcome = OUTCOME_LINE_FAILED,
	                .reason = strerror(err)},
	};
	struct fate fate = {.has_retry = true, .retry_ms = LINE_FULL_MS};

	switch (err) {

	case EINVAL:
		end.end.outcome = OUTCOME_BAD_NUMBER;
		end.end.reason = "cannot be dialled";
		dialer->progress.ended++;
		fate = (struct fate){.is_used = true};
		break;

	case EBUSY: /* of the line's own calls_max */
		group_rest(&dialer->group, attempt->line, LINE_FULL_MS,
		           clock_ms());
		break;

	default:
		fate.retry_ms = learn(attempt, &end.end);
		redial_or_not(attempt, &end, &fate);
		break;
	}

	attempt_end(attempt, &end, &fate);
}

void dialer_attempt_back(struct dialer_attempt *attempt)
{
	const struct dialer_end end = {
		.end = {.outcome = OUTCOME_CANCELLED, .reason = "not dialled"},
	};
	const struct fate fate = {.has_retry = true,
	                          .is_urgent = attempt->is_urgent};

	attempt_end(attempt, &end, &fate);
}
