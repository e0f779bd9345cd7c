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
	struct env_answer answer;
	uint32_t wait_ms;
};

static void settle_handler(int err, uint32_t wait_ms, void *arg)
{
	struct settling *settling = arg;

	settling->wait_ms = wait_ms;
	env_answered(err, settling);
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
	struct settling settling = {.answer = {.env = env}};
	int err = 0;

	/* What is claimed from now on is claimed by the new word; so each
	 * round has less to wait for. */
	for (int i = 0; i < ROUNDS_MAX && !err; i++) {
		err = store_settle(env->store, campaign, number, settle_handler,
		                   &settling);
		err = env_await(&settling.answer, err);
		if (err || !settling.wait_ms)
			break;
		err = pause_for(env, settling.wait_ms);
	}
	if (err)
		fprintf(stderr, "dialwright: the database: %s\n",
		        strerror(err));

	return err;
}
