/*
 * cli/env_wait.c - a command waits for what it has started
 */
#include <errno.h>
#include "base/loop.h"
#include "cli/env.h"

int env_wait(struct env *env)
{
	unsigned interrupts = env->interrupts;
	int err;

	while (!env->is_awake) {
		err = loop_run();
		if (err && err != EINTR)
			return err;
		if (!env->interrupted && env->interrupts != interrupts)
			return EINTR;
	}
	env->is_awake = false;

	return 0;
}

void env_wake(struct env *env)
{
	env->is_awake = true;
	loop_stop();
}

void env_answered(int err, void *arg)
{
	struct env_answer *answer = arg;

	answer->err = err;
	answer->is_there = true;
	env_wake(answer->env);
}

int env_await(struct env_answer *answer, int err)
{
	bool was_interrupted = false;

	while (!err && !answer->is_there) {
		err = env_wait(answer->env);
		was_interrupted = was_interrupted || err == EINTR;
		if (err == EINTR)
			err = 0;
	}
	answer->is_there = false;
	if (!err)
		err = answer->err;

	return !err && was_interrupted ? EINTR : err;
}
