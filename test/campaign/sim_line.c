/*
 * test/campaign/sim_line.c - lines and people of a simulation
 *
 * What comes of a call is drawn when it is placed and told at its end.
 */
#include <stdio.h>
#include "base/clock.h"
#include "campaign/sim.h"

/* What a person does, out of LOTS. */
enum {
	LOTS = 1000,
	BUSY = 200,
	NO_ANSWER = 430,
	UNREACHABLE = 460,
	MACHINE = 520,
	DECLINED = 560,
	BAD_NUMBER = 575,
	UNWANTED = 580,
	STOPS = 620,
	WANTS_CALLBACK = 690,

	REDIAL_CODE = 480, /* Temporarily Unavailable */
	BURNT_OF = 5,      /* calls that show such a number: so many are */
	BURNT = 2,         /* blocked */
	BLOCKED_OF = 150,  /* of the others */
	DROPPED_OF = 6,    /* talks that break off */
	HUNG_UP_OF = 8,    /* that end at once, by them */
	LABELLED_OF = 10,  /* that are a complaint of some kind */
	SLOW_OF = 10, /* calls over a line in trouble: so many are refused */
	SLOW = 8,
	LATE_MS = 2000, /* an answer to OPTIONS: the line counts as away */
};

/* OPTIONS on its way to a line. */
struct probe {
	struct le le;
	struct tmr tmr;
	struct sim_dialer *dialer;
	struct sim_line *line;
	bool is_late, was_late; /* it will be; it was */
	void (*done)(int err, const char *words, void *arg);
	void *done_arg;
};

static void call_destructor(void *arg)
{
	struct sim_call *call = arg;

	tmr_cancel(&call->tmr);
	tmr_cancel(&call->said_tmr);
	list_unlink(&call->le);
}

/* --- the end -------------------------------------------------------------- */

static void told(struct sim_call *call)
{
	struct sim_dialer *dialer = call->dialer;

	list_unlink(&call->le);
	dialer->live--;
	dialer->reserved--;
	call->ended(&call->end, call->ended_arg);
	mem_deref(call);
}

/* What the dialer hears of the end, where a rule of it is broken. */
static void end_break(const struct sim *sim, struct dialer_end *end)
{
	if (!sim_is_told(sim, "retry_after"))
		end->end.retry_after_s = 0;
	if (!sim_is_told(sim, "promise"))
		end->callback_at = NULL;
	if (!sim_is_told(sim, "promised_time") && end->callback_at)
		end->callback_at = "+1h";
	if (!sim_is_told(sim, "line_fault") &&
	    end->end.outcome == OUTCOME_LINE_FAILED)
		end->end.outcome = OUTCOME_DECLINED;
}

static void over_timer(void *arg)
{
	struct sim_call *call = arg;
	struct sim_dialer *dialer = call->dialer;
	struct sim *sim = dialer->process->sim;
	const struct phone_end *end = &call->end.end;
	struct sim_view *view = &dialer->viewv[call->line - sim->linev];
	int64_t rest_ms = sim_now() + 1000 * (int64_t)end->retry_after_s;

	sim_log(sim, "end %s of %s by %u", outcome_name(end->outcome),
	        call->number->text, dialer->process->no);
	if (end->outcome == OUTCOME_LINE_CONGESTED &&
	    rest_ms > view->rest_until_ms)
		view->rest_until_ms = rest_ms;
	if (call->callback_ms && call->callback_minute >= 0)
		call->callback_ms = sim_next_clock_ms(
			sim_zone_of(call->person, call->number),
			(unsigned)call->callback_minute);
	sim_judge_end(sim, call);
	end_break(sim, &call->end);
	told(call);
}

static void probed(struct probe *probe, int err)
{
	probe->done(err, err ? strerror(err) : "OK", probe->done_arg);
	mem_deref(probe);
}

static void probes_cut(struct sim_process *process)
{
	struct le *le = list_head(&process->sim->probel);

	while (le) {
		struct probe *probe = le->data;

		le = le->next;
		if (probe->dialer->process == process)
			probed(probe, ECANCELED);
	}
}

