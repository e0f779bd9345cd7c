/*
 * cli/env_prepare.c - what a script says, made before the first call
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include "cli/env.h"

struct prepare {
	struct env *env;
	int err;
};

static void prepare_progress(size_t made, size_t of, void *arg)
{
	(void)arg;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\rpreparing prompts %zu of %zu ", made, of);
}

static void prepare_done(const char *fault, void *arg)
{
	struct prepare *prepare = arg;

	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	if (fault) {
		fprintf(stderr, "dialwright: %s\n", fault);
		prepare->err = EIO;
	}
	env_wake(prepare->env);
}

int env_prepare(struct env *env, struct flow_script *script, const char *line)
{
	const char *lang = flow_script_language(script);
	struct prepare prepare = {.env = env};
	int err;

	if (!asr_can(env->asr, lang))
		fprintf(stderr,
		        "dialwright: the recogniser %s does not understand "
		        "\"%s\": what people say will not be understood, keys "
		        "will\n",
		        asr_name(env->asr), lang);

	err = calls_prepare(env->calls, script,
	                    phone_cfg_rate_hz(env->cfg, line), prepare_progress,
	                    prepare_done, &prepare);
	if (!err)
		err = env_wait(env);

	return err ? err : prepare.err;
}
