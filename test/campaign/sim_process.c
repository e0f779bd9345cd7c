/*
 * test/campaign/sim_process.c - a process of a simulation
 *
 * Its own pool, mailbox and store. Each job of the store and each answer on
 * its way home waits for an instant that is drawn, so that a process can be
 * killed between any two of them.
 */
#include <assert.h>
#include <stdio.h>
#include "base/work.h"
#include "campaign/sim.h"

enum {
	MESSAGES_MAX = 100000,
	JOB_MS = 3,
	FAULT_OF = 300,   /* jobs: one meets a fault */
	SLOW_OF = 400,    /* one takes long */
	FROZEN_OF = 8000, /* one takes longer than the process's lease */
	AGAIN_MS = 10000, /* a store that does not open */
};

static struct sim_process *of(void *arg)
{
	return arg;
}

/* --- jobs and answers ----------------------------------------------------- */

static int64_t delay_ms(struct sim *sim)
{
	if (sim_one_of(sim, FROZEN_OF))
		return sim_between(sim, 5000, 25000);
	if (sim_one_of(sim, SLOW_OF))
		return sim_between(sim, 100, 4000);

	return sim_between(sim, 0, JOB_MS);
}

static void home_timer(void *arg)
{
	struct sim_process *process = of(arg);

	mailbox_drain(process->home);
}

static void job_timer(void *arg)
{
	struct sim_process *process = of(arg);
	struct sim *sim = process->sim;
	bool is_away = sim_db_fault(process->no) == SIM_DB_AWAY;

	if (!is_away && sim_now() < sim->heal_ms && sim_one_of(sim, FAULT_OF)) {
		unsigned kinds = SIM_DB_FAULTS - SIM_DB_LOST_WITHIN;
		unsigned fault =
			SIM_DB_LOST_WITHIN + (unsigned)sim_lot(sim, kinds);

		sim->faults++;
		sim_log(sim, "fault %u of process %u", fault, process->no);
		sim_db_set(process->no, fault);
	}
	(void)work_pool_step(process->pool);
	if (!is_away)
		sim_db_set(process->no, SIM_DB_WELL);
	tmr_start(&process->home_tmr, (uint64_t)delay_ms(sim), home_timer,
	          process);
	sim_judge_step(sim);
}

void sim_process_look(struct sim_process *process)
{
	if (process->store && work_pool_has_job(process->pool) &&
	    !tmr_isrunning(&process->job_tmr))
		tmr_start(&process->job_tmr, (uint64_t)delay_ms(process->sim),
		          job_timer, process);
}

/* --- begin and end -------------------------------------------------------- */

void sim_process_init(struct sim_process *process, struct sim *sim, unsigned no)
{
	process->sim = sim;
	process->no = no;
	tmr_init(&process->job_tmr);
	tmr_init(&process->home_tmr);
	tmr_init(&process->start_tmr);
	for (unsigned i = 0; i < SIM_CAMPAIGNS; i++) {
		process->dialerv[i].process = process;
		process->dialerv[i].campaign = &sim->campaignv[i];
	}
}

/* The operator's commands are guests. */
static int open_store(struct sim_process *process)
{
	char url[SIM_DB_URL_SIZE], fault[CFG_FAULT_SIZE];

	(void)sim_db_url(url, process->no);
	if (process->no == SIM_OPERATOR)
		return store_open_guest(&process->store, url, process->pool,
		                        fault);

	return store_open(&process->store, url, process->pool, fault);
}

int sim_process_open(struct sim_process *process)
{
	int err;

	assert(!process->store);

	process->is_stopping = false;
	memset(process->sharev, 0, sizeof(process->sharev));
	err = mailbox_alloc_polled(&process->home, MESSAGES_MAX);
	if (!err)
		err = work_pool_alloc(&process->pool, 0, process->home);
	if (!err)
		err = open_store(process);
	if (err) {
		process->pool = mem_deref(process->pool);
		process->home = mem_deref(process->home);
	}

	return err;
}

static void close_all(struct sim_process *process)
{
	/* What the store still answers starts no dialer. */
	process->is_stopping = true;
	tmr_cancel(&process->job_tmr);
	tmr_cancel(&process->home_tmr);
	tmr_cancel(&process->start_tmr);
	for (unsigned i = 0; i < SIM_CAMPAIGNS; i++) {
		struct sim_dialer *dialer = &process->dialerv[i];

		dialer->dialer = mem_deref(dialer->dialer);
	}
	sim_line_cut(process);
	store_close(process->store);
	process->store = NULL;
	mailbox_drain(process->home);
	sim_wish_forget(process);
	process->pool = mem_deref(process->pool);
	process->home = mem_deref(process->home);
	for (unsigned i = 0; i < SIM_CAMPAIGNS; i++) {
		struct sim_dialer *dialer = &process->dialerv[i];

		dialer->reserved = dialer->live = 0;
		memset(dialer->viewv, 0, sizeof(dialer->viewv));
	}
}

/* What it had in hand dies with it: nothing more reaches the database. */
void sim_process_kill(struct sim_process *process)
{
	enum sim_db_fault before = sim_db_fault(process->no);

	if (!process->store)
		return;

	process->sim->kills++;
	sim_log(process->sim, "kill %u", process->no);
	sim_db_set(process->no, SIM_DB_AWAY);
	close_all(process);
	sim_db_set(process->no, before);
	sim_judge_step(process->sim);
	if (process->no != SIM_OPERATOR)
		sim_process_begin(process, sim_between(process->sim, 500,
		                                       90 * SIM_SECOND_MS));
}