void sim_line_cut(struct sim_process *process)
{
	struct le *le = list_head(&process->sim->calll);

	while (le) {
		struct sim_call *call = le->data;

		le = le->next;
		if (call->dialer->process != process)
			continue;
		sim_judge_cut(process->sim, call);
		call->end = (struct dialer_end){
			.end = {.outcome = OUTCOME_CANCELLED, .reason = ""},
		};
		told(call);
	}
	probes_cut(process);
}

static void said_timer(void *arg)
{
	struct sim_call *call = arg;

	sim_wish_stop(call->dialer->process, call);
}

/* --- what comes of it ----------------------------------------------------- */

static void fate(struct sim_call *call, enum outcome outcome, int64_t in_ms)
{
	call->end.end.outcome = outcome;
	if (outcome == OUTCOME_ANSWERED || outcome == OUTCOME_MACHINE)
		call->end.talk_ms = (uint64_t)in_ms;
	tmr_start(&call->tmr, (uint64_t)in_ms, over_timer, call);
}

/* In so many hours, or when their clock shows it. */
static void ask_back(struct sim *sim, struct sim_call *call, int64_t end_ms,
                     int64_t hours)
{
	unsigned minute = (unsigned)sim_lot(sim, 1440);

	call->end.callback_at = call->callback;
	call->callback_minute = -1;
	call->callback_ms = end_ms + hours * SIM_HOUR_MS;
	(void)snprintf(call->callback, sizeof(call->callback), "+%dh",
	               (int)hours);
	if (sim_one_of(sim, 2))
		return;

	call->callback_minute = (int)minute;
	(void)snprintf(call->callback, sizeof(call->callback), "%02u:%02u",
	               minute / 60, minute % 60);
}

/* How it broke off, or what the script made of it. */
static void mood(struct sim *sim, struct sim_call *call, int64_t *talk_msp)
{
	if (sim_one_of(sim, HUNG_UP_OF)) {
		*talk_msp = sim_between(sim, 300, (int64_t)2 * SIM_HANGUP_MS);
		call->end.end.is_by_them = true;
	}
	else if (sim_one_of(sim, DROPPED_OF)) {
		call->end.is_dropped = true;
		sim->drops++;
	}
	if (sim_one_of(sim, LABELLED_OF))
		call->end.label = sim_one_of(sim, 2) ? "complaint" : "angry";
}

static void talk(struct sim *sim, struct sim_call *call, unsigned lot)
{
	int64_t talk_ms = sim_between(sim, 3000, 120000);
	int64_t hours = sim_between(sim, 1, 30);

	if (lot < STOPS) {
		call->end.is_opt_out = true;
		tmr_init(&call->said_tmr);
		tmr_start(&call->said_tmr, (uint64_t)talk_ms - 2500, said_timer,
		          call);
	}
	else if (lot < WANTS_CALLBACK) {
		ask_back(sim, call, sim_now() + talk_ms, hours);
	}
	if (lot >= WANTS_CALLBACK)
		mood(sim, call, &talk_ms);
	fate(call, OUTCOME_ANSWERED, talk_ms);
}

static bool is_blocked(struct sim *sim, const struct sim_call *call)
{
	if (call->caller < 0)
		return false;

	return sim->callerv[call->caller].is_burnt
	               ? sim_lot(sim, BURNT_OF) < BURNT
	               : sim_one_of(sim, BLOCKED_OF);
}

static void unreachable(struct sim *sim, struct sim_call *call)
{
	call->end.end.sip_code = REDIAL_CODE;
	fate(call, OUTCOME_UNREACHABLE, sim_between(sim, 500, 20000));
}

static void draw(struct sim *sim, struct sim_call *call)
{
	unsigned lot = (unsigned)sim_lot(sim, LOTS);

	if (is_blocked(sim, call))
		fate(call, OUTCOME_BLOCKED, sim_between(sim, 50, 900));
	else if (lot < BUSY)
		fate(call, OUTCOME_BUSY, sim_between(sim, 100, 3000));
	else if (lot < NO_ANSWER)
		fate(call, OUTCOME_NO_ANSWER, 30000);
	else if (lot < UNREACHABLE)
		unreachable(sim, call);
	else if (lot < MACHINE)
		fate(call, OUTCOME_MACHINE, sim_between(sim, 5000, 40000));
	else if (lot < DECLINED)
		fate(call, OUTCOME_DECLINED, sim_between(sim, 2000, 20000));
	else if (lot < BAD_NUMBER)
		fate(call, OUTCOME_BAD_NUMBER, sim_between(sim, 50, 500));
	else if (lot < UNWANTED)
		fate(call, OUTCOME_UNWANTED, sim_between(sim, 1000, 9000));
	else
		talk(sim, call, lot);
}

