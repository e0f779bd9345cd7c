/*
 * cli/cmd_serve.c - dialwright serve: the daemon
 */
#include <errno.h>
#include <stdio.h>
#include "api/api.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/env.h"

enum {
	DRAIN_MS = 10000, /* requests; talks are waited for longer */
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

/* Until Ctrl-C; the second one does not wait. */
static int serve(struct env *env)
{
	const struct api_prm prm = {
		.cfg = env->cfg,
		.store = env->store,
		.pool = env->pool,
		.http = env->http,
		.phone = env->phone,
		.calls = env->calls,
		.notify = env->notify,
		.data = env->data,
		.recordings = env->recordings,
	};
	struct serving serving = {.env = env};
	struct api *api;
	int err;

	err = api_alloc(&api, &prm, ready_handler, &serving);
	if (err)
		return err;

	err = env_wait(env);
	if (!err && serving.fault) {
		fprintf(stderr, "dialwright serve: %s\n", serving.fault);
		err = EINVAL;
	}
	if (err)
		goto out;

	greet(api);
	(void)env_wait(env);
	api_drain(api, DRAIN_MS, drained_handler, env);
	(void)env_wait(env);

out:
	mem_deref(api);

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
		err = env_open_speech(&env);
	if (!err)
		err = env_open_phone(&env, NULL, NULL);
	if (!err)
		err = serve(&env);
	env_close(&env);

	return err ? CLI_FAILED : CLI_DONE;
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
