/*
 * cli/settle.c - a command's word holds when the command returns
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include <re_tmr.h>
#include "cli/settle.h"

enum {
	ROUNDS_MAX = 20,
};

struct settling {
	struct env *env;
	uint32_t wait_ms;
	int err;
};

static void settle_handler(int err, uint32_t wait_ms, void *arg)
{
	struct settling *settling = arg;

	settling->err = err;
	settling->wait_ms = wait_ms;
	env_wake(settling->env);
}

static void timer_handler(void *arg)
{
	env_wake(arg);
}

static int pause_for(struct env *env, uint32_t ms)
{
	struct tmr tmr;
	int err;

	tmr_init(&tmr);
	tmr_start(&tmr, ms, timer_handler, env);
	err = env_wait(env);
	tmr_cancel(&tmr);

	return err;
}

int settle(struct env *env, const char *campaign, const char *number)
{
	struct settling settling = {.env = env};
	int err = 0;

	/* What is claimed from now on is claimed by the new word; so each
	 * round has less to wait for. */
	for (int i = 0; i < ROUNDS_MAX && !err; i++) {
		err = store_settle(env->store, campaign, number, settle_handler,
		                   &settling);
		if (!err)
			err = env_wait(env);
		if (!err)
			err = settling.err;
		if (err || !settling.wait_ms)
			break;
		err = pause_for(env, settling.wait_ms);
	}
	if (err)
		fprintf(stderr, "dialwright: the database: %s\n",
		        strerror(err));

	return err;
}
