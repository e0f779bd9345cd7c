/*
 * campaign/dialer.c - calls the contacts of a campaign
 *
 * One step: may there be one more call (calls_max, pace, rest)? Then claim a
 * contact; the store answers once the attempt is on the disk, and only that
 * answer places the call. So a crash at any moment leaves an attempt without
 * a call at worst, never a call without its attempt.
 *
 * An outcome that is our own fault (line, congestion) gives the contact back
 * for later and makes us slower; too many in a row end the run with a fault.
 *
 * Handlers of the sink are called from timers only: they may free the dialer.
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "campaign/dialer.h"
#include "campaign/promise.h"

enum {
	CLAIMS_MAX = 8,  /* under way at once when there is no rate to keep */
	LOOK_MS = 60000, /* the wall clock may jump while we wait for a time */
	LINE_FULL_MS = 500,
	STORE_REST_MS = 2000,
	STORE_FAILS_MAX = 450, /* a quarter of an hour without a database */
	CONGESTION_RETRY_S = 5,
};

/* A claim, then a call, then its end on its way to the disk. Frees itself;
 * outlives the dialer. */
struct attempt {
	struct le le;
	struct dialer *dialer; /* NULL: freed */
	struct store *store;
	int64_t id;
	char number[64];
	char call_id[64];
	uint32_t tries; /* that counted, before this one */
	struct rules *rules;
	const struct zone *zone; /* their clock; the rules hold it */
	uint64_t placed_ms;
	bool is_back; /* the contact was given back */
};

static void kick(struct dialer *dialer);

static void dialer_destructor(void *arg)
{
	struct dialer *dialer = arg;
	struct le *le;

	tmr_cancel(&dialer->tmr);
	tmr_cancel(&dialer->progress_tmr);
	while ((le = list_head(&dialer->attemptl))) {
		struct attempt *attempt = le->data;

		attempt->dialer = NULL;
		list_unlink(le);
	}
	mem_deref(dialer->line);
	mem_deref(dialer->rules);
}

static void attempt_destructor(void *arg)
{
	struct attempt *attempt = arg;

	list_unlink(&attempt->le);
	mem_deref(attempt->rules);
}

/* No new calls; what is under way ends first. */
static void stop(struct dialer *dialer, const char *fault)
{
	if (fault && !dialer->fault[0])
		(void)snprintf(dialer->fault, sizeof(dialer->fault), "%s",
		               fault);
	dialer->progress.is_stopping = true;
	dialer_changed(dialer);
}

static void rest(struct dialer *dialer, uint32_t ms)
{
	uint64_t until_ms = clock_ms() + ms;

	if (until_ms > dialer->rest_until_ms)
		dialer->rest_until_ms = until_ms;
}

/* --- the end of an attempt ----------------------------------------------- */

static void end_handler(int err, void *arg)
{
	struct attempt *attempt = arg;
	struct dialer *dialer = attempt->dialer;

	/* Not written, it is in doubt at the next start and the person is not
	 * called again; the store has told the operator. */
	if (dialer) {
		dialer->ends--;
		if (!err && attempt->is_back)
			dialer->is_empty = false;
		kick(dialer);
	}
	mem_deref(attempt);
}

/* What becomes of the contact. */
struct fate {
	bool is_used;   /* counts as an attempt */
	bool has_retry; /* goes back to the others */
	bool is_promised;
	int64_t retry_ms;
};

/* Writes the end; the attempt frees itself behind it. */
static void attempt_end(struct attempt *attempt, const struct phone_end *end,
                        const struct fate *fate)
{
	const struct store_attempt_end record = {
		.attempt_id = attempt->id,
		.outcome = outcome_name(end->outcome),
		.sip_code = end->sip_code,
		.q850 = end->q850,
		.reason = end->reason,
		.is_used = fate->is_used,
		.has_retry = fate->has_retry,
		.is_urgent = fate->is_promised,
		.retry_at_ms = clock_wall_ms() + fate->retry_ms,
	};
	struct dialer *dialer = attempt->dialer;

	attempt->is_back = fate->has_retry;
	if (store_attempt_end(attempt->store, &record, end_handler, attempt)) {
		log_error("campaign",
		          "the end of a call is not written: the person is "
		          "not called again");
		mem_deref(attempt);
	}
	else if (dialer) {
		dialer->ends++;
	}
}

