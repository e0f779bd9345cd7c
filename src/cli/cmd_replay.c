/*
 * cli/cmd_replay.c - dialwright replay: an edit tried on yesterday's calls
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "call/call.h"
#include "cli/callfile.h"
#include "cli/commands.h"
#include "cli/env.h"
#include "cli/replay.h"

static const struct args_option optionv[] = {
	/* clang-format off */
	{"campaign", "NAME", "the calls of this campaign only", false},
	{"call", "ID", "this call only", false},
	{"from", "FILE", "read the calls from there, not from the database",
	 false},
	{"export", "FILE", "write the calls there too, for --from", false},
	{"format", "FORM", "text, or json: one object a call that parts, and "
	 "the sum", false},
	/* clang-format on */
};

struct source {
	struct env_answer answer;
	struct env env;
	struct replay_report *report;
	int err; /* of a call */
};

static void complain(const char *path, const char *why)
{
	fprintf(stderr, "dialwright: %s: %s\n", path, why);
}

/* --- from a file -------------------------------------------------------- */

static int call_handler(const struct flow_call *call, void *arg)
{
	return replay_call(arg, call);
}

static int file_read(struct replay_report *report, const char *path)
{
	char fault[CALLFILE_FAULT_SIZE] = "";
	FILE *file = fopen(path, "r");
	int err;

	if (!file) {
		err = errno;
		complain(path, strerror(err));
		return err;
	}

	err = callfile_read(file, call_handler, report, fault);
	if (err)
		complain(path, *fault ? fault : strerror(err));
	(void)fclose(file);

	return err;
}

/* --- from the database -------------------------------------------------- */

/* After a Ctrl-C there are no more. */
static bool talk_handler(const struct store_talk *talk, void *arg)
{
	struct source *source = arg;
	struct call_past *past;

	source->err = call_past_alloc(&past, talk);
	if (source->err)
		return false;

	source->err = replay_call(source->report, &past->call);
	mem_deref(past);

	return !source->err && !source->env.interrupts;
}

static int database_read(struct replay_report *report, const struct args *args,
                         const struct cli_wire *wire)
{
	const struct store_talks_prm prm = {
		.campaign = args_text(args, "campaign", NULL),
		.callid = report->callid,
	};
	struct source source = {.report = report};
	int err;

	source.answer.env = &source.env;
	err = env_open(&source.env, args, wire);
	if (!err)
		err = env_open_store_reader(&source.env);
	if (err)
		goto out;

	err = store_talks(source.env.store, &prm, talk_handler, env_answered,
	                  &source);
	err = env_await(&source.answer, err);
	if (source.err)
		err = source.err;
	if (err == EINTR)
		complain("replay", "stopped; these are the calls so far");
	else if (err)
		complain("replay", strerror(err));

out:
	env_close(&source.env);

	return err;
}

/* --- the command -------------------------------------------------------- */

static int misuse(const char *what)
{
	fprintf(stderr, "dialwright replay: %s\n", what);

	return CLI_MISUSED;
}

static int replay_all(struct replay_report *report, const struct args *args,
                      const struct cli_wire *wire)
{
	const char *from = args_text(args, "from", NULL);
	int err;

	err = from ? file_read(report, from)
	           : database_read(report, args, wire);
	if (err == EINTR)
		(void)replay_end(report);
	if (err)
		return CLI_FAILED;

	if (!report->sum.calls && !report->sum.strangers) {
		complain("replay", "there is no such call that was answered");
		return CLI_FAILED;
	}

	return replay_end(report);
}

static int replay(const struct args *args, const struct cli_wire *wire)
{
	const char *format = args_text(args, "format", "text");
	const char *copy = args_text(args, "export", NULL);
	bool has_campaign = args_has(args, "campaign");
	struct replay_report report = {
		.out = stdout,
		.is_json = !strcmp(format, "json"),
		.takes_all = has_campaign || args_has(args, "call"),
		.callid = args_text(args, "call", NULL),
	};
	int status;

	if (!report.is_json && strcmp(format, "text") != 0)
		return misuse("--format takes text or json");
	if (has_campaign && args_has(args, "from"))
		return misuse("a file knows no campaigns: leave --campaign "
		              "out");

	report.script = env_script(args->wordv[0]);
	if (!report.script)
		return CLI_FAILED;

	if (copy) {
		report.copy = fopen(copy, "w");
		if (!report.copy) {
			complain(copy, strerror(errno));
			mem_deref(report.script);
			return CLI_FAILED;
		}
	}

	status = replay_all(&report, args, wire);
	if (report.copy && fclose(report.copy)) {
		complain(copy, strerror(errno));
		status = CLI_FAILED;
	}
	mem_deref(report.script);

	return status;
}

const struct args_command replay_command = {
	.name = "replay",
	.words = "SCRIPT.json",
	.summary = "Hold the calls of the past again with another version of "
		   "a script.",
	.help = "No telephone is involved: what was heard is known. For each "
		"call that would go\nanother way the step is shown where it "
		"parts, with both answers. Without --campaign\nand --call "
		"these are the calls of a script of the same name. May run "
		"while people\nare being called.\nExit status 0: no "
		"difference; 3: some; 1: it failed.",
	.words_min = 1,
	.words_max = 1,
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = replay,
};
