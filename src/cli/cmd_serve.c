/*
 * cli/cmd_serve.c - dialwright serve: the daemon
 */
#include <errno.h>
#include <stdio.h>
#include "api/api.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include <re_tmr.h>
#include "cli/autocalls.h"
#include "cli/commands.h"
#include "cli/env.h"
#include "cli/robots.h"

enum {
	DRAIN_MS = 10000, /* requests; talks are waited for longer */
	LOOK_MS = 50,
};

static const struct args_option optionv[] = {
	/* clang-format off */
	{"port", "N", "listen there, 0: on a free port (default: api.port)",
	 false},
	/* clang-format on */
};

struct serving {
	struct env *env;
	const char *fault;
	char words[CFG_FAULT_SIZE];
};

static void ready_handler(const char *fault, void *arg)
{
	struct serving *serving = arg;

	if (fault) {
		(void)snprintf(serving->words, sizeof(serving->words), "%s",
		               fault);
		serving->fault = serving->words;
	}
	env_wake(serving->env);
}

static void drained_handler(void *arg)
{
	env_wake(arg);
}

/* Talks that are waited for. */
struct drain {
	struct env *env;
	struct runner *runner;
	struct tmr tmr;
	uint64_t until_ms;
};

/* The second Ctrl-C does not wait. */
static void interrupted_handler(void *arg)
{
	struct drain *drain = arg;

	drain->until_ms = 0;
	runner_hurry(drain->runner);
}

static void count_handler(const struct call_view *view, void *arg)
{
	size_t *count = arg;

	(void)view;
	(*count)++;
}

/* Those that no campaign placed. */
static void calls_await(void *arg)
{
	struct drain *drain = arg;
	size_t count = 0;

	calls_each(drain->env->calls, count_handler, &count);
	if (!count || clock_ms() >= drain->until_ms)
		env_wake(drain->env);
	else
		tmr_start(&drain->tmr, LOOK_MS, calls_await, drain);
}

static void greet(struct api *api)
{
	const char *setup = api_setup_url(api);

	printf("listening on %s; its routes: %s/api/v1/openapi.json; Ctrl-C "
	       "ends it\n",
	       api_url(api), api_url(api));
	if (setup)
		printf("nobody may use it yet: make the first admin with the "
		       "link %s, good once\n",
		       setup);
	(void)fflush(stdout);
}

static int api_open(struct api **apip, struct env *env, struct runner *runner)
{
	const struct api_prm prm = {
		.cfg = env->cfg,
		.store = env->store,
		.pool = env->pool,
		.http = env->http,
		.phone = env->phone,
		.calls = env->calls,
		.runner = runner,
		.notify = env->notify,
		.data = env->data,
		.recordings = env->recordings,
		.vault = env->vault,
	};
	struct serving serving = {.env = env};
	int err;

	err = api_alloc(apip, &prm, ready_handler, &serving);
	if (err)
		return err;

	err = env_wait(env);
	if (!err && serving.fault) {
		fprintf(stderr, "dialwright serve: %s\n", serving.fault);
		err = EINVAL;
	}
	if (err)
		*apip = mem_deref(*apip);

	return err;
}

/* The API answers while talks finish. */
static void finish(struct env *env, struct runner *runner, struct api *api)
{
	uint64_t talks_ms = 1000 * cfg_number(env->cfg, "api", "drain_s");
	struct drain drain = {
		.env = env,
		.runner = runner,
		.until_ms = clock_ms() + talks_ms,
	};

	env->interrupted = interrupted_handler;
	env->interrupted_arg = &drain;
	runner_drain(runner, (uint32_t)talks_ms, drained_handler, env);
	(void)env_wait(env);
	tmr_init(&drain.tmr);
	calls_await(&drain);
	(void)env_wait(env);
	tmr_cancel(&drain.tmr);
	env->interrupted = NULL;
	if (!api)
		return;

	api_drain(api, DRAIN_MS, drained_handler, env);
	(void)env_wait(env);
}

/* Until Ctrl-C. */
static int serve(struct env *env)
{
	const struct runner_prm prm = {
		.cfg = env->cfg,
		.store = env->store,
		.phone = env->phone,
		.source = robots_source(env),
	};
	struct runner *runner;
	struct autocall *ac = NULL;
	struct api *api = NULL;
	int err;

	err = runner_alloc(&runner, &prm);
	if (err)
		return err;

	err = api_open(&api, env, runner);
	if (!err)
		err = autocalls_open(&ac, env);
	if (!err) {
		greet(api);
		(void)env_wait(env);
	}
	if (ac)
		autocall_stop(ac);
	finish(env, runner, api);
	autocalls_close(ac, env, DRAIN_MS);
	mem_deref(api);
	mem_deref(runner);

	return err;
}

static int run(const struct args *args, const struct cli_wire *wire)
{
	const char *port = args_text(args, "port", NULL);
	struct env env;
	int err;

	err = env_open(&env, args, wire);
	if (!err && port)
		err = env_set(&env, "api.port", port);
	if (!err)
		err = env_open_store(&env);
	if (!err)
		err = env_open_notify(&env);
	if (!err)
		err = store_events_on(env.store, "*"); /* for /events */
	if (!err)
		err = env_open_speech(&env);
	if (!err)
		err = env_open_phone(&env, NULL, NULL);
	if (!err)
		err = serve(&env);
	env_close(&env);

	return env_status(err);
}

const struct args_command serve_command = {
	.name = "serve",
	.words = "",
	.summary = "Run as a daemon with an HTTP API.",
	.help = "Lines, calls and the API at [api]; the first start prints a "
		"link that makes the first\nuser, once. Ctrl-C or SIGTERM "
		"takes no new requests, lets those under way finish, and\n"
		"ends.",
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
