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
#include <re_tmr.h>
#include "campaign/campaign.h"
#include "campaign/eta.h"
#include "campaign/trouble.h"

enum {
	CLAIMS_MAX = 8, /* under way at once when there is no rate to keep */
	PROGRESS_MS = 250,
	LOOK_MS = 60000, /* the wall clock may jump while we wait for a time */
	LINE_FULL_MS = 500,
	STORE_REST_MS = 2000,
	STORE_FAILS_MAX = 450, /* a quarter of an hour without a database */
	CONGESTION_RETRY_S = 5,
	WAITING_SIZE = 160,
};

struct dialer {
	struct store *store;
	struct dialer_prm prm;
	struct dialer_port port;
	struct dialer_sink sink;
	char *line;

	struct pace pace;
	struct trouble trouble;
	struct list attemptl;
	unsigned claims; /* asked for, not answered */
	unsigned ends;   /* ends of attempts being written */
	unsigned store_fails;
	bool is_empty;   /* the last claim found nobody */
	int64_t next_ms; /* wall: when somebody will be due, 0 = never */
	uint64_t rest_until_ms;
	bool is_over; /* done was scheduled */

	struct tmr tmr;
	struct tmr progress_tmr;
	struct dialer_progress progress;
	uint64_t start_ms;
	uint64_t told_ms;
	uint64_t spent_ms; /* all ended attempts together */
	uint32_t attempts; /* ended */
	char waiting[WAITING_SIZE];
	char fault[CFG_FAULT_SIZE];
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
}

static void attempt_destructor(void *arg)
{
	struct attempt *attempt = arg;

	list_unlink(&attempt->le);
}

/* --- telling ------------------------------------------------------------- */

static void progress_fill(struct dialer *dialer)
{
	struct dialer_progress *progress = &dialer->progress;
	const struct eta eta = {
		.waiting = progress->total > progress->ended + progress->live
	                           ? progress->total - progress->ended -
	                                     progress->live
	                           : 0,
		.live = progress->live,
		.calls_max = dialer->prm.calls_max,
		.rate = dialer->pace.rate,
		.ended = dialer->attempts,
		.spent_ms = dialer->spent_ms,
	};

	progress->elapsed_ms = clock_ms() - dialer->start_ms;
	progress->eta_ms = eta_ms(&eta);
	progress->waiting = dialer->waiting[0] ? dialer->waiting : NULL;
}

static void progress_timer(void *arg)
{
	struct dialer *dialer = arg;

	dialer->told_ms = clock_ms();
	progress_fill(dialer);
	dialer->sink.progress(&dialer->progress, dialer->sink.arg);
}

static void changed(struct dialer *dialer)
{
	uint64_t now_ms = clock_ms(), at_ms = dialer->told_ms + PROGRESS_MS;

	if (!dialer->sink.progress || dialer->is_over ||
	    tmr_isrunning(&dialer->progress_tmr))
		return;

	tmr_start(&dialer->progress_tmr, at_ms > now_ms ? at_ms - now_ms : 0,
	          progress_timer, dialer);
}

static void wait_because(struct dialer *dialer, const char *why)
{
	if (!strcmp(dialer->waiting, why))
		return;

	(void)snprintf(dialer->waiting, sizeof(dialer->waiting), "%s", why);
	changed(dialer);
}

static void done_timer(void *arg)
{
	struct dialer *dialer = arg;

	progress_fill(dialer);
	dialer->sink.done(&dialer->progress,
	                  dialer->fault[0] ? dialer->fault : NULL,
	                  dialer->sink.arg);
}

static void finish(struct dialer *dialer)
{
	dialer->is_over = true;
	dialer->waiting[0] = '\0';
	tmr_cancel(&dialer->progress_tmr);
	tmr_start(&dialer->tmr, 0, done_timer, dialer);
}

