/*
 * cli/autocalls.c - the service of an older robot, beside the API
 */
#include <errno.h>
#include <stdio.h>
#include "base/mem.h"
#include "cli/autocalls.h"

struct opening {
	struct env *env;
	bool has_failed;
};

static void ready_handler(const char *fault, void *arg)
{
	struct opening *opening = arg;

	opening->has_failed = fault != NULL;
	if (fault)
		fprintf(stderr, "dialwright serve: %s\n", fault);
	env_wake(opening->env);
}

int autocalls_open(struct autocall **acp, struct env *env)
{
	const struct autocall_prm prm = {
		.cfg = env->cfg,
		.store = env->store,
		.pool = env->pool,
		.asr = env->asr,
		.phone = env->phone,
		.calls = env->calls,
		.data = env->data,
	};
	struct opening opening = {.env = env};
	char fault[CFG_FAULT_SIZE];
	struct autocall *ac;
	int err;

	if (!cfg_bool(env->cfg, "autocall", "on"))
		return 0;

	err = autocall_alloc(&ac, &prm, ready_handler, &opening, fault);
	if (err) {
		fprintf(stderr, "dialwright serve: %s\n", fault);
		return err;
	}

	err = env_wait(env);
	if (!err && opening.has_failed)
		err = EINVAL;
	if (err) {
		mem_deref(ac);
		return err;
	}

	printf("autocall service on %s\n", autocall_places(ac));
	*acp = ac;

	return 0;
}

static void drained_handler(void *arg)
{
	env_wake(arg);
}

void autocalls_close(struct autocall *ac, struct env *env, uint32_t limit_ms)
{
	if (!ac)
		return;

	env->is_awake = false;
	autocall_drain(ac, limit_ms, drained_handler, env);
	(void)env_wait(env);
	mem_deref(ac);
}
