/*
 * campaign/dialer.c - calls the contacts of a campaign
 *
 * One step: may there be one more call (calls_max, pace, a line that is free,
 * a robot)? Then claim a contact; the store answers once the attempt is on the
 * disk, and only that answer places the call. So a crash at any moment leaves
 * an attempt without a call at worst, never a call without its attempt.
 *
 * An outcome that is our own fault (line, congestion) gives the contact back
 * and makes the line slower; a line that fails on and on is asked by OPTIONS
 * before it is used again (dialer_end.c, group.c).
 *
 * Handlers of the sink are called from timers only: they may free the dialer.
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/patrol.h"
#include "campaign/dialer.h"

enum {
	CLAIMS_MAX = 8,  /* under way at once when there is no rate to keep */
	LOOK_MS = 60000, /* the wall clock may jump while we wait for a time */
	ROBOT_LOOK_MS = 500,
	ASK_LATE_MS = 2000, /* three OPTIONS are lost by then, or it is gone */
	STORE_REST_MS = 2000,
	STORE_FAILS_MAX = 450, /* a quarter of an hour without a database */
};

/* A line that is being asked whether it answers. Frees itself. */
struct asking {
	struct le le;
	struct tmr tmr;
	struct dialer *dialer; /* NULL: freed */
	size_t line;
};

/* Nobody may answer to silence: ears and mouth are kept free for them before
 * their telephone rings. */
static int robot_reserve(struct dialer *dialer)
{
	int err = dialer->port.reserve ? dialer->port.reserve(dialer->port.arg)
	                               : 0;

	if (err == EAGAIN)
		dialer_wait_because(dialer, "people are understood late: "
		                            "fewer calls at a time");
	else if (err && !dialer->progress.live)
		dialer_wait_because(dialer, "no robot is free");

	return err ? EBUSY : 0;
}

static void robot_release(const struct dialer_port *port)
{
	if (port->release)
		port->release(port->arg);
}

static void dialer_destructor(void *arg)
{
	struct dialer *dialer = arg;
	struct le *le;

	tmr_cancel(&dialer->tmr);
	tmr_cancel(&dialer->progress_tmr);
	patrol_end(dialer->parting);
	dialer_again_end(dialer);
	while ((le = list_head(&dialer->attemptl))) {
		struct dialer_attempt *attempt = le->data;

		/* Not claimed yet, so no call has its robot. */
		if (!attempt->id)
			robot_release(&dialer->port);
		attempt->dialer = NULL;
		list_unlink(le);
	}
	while ((le = list_head(&dialer->askingl))) {
		struct asking *asking = le->data;

		asking->dialer = NULL;
		tmr_cancel(&asking->tmr);
		list_unlink(le);
	}
	group_clear(&dialer->group);
	mem_deref(dialer->rules);
}

static void attempt_destructor(void *arg)
{
	struct dialer_attempt *attempt = arg;

	list_unlink(&attempt->le);
	mem_deref(attempt->rules);
}

void dialer_no_more(struct dialer *dialer, const char *fault)
{
	if (fault && !dialer->fault[0])
		(void)snprintf(dialer->fault, sizeof(dialer->fault), "%s",
		               fault);
	dialer->progress.is_stopping = true;
	dialer_changed(dialer);
}

/* --- claim and place ----------------------------------------------------- */

/* It was looked at before the claim; a stop or a refusal may have come
 * meanwhile, or we were frozen for a while. */
static bool may_place(struct dialer *dialer,
                      const struct dialer_attempt *attempt,
                      const struct store_claim *claim, uint64_t now_ms)
{
	struct group_line *line = &dialer->group.linev[attempt->line];

	if (now_ms >= claim->valid_until_ms || dialer->progress.is_stopping ||
	    now_ms < dialer->rest_until_ms || now_ms < line->rest_until_ms ||
	    pace_wait(&dialer->pace, now_ms) || pace_wait(&line->pace, now_ms))
		return false;

	(void)pace_take(&dialer->pace, now_ms);
	(void)pace_take(&line->pace, now_ms);

	return true;
}

