/*
 * cli/dialing.c - a campaign from its first call to its results
 *
 * The phases follow each other in dialing_run(); each one starts something and
 * waits for its handler. Ctrl-C stops dialling and lets talks finish, a second
 * one hangs up; whoever was not called stays due.
 */
#include <errno.h>
#include <stdio.h>
#include "base/mem.h"
#include "cli/dialing.h"
#include "cli/lines.h"
#include "cli/listing.h"
#include "cli/transcript.h"

enum {
	PAINT_SIZE = 256,
};

struct dialing {
	struct env_answer answer;
	struct env *env;
	const struct dialing_prm *prm;
	struct store_campaign campaign;
	struct rules *rules;
	char fault[CFG_FAULT_SIZE];
	struct dialer_group lines;
	struct dialer *dialer;
	struct dialer_port *port;
	struct dialer_progress last;
	struct report report;
};

/* --- campaign --------------------------------------------------------------
 */

static void campaign_handler(int err, const struct store_campaign *campaign,
                             void *arg)
{
	struct dialing *dialing = arg;

	if (!err) {
		dialing->campaign = *campaign;
		dialing->campaign.settings = NULL;
		err = rules_make(&dialing->rules, dialing->env->cfg,
		                 campaign->settings, dialing->fault);
	}
	if (!err)
		err = rules_script_check(dialing->rules, dialing->prm->script,
		                         dialing->fault);
	env_answered(err, &dialing->answer);
}

/* Calls for a client are counted over all campaigns that name them. */
static int client_note(struct dialing *dialing)
{
	return env_await(&dialing->answer,
	                 store_campaign_settings(dialing->env->store,
	                                         dialing->prm->campaign, NULL,
	                                         rules_client(dialing->rules),
	                                         env_answered, dialing));
}

static int campaign_open(struct dialing *dialing)
{
	const struct dialing_prm *prm = dialing->prm;
	const struct store_campaign *campaign = &dialing->campaign;
	const char *script = prm->script_word ? prm->script_word
	                                      : flow_script_name(prm->script);
	int err;

	err = env_await(&dialing->answer,
	                store_campaign(dialing->env->store, prm->campaign,
	                               prm->list_id, script, campaign_handler,
	                               dialing));
	if (!err)
		err = client_note(dialing);
	if (err) {
		fprintf(stderr, "dialwright: campaign %s: %s\n", prm->campaign,
		        *dialing->fault ? dialing->fault : strerror(err));
		return err;
	}

	if (campaign->in_doubt)
		fprintf(stderr,
		        "%u calls were cut off when the last run ended; they "
		        "count as made and are not repeated\n",
		        campaign->in_doubt);
	if (campaign->blocked)
		fprintf(stderr, "%u numbers are on the do-not-call list\n",
		        campaign->blocked);
	fprintf(stderr, "campaign %s: %u to call, %u done before\n",
	        prm->campaign, campaign->ready - campaign->blocked,
	        campaign->done);

	return 0;
}

/* --- dialling ----------------------------------------------------------------
 */

static void moment_handler(const char *number, const char *name,
                           const struct call_moment *moment, void *arg)
{
	char who[64];

	(void)arg;

	if (moment->kind == CALL_STEP)
		return;
	listing_unpaint();
	(void)snprintf(who, sizeof(who), "%s %s", number, name);
	transcript_print(stdout, who, moment);
}

static void dial_progress(const struct dialer_progress *progress, void *arg)
{
	struct dialing *dialing = arg;
	char text[PAINT_SIZE], elapsed[REPORT_TIME_SIZE], eta[REPORT_TIME_SIZE];
	const uint32_t *outcomev = progress->outcomev;
	uint32_t answered = outcomev[OUTCOME_ANSWERED];

	dialing->last = *progress;
	(void)snprintf(
		text, sizeof(text),
		"%u of %u called, %u talking, %u answered, %u busy, "
		"%u no answer, %u other, %s elapsed%s%s%s%s",
		progress->ended, progress->total, progress->live, answered,
		outcomev[OUTCOME_BUSY], outcomev[OUTCOME_NO_ANSWER],
		progress->ended - answered - outcomev[OUTCOME_BUSY] -
			outcomev[OUTCOME_NO_ANSWER],
		report_time(elapsed, (int64_t)progress->elapsed_ms),
		progress->eta_ms >= 0 ? ", about " : "",
		progress->eta_ms >= 0 ? report_time(eta, progress->eta_ms) : "",
		progress->eta_ms >= 0 ? " left" : "",
		progress->is_stopping ? " (stopping)" : "");
	listing_paint(text);
	if (progress->waiting) {
		listing_unpaint();
		fprintf(stderr, "waiting: %s\n", progress->waiting);
	}
}

static void dial_done(const struct dialer_progress *progress, const char *fault,
                      void *arg)
{
	struct dialing *dialing = arg;

	dialing->last = *progress;
	listing_unpaint();
	if (fault)
		fprintf(stderr, "dialwright: %s\n", fault);
	env_answered(fault ? EIO : 0, &dialing->answer);
}