/* What the end of a call means for the next ones. Returns when to retry. */
static uint32_t learn(struct dialer *dialer, const struct attempt *attempt,
                      const struct phone_end *end)
{
	uint64_t now_ms = clock_ms();
	uint32_t rest_ms, retry_s = CONGESTION_RETRY_S;

	if (!outcome_is_our_fault(end->outcome)) {
		pace_accepted(&dialer->pace, now_ms);
		trouble_clear(&dialer->trouble);
		return 0;
	}

	rest_ms =
		trouble_add(&dialer->trouble, end, attempt->placed_ms, now_ms);
	if (trouble_is_hopeless(&dialer->trouble)) {
		char fault[CFG_FAULT_SIZE];

		trouble_words(&dialer->trouble, fault, dialer->line);
		stop(dialer, fault);
	}

	if (end->outcome == OUTCOME_LINE_CONGESTED) {
		pace_refused(&dialer->pace, end->retry_after_s, now_ms);
		if (end->retry_after_s > retry_s)
			retry_s = end->retry_after_s;
		return retry_s * 1000;
	}
	rest(dialer, rest_ms);

	return rest_ms;
}

static void opt_out(struct attempt *attempt, const char *how)
{
	char reason[128];

	(void)snprintf(reason, sizeof(reason), "%s in call %s", how,
	               attempt->call_id);
	if (store_block(attempt->store, attempt->number, reason, NULL, NULL))
		log_error("campaign",
		          "a wish not to be called again is not written: see "
		          "the call %s",
		          attempt->call_id);
}

/* What the callee asked for goes before what the rules say of the outcome;
 * never calling again goes before both. */
static void promise(const struct attempt *attempt, const struct dialer_end *end,
                    struct fate *fate)
{
	int64_t now_ms = clock_wall_ms(), at_ms;

	if (end->is_opt_out || !end->callback_at || !*end->callback_at)
		return;

	if (!promise_read(&at_ms, end->callback_at, attempt->zone, now_ms)) {
		log_warning("campaign",
		            "the call %s ended with callback_at \"%.40s\", "
		            "which is no time: nobody calls back",
		            attempt->call_id, end->callback_at);
		return;
	}
	fate->has_retry = fate->is_promised = true;
	fate->retry_ms = at_ms - now_ms;
}

/* Our own trouble is no attempt; else the rules of the campaign say. */
static struct fate fate_of(const struct attempt *attempt,
                           const struct dialer_end *end)
{
	enum outcome outcome = end->end.outcome;
	struct fate fate = {.is_used = !outcome_is_our_fault(outcome)};

	if (!fate.is_used) {
		fate.has_retry = true;
		return fate;
	}
	if (attempt->rules)
		fate.has_retry =
			rules_retry(attempt->rules, outcome, attempt->tries + 1,
		                    &fate.retry_ms);
	promise(attempt, end, &fate);

	return fate;
}

static void ended_handler(const struct dialer_end *end, void *arg)
{
	struct attempt *attempt = arg;
	struct dialer *dialer = attempt->dialer;
	struct fate fate = fate_of(attempt, end);
	uint32_t rest_ms;

	if (dialer) {
		dialer->progress.live--;
		dialer->progress.ended += !fate.has_retry;
		dialer->progress.outcomev[end->end.outcome]++;
		dialer->attempts++;
		dialer->spent_ms += clock_ms() - attempt->placed_ms;
		rest_ms = learn(dialer, attempt, &end->end);
		if (!fate.is_used)
			fate.retry_ms = rest_ms;
		dialer_changed(dialer);
	}

	if (end->is_opt_out)
		opt_out(attempt, "said so");
	else if (end->end.outcome == OUTCOME_UNWANTED)
		opt_out(attempt, "refused as unwanted (607)");
	attempt_end(attempt, &end->end, &fate);
	if (dialer)
		kick(dialer);
}

/* --- claim and place ----------------------------------------------------- */

/* Nothing was sent. */
static void not_placed(struct attempt *attempt, int err)
{
	struct dialer *dialer = attempt->dialer;
	struct phone_end end = {
		.outcome = OUTCOME_LINE_FAILED,
		.reason = strerror(err),
	};
	struct fate fate = {.has_retry = true, .retry_ms = LINE_FULL_MS};

	switch (err) {

	case EINVAL:
		end.outcome = OUTCOME_BAD_NUMBER;
		end.reason = "cannot be dialled";
		dialer->progress.ended++;
		fate = (struct fate){.is_used = true};
		break;

	case EBUSY: /* of the line's own calls_max */
		rest(dialer, LINE_FULL_MS);
		break;

	default:
		fate.retry_ms = learn(dialer, attempt, &end);
		break;
	}

	attempt_end(attempt, &end, &fate);
}

