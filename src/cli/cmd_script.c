/*
 * cli/cmd_script.c - dialwright talk and check: a script without a telephone
 */
#include <errno.h>
#include <stdio.h>
#include "base/mem.h"
#include "cli/alike.h"
#include "cli/check.h"
#include "cli/commands.h"
#include "cli/env.h"
#include "cli/talk.h"

static const struct args_option talk_optionv[] = {
	/* clang-format off */
	{"json", NULL, "one JSON object a line in and out, for programs",
	 false},
	{"var", "NAME=VALUE", "a variable of the script", true},
	{"callid", "ID", "the call's id (default: a new one)", false},
	/* clang-format on */
};

static int talk(const struct args *args, const struct cli_wire *wire)
{
	struct args_vars vars;
	struct talk_prm prm = {
		.path = args->wordv[0],
		.is_json = args_has(args, "json"),
		.callid = args_text(args, "callid", NULL),
	};
	struct env env;
	int status = CLI_FAILED;

	if (args_vars(&vars, args))
		return CLI_MISUSED;

	prm.varv = vars.varv;
	prm.varc = vars.varc;
	if (prm.is_json)
		return talk_run(stdin, stdout, stderr, &prm);

	if (!env_open_light(&env, args, wire) && !env_open_http(&env)) {
		prm.http = env.http;
		status = talk_run(stdin, stdout, stderr, &prm);
	}
	env_close(&env);

	return status;
}

const struct args_command talk_command = {
	.name = "talk",
	.words = "SCRIPT.json",
	.summary = "Talk with a script in the terminal, without a telephone.",
	.help = "What you type is what the callee says; /help tells the rest. "
		"Services that the\nscript asks are asked; with --json their "
		"answers are lines of input.",
	.words_min = 1,
	.words_max = 1,
	.optionv = talk_optionv,
	.optionc = ARRAY_COUNT(talk_optionv),
	.run = talk,
};

static const struct args_option check_optionv[] = {
	/* clang-format off */
	{"format", "FORM", "text, or json: one object a fault", false},
	{"listen", NULL, "say every answer: which sound alike to the "
	                 "recogniser",
	 false},
	/* clang-format on */
};

/* Returns the exit status for the answers that sound alike. */
static int check_answers(const struct args *args, const struct cli_wire *wire,
                         const char *path, bool is_json)
{
	struct alike_prm prm = {.path = path, .is_json = is_json};
	size_t foundc = 0;
	struct env env;
	int err;

	prm.env = &env;
	err = env_open(&env, args, wire);
	if (!err)
		err = env_open_speech(&env);
	if (!err)
		err = alike_run(stdout, &foundc, &prm);
	env_close(&env);
	if (err)
		return CHECK_ERRORS;
	if (!is_json)
		printf("%zu answers that the recogniser does not tell apart\n",
		       foundc);

	return foundc ? CHECK_WARNINGS : CHECK_CLEAN;
}

static int check(const struct args *args, const struct cli_wire *wire)
{
	const char *format = args_text(args, "format", "text");
	struct check_prm prm = {
		.path = args->wordv[0],
		.is_json = !strcmp(format, "json"),
	};

	struct env env;
	int status, heard;

	if (!prm.is_json && strcmp(format, "text") != 0) {
		fprintf(stderr,
		        "dialwright check: --format takes text or json, not "
		        "\"%s\"\n",
		        format);
		return CLI_MISUSED;
	}

	status = CHECK_ERRORS;
	if (!env_open_light(&env, args, wire)) {
		prm.cfg = env.cfg;
		status = check_run(stdout, &prm);
	}
	env_close(&env);
	if (status == CHECK_ERRORS || !args_has(args, "listen"))
		return status;
	heard = check_answers(args, wire, prm.path, prm.is_json);

	return heard == CHECK_CLEAN ? status : heard;
}

const struct args_command check_command = {
	.name = "check",
	.words = "SCRIPT.json",
	.summary = "Say what is wrong with a script, before anybody is called.",
	.help = "Exit status 0: nothing; 1: errors, it will not run; 3: "
		"warnings only.",
	.words_min = 1,
	.words_max = 1,
	.optionv = check_optionv,
	.optionc = ARRAY_COUNT(check_optionv),
	.run = check,
};
