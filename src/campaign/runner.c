/*
 * campaign/runner.c - calls for every campaign that is to run
 *
 * Each second the campaigns are looked through; one whose state is "running"
 * gets a run: its plan is read, the store counts who is left (and settles what
 * a crash left in doubt), a robot is opened for its script, and a dialer calls.
 * A pause is the dialer's: it asks the store who is due and hears of it. A run
 * that cannot go on rests and begins anew.
 *
 * A run is held by the runner and by each question that is under way.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include <re_tmr.h>
#include "campaign/campaign.h"

enum {
	LOOK_MS = 1000,
	LINE_REST_MS = 1000,
	FAULT_REST_MS = 30000,
	DRAIN_LOOK_MS = 100,
};

struct runner {
	struct runner_prm prm;
	struct list runl;
	struct list sharel;
	struct tmr tmr;
	bool is_looking;
	bool is_poked; /* while looking */

	bool is_draining;
	bool has_hung_up;
	uint64_t drain_until_ms;
	void (*drained)(void *arg);
	void *drained_arg;
};

/* The channels of a line, over all campaigns. */
struct share {
	struct le le;
	char *line;
	struct dialer_share share;
};

struct run {
	struct le le;
	struct runner *runner; /* NULL: it is gone */
	struct plan *plan;
	struct rules *rules;
	struct store_campaign campaign;
	struct dialer_group lines;
	void *robot;
	struct dialer *dialer;
	struct dialer_progress progress;
	uint64_t again_ms; /* it rests until then, 0: it does not */
	char script[128];  /* for the store: what its calls are held by */
	char words[CFG_FAULT_SIZE];
};

static void run_free(struct run *run)
{
	list_unlink(&run->le);
	run->runner = NULL;

	/* The dialer before the robot that it calls through. */
	run->dialer = mem_deref(run->dialer);
	run->robot = mem_deref(run->robot);
	mem_deref(run);
}

static void run_destructor(void *arg)
{
	struct run *run = arg;

	mem_deref(run->plan);
	mem_deref(run->rules);
}

static void share_destructor(void *arg)
{
	struct share *share = arg;

	list_unlink(&share->le);
	mem_deref(share->line);
}

static void destructor(void *arg)
{
	struct runner *runner = arg;
	struct le *le;

	tmr_cancel(&runner->tmr);
	while ((le = list_head(&runner->runl)))
		run_free(le->data);
	list_flush(&runner->sharel);
}

static struct run *run_find(const struct runner *runner, const char *name)
{
	struct le *le;

	LIST_FOREACH (&runner->runl, le) {
		struct run *run = le->data;

		if (!strcmp(run->plan->name, name))
			return run;
	}

	return NULL;
}

/* --- one run -------------------------------------------------------------- */

/* It is tried again later, by a new look. */
static void run_rest(struct run *run, const char *fault, uint32_t rest_ms)
{
	if (rest_ms >= FAULT_REST_MS)
		log_error("campaign", "%s: %s; it is tried again in %u s",
		          run->plan->name, fault, rest_ms / 1000);
	(void)snprintf(run->words, sizeof(run->words), "%s", fault);
	run->again_ms = clock_ms() + rest_ms;
	run->dialer = mem_deref(run->dialer);
	run->robot = mem_deref(run->robot);
	run->rules = mem_deref(run->rules);
}

static void over_handler(int err, void *arg)
{
	struct run *run = arg;

	if (err)
		log_warning("campaign", "%s: its end is not written: %s",
		            run->plan->name, strerror(err));
	if (run->runner)
		run_free(run);
	mem_deref(run);
}

static void progress_handler(const struct dialer_progress *progress, void *arg)
{
	struct run *run = arg;

	run->progress = *progress;
	run->progress.waiting = NULL;
	if (progress->waiting)
		(void)snprintf(run->words, sizeof(run->words), "waiting: %s",
		               progress->waiting);
	else
		(void)snprintf(run->words, sizeof(run->words), "%s",
		               progress->is_stopping ? "talks finish"
		                                     : "calling");
}