static void give_back(struct attempt *attempt)
{
	const struct phone_end end = {
		.outcome = OUTCOME_CANCELLED,
		.reason = "not dialled",
	};
	const struct fate fate = {.has_retry = true};

	attempt_end(attempt, &end, &fate);
}

static void place(struct attempt *attempt, const struct store_claim *claim)
{
	const struct dialer_call call = {
		.contact = claim->contact,
		.attempt_id = claim->attempt_id,
		.call_id = claim->call_id,
	};
	struct dialer *dialer = attempt->dialer;
	uint64_t now_ms = clock_ms();
	int err;

	/* It was looked at before the claim; a stop or a refusal may have
	 * come meanwhile, or we were frozen for a while. */
	if (now_ms >= claim->valid_until_ms || dialer->progress.is_stopping ||
	    now_ms < dialer->rest_until_ms ||
	    pace_take(&dialer->pace, now_ms)) {
		give_back(attempt);
		return;
	}

	attempt->placed_ms = now_ms;
	err = dialer->port.place(&call, ended_handler, attempt,
	                         dialer->port.arg);
	if (err) {
		not_placed(attempt, err);
		return;
	}

	dialer->progress.live++;
	dialer->progress.placed++;
	dialer_wait_because(dialer, "");
	dialer_changed(dialer);
}

static void claim_failed(struct dialer *dialer, int err)
{
	char fault[CFG_FAULT_SIZE];

	rest(dialer, STORE_REST_MS);
	dialer_wait_because(dialer, "the database cannot be written");
	if (++dialer->store_fails < STORE_FAILS_MAX)
		return;

	(void)snprintf(fault, sizeof(fault),
	               "the database cannot be written (%s), so nobody may be "
	               "called: see the log; running again continues",
	               strerror(err));
	stop(dialer, fault);
}

static const char *held_words(const struct store_claim *claim)
{
	if (!*claim->held_by)
		return "the next ones are due later";

	return *claim->held_why ? claim->held_why : claim->held_by;
}

static void claimed_handler(int err, const struct store_claim *claim, void *arg)
{
	struct attempt *attempt = arg;
	struct dialer *dialer = attempt->dialer;
	bool has_contact = !err && claim->contact;

	if (dialer)
		dialer->claims--;

	if (has_contact) {
		attempt->id = claim->attempt_id;
		attempt->tries = claim->tries;
		if (attempt->rules)
			attempt->zone =
				rules_zone(attempt->rules, claim->contact);
		(void)snprintf(attempt->number, sizeof(attempt->number), "%s",
		               claim->contact->number);
		(void)snprintf(attempt->call_id, sizeof(attempt->call_id), "%s",
		               claim->call_id);
	}

	if (!dialer) {
		if (has_contact)
			give_back(attempt);
		else
			mem_deref(attempt);
		return;
	}

	if (err)
		claim_failed(dialer, err);
	else
		dialer->store_fails = 0;

	if (has_contact) {
		place(attempt, claim);
	}
	else {
		if (!err) {
			dialer->is_empty = true;
			dialer->next_ms = claim->next_ms;
			(void)snprintf(dialer->held, sizeof(dialer->held), "%s",
			               held_words(claim));
		}
		mem_deref(attempt);
	}
	kick(dialer);
}

static int claim_next(struct dialer *dialer)
{
	const struct store_claim_prm prm = {
		.campaign_id = dialer->prm.campaign_id,
		.line = dialer->line,
		.gate = dialer->rules ? &dialer->gate : NULL,
	};
	struct attempt *attempt;
	int err;

	attempt = mem_zalloc(sizeof(*attempt), attempt_destructor);
	if (!attempt)
		return ENOMEM;

	attempt->dialer = dialer;
	attempt->rules = mem_ref(dialer->rules);
	attempt->store = dialer->store;
	list_append(&dialer->attemptl, &attempt->le, attempt);
	err = store_claim(dialer->store, &prm, claimed_handler, attempt);
	if (err)
		mem_deref(attempt);
	else
		dialer->claims++;

	return err;
}

/* --- what to do next ----------------------------------------------------- */

