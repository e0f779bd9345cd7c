/*
 * api/r_states.c - routes that start, pause and end campaigns
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "api/api_parts.h"
#include "api/handlers.h"
#include "api/hush.h"
#include "base/mem.h"
#include "campaign/campaign.h"

/* A word, what it makes of a campaign, and of which ones. */
struct change {
	const char *word;
	const char *to;
	const char *fromv[3];
	bool is_quiet; /* nobody is called after the answer */
};

/* clang-format off */
static const struct change
	start = {"started", "running", {"draft", "done"}, false},
	suspend = {"paused", "paused", {"running"}, true},
	resume = {"resumed", "running", {"paused"}, false},
	stop = {"stopped", "done", {"running", "paused"}, true};
/* clang-format on */

struct changing {
	struct ask *ask;
	const struct change *change;
	char state[16]; /* it has now */
	bool is_planned;
};

static void destructor(void *arg)
{
	struct changing *changing = arg;

	mem_deref(changing->ask);
}

static bool may_change(const struct changing *changing)
{
	const struct change *change = changing->change;

	for (size_t i = 0; i < ARRAY_COUNT(change->fromv); i++) {
		if (change->fromv[i] &&
		    !strcmp(change->fromv[i], changing->state))
			return true;
	}

	return false;
}

static void changed_handler(int err, void *arg)
{
	struct changing *changing = arg;
	struct ask *ask = changing->ask;
	const struct api_prm *prm = ask_prm(ask);

	if (err) {
		ask_failed(ask, err, "the campaign");
	}
	else {
		runner_poke(prm->runner);
		if (changing->change->is_quiet)
			hush_wait(ask, ask_param(ask, "name"), NULL);
		else
			ask_empty(ask);
	}
	mem_deref(changing);
}

static void refuse(const struct changing *changing)
{
	char words[160];

	(void)snprintf(words, sizeof(words), "a campaign that is %s is not %s",
	               changing->state, changing->change->word);
	ask_problem(changing->ask, 409, words, "look at its state");
}

static void plan_handler(const struct store_plan *plan, void *arg)
{
	struct changing *changing = arg;

	(void)snprintf(changing->state, sizeof(changing->state), "%s",
	               plan->state);
	changing->is_planned = strcmp(plan->plan, "{}") != 0;
}

static void found_handler(int err, void *arg)
{
	struct changing *changing = arg;
	struct ask *ask = changing->ask;
	const char *to = changing->change->to;

	if (err) {
		ask_failed(ask, err, "the campaign");
	}
	else if (!strcmp(changing->state, to)) {
		ask_empty(ask); /* twice is as good as once */
	}
	else if (!may_change(changing)) {
		refuse(changing);
	}
	else if (!changing->is_planned && changing->change == &start) {
		ask_problem(ask, 409, "it was made by `dialwright run`",
		            "run that again, or make a campaign with a plan");
	}
	else {
		err = store_campaign_state(ask_prm(ask)->store,
		                           ask_param(ask, "name"), to,
		                           changed_handler, changing);
		if (!err)
			return;
		ask_failed(ask, err, "the campaign");
	}
	mem_deref(changing);
}

static void change_begin(struct ask *ask, const struct change *change)
{
	struct changing *changing;
	int err = ENOMEM;

	changing = mem_zalloc(sizeof(*changing), destructor);
	if (changing) {
		changing->ask = mem_ref(ask);
		changing->change = change;
		err = store_plans(ask_prm(ask)->store, ask_param(ask, "name"),
		                  plan_handler, found_handler, changing);
	}
	if (err) {
		ask_failed(ask, err, "the campaign");
		mem_deref(changing);
	}
}

void r_campaign_start(struct ask *ask)
{
	change_begin(ask, &start);
}

void r_campaign_pause(struct ask *ask)
{
	change_begin(ask, &suspend);
}

void r_campaign_resume(struct ask *ask)
{
	change_begin(ask, &resume);
}

void r_campaign_stop(struct ask *ask)
{
	change_begin(ask, &stop);
}
