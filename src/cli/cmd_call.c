/*
 * cli/cmd_call.c - dialwright call: one call, live as a transcript
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/env.h"
#include "cli/lines.h"
#include "cli/report.h"
#include "cli/transcript.h"

struct one_call {
	struct env *env;
	char number[NUMBER_SIZE]; /* normalised where it can be */
	struct call *call;
	struct args_vars vars;
	bool has_steps;
	int err;
};

static const struct args_option optionv[] = {
	/* clang-format off */
	{"script", "FILE",
	 "the conversation, or NAME, NAME@3: as published (required)", false},
	{"line", "NAME", "which [line NAME] to call over (default: the first)",
	 false},
	{"var", "NAME=VALUE", "a variable of the script", true},
	{"steps", NULL, "print each step with its reason", false},
	{"despite-stop", NULL, "call a number that is on the do-not-call list",
	 false},
	/* clang-format on */
};

static void moment_handler(const struct call_moment *moment, void *arg)
{
	struct one_call *one = arg;

	if (moment->kind != CALL_STEP || one->has_steps)
		transcript_print(stdout, "", moment);
}

static void ended_handler(const struct call_result *result, void *arg)
{
	struct one_call *one = arg;
	char time[REPORT_TIME_SIZE], sound[CALL_SOUND_SIZE];

	one->call = NULL;
	printf("\nended: %s%s%s", outcome_name(result->end.outcome),
	       *result->end.reason ? ", " : "", result->end.reason);
	if (result->flow) {
		const char *label = result->flow->label;

		printf("\ntalked: %s\nlabel: %s\n",
		       report_time(time, (int64_t)result->talk_ms),
		       *label ? label : "(none)");
		printf("sound: %s\n", call_sound(sound, result->stats));
		if (*result->recording)
			printf("recording: %s\n", result->recording);
	}
	else {
		putchar('\n');
	}
	if (result->end.outcome != OUTCOME_ANSWERED)
		one->err = EIO;
	env_wake(one->env);
}

static void interrupted(void *arg)
{
	struct one_call *one = arg;

	if (one->call)
		call_hangup(one->call);
}

static void blocked_handler(int err, const char *reason, void *arg)
{
	struct one_call *one = arg;

	one->err = err;
	if (err) {
		fprintf(stderr, "dialwright: do-not-call list: %s\n",
		        strerror(err));
	}
	else if (reason) {
		fprintf(stderr,
		        "dialwright: %s is on the do-not-call list (%s); "
		        "nobody is called (--despite-stop overrides)\n",
		        one->number, reason);
		one->err = EPERM;
	}
	env_wake(one->env);
}

/* Whoever said stop in a campaign is not rung by hand by mistake either. */
static int may_call(struct one_call *one)
{
	int err;

	err = store_blocked(one->env->store, one->number, blocked_handler, one);
	if (!err)
		err = env_wait(one->env);

	return err ? err : one->err;
}

static void number_take(struct one_call *one, const char *number)
{
	const char *country = cfg_text(one->env->cfg, "campaign", "country");

	if (number_normalise(one->number, number, country))
		(void)text_copy(one->number, sizeof(one->number), number);
}

static int place(struct one_call *one, struct flow_script *script)
{
	struct env *env = one->env;
	const struct call_sink sink = {moment_handler, ended_handler, one};
	struct call_prm prm = {
		.script = script,
		.varv = one->vars.varv,
		.varc = one->vars.varc,
		.number = one->number,
	};
	struct dialer_group lines;
	int err;

	err = lines_open(&lines, env, NULL, args_text(env->args, "line", NULL));
	if (err)
		return err;
	prm.line = phone_line_find(env->phone, lines.linev[0].name);

	env->interrupted = interrupted;
	env->interrupted_arg = one;
	err = call_place(&one->call, env->calls, &prm, &sink);
	if (err)
		fprintf(stderr, "dialwright: cannot call %s: %s\n", one->number,
		        err == EINVAL ? "this is no number that can be dialled"
		                      : strerror(err));
	else
		err = env_wait(env);
	env->interrupted = NULL;

	return err ? err : one->err;
}

static int run(const struct args *args, const struct cli_wire *wire)
{
	const char *path = args_text(args, "script", NULL);
	struct flow_script *script = NULL;
	struct one_call one;
	struct env env;
	int err;

	memset(&one, 0, sizeof(one));
	one.env = &env;
	one.has_steps = args_has(args, "steps");
	if (!path) {
		fputs("dialwright call: --script FILE is missing\n", stderr);
		return CLI_MISUSED;
	}
	err = args_vars(&one.vars, args);
	if (err)
		return CLI_MISUSED;

	err = env_open(&env, args, wire);
	if (err)
		goto out;
	err = env_open_store(&env);
	if (err)
		goto out;
	script = env_script_of(&env, path);
	if (!script) {
		err = EIO;
		goto out;
	}

	number_take(&one, args->wordv[0]);
	err = env_open_notify(&env);
	if (!err && !args_has(args, "despite-stop"))
		err = may_call(&one);
	if (!err)
		err = env_open_speech(&env);
	if (!err)
		err = env_prepare(&env, script, args_text(args, "line", NULL));
	if (!err)
		err = env_open_phone(&env, NULL, NULL);
	if (!err)
		err = place(&one, script);

out:
	env_close(&env);
	mem_deref(script);

	return env_status(err);
}

const struct args_command call_command = {
	.name = "call",
	.words = "NUMBER",
	.summary = "Make one call and show it live as a transcript.",
	.help = "Ctrl-C hangs up.",
	.words_min = 1,
	.words_max = 1,
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