void sim_process_end(struct sim_process *process)
{
	tmr_cancel(&process->start_tmr);
	if (process->store)
		close_all(process);
}

bool sim_process_is_calling(const struct sim_process *process)
{
	for (unsigned i = 0; i < SIM_CAMPAIGNS; i++) {
		if (process->dialerv[i].dialer)
			return true;
	}

	return false;
}

static void leave(struct sim_process *process)
{
	sim_log(process->sim, "process %u has ended", process->no);
	close_all(process);
}

static void leave_timer(void *arg)
{
	leave(of(arg));
}

void sim_process_stop(struct sim_process *process)
{
	if (!process->store)
		return;

	sim_log(process->sim, "stop %u", process->no);
	process->is_stopping = true;
	for (unsigned i = 0; i < SIM_CAMPAIGNS; i++) {
		if (process->dialerv[i].dialer)
			dialer_stop(process->dialerv[i].dialer);
	}
	if (!sim_process_is_calling(process))
		leave(process);
}

void sim_process_hurry(struct sim_process *process)
{
	sim_process_stop(process);
	for (unsigned i = 0; i < SIM_CAMPAIGNS && process->store; i++) {
		if (process->dialerv[i].dialer)
			dialer_stop(process->dialerv[i].dialer);
	}
}

/* --- its campaigns -------------------------------------------------------- */

static void done_handler(const struct dialer_progress *progress,
                         const char *fault, void *arg)
{
	struct sim_dialer *dialer = arg;
	struct sim_process *process = dialer->process;

	(void)progress;

	sim_log(process->sim, "%s is over for %u: %s", dialer->campaign->name,
	        process->no, fault ? fault : "nobody left");
	dialer->dialer = mem_deref(dialer->dialer);
	if (process->is_stopping && !sim_process_is_calling(process))
		tmr_start(&process->start_tmr, 0, leave_timer, process);
}

/* The lines of a campaign with the channels that this process shares. */
static void lines_of(struct dialer_group *lines, struct sim_dialer *dialer)
{
	struct sim *sim = dialer->process->sim;

	*lines = dialer->campaign->lines;
	if (!sim_is_told(sim, "redials"))
		lines->redial.redials_max *= 2;
	for (size_t i = 0; i < lines->linec; i++) {
		for (size_t k = 0; k < SIM_LINES; k++) {
			if (!strcmp(lines->linev[i].name, sim->linev[k].name))
				lines->linev[i].share =
					&dialer->process->sharev[k];
		}
	}
	for (size_t k = 0; k < SIM_LINES; k++) {
		dialer->viewv[k].rounds = 0;
		dialer->viewv[k].faulty_ms = 0;
		dialer->viewv[k].ended.count = 0;
	}
}

static void campaign_handler(int err, const struct store_campaign *campaign,
                             void *arg)
{
	struct sim_dialer *dialer = arg;
	struct sim_process *process = dialer->process;
	const struct dialer_port port = sim_line_port(dialer);
	const struct dialer_sink sink = {.done = done_handler, .arg = dialer};
	struct dialer_group lines;
	const struct dialer_prm prm = {
		.lines = &lines,
		.calls_max = sim_is_told(process->sim, "calls")
	                             ? dialer->campaign->calls_max
	                             : 2 * dialer->campaign->calls_max,
		.calls_per_s = sim_is_told(process->sim, "campaign_pace")
	                               ? dialer->campaign->calls_per_s
	                               : 0,
		.priority = sim_is_told(process->sim, "priority")
	                            ? dialer->campaign->priority
	                            : 0,
		.port = &port,
		.rules = dialer->campaign->rules,
	};

	if (err || process->is_stopping || dialer->dialer)
		return;

	lines_of(&lines, dialer);
	dialer->begin_ms = sim_now();
	memset(&dialer->placed, 0, sizeof(dialer->placed));
	if (dialer_start(&dialer->dialer, process->store, campaign, &prm,
	                 &sink))
		sim_wrong(process->sim, "a dialer does not start");
}

void sim_process_dial(struct sim_process *process, struct sim_campaign *camp)
{
	struct sim_dialer *dialer = &process->dialerv[camp->no];

	if (process->store && !process->is_stopping && !dialer->dialer)
		(void)store_campaign(process->store, camp->name, STORE_LIST_OWN,
		                     "none", campaign_handler, dialer);
}

static void begin_timer(void *arg)
{
	struct sim_process *process = of(arg);
	struct sim *sim = process->sim;

	if (sim_process_open(process)) {
		tmr_start(&process->start_tmr, AGAIN_MS, begin_timer, process);
		return;
	}
	sim_log(sim, "begin %u", process->no);
	for (unsigned i = 0; i < sim->campaignc; i++)
		sim_process_dial(process, &sim->campaignv[i]);
}

void sim_process_begin(struct sim_process *process, int64_t in_ms)
{
	if (!process->store && !tmr_isrunning(&process->start_tmr))
		tmr_start(&process->start_tmr, (uint64_t)in_ms, begin_timer,
		          process);
}