/* No new calls; what is under way ends first. */
static void stop(struct dialer *dialer, const char *fault)
{
	if (fault && !dialer->fault[0])
		(void)snprintf(dialer->fault, sizeof(dialer->fault), "%s",
		               fault);
	dialer->progress.is_stopping = true;
	changed(dialer);
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

/* Writes the end; the attempt frees itself behind it. */
static void attempt_end(struct attempt *attempt, const struct phone_end *end,
                        bool is_used, uint32_t retry_ms)
{
	const struct store_attempt_end record = {
		.attempt_id = attempt->id,
		.outcome = outcome_name(end->outcome),
		.sip_code = end->sip_code,
		.q850 = end->q850,
		.reason = end->reason,
		.is_used = is_used,
		.has_retry = !is_used,
		.retry_at_ms = clock_wall_ms() + retry_ms,
	};
	struct dialer *dialer = attempt->dialer;

	attempt->is_back = !is_used;
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

static void opt_out(struct attempt *attempt)
{
	char reason[128];

	(void)snprintf(reason, sizeof(reason), "said so in call %s",
	               attempt->call_id);
	if (store_block(attempt->store, attempt->number, reason, NULL, NULL))
		log_error("campaign",
		          "a wish not to be called again is not written: see "
		          "the call %s",
		          attempt->call_id);
}

static void ended_handler(const struct dialer_end *end, void *arg)
{
	struct attempt *attempt = arg;
	struct dialer *dialer = attempt->dialer;
	bool is_used = !outcome_is_our_fault(end->end.outcome);
	uint32_t retry_ms = 0;

	if (dialer) {
		dialer->progress.live--;
		dialer->progress.ended += is_used;
		dialer->progress.outcomev[end->end.outcome]++;
		dialer->attempts++;
		dialer->spent_ms += clock_ms() - attempt->placed_ms;
		retry_ms = learn(dialer, attempt, &end->end);
		changed(dialer);
	}

	if (end->is_opt_out)
		opt_out(attempt);
	attempt_end(attempt, &end->end, is_used, retry_ms);
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
	uint32_t retry_ms = LINE_FULL_MS;

	switch (err) {

	case EINVAL:
		end.outcome = OUTCOME_BAD_NUMBER;
		end.reason = "cannot be dialled";
		dialer->progress.ended++;
		attempt_end(attempt, &end, true, 0);
		return;

	case EBUSY: /* of the line's own calls_max */
		rest(dialer, LINE_FULL_MS);
		break;

	default:
		retry_ms = learn(dialer, attempt, &end);
		break;
	}

	attempt_end(attempt, &end, false, retry_ms);
}

static void give_back(struct attempt *attempt)
{
	const struct phone_end end = {
		.outcome = OUTCOME_CANCELLED,
		.reason = "not dialled",
	};

	attempt_end(attempt, &end, false, 0);
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
	wait_because(dialer, "");
	changed(dialer);
}

static void claim_failed(struct dialer *dialer, int err)
{
	char fault[CFG_FAULT_SIZE];

	rest(dialer, STORE_REST_MS);
	wait_because(dialer, "the database cannot be written");
	if (++dialer->store_fails < STORE_FAILS_MAX)
		return;

	(void)snprintf(fault, sizeof(fault),
	               "the database cannot be written (%s), so nobody may be "
	               "called: see the log; running again continues",
	               strerror(err));
	stop(dialer, fault);
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
		.gate = dialer->prm.gate,
	};
	struct attempt *attempt;
	int err;

	attempt = mem_zalloc(sizeof(*attempt), attempt_destructor);
	if (!attempt)
		return ENOMEM;

	attempt->dialer = dialer;
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
			finish(dialer);
		return;
	}

	if (wait_ms < 1)
		wait_ms = 1;
	if (!dialer->progress.live)
		wait_because(dialer, "the next ones are due later");
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
			finish(dialer);
		return;
	}

	while (!dialer->is_empty) {
		uint64_t now_ms = clock_ms();
		uint64_t wait_ms = hold_ms(dialer, now_ms);

		if (wait_ms == UINT64_MAX)
			return;
		if (now_ms < dialer->pace.rest_until_ms)
			wait_because(dialer, "the line asked us to slow down");
		else if (now_ms < dialer->rest_until_ms && !dialer->store_fails)
			wait_because(dialer, trouble_waiting(&dialer->trouble));
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
	pace_init(&dialer->pace, prm->calls_per_s, dialer->start_ms);
	trouble_init(&dialer->trouble, prm->rest_ms);

	err = str_dup(&dialer->line, prm->line ? prm->line : "");
	if (err) {
		mem_deref(dialer);
		return err;
	}

	kick_later(dialer, 0);
	changed(dialer);
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