static void done_handler(const struct dialer_progress *progress,
                         const char *fault, void *arg)
{
	struct run *run = arg;
	struct runner *runner = run->runner;

	log_info("campaign", "%s: %u calls, %u of %u done", run->plan->name,
	         progress->placed, progress->ended, progress->total);
	run->progress = *progress;
	run->progress.waiting = NULL;
	if (fault) {
		run_rest(run, fault, FAULT_REST_MS);
		return;
	}

	/* Stopped or nobody left; the store knows which. */
	run->dialer = mem_deref(run->dialer);
	run->robot = mem_deref(run->robot);
	if (store_campaign_over(runner->prm.store, run->campaign.id,
	                        over_handler, mem_ref(run)))
		over_handler(ENOBUFS, run);
}

/* What the plan does not say is as configured; one line alone is what the
 * campaign may use of it. */
static void dialer_fill(struct dialer_prm *prm, struct run *run,
                        const struct dialer_port *port)
{
	const struct cfg *cfg = run->runner->prm.cfg;
	const struct plan *plan = run->plan;

	*prm = (struct dialer_prm){
		.campaign_id = run->campaign.id,
		.lines = &run->lines,
		.calls_max = plan->calls,
		.calls_per_s = plan->calls_per_s,
		.priority = plan->priority,
		.port = port,
		.rules = run->rules,
	};
	if (!prm->calls_max)
		prm->calls_max = (unsigned)cfg_number(cfg, "campaign", "calls");
	if (prm->calls_per_s < 0)
		prm->calls_per_s = run->lines.linev[0].calls_per_s > 0
		                           ? 0
		                           : (double)cfg_number(cfg, "campaign",
		                                                "calls_per_s");
}

static void robot_ready(const struct dialer_port *port, const char *fault,
                        void *arg)
{
	struct run *run = arg;
	const struct dialer_sink sink = {progress_handler, done_handler, run};
	struct dialer_prm prm;
	int err;

	if (!run->runner)
		goto out;
	if (fault) {
		run_rest(run, fault, FAULT_REST_MS);
		goto out;
	}
	if (run->runner->is_draining) {
		run_free(run);
		goto out;
	}

	dialer_fill(&prm, run, port);
	(void)snprintf(run->words, sizeof(run->words), "calling");
	log_info("campaign", "%s: %u to call, %u done before", run->plan->name,
	         run->campaign.ready - run->campaign.blocked,
	         run->campaign.done);
	err = dialer_start(&run->dialer, run->runner->prm.store, &run->campaign,
	                   &prm, &sink);
	if (err)
		run_rest(run, strerror(err), FAULT_REST_MS);

out:
	mem_deref(run);
}

static void robot_open(struct run *run)
{
	const struct runner_prm *prm = &run->runner->prm;
	const struct plan *plan = run->plan;
	const struct runner_open open = {
		.script = plan->script,
		.script_version = plan->script_version,
		.line = run->lines.linev[0].name,
		.rules = run->rules,
		.ring_ms = 1000 * (plan->ring_s ? plan->ring_s
	                                        : (uint32_t)cfg_number(
							  prm->cfg, "campaign",
							  "ring_s")),
	};
	int err;

	(void)snprintf(run->words, sizeof(run->words), "getting ready");
	err = prm->source.open(&run->robot, &open, robot_ready, mem_ref(run),
	                       prm->source.arg);
	if (err) {
		run_rest(run, strerror(err), FAULT_REST_MS);
		mem_deref(run);
	}
}

/* --- its lines ------------------------------------------------------------ */

static struct dialer_share *share_of(struct runner *runner, const char *line)
{
	struct share *share;
	struct le *le;

	LIST_FOREACH (&runner->sharel, le) {
		share = le->data;
		if (!strcmp(share->line, line))
			return &share->share;
	}