static bool is_idle(const struct dialer *dialer)
{
	return !dialer->progress.live && !dialer->claims && !dialer->ends;
}

static void kick_timer(void *arg)
{
	struct dialer *dialer = arg;

	/* Somebody may be due by now. */
	dialer->is_empty = dialer->is_empty && !dialer->next_ms;
	kick(dialer);
}

static void kick_later(struct dialer *dialer, uint64_t ms)
{
	tmr_start(&dialer->tmr, ms, kick_timer, dialer);
}

/* Nobody is due now. */
static void wait_for_due(struct dialer *dialer)
{
	int64_t wait_ms = dialer->next_ms - clock_wall_ms();

	if (!dialer->next_ms) {
		if (is_idle(dialer))
			dialer_finish(dialer);
		return;
	}

	if (wait_ms < 1)
		wait_ms = 1;
	if (!dialer->progress.live)
		dialer_wait_because(dialer, dialer->held);
	kick_later(dialer,
	           wait_ms < LOOK_MS ? (uint64_t)wait_ms : (uint64_t)LOOK_MS);
}

/* 0: another claim may be made now; else ms until it is worth looking again,
 * UINT64_MAX: when something has ended. */
static uint64_t hold_ms(struct dialer *dialer, uint64_t now_ms)
{
	unsigned claims_max = dialer->pace.rate > 0 ? 1 : CLAIMS_MAX;

	if (dialer->claims >= claims_max ||
	    dialer->claims + dialer->progress.live >= dialer->prm.calls_max)
		return UINT64_MAX;

	if (now_ms < dialer->rest_until_ms)
		return dialer->rest_until_ms - now_ms;

	return pace_wait(&dialer->pace, now_ms);
}

static void kick(struct dialer *dialer)
{
	if (dialer->is_over)
		return;

	if (dialer->progress.is_stopping) {
		if (is_idle(dialer))
			dialer_finish(dialer);
		return;
	}

	while (!dialer->is_empty) {
		uint64_t now_ms = clock_ms();
		uint64_t wait_ms = hold_ms(dialer, now_ms);

		if (wait_ms == UINT64_MAX)
			return;
		if (now_ms < dialer->pace.rest_until_ms)
			dialer_wait_because(dialer,
			                    "the line asked us to slow down");
		else if (now_ms < dialer->rest_until_ms && !dialer->store_fails)
			dialer_wait_because(dialer,
			                    trouble_waiting(&dialer->trouble));
		if (!wait_ms && claim_next(dialer))
			wait_ms = STORE_REST_MS;
		if (wait_ms) {
			kick_later(dialer, wait_ms);
			return;
		}
	}
	wait_for_due(dialer);
}

/* --- the door ------------------------------------------------------------ */

int dialer_start(struct dialer **dialerp, struct store *store,
                 const struct store_campaign *campaign,
                 const struct dialer_prm *prm, const struct dialer_sink *sink)
{
	struct dialer *dialer;
	int err;

	assert(dialerp && store && campaign && prm && prm->port && sink);
	assert(sink->done && prm->calls_max);

	dialer = mem_zalloc(sizeof(*dialer), dialer_destructor);
	if (!dialer)
		return ENOMEM;

	tmr_init(&dialer->tmr);
	tmr_init(&dialer->progress_tmr);
	dialer->store = store;
	dialer->prm = *prm;
	dialer->port = *prm->port;
	dialer->sink = *sink;
	dialer->prm.campaign_id = campaign->id;
	dialer->progress.total = campaign->ready - campaign->blocked;
	dialer->start_ms = clock_ms();
	dialer->rules = mem_ref(prm->rules);
	if (dialer->rules)
		rules_gate(&dialer->gate, dialer->rules);
	pace_init(&dialer->pace, prm->calls_per_s, dialer->start_ms);
	trouble_init(&dialer->trouble, prm->rest_ms);

	err = str_dup(&dialer->line, prm->line ? prm->line : "");
	if (err) {
		mem_deref(dialer);
		return err;
	}

	kick_later(dialer, 0);
	dialer_changed(dialer);
	*dialerp = dialer;

	return 0;
}

void dialer_stop(struct dialer *dialer)
{
	if (dialer->progress.is_stopping) {
		dialer->port.hangup_all(dialer->port.arg);
		return;
	}

	stop(dialer, NULL);
	if (!dialer->is_over)
		kick_later(dialer, 0);
}
