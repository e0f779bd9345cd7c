/*
 * cli/cmd_script.c - dialwright talk: a script in the terminal
 */
#include <errno.h>
#include <stdio.h>
#include "base/mem.h"
#include "cli/commands.h"
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
	int err;

	(void)wire;

	err = args_vars(&vars, args);
	if (err)
		return err;

	prm.varv = vars.varv;
	prm.varc = vars.varc;
	switch (talk_run(stdin, stdout, stderr, &prm)) {
	case TALK_DONE:
		return 0;
	case TALK_NOT_UNDERSTOOD:
		return EINVAL;
	default:
		return EIO;
	}
}

const struct args_command talk_command = {
	.name = "talk",
	.words = "SCRIPT.json",
	.summary = "Talk with a script in the terminal, without a telephone.",
	.help = "What you type is what the callee says; /help tells the rest.",
	.words_min = 1,
	.words_max = 1,
	.optionv = talk_optionv,
	.optionc = ARRAY_COUNT(talk_optionv),
	.run = talk,
};