	/* Without memory it is alone: the line itself refuses what is too
	 * much. */
	share = mem_zalloc(sizeof(*share), share_destructor);
	if (!share || str_dup(&share->line, line)) {
		mem_deref(share);
		return NULL;
	}
	list_append(&runner->sharel, &share->le, share);

	return &share->share;
}

/* One of them is ready, or none will be: then calls tell why. */
static bool lines_may(const struct run *run)
{
	const struct phone *phone = run->runner->prm.phone;

	for (size_t i = 0; i < run->lines.linec; i++) {
		const struct phone_line *line =
			phone_line_find(phone, run->lines.linev[i].name);

		if (phone_line_state(line, NULL) == PHONE_LINE_READY)
			return true;
	}

	return false;
}

static void lines_make(struct run *run)
{
	const struct runner_prm *prm = &run->runner->prm;
	char fault[CFG_FAULT_SIZE];

	if (dialer_group_make(&run->lines, prm->cfg, prm->phone,
	                      run->plan->group, run->plan->lines, fault)) {
		run_rest(run, fault, FAULT_REST_MS);
		return;
	}
	for (size_t i = 0; i < run->lines.linec; i++)
		run->lines.linev[i].share =
			share_of(run->runner, run->lines.linev[i].name);
	if (lines_may(run))
		robot_open(run);
	else
		run_rest(run, "waiting: no line is ready", LINE_REST_MS);
}

/* --- its contacts --------------------------------------------------------- */

/* Calls for a client are counted over all campaigns that name them. */
static void noted_handler(int err, void *arg)
{
	struct run *run = arg;

	if (run->runner && err)
		run_rest(run, strerror(err), FAULT_REST_MS);
	else if (run->runner)
		lines_make(run);
	mem_deref(run);
}

static void campaign_handler(int err, const struct store_campaign *campaign,
                             void *arg)
{
	struct run *run = arg;
	struct runner *runner = run->runner;
	char fault[CFG_FAULT_SIZE];

	if (!runner) {
		mem_deref(run);
		return;
	}
	if (!err) {
		run->campaign = *campaign;
		run->campaign.settings = NULL;
		err = rules_make(&run->rules, runner->prm.cfg,
		                 campaign->settings, fault);
	}
	else {
		(void)snprintf(fault, sizeof(fault), "%s", strerror(err));
	}
	if (err) {
		run_rest(run, fault, FAULT_REST_MS);
		mem_deref(run);
		return;
	}

	if (campaign->in_doubt)
		log_warning("campaign",
		            "%s: %u calls were cut off when the last run "
		            "ended; they count as made and are not repeated",
		            run->plan->name, campaign->in_doubt);
	if (store_campaign_settings(runner->prm.store, run->plan->name, NULL,
	                            rules_client(run->rules), noted_handler,
	                            run))
		noted_handler(ENOBUFS, run);
}

static void run_begin(struct run *run)
{
	run->again_ms = 0;
	(void)snprintf(run->words, sizeof(run->words), "getting ready");
	if (store_campaign(run->runner->prm.store, run->plan->name,
	                   STORE_LIST_OWN, run->script, campaign_handler,
	                   mem_ref(run)))
		campaign_handler(ENOBUFS, NULL, run);
}

/* --- looking -------------------------------------------------------------- */

static void run_make(struct runner *runner, const struct store_plan *stored)
{
	char fault[CFG_FAULT_SIZE] = "out of memory";
	struct run *run;
	int err;

	run = mem_zalloc(sizeof(*run), run_destructor);
	if (!run)
		return;

	run->runner = runner;
	err = plan_from_store(&run->plan, stored, fault);
	if (err) {
		log_error("campaign", "%s: its plan cannot be read: %s",
		          stored->name, fault);
		mem_deref(run);
		return;
	}
	(void)snprintf(run->script, sizeof(run->script), "%s", stored->script);
	list_append(&runner->runl, &run->le, run);
	run_begin(run);
}

