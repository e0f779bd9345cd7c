/*
 * cli/cmd_campaign.c - dialwright campaign and its words
 *
 * All but create and start write beside the process that runs the campaign.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/file.h"
#include "base/mem.h"
#include "campaign/campaign.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "cli/settle.h"
#include "cli/verbs.h"

enum {
	RULES_BYTES_MAX = 16384,
};

static struct env_answer *answer_of(struct verb *verb)
{
	verb->answer.env = verb->env;

	return &verb->answer;
}

void verb_done(int err, void *arg)
{
	env_answered(err, answer_of(arg));
}

int verb_wait(struct verb *verb, int err)
{
	return env_await(answer_of(verb), err);
}

int verb_await(struct verb *verb, int err)
{
	err = verb_wait(verb, err);
	if (err == ENOENT)
		fprintf(stderr,
		        "dialwright campaign: there is no campaign \"%s\" "
		        "(run names it LIST/SCRIPT or as --campaign says)\n",
		        verb->name);
	else if (err)
		fprintf(stderr, "dialwright campaign: %s\n", strerror(err));

	return err;
}

int verb_file_read(char **textp, const char *path, size_t limit_bytes)
{
	size_t len;

	if (!strcmp(path, "-"))
		return file_read_open(textp, &len, stdin, limit_bytes);

	return file_read(textp, &len, path, limit_bytes);
}

static int state_set(struct verb *verb, const char *state)
{
	return verb_await(verb,
	                  store_campaign_state(verb->env->store, verb->name,
	                                       state, verb_done, verb));
}

static int pause_campaign(struct verb *verb)
{
	int err = state_set(verb, "paused");

	if (!err)
		err = settle(verb->env, verb->name, NULL);
	if (!err)
		printf("%s is paused: no new calls; talks go on\n", verb->name);

	return err;
}

static int resume(struct verb *verb)
{
	int err = state_set(verb, "running");

	if (!err)
		printf("%s goes on\n", verb->name);

	return err;
}

static int stop(struct verb *verb)
{
	int err = state_set(verb, "done");

	if (!err)
		err = settle(verb->env, verb->name, NULL);
	if (!err)
		printf("%s has ended: its process finishes the talks\n",
		       verb->name);

	return err;
}

static void count_handler(const struct store_count *count, void *arg)
{
	(void)arg;

	printf("%-9s %-20s %llu\n", count->kind, count->word,
	       (unsigned long long)count->n);
}

static int status(struct verb *verb)
{
	return verb_await(verb, store_campaign_counts(verb->env->store,
	                                              verb->name, count_handler,
	                                              verb_done, verb));
}

static void rules_handler(const struct store_count *count, void *arg)
{
	(void)arg;

	if (!strcmp(count->kind, "rules"))
		puts(count->word);
}

static int rules_print(struct verb *verb)
{
	return verb_await(verb, store_campaign_counts(verb->env->store,
	                                              verb->name, rules_handler,
	                                              verb_done, verb));
}

/* Wrong rules are refused here, not when people are to be called. */
static int rules_keep(struct verb *verb)
{
	const char *path = verb->env->args->wordv[2];
	char fault[CFG_FAULT_SIZE];
	char *json;
	int err;

	err = verb_file_read(&json, path, RULES_BYTES_MAX);
	if (err) {
		fprintf(stderr, "dialwright campaign: %s: %s\n", path,
		        strerror(err));
		return err;
	}
	err = rules_check(json, fault);
	if (err) {
		fprintf(stderr, "dialwright campaign: %s: %s\n", path, fault);
		goto out;
	}

	err = verb_await(verb,
	                 store_campaign_settings(verb->env->store, verb->name,
	                                         json, NULL, verb_done, verb));
	if (!err)
		printf("%s has these rules from its next start on\n",
		       verb->name);

out:
	mem_deref(json);

	return err;
}

static int rules_command(struct verb *verb)
{
	return verb->env->args->wordc > 2 ? rules_keep(verb)
	                                  : rules_print(verb);
}

