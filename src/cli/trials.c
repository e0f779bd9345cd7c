/*
 * cli/trials.c - one recogniser or voice, tried alone, and waited for
 */
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "cli/trials.h"

struct waiting {
	struct env *env;
	struct trial_heard *heard;
	struct trial_said *said;
	int err;
};

static struct trial_make make_of(const struct env *env)
{
	return (struct trial_make){
		.cfg = env->cfg,
		.pool = env->pool,
		.http = env->http,
	};
}

static void heard_handler(int err, const struct trial_heard *heard, void *arg)
{
	struct waiting *waiting = arg;

	waiting->err = err;
	*waiting->heard = *heard;
	env_wake(waiting->env);
}

int trials_hear(struct env *env, const struct trial_hear_prm *prm,
                struct trial_heard *heard)
{
	const struct trial_make make = make_of(env);
	struct waiting waiting = {.env = env, .heard = heard};
	struct trial_hear *trial = NULL;
	int err;

	memset(heard, 0, sizeof(*heard));
	err = trial_hear(&trial, &make, prm, heard_handler, &waiting);
	if (!err)
		err = env_wait(env);
	if (err)
		(void)snprintf(heard->why, sizeof(heard->why), "%s",
		               strerror(err));
	mem_deref(trial);

	return err ? err : waiting.err;
}

static void said_handler(int err, const struct trial_said *said, void *arg)
{
	struct waiting *waiting = arg;

	waiting->err = err;
	*waiting->said = *said;
	mem_ref(said->sound);
	env_wake(waiting->env);
}

int trials_say(struct env *env, const struct trial_say_prm *prm,
               struct trial_said *said)
{
	const struct trial_make make = make_of(env);
	struct waiting waiting = {.env = env, .said = said};
	struct trial_say *trial = NULL;
	int err;

	memset(said, 0, sizeof(*said));
	err = trial_say(&trial, &make, prm, said_handler, &waiting);
	if (!err)
		err = env_wait(env);
	if (err)
		(void)snprintf(said->why, sizeof(said->why), "%s",
		               strerror(err));
	mem_deref(trial);

	return err ? err : waiting.err;
}