/* A campaign without a script was made by `dialwright run`, which runs it. */
static void plan_handler(const struct store_plan *stored, void *arg)
{
	struct runner *runner = arg;
	struct run *run = run_find(runner, stored->name);
	bool is_to_run = !strcmp(stored->state, "running");

	if (runner->is_draining)
		return;

	if (run && run->again_ms && !is_to_run)
		run_free(run);
	else if (run && run->again_ms && clock_ms() >= run->again_ms)
		run_begin(run);
	else if (!run && is_to_run && strcmp(stored->plan, "{}") != 0)
		run_make(runner, stored);
}

static void look(void *arg);

static void looked_handler(int err, void *arg)
{
	struct runner *runner = arg;

	if (err)
		log_debug("campaign", "campaigns cannot be read: %s",
		          strerror(err));
	runner->is_looking = false;
	if (!runner->is_draining)
		tmr_start(&runner->tmr, runner->is_poked ? 0 : LOOK_MS, look,
		          runner);
	runner->is_poked = false;
}

static void look(void *arg)
{
	struct runner *runner = arg;

	runner->is_looking = true;
	if (store_plans(runner->prm.store, NULL, plan_handler, looked_handler,
	                runner))
		looked_handler(ENOBUFS, runner);
}

void runner_poke(struct runner *runner)
{
	if (runner->is_looking)
		runner->is_poked = true;
	else if (!runner->is_draining)
		tmr_start(&runner->tmr, 0, look, runner);
}

int runner_alloc(struct runner **runnerp, const struct runner_prm *prm)
{
	struct runner *runner;

	assert(runnerp && prm && prm->cfg && prm->store && prm->phone);
	assert(prm->source.open);

	runner = mem_zalloc(sizeof(*runner), destructor);
	if (!runner)
		return ENOMEM;

	tmr_init(&runner->tmr);
	runner->prm = *prm;
	tmr_start(&runner->tmr, 0, look, runner);
	*runnerp = runner;

	return 0;
}

/* --- what it does --------------------------------------------------------- */

const char *runner_words(const struct runner *runner, const char *campaign)
{
	const struct run *run = run_find(runner, campaign);

	return run ? run->words : "";
}

const char *runner_at(const struct runner *runner, size_t i,
                      struct dialer_progress *progress)
{
	struct le *le;

	LIST_FOREACH (&runner->runl, le) {
		const struct run *run = le->data;

		if (i--)
			continue;
		*progress = run->progress;
		return run->plan->name;
	}

	return NULL;
}

/* --- the end -------------------------------------------------------------- */

static void dialers_stop(struct runner *runner)
{
	struct le *le;

	LIST_FOREACH (&runner->runl, le) {
		struct run *run = le->data;

		if (run->dialer)
			dialer_stop(run->dialer);
	}
}

/* Those that only rest or get ready have nobody to wait for. */
static void idle_free(struct runner *runner)
{
	struct le *le = list_head(&runner->runl);

	while (le) {
		struct run *run = le->data;

		le = le->next;
		if (!run->dialer)
			run_free(run);
	}
}

static void drain_look(void *arg)
{
	struct runner *runner = arg;

	idle_free(runner);
	if (list_isempty(&runner->runl) && !runner->is_looking) {
		runner->drained(runner->drained_arg);
		return;
	}
	if (!runner->has_hung_up && clock_ms() >= runner->drain_until_ms) {
		runner->has_hung_up = true;
		dialers_stop(runner);
	}
	tmr_start(&runner->tmr, DRAIN_LOOK_MS, drain_look, runner);
}

void runner_drain(struct runner *runner, uint32_t limit_ms,
                  void (*done)(void *arg), void *arg)
{
	assert(done && !runner->is_draining);

	runner->is_draining = true;
	runner->drained = done;
	runner->drained_arg = arg;
	runner->drain_until_ms = clock_ms() + limit_ms;
	dialers_stop(runner);
	tmr_start(&runner->tmr, 0, drain_look, runner);
}

bool runner_is_ending(const struct runner *runner)
{
	return runner->is_draining;
}

void runner_hurry(struct runner *runner)
{
	runner->drain_until_ms = 0;
}
