/*
 * cli/cmd_run.c - dialwright run: call everyone on a list
 */
#include <errno.h>
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "cli/run.h"

static const struct args_option optionv[] = {
	/* clang-format off */
	{"script", "FILE",
	 "the conversation, or NAME, NAME@3: as published (required)", false},
	{"line", "NAME", "which [line NAME] to call over (default: the first); "
	 "\"main, spare\":\n                         the second one when the "
	 "first one fails", false},
	{"group", "NAME", "call over the lines of [group NAME]", false},
	{"calls", "N", "calls at once (default: [campaign] calls)", false},
	{"country", "CC", "country of numbers without one, as RU", false},
	{"campaign", "NAME", "who was called is remembered under this name "
	 "(default: LIST/SCRIPT)", false},
	{"dry-run", NULL, "say who would be called and why not; call nobody",
	 false},
	{"watch", NULL, "print the conversations while they happen", false},
	{"format", "FORM", "of the results: table, csv or json", false},
	{"output", "FILE", "write the results there", false},
	{"score", NULL, "compare label and outcome with the list's columns "
	 "truth and outcome", false},
	LISTING_OPTIONS,
	/* clang-format on */
};

static int run(const struct args *args, const struct cli_wire *wire)
{
	struct run_prm prm = {
		.list = args->wordv[0],
		.script = args_text(args, "script", NULL),
		.campaign = args_text(args, "campaign", NULL),
		.country = args_text(args, "country", NULL),
		.output = args_text(args, "output", NULL),
		.lines = args_text(args, "line", NULL),
		.group = args_text(args, "group", NULL),
		.is_watched = args_has(args, "watch"),
		.is_scored = args_has(args, "score"),
	};
	const char *format = args_text(args, "format", "table");
	struct env env;
	int err;

	if (!prm.script) {
		fputs("dialwright run: --script FILE is missing: the "
		      "conversation to hold (try examples/appointment.json)\n",
		      stderr);
		return CLI_MISUSED;
	}
	if (!report_format_parse(&prm.format, format)) {
		fprintf(stderr,
		        "dialwright run: --format takes table, csv or "
		        "json, not \"%s\"\n",
		        format);
		return CLI_MISUSED;
	}
	err = args_number(args, "calls", 0, &prm.calls_max);
	if (err)
		return CLI_MISUSED;

	err = env_open(&env, args, wire);
	if (!err)
		err = env_open_store(&env);
	if (!err && !args_has(args, "dry-run"))
		err = env_open_notify(&env);
	if (!err)
		err = args_has(args, "dry-run") ? run_preview(&env, &prm)
		                                : run_list(&env, &prm);
	env_close(&env);

	return env_status(err);
}

const struct args_command run_command = {
	.name = "run",
	.words = "LIST.csv",
	.summary = "Call everyone on a list and hold the conversation of a "
		   "script.",
	.help = "The list is a CSV with a header line; the column \"number\" "
		"is called, every column\nis a variable of the script. Rows "
		"that cannot be called are reported and left out.\nCtrl-C "
		"stops dialling and lets talks finish; the same command "
		"continues where it\nstopped. Nobody is called twice.",
	.words_min = 1,
	.words_max = 1,
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
