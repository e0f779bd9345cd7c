/*
 * cli/run.c - calling a list in one go: import, dial, print the results
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include "base/mem.h"
#include "base/text.h"
#include "cli/dialing.h"
#include "cli/listing.h"
#include "cli/run.h"

struct run {
	struct env *env;
	const struct run_prm *prm;
	char name[LISTING_NAME_SIZE]; /* of the list */
	char campaign_name[2 * LISTING_NAME_SIZE];
	int64_t list_id;
	struct flow_script *script;
	uint32_t rows, refused; /* of a preview */
	int err;
};

static int list_import(struct run *run, bool is_dry)
{
	const struct listing_prm prm = {
		.path = run->prm->list,
		.is_dry = is_dry,
	};

	return listing_import(run->env, &prm, &run->list_id);
}

/* --- phases ---------------------------------------------------------- */

static int open_names(struct run *run, struct env *env,
                      const struct run_prm *prm)
{
	memset(run, 0, sizeof(*run));
	run->env = env;
	run->prm = prm;
	listing_name(run->name, prm->list);
	if (prm->country && env_set(env, "campaign.country", prm->country))
		return EINVAL;
	run->script = env_script_of(env, prm->script);
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

int run_list(struct env *env, const struct run_prm *prm)
{
	struct run run;
	int err;

	err = open_names(&run, env, prm);
	if (!err)
		err = list_import(&run, false);
	if (!err) {
		const struct dialing_prm dialing = {
			.campaign = run.campaign_name,
			.list_id = run.list_id,
			.script = run.script,
			.lines = prm->lines,
			.group = prm->group,
			.calls_max = (unsigned)prm->calls_max,
			.calls_per_s = -1,
			.is_watched = prm->is_watched,
			.is_scored = prm->is_scored,
			.format = prm->format,
			.output = prm->output,
		};

		err = dialing_run(env, &dialing);
	}
	mem_deref(run.script);

	return err;
}

static void results_done(int err, void *arg)
{
	struct run *run = arg;

	run->err = err;
	env_wake(run->env);
}

static void preview_handler(const struct store_contact *contact,
                            const char *reason, void *arg)
{
	struct run *run = arg;

	run->rows++;
	if (reason)
		run->refused++;
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
	        run.campaign_name, run.rows - run.refused, run.refused);

out:
	mem_deref(run.script);

	return err;
}