static void interrupted(void *arg)
{
	struct dialing *dialing = arg;

	if (!dialing->dialer)
		return;
	listing_unpaint();
	if (dialing->env->interrupts == 1)
		fputs("stopping: no new calls, talks may finish (Ctrl-C again "
		      "hangs up)\n",
		      stderr);
	dialer_stop(dialing->dialer);
}

/* What is not said by the campaign is by the configuration; one line alone is
 * what the campaign may use of it. */
static void dialer_fill(struct dialer_prm *prm, struct dialing *dialing)
{
	const struct cfg *cfg = dialing->env->cfg;
	struct dialer_line *first = &dialing->lines.linev[0];
	double calls_per_s = dialing->prm->calls_per_s;

	*prm = (struct dialer_prm){
		.campaign_id = dialing->campaign.id,
		.lines = &dialing->lines,
		.calls_max = dialing->prm->calls_max,
		.calls_per_s = calls_per_s,
		.priority = dialing->prm->priority,
		.port = dialing->port,
		.rules = dialing->rules,
	};
	if (!prm->calls_max)
		prm->calls_max = (unsigned)cfg_number(cfg, "campaign", "calls");
	if (calls_per_s < 0)
		prm->calls_per_s = first->calls_per_s > 0
		                           ? 0
		                           : (double)cfg_number(cfg, "campaign",
		                                                "calls_per_s");
}

static int dial(struct dialing *dialing)
{
	struct env *env = dialing->env;
	const struct dialer_sink sink = {dial_progress, dial_done, dialing};
	uint32_t ring_s = dialing->prm->ring_s;
	struct cli_dial_prm dial_prm = {
		.calls = env->calls,
		.script = dialing->prm->script,
		.phone = env->phone,
		.ring_ms = 1000 *
	                   (ring_s ? ring_s
	                           : (uint32_t)cfg_number(env->cfg, "campaign",
	                                                  "ring_s")),
	};
	struct dialer_prm prm;
	int err;

	if (dialing->prm->is_watched)
		dial_prm.watch = (struct cli_watch){moment_handler, dialing};
	err = env->wire->dialer_port(&dialing->port, &dial_prm);
	if (err)
		return err;

	dialer_fill(&prm, dialing);
	env->interrupted = interrupted;
	env->interrupted_arg = dialing;
	err = dialer_start(&dialing->dialer, env->store, &dialing->campaign,
	                   &prm, &sink);
	err = env_await(&dialing->answer, err);
	env->interrupted = NULL;

	dialing->dialer = mem_deref(dialing->dialer);
	dialing->port = mem_deref(dialing->port);

	return err;
}

/* --- results --------------------------------------------------------- */

static void result_handler(const struct store_result *result, void *arg)
{
	struct dialing *dialing = arg;

	report_row(&dialing->report, result);
}

static int results(struct dialing *dialing)
{
	FILE *file = NULL;
	int err;

	if (dialing->prm->output) {
		file = fopen(dialing->prm->output, "w");
		if (!file) {
			fprintf(stderr, "dialwright: cannot write %s: %s\n",
			        dialing->prm->output, strerror(errno));
			return errno;
		}
	}

	dialing->report.out = file ? file : stdout;
	dialing->report.format = dialing->prm->format;
	dialing->report.is_scored = dialing->prm->is_scored;
	report_begin(&dialing->report);
	err = env_await(&dialing->answer,
	                store_results(dialing->env->store, dialing->campaign.id,
	                              result_handler, env_answered, dialing));
	err = report_end(&dialing->report) && !err ? dialing->report.err : err;

	if (file && fclose(file) && !err)
		err = errno;
	if (err)
		fprintf(stderr, "dialwright: results: %s\n", strerror(err));
	else if (dialing->prm->output)
		fprintf(stderr, "results: %s\n", dialing->prm->output);

	return err;
}

/* --- phases ---------------------------------------------------------- */

static int make_ready(struct dialing *dialing)
{
	const struct dialing_prm *prm = dialing->prm;
	struct env *env = dialing->env;
	int err = 0;

	if (!env->phone)
		err = env_open_phone(env, NULL, NULL);
	if (!err)
		err = lines_open(&dialing->lines, env, prm->group, prm->lines);
	if (!err)
		err = env_open_speech(env);
	if (!err)
		err = env_prepare(env, prm->script,
		                  dialing->lines.linev[0].name);

	return err;
}

static int phases(struct dialing *dialing)
{
	int err;

	err = campaign_open(dialing);
	if (err)
		return err;

	if (dialing->campaign.ready > dialing->campaign.blocked) {
		err = make_ready(dialing);
		if (!err)
			err = dial(dialing);
	}
	if (!err)
		err = env_await(&dialing->answer,
		                store_campaign_over(dialing->env->store,
		                                    dialing->campaign.id,
		                                    env_answered, dialing));
	if (!err)
		err = results(dialing);
	if (!err && dialing->last.is_stopping) {
		fputs("stopped: run the same command again to go on\n", stderr);
		err = EINTR;
	}
	if (!err && dialing->report.is_scored && dialing->report.wrong)
		err = EBADMSG;

	return err;
}

int dialing_run(struct env *env, const struct dialing_prm *prm)
{
	struct dialing dialing = {
		.answer = {.env = env}, .env = env, .prm = prm};
	int err;

	err = phases(&dialing);
	mem_deref(dialing.rules);

	return err;
}
