/*
 * cli/run.c - calling a list: import, dial with progress, print the results
 *
 * The phases follow each other in run_list(); each one starts something and
 * waits for its handler. Ctrl-C stops dialling and lets talks finish, a
 * second one hangs up; whatever was not called stays due for the next run.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/run.h"
#include "cli/transcript.h"

enum {
	NAME_SIZE = 256,
	PAINT_SIZE = 256,
	SCREEN_COLUMNS = 118,
};

struct run {
	struct env *env;
	const struct run_prm *prm;
	char name[NAME_SIZE]; /* of the list */
	char campaign_name[2 * NAME_SIZE];
	int64_t list_id;
	struct store_campaign campaign;
	struct rules *rules;
	char fault[CFG_FAULT_SIZE];
	struct flow_script *script;
	struct phone_line *line;
	struct dialer *dialer;
	struct dialer_port *port;
	struct dialer_progress last;
	struct report report;
	bool has_painted;
	int err;
};

/* "examples/list.csv" to "list". */
static void base_name(char name[NAME_SIZE], const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dot;

	(void)text_copy(name, NAME_SIZE, slash ? slash + 1 : path);
	dot = strrchr(name, '.');
	if (dot && dot != name)
		*dot = '\0';
}

static void unpaint(struct run *run)
{
	if (run->has_painted)
		fputs("\r\033[K", stderr);
	run->has_painted = false;
}

/* On a terminal one line that is painted over; elsewhere a line each. */
static void paint(struct run *run, const char *text)
{
	bool is_terminal = isatty(STDERR_FILENO);

	if (is_terminal)
		fprintf(stderr, "\r\033[K%.*s", SCREEN_COLUMNS, text);
	else
		fprintf(stderr, "%s\n", text);
	run->has_painted = is_terminal;
}

/* --- import --------------------------------------------------------------- */

static void import_progress(const struct import_progress *progress, void *arg)
{
	struct run *run = arg;
	char text[PAINT_SIZE];

	if (!isatty(STDERR_FILENO))
		return;
	(void)snprintf(
		text, sizeof(text), "reading %s: %u rows, %u refused, %u %%",
		run->name, progress->rows, progress->refused,
		progress->bytes_total ? (unsigned)(100 * progress->bytes /
	                                           progress->bytes_total)
				      : 0);
	paint(run, text);
}

static void import_refused(const struct import_refusal *refusal, void *arg)
{
	struct run *run = arg;

	unpaint(run);
	fprintf(stderr, "%s:%u: refused \"%s\": %s\n", run->prm->list,
	        refusal->line, refusal->number, refusal->reason);
}

static void import_done(int64_t list_id, const struct import_progress *progress,
                        const char *fault, void *arg)
{
	struct run *run = arg;

	unpaint(run);
	if (fault) {
		fprintf(stderr, "dialwright: %s\n", fault);
		run->err = EBADMSG;
	}
	else {
		fprintf(stderr,
		        "%s: %u rows, %u new, %u known already, %u refused\n",
		        run->prm->list, progress->rows, progress->added,
		        progress->duplicates, progress->refused);
	}
	run->list_id = list_id;
	env_wake(run->env);
}

static int list_import(struct run *run, bool is_dry)
{
	const struct import_sink sink = {
		.progress = import_progress,
		.refused = import_refused,
		.done = import_done,
		.arg = run,
	};
	const char *country = run->prm->country;
	struct import_prm prm = {
		.path = run->prm->list,
		.list = run->name,
		.may_be_extension =
			cfg_bool(run->env->cfg, "campaign", "extensions"),
		.is_dry = is_dry,
	};
	struct import *import;
	int err;

	prm.country = country ? country
	                      : cfg_text(run->env->cfg, "campaign", "country");
	err = import_start(&import, run->env->store, run->env->pool, &prm,
	                   &sink);
	if (err) {
		fprintf(stderr, "dialwright: cannot read %s: %s\n", prm.path,
		        strerror(err));
		return err;
	}

	err = env_wait(run->env);
	mem_deref(import);

	return err ? err : run->err;
}

/* --- campaign --------------------------------------------------------------
 */

static void campaign_handler(int err, const struct store_campaign *campaign,
                             void *arg)
{
	struct run *run = arg;

	run->err = err;
	if (!err) {
		run->campaign = *campaign;
		run->campaign.settings = NULL;
		run->err = rules_make(&run->rules, run->env->cfg,
		                      campaign->settings, run->fault);
	}
	env_wake(run->env);
}

