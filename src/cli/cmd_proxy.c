/*
 * cli/cmd_proxy.c - dialwright speech-proxy: recognisers and voices for others
 */
#include <stdio.h>
#include "base/log.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/env.h"
#include "proxy/proxy.h"

enum {
	DRAIN_MS = 5000,
};

static const struct args_option optionv[] = {
	/* clang-format off */
	{"port", "N", "listen there, 0: on a free port (default: "
	 "speech_proxy.port)", false},
	/* clang-format on */
};

static void drained_handler(void *arg)
{
	env_wake(arg);
}

/* Until Ctrl-C; the second one does not wait for clients. */
static int serve(struct env *env)
{
	const struct proxy_prm prm = {
		.cfg = env->cfg,
		.pool = env->pool,
		.http = env->http,
		.voices = env->voices,
		.recogniser = cfg_text(env->cfg, "program", "recogniser"),
	};
	char fault[CFG_FAULT_SIZE] = "";
	struct proxy *proxy;
	int err;

	err = proxy_alloc(&proxy, &prm, fault);
	if (err) {
		fprintf(stderr, "dialwright speech-proxy: %s\n", fault);
		return err;
	}

	printf("listening on http%s://%s:%u: /tts, /asr, and / for clients of "
	       "Vosk; Ctrl-C ends it\n",
	       *cfg_text(env->cfg, "speech_proxy", "cert_file") ? "s" : "",
	       cfg_text(env->cfg, "speech_proxy", "address"),
	       proxy_port(proxy));
	(void)fflush(stdout);
	(void)env_wait(env);

	if (proxy_busy(proxy)) {
		proxy_drain(proxy, DRAIN_MS, drained_handler, env);
		(void)env_wait(env);
	}
	mem_deref(proxy);

	return 0;
}

static int run(const struct args *args, const struct cli_wire *wire)
{
	const char *port = args_text(args, "port", NULL);
	struct env env;
	int err;

	err = env_open(&env, args, wire);
	if (!err && port)
		err = env_set(&env, "speech_proxy.port", port);
	if (!err)
		env_open_usage(&env);
	if (!err)
		err = env_open_voices(&env);
	if (!err)
		err = serve(&env);
	env_close(&env);

	return env_status(err);
}

const struct args_command proxy_command = {
	.name = "speech-proxy",
	.words = "",
	.summary = "Offer recognisers and voices to other programs.",
	.help = "GET /tts answers WAV; /asr is a WebSocket of our own; / and "
		"/vosk speak the protocol of the\nVosk server. Settings: "
		"[speech_proxy] and [speech_group NAME]; docs/speech-proxy.md "
		"tells all.\nWhat services did for it is in `dialwright "
		"usage`.",
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