static unsigned live_over(struct sim *sim, const struct sim_line *line)
{
	unsigned n = 0;
	struct le *le;

	LIST_FOREACH (&sim->calll, le) {
		const struct sim_call *call = le->data;

		n += call->line == line;
	}

	return n;
}

static void route(struct sim *sim, struct sim_call *call)
{
	struct sim_line *line = call->line;

	if (line->trouble == SIM_LINE_DEAD) {
		call->end.end.sip_code = 500;
		fate(call, OUTCOME_LINE_FAILED, sim_between(sim, 10, 4000));
	}
	else if (live_over(sim, line) > line->channels ||
	         (line->trouble == SIM_LINE_SLOW &&
	          sim_lot(sim, SLOW_OF) < SLOW)) {
		call->end.end.sip_code = 503;
		call->end.end.retry_after_s =
			sim_one_of(sim, 2) ? (uint32_t)sim_lot(sim, 20) : 0;
		fate(call, OUTCOME_LINE_CONGESTED, sim_between(sim, 10, 300));
	}
	else {
		draw(sim, call);
	}
}

/* --- the port ------------------------------------------------------------- */

static struct sim_line *line_of(struct sim *sim, const char *name)
{
	for (int i = 0; i < SIM_LINES; i++) {
		if (!strcmp(sim->linev[i].name, name))
			return &sim->linev[i];
	}

	return NULL;
}

/* Of sim.callerv; -1: the line's own, -2: nobody's. */
static int caller_of(const struct sim *sim, const char *text)
{
	for (int i = 0; i < SIM_CALLERS; i++) {
		if (!strcmp(sim->callerv[i].text, text))
			return i;
	}

	return *text ? -2 : -1;
}

static struct sim_call *call_make(struct sim_dialer *dialer,
                                  const struct dialer_call *dial)
{
	struct sim *sim = dialer->process->sim;
	struct sim_call *call = mem_zalloc(sizeof(*call), call_destructor);

	if (!call)
		return NULL;

	tmr_init(&call->tmr);
	tmr_init(&call->said_tmr);
	call->dialer = dialer;
	call->line = line_of(sim, dial->line);
	call->person = &sim->personv[dial->contact->row - SIM_ROW];
	call->number = sim_number_of(sim, dial->contact->number);
	call->caller = caller_of(sim, dial->caller_id);
	call->attempt_id = dial->attempt_id;
	(void)snprintf(call->others, sizeof(call->others), "%s",
	               dial->others ? dial->others : "");
	(void)snprintf(call->call_id, sizeof(call->call_id), "%s",
	               dial->call_id);
	call->begin_ms = sim_now();
	call->end.label = "";
	call->end.end.reason = "";

	return call;
}

/* The phone has lines that are full and sockets that fail. */
static int refuse(struct sim_dialer *dialer, const struct dialer_call *dial)
{
	struct sim *sim = dialer->process->sim;
	struct sim_person *person = &sim->personv[dial->contact->row - SIM_ROW];
	struct sim_line *line = line_of(sim, dial->line);

	if (sim_one_of(sim, 2))
		return EBUSY;

	sim_log(sim, "%s: %s fails to call", dialer->campaign->name,
	        line->name);
	sim_judge_failed(dialer, line, sim_now());
	person->placev[dialer->campaign->no].redial_not = line;

	return ENETUNREACH;
}

/* What happens between the permission and the call, where that is broken. */
static void place_break(struct sim *sim)
{
	if (!sim_is_told(sim, "late"))
		clock_set(sim_now() + SIM_PERMIT_MS + SIM_SECOND_MS);
	if (!sim_is_told(sim, "written") &&
	    sim_db_script("UPDATE attempts SET number = ''"
	                  " WHERE state = 'intent'"))
		sim_wrong(sim, "the database cannot be spoilt");
}