static void settled_handler(int err, void *arg)
{
	struct run *run = arg;

	run->err = err;
	env_wake(run->env);
}

/* Calls for a client are counted over all campaigns that name them. */
static int client_note(struct run *run)
{
	int err;

	err = store_campaign_settings(run->env->store, run->campaign_name, NULL,
	                              rules_client(run->rules), settled_handler,
	                              run);
	if (!err)
		err = env_wait(run->env);

	return err ? err : run->err;
}

static int campaign_open(struct run *run)
{
	const struct store_campaign *campaign = &run->campaign;
	int err;

	err = store_campaign(run->env->store, run->campaign_name, run->list_id,
	                     flow_script_name(run->script), campaign_handler,
	                     run);
	if (!err)
		err = env_wait(run->env);
	if (!err)
		err = run->err;
	if (!err)
		err = client_note(run);
	if (err) {
		fprintf(stderr, "dialwright: campaign %s: %s\n",
		        run->campaign_name,
		        *run->fault ? run->fault : strerror(err));
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
	        run->campaign_name, campaign->ready - campaign->blocked,
	        campaign->done);

	return 0;
}

/* --- dialling ----------------------------------------------------------------
 */

static void moment_handler(const char *number, const char *name,
                           const struct call_moment *moment, void *arg)
{
	struct run *run = arg;
	char who[64];

	if (moment->kind == CALL_STEP)
		return;
	unpaint(run);
	(void)snprintf(who, sizeof(who), "%s %s", number, name);
	transcript_print(stdout, who, moment);
}

static void dial_progress(const struct dialer_progress *progress, void *arg)
{
	struct run *run = arg;
	char text[PAINT_SIZE], elapsed[REPORT_TIME_SIZE], eta[REPORT_TIME_SIZE];
	const uint32_t *outcomev = progress->outcomev;
	uint32_t answered = outcomev[OUTCOME_ANSWERED];

	run->last = *progress;
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
	paint(run, text);
	if (progress->waiting) {
		unpaint(run);
		fprintf(stderr, "waiting: %s\n", progress->waiting);
	}
}

static void dial_done(const struct dialer_progress *progress, const char *fault,
                      void *arg)
{
	struct run *run = arg;

	run->last = *progress;
	unpaint(run);
	if (fault) {
		fprintf(stderr, "dialwright: %s\n", fault);
		run->err = EIO;
	}
	env_wake(run->env);
}

static void interrupted(void *arg)
{
	struct run *run = arg;

	if (!run->dialer)
		return;
	unpaint(run);
	if (run->env->interrupts == 1)
		fputs("stopping: no new calls, talks may finish (Ctrl-C again "
		      "hangs up)\n",
		      stderr);
	dialer_stop(run->dialer);
}

static int dial(struct run *run)
{
	struct env *env = run->env;
	const struct dialer_sink sink = {dial_progress, dial_done, run};
	const struct phone_line_prm *line = phone_line_prm(run->line);
	struct cli_dial_prm dial_prm = {
		.calls = env->calls,
		.script = run->script,
		.line = run->line,
		.ring_ms = 1000 *
	                   (uint32_t)cfg_number(env->cfg, "campaign", "ring_s"),
	};
	struct dialer_prm prm = {
		.campaign_id = run->campaign.id,
		.line = line->name,
		.calls_max = run->prm->calls_max
	                             ? (unsigned)run->prm->calls_max
	                             : (unsigned)cfg_number(
					       env->cfg, "campaign", "calls"),
		.calls_per_s = line->calls_per_s,
	};
	int err;

	if (run->prm->is_watched)
		dial_prm.watch = (struct cli_watch){moment_handler, run};
	if (!prm.calls_per_s)
		prm.calls_per_s =
			(double)cfg_number(env->cfg, "campaign", "calls_per_s");
	if (line->calls_max && prm.calls_max > line->calls_max)
		prm.calls_max = line->calls_max;

	prm.rules = run->rules;
	err = env->wire->dialer_port(&run->port, &dial_prm);
	if (err)
		return err;

	prm.port = run->port;
	run->err = 0;
	env->interrupted = interrupted;
	env->interrupted_arg = run;
	err = dialer_start(&run->dialer, env->store, &run->campaign, &prm,
	                   &sink);
	if (!err)
		err = env_wait(env);
	env->interrupted = NULL;

	run->dialer = mem_deref(run->dialer);
	run->port = mem_deref(run->port);

	return err ? err : run->err;
}