static void place(struct dialer_attempt *attempt,
                  const struct store_claim *claim)
{
	struct dialer *dialer = attempt->dialer;
	const struct dialer_call call = {
		.contact = claim->contact,
		.attempt_id = claim->attempt_id,
		.call_id = claim->call_id,
		.line = dialer->group.linev[attempt->line].name,
		.caller_id = claim->caller_id,
		.others = *attempt->others ? attempt->others : NULL,
	};
	uint64_t now_ms = clock_ms();
	int err;

	if (!may_place(dialer, attempt, claim, now_ms)) {
		group_give(&dialer->group, attempt->line);
		robot_release(&dialer->port);
		dialer_attempt_back(attempt);
		return;
	}

	attempt->placed_ms = now_ms;
	err = dialer->port.place(&call, dialer_attempt_ended, attempt,
	                         dialer->port.arg);
	if (err) {
		group_give(&dialer->group, attempt->line);
		robot_release(&dialer->port);
		dialer_attempt_failed(attempt, err);
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
	uint64_t now_ms = clock_ms();

	/* Claims that were under way together fail together. */
	if (now_ms >= dialer->rest_until_ms)
		dialer->store_fails++;
	dialer->rest_until_ms = now_ms + STORE_REST_MS;
	dialer_wait_because(dialer, "the database cannot be written");
	if (dialer->store_fails < STORE_FAILS_MAX)
		return;

	(void)snprintf(fault, sizeof(fault),
	               "the database cannot be written (%s), so nobody may be "
	               "called: see the log; running again continues",
	               strerror(err));
	dialer_no_more(dialer, fault);
}

static const char *held_words(const struct store_claim *claim)
{
	if (!*claim->held_by)
		return "the next ones are due later";

	return *claim->held_why ? claim->held_why : claim->held_by;
}

/* Of the line: others may be free. Of all: until then. */
static void nobody(struct dialer *dialer, size_t line,
                   const struct store_claim *claim)
{
	int64_t wait_ms = claim->next_ms - clock_wall_ms();

	if (claim->is_line_held) {
		dialer->group.linev[line].hold_until_ms =
			clock_ms() + (wait_ms > 1 ? (uint64_t)wait_ms : 1);
		if (!dialer->progress.live)
			dialer_wait_because(dialer, held_words(claim));
		return;
	}

	dialer->is_empty = true;
	dialer->next_ms = claim->next_ms;
	(void)snprintf(dialer->held, sizeof(dialer->held), "%s",
	               held_words(claim));
}

static void attempt_fill(struct dialer_attempt *attempt,
                         const struct store_claim *claim)
{
	attempt->id = claim->attempt_id;
	attempt->contact_id = claim->contact->id;
	attempt->tries = claim->tries;
	attempt->is_urgent = claim->is_urgent;
	if (attempt->rules) {
		attempt->zone = rules_zone(attempt->rules, claim->contact);
		attempt->has_other =
			rules_other_number(attempt->rules, claim->contact,
		                           claim->first, attempt->other);
		rules_numbers(attempt->rules, claim->contact, claim->first,
		              attempt->others);
	}
	(void)snprintf(attempt->number, sizeof(attempt->number), "%s",
	               claim->contact->number);
	(void)snprintf(attempt->call_id, sizeof(attempt->call_id), "%s",
	               claim->call_id);
}

static void not_claimed(struct dialer_attempt *attempt, int err,
                        const struct store_claim *claim)
{
	struct dialer *dialer = attempt->dialer;

	group_give(&dialer->group, attempt->line);
	robot_release(&dialer->port);
	if (err)
		claim_failed(dialer, err);
	else if (!attempt->contact_id)
		nobody(dialer, attempt->line, claim);
	mem_deref(attempt);
}

static void claimed_handler(int err, const struct store_claim *claim, void *arg)
{
	struct dialer_attempt *attempt = arg;
	struct dialer *dialer = attempt->dialer;
	bool has_contact = !err && claim->contact;

	if (has_contact)
		attempt_fill(attempt, claim);
	if (!dialer) {
		if (has_contact)
			dialer_attempt_back(attempt);
		else
			mem_deref(attempt);
		return;
	}

	dialer->claims--;
	group_claimed(&dialer->group, attempt->line);
	if (!err && claim->line_calls_per_s >= 0)
		group_follow(&dialer->group, attempt->line,
		             claim->line_calls_per_s, clock_ms());
	if (!err)
		dialer->store_fails = 0;
	if (has_contact)
		place(attempt, claim);
	else
		not_claimed(attempt, err, claim);
	dialer_kick(dialer);
}

int dialer_claim(struct dialer *dialer, size_t line, int64_t contact_id)
{
	const struct store_claim_prm prm = {
		.campaign_id = dialer->prm.campaign_id,
		.contact_id = contact_id,
		.line = dialer->group.linev[line].name,
		.line_calls_per_s = dialer->group.linev[line].prm.calls_per_s,
		.priority = dialer->prm.priority,
		.gate = dialer->rules ? &dialer->gate : NULL,
	};
	struct dialer_attempt *attempt;
	int err;

	err = robot_reserve(dialer);
	if (err)
		return err;

	attempt = mem_zalloc(sizeof(*attempt), attempt_destructor);
	if (!attempt) {
		robot_release(&dialer->port);
		return ENOMEM;
	}

	attempt->dialer = dialer;
	attempt->line = line;
	attempt->line_calls_per_s = prm.line_calls_per_s;
	attempt->contact_id = contact_id;
	attempt->rules = mem_ref(dialer->rules);
	attempt->store = dialer->store;
	list_append(&dialer->attemptl, &attempt->le, attempt);
	err = store_claim(dialer->store, &prm, claimed_handler, attempt);
	if (err) {
		robot_release(&dialer->port);
		mem_deref(attempt);
		return err;
	}
	dialer->claims++;
	group_take(&dialer->group, line);

	return 0;
}

/* --- asking lines that failed -------------------------------------------- */

static void asking_destructor(void *arg)
{
	struct asking *asking = arg;

	tmr_cancel(&asking->tmr);
	list_unlink(&asking->le);
}

static void ask_late(void *arg)
{
	struct asking *asking = arg;
	struct dialer *dialer = asking->dialer;

	group_ask_late(&dialer->group, asking->line, clock_ms());
	dialer_give_up(dialer);
	dialer_kick(dialer);
}

static void asked_handler(int err, const char *words, void *arg)
{
	struct asking *asking = arg;
	struct dialer *dialer = asking->dialer;

	if (dialer) {
		group_asked(&dialer->group, asking->line, err, words,
		            clock_ms());
		dialer_give_up(dialer);
		dialer_kick(dialer);
	}
	mem_deref(asking);
}

static void ask(struct dialer *dialer, size_t line)
{
	struct asking *asking;
	int err = ENOMEM;

	asking = mem_zalloc(sizeof(*asking), asking_destructor);
	if (asking) {
		asking->dialer = dialer;
		asking->line = line;
		tmr_init(&asking->tmr);
		tmr_start(&asking->tmr, ASK_LATE_MS, ask_late, asking);
		list_append(&dialer->askingl, &asking->le, asking);
		err = dialer->port.probe(dialer->group.linev[line].name,
		                         asked_handler, asking,
		                         dialer->port.arg);
	}
	if (err) {
		mem_deref(asking);
		group_asked(&dialer->group, line, err, strerror(err),
		            clock_ms());
	}
}

static void ask_lines(struct dialer *dialer)
{
	int line;

	while ((line = group_to_ask(&dialer->group, clock_ms())) != GROUP_NONE)
		ask(dialer, (size_t)line);
}

/* --- what to do next ----------------------------------------------------- */

static bool is_idle(const struct dialer *dialer)
{
	return !dialer->progress.live && !dialer->claims && !dialer->ends &&
	       !(dialer->parting && patrol_is_asking(dialer->parting));
}

static void kick_timer(void *arg)
{
	struct dialer *dialer = arg;

	/* Somebody may be due by now. */
	dialer->is_empty = dialer->is_empty && !dialer->next_ms;
	dialer_kick(dialer);
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

/* 0: another claim may be made now over *linep; else ms until it is worth
 * looking again, UINT64_MAX: when something has ended. */
static uint64_t hold_ms(struct dialer *dialer, uint64_t now_ms, int *linep)
{
	unsigned claims_max = dialer->pace.rate > 0 ? 1 : CLAIMS_MAX;
	uint64_t wait_ms;

	if (dialer->claims >= claims_max ||
	    dialer->claims + dialer->redials + dialer->progress.live >=
	            dialer->prm.calls_max)
		return UINT64_MAX;

	if (now_ms < dialer->rest_until_ms)
		return dialer->rest_until_ms - now_ms;

	wait_ms = pace_wait(&dialer->pace, now_ms);
	if (wait_ms)
		return wait_ms;

	*linep = group_pick(&dialer->group, now_ms, &wait_ms);

	return *linep == GROUP_NONE ? wait_ms : 0;
}

static void say_why(struct dialer *dialer, uint64_t now_ms)
{
	const char *words = group_waiting(&dialer->group, now_ms);

	if (*words && !dialer->store_fails)
		dialer_wait_because(dialer, words);
}

static uint64_t claim_next(struct dialer *dialer, int line)
{
	int err = dialer_claim(dialer, (size_t)line, 0);

	if (err == EBUSY)
		return ROBOT_LOOK_MS;

	return err ? STORE_REST_MS : 0;
}

void dialer_kick(struct dialer *dialer)
{
	if (dialer->is_over)
		return;

	dialer_again_look(dialer);
	if (dialer->progress.is_stopping) {
		if (is_idle(dialer))
			dialer_finish(dialer);
		return;
	}

	ask_lines(dialer);
	while (!dialer->is_empty) {
		uint64_t now_ms = clock_ms();
		int line = GROUP_NONE;
		uint64_t wait_ms = hold_ms(dialer, now_ms, &line);
		uint64_t ask_ms = group_ask_wait(&dialer->group, now_ms);

		say_why(dialer, now_ms);
		if (!wait_ms)
			wait_ms = claim_next(dialer, line);
		if (wait_ms && ask_ms < wait_ms)
			wait_ms = ask_ms;
		if (wait_ms == UINT64_MAX)
			return;
		if (wait_ms) {
			kick_later(dialer, wait_ms);
			return;
		}
	}
	wait_for_due(dialer);
}

/* --- the door ------------------------------------------------------------ */

/* A campaign over one line has its pace there. */
static int lines_take(struct dialer *dialer)
{
	const struct dialer_prm *prm = &dialer->prm;
	const struct dialer_line only = {
		.name = prm->line ? prm->line : "",
		.calls_per_s = prm->calls_per_s,
	};
	const struct dialer_group *lines = prm->lines;

	dialer->group.rest_ms = prm->rest_ms;
	dialer->group.may_probe = prm->port->probe != NULL;
	if (lines)
		dialer->redial = lines->redial;
	pace_init(&dialer->pace, lines ? prm->calls_per_s : 0,
	          dialer->start_ms);

	return group_init(&dialer->group, lines ? lines->linev : &only,
	                  lines ? lines->linec : 1, dialer->start_ms);
}

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
	tmr_init(&dialer->again_tmr);
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
	err = lines_take(dialer);
	if (!err)
		err = dialer_part(dialer);
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

	dialer_no_more(dialer, NULL);
	if (!dialer->is_over)
		kick_later(dialer, 0);
}