static int place(const struct dialer_call *dial,
                 void (*ended)(const struct dialer_end *end, void *arg),
                 void *ended_arg, void *arg)
{
	struct sim_dialer *dialer = arg;
	struct sim *sim = dialer->process->sim;
	struct sim_call *call;

	if (sim_one_of(sim, 400))
		return refuse(dialer, dial);

	place_break(sim);
	call = call_make(dialer, dial);
	if (!call)
		return ENOMEM;

	call->ended = ended;
	call->ended_arg = ended_arg;
	sim_log(sim, "%s: call %s over %s by %u as %s", dialer->campaign->name,
	        call->number->text, call->line->name, dialer->process->no,
	        dial->caller_id);
	sim_judge_call(sim, call);
	if (!sim_is_told(sim, "twice"))
		sim_judge_call(sim, call);
	sim->calls++;
	sim->busy_ms = sim_now();
	list_append(&sim->calll, &call->le, call);
	dialer->live++;
	route(sim, call);

	return 0;
}

/* --- OPTIONS -------------------------------------------------------------- */

static void probe_destructor(void *arg)
{
	struct probe *probe = arg;

	tmr_cancel(&probe->tmr);
	list_unlink(&probe->le);
}

static void probe_timer(void *arg)
{
	struct probe *probe = arg;
	struct sim *sim = probe->dialer->process->sim;
	bool is_dead = probe->line->trouble == SIM_LINE_DEAD;

	sim_log(sim, "%s %s process %u", probe->line->name,
	        probe->is_late ? "lets wait"
	        : is_dead      ? "does not answer"
	                       : "answers",
	        probe->dialer->process->no);
	if (is_dead ? !probe->was_late : probe->is_late)
		sim_judge_failed(probe->dialer, probe->line, sim_now());
	if (probe->is_late) {
		probe->is_late = false;
		probe->was_late = true;
		tmr_start(&probe->tmr, (uint64_t)sim_between(sim, 1, 4000),
		          probe_timer, probe);
		return;
	}
	if (!is_dead)
		sim_judge_answered(probe->dialer, probe->line);
	probed(probe, is_dead ? ETIMEDOUT : 0);
}

static int ask(const char *line,
               void (*done)(int err, const char *words, void *arg),
               void *done_arg, void *arg)
{
	struct sim_dialer *dialer = arg;
	struct sim *sim = dialer->process->sim;
	struct probe *probe = mem_zalloc(sizeof(*probe), probe_destructor);

	if (!probe)
		return ENOMEM;

	sim->probes++;
	probe->dialer = dialer;
	probe->line = line_of(sim, line);
	probe->done = done;
	probe->done_arg = done_arg;
	tmr_init(&probe->tmr);
	list_append(&sim->probel, &probe->le, probe);
	probe->is_late = sim_one_of(sim, 8);
	tmr_start(&probe->tmr,
	          probe->is_late ? LATE_MS
	                         : (uint64_t)sim_between(sim, 5, 1500),
	          probe_timer, probe);

	return 0;
}

/* --- the rest of the port ------------------------------------------------- */

static void hangup_all(void *arg)
{
	struct sim_dialer *dialer = arg;
	struct le *le;

	LIST_FOREACH (&dialer->process->sim->calll, le) {
		struct sim_call *call = le->data;

		if (call->dialer != dialer)
			continue;
		tmr_cancel(&call->said_tmr);
		call->end = (struct dialer_end){
			.end = {.outcome = OUTCOME_CANCELLED, .reason = ""},
		};
		call->callback_ms = 0;
		tmr_start(&call->tmr, 0, over_timer, call);
	}
}

static int reserve(void *arg)
{
	struct sim_dialer *dialer = arg;

	if (sim_one_of(dialer->process->sim, 200))
		return EBUSY;
	dialer->reserved += sim_is_told(dialer->process->sim, "robots");

	return 0;
}

static void release(void *arg)
{
	struct sim_dialer *dialer = arg;

	dialer->reserved--;
}

struct dialer_port sim_line_port(struct sim_dialer *dialer)
{
	return (struct dialer_port){
		.place = place,
		.hangup_all = hangup_all,
		.reserve = reserve,
		.release = release,
		.probe = dialer->campaign->may_probe ? ask : NULL,
		.arg = dialer,
	};
}