/* --- results --------------------------------------------------------- */

static void result_handler(const struct store_result *result, void *arg)
{
	struct run *run = arg;

	report_row(&run->report, result);
}

static void results_done(int err, void *arg)
{
	struct run *run = arg;

	run->err = err;
	env_wake(run->env);
}

static int results(struct run *run)
{
	FILE *file = NULL;
	int err;

	if (run->prm->output) {
		file = fopen(run->prm->output, "w");
		if (!file) {
			fprintf(stderr, "dialwright: cannot write %s: %s\n",
			        run->prm->output, strerror(errno));
			return errno;
		}
	}

	run->report.out = file ? file : stdout;
	run->report.format = run->prm->format;
	run->report.is_scored = run->prm->is_scored;
	report_begin(&run->report);
	err = store_results(run->env->store, run->campaign.id, result_handler,
	                    results_done, run);
	if (!err)
		err = env_wait(run->env);
	if (!err)
		err = run->err;
	report_end(&run->report);

	if (file && fclose(file) && !err)
		err = errno;
	if (err)
		fprintf(stderr, "dialwright: results: %s\n", strerror(err));
	else if (run->prm->output)
		fprintf(stderr, "results: %s\n", run->prm->output);

	return err;
}

/* --- phases ---------------------------------------------------------- */

static int open_names(struct run *run, struct env *env,
                      const struct run_prm *prm)
{
	memset(run, 0, sizeof(*run));
	run->env = env;
	run->prm = prm;
	base_name(run->name, prm->list);
	run->script = env_script(prm->script);
	if (!run->script)
		return EINVAL;

	if (prm->campaign)
		(void)text_copy(run->campaign_name, sizeof(run->campaign_name),
		                prm->campaign);
	else
		(void)snprintf(run->campaign_name, sizeof(run->campaign_name),
		               "%s/%s", run->name,
		               flow_script_name(run->script));

	return 0;
}

static int run_phases(struct run *run)
{
	int err;

	err = list_import(run, false);
	if (err)
		return err;
	err = campaign_open(run);
	if (err)
		return err;

	if (run->campaign.ready > run->campaign.blocked) {
		err = env_open_speech(run->env);
		if (err)
			return err;
		err = env_prepare(run->env, run->script);
		if (err)
			return err;
		if (!run->env->phone)
			err = env_open_phone(run->env, NULL, NULL);
		if (err)
			return err;
		run->line = env_line(run->env);
		if (!run->line)
			return ENOENT;
		err = dial(run);
	}

	if (!err)
		err = results(run);
	if (!err && run->last.is_stopping) {
		fputs("stopped: run the same command again to go on\n", stderr);
		err = EINTR;
	}
	if (!err && run->report.is_scored && run->report.wrong)
		err = EBADMSG;

	return err;
}

int run_list(struct env *env, const struct run_prm *prm)
{
	struct run run;
	int err;

	err = open_names(&run, env, prm);
	if (!err)
		err = run_phases(&run);
	mem_deref(run.rules);
	mem_deref(run.script);

	return err;
}

static void preview_handler(const struct store_contact *contact,
                            const char *reason, void *arg)
{
	struct run *run = arg;

	run->report.rows++;
	if (reason)
		run->report.wrong++;
	printf("%-16s %s\n", contact->number, reason ? reason : "call");
}

int run_preview(struct env *env, const struct run_prm *prm)
{
	struct run run;
	int err;

	err = open_names(&run, env, prm);
	if (err)
		goto out;

	err = list_import(&run, true);
	if (err)
		goto out;

	err = store_campaign_preview(env->store, run.campaign_name, run.list_id,
	                             preview_handler, results_done, &run);
	if (!err)
		err = env_wait(env);
	if (!err)
		err = run.err;
	if (err)
		goto out;

	fprintf(stderr, "dry run of %s: %u would be called, %u not\n",
	        run.campaign_name, run.report.rows - run.report.wrong,
	        run.report.wrong);

out:
	mem_deref(run.script);

	return err;
}