/* Beside whoever runs the campaign. */
static int beside(struct verb *verb, int (*run)(struct verb *verb))
{
	int err = env_open_store_guest(verb->env);

	return err ? err : run(verb);
}

static const struct {
	const char *word;
	int (*run)(struct verb *verb);
	bool is_beside;                /* the store is opened as a guest */
	unsigned words_min, words_max; /* behind the word */
} verbv[] = {
	/* clang-format off */
	{"create",  verb_create,   false, 0, 1},
	{"start",   verb_start,    false, 1, 1},
	{"list",    verb_list,     false, 0, 0},
	{"show",    verb_show,     false, 1, 1},
	{"dry-run", verb_foresee,  false, 1, 1},
	{"report",  verb_report,   false, 1, 1},
	{"pause",   pause_campaign, true, 1, 1},
	{"resume",  resume,         true, 1, 1},
	{"stop",    stop,           true, 1, 1},
	{"status",  status,         true, 1, 1},
	{"rules",   rules_command,  true, 1, 2},
	/* clang-format on */
};

static int misuse(const char *word)
{
	fprintf(stderr,
	        "dialwright campaign: \"%s\" is none of create NAME, start "
	        "NAME, list, show NAME, dry-run NAME, report NAME, pause NAME, "
	        "resume NAME, stop NAME, status NAME, rules NAME [FILE]\n",
	        word);

	return CLI_MISUSED;
}

static int run(const struct args *args, const struct cli_wire *wire)
{
	struct env env;
	struct verb verb = {
		.env = &env,
		.name = args->wordc > 1 ? args->wordv[1] : NULL,
	};
	int err;

	for (size_t i = 0; i < ARRAY_COUNT(verbv); i++) {
		if (strcmp(verbv[i].word, args->wordv[0]) != 0)
			continue;
		if (args->wordc - 1 < verbv[i].words_min ||
		    args->wordc - 1 > verbv[i].words_max)
			break;

		err = env_open(&env, args, wire);
		if (!err)
			err = verbv[i].is_beside ? beside(&verb, verbv[i].run)
			                         : verbv[i].run(&verb);
		env_close(&env);
		return env_status(err);
	}

	return misuse(args->wordv[0]);
}

static const struct args_option optionv[] = {
	/* clang-format off */
	{"from", "FILE.json", "create: the campaign as `show` prints it",
	 false},
	{"script", "FILE",
	 "create: the conversation, or NAME, NAME@3: as published", false},
	{"list", "FILE|NAME", "create: who is called, a file that is read or a "
	 "list that was", true},
	{"line", "NAMES", "create: over which lines, \"main, spare\": the "
	 "second when\n                         the first fails", false},
	{"group", "NAME", "create: over the lines of [group NAME]", false},
	{"calls", "N", "create: calls at once", false},
	{"cps", "N", "create: new calls per second, as 0.5", false},
	{"priority", "N",
	 "create: where several campaigns want one line,\n"
	 "                         the highest goes first (0 to 100)", false},
	LISTING_OPTIONS,
	{"watch", NULL, "start: print the conversations while they happen",
	 false},
	{"format", "FORM", "table, csv or json", false},
	{"output", "FILE", "start, report: write there", false},
	{"picture", "FILE.svg", "report: draw it there", false},
	/* clang-format on */
};

const struct args_command campaign_command = {
	.name = "campaign",
	.words = "create|start|list|show|dry-run|report|pause|resume|stop|"
		 "status|rules NAME",
	.summary = "Make, call, stop and judge campaigns.",
	.help = "create makes a draft of a script, lists and lines; start "
		"calls (Ctrl-C stops, start\ngoes on). dry-run says who could "
		"be called now, later, never, and when it would\nend. When "
		"pause or stop returns, no new call leaves any more; talks go "
		"on.\nrules prints the campaign's own rules, which go before "
		"[rules]; with a file it\nreplaces them from the next start "
		"on.",
	.words_min = 1,
	.words_max = 3,
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
