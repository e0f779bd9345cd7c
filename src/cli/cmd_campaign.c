/*
 * cli/cmd_campaign.c - dialwright campaign: pause, resume, stop, status, rules
 *
 * It writes beside the process that runs the campaign.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "campaign/campaign.h"
#include "cli/commands.h"
#include "cli/env.h"
#include "cli/settle.h"

enum {
	RULES_SIZE = 16384,
};

struct command {
	struct env *env;
	const char *name;
	int err;
};

static void done_handler(int err, void *arg)
{
	struct command *command = arg;

	command->err = err;
	env_wake(command->env);
}

static int await(struct command *command, int err)
{
	if (!err)
		err = env_wait(command->env);
	if (!err)
		err = command->err;
	if (err == ENOENT)
		fprintf(stderr,
		        "dialwright campaign: there is no campaign \"%s\" "
		        "(run names it LIST/SCRIPT or as --campaign says)\n",
		        command->name);
	else if (err)
		fprintf(stderr, "dialwright campaign: %s\n", strerror(err));

	return err;
}

static int state_set(struct command *command, const char *state)
{
	return await(command,
	             store_campaign_state(command->env->store, command->name,
	                                  state, done_handler, command));
}

static int pause_campaign(struct command *command)
{
	int err = state_set(command, "paused");

	if (!err)
		err = settle(command->env, command->name, NULL);
	if (!err)
		printf("%s is paused: no new calls; talks go on\n",
		       command->name);

	return err;
}

static int resume(struct command *command)
{
	int err = state_set(command, "running");

	if (!err)
		printf("%s goes on\n", command->name);

	return err;
}

static int stop(struct command *command)
{
	int err = state_set(command, "done");

	if (!err)
		err = settle(command->env, command->name, NULL);
	if (!err)
		printf("%s has ended: its process finishes the talks\n",
		       command->name);

	return err;
}

static void count_handler(const struct store_count *count, void *arg)
{
	(void)arg;

	printf("%-9s %-20s %llu\n", count->kind, count->word,
	       (unsigned long long)count->n);
}

static int status(struct command *command)
{
	return await(command, store_campaign_counts(
				      command->env->store, command->name,
				      count_handler, done_handler, command));
}

static void rules_handler(const struct store_count *count, void *arg)
{
	(void)arg;

	if (!strcmp(count->kind, "rules"))
		puts(count->word);
}

static int rules_print(struct command *command)
{
	return await(command, store_campaign_counts(
				      command->env->store, command->name,
				      rules_handler, done_handler, command));
}

static int rules_read(char json[RULES_SIZE], const char *path)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "rb") : stdin;
	size_t n;
	int err = 0;

	if (!file)
		return errno;

	n = fread(json, 1, RULES_SIZE, file);
	if (ferror(file))
		err = EIO;
	else if (n == RULES_SIZE)
		err = EFBIG;
	else
		json[n] = '\0';
	if (file != stdin)
		(void)fclose(file);

	return err;
}

/* Wrong rules are refused here, not when people are to be called. */
static int rules_keep(struct command *command)
{
	const char *path = command->env->args->wordv[2];
	char json[RULES_SIZE], fault[CFG_FAULT_SIZE];
	int err;

	err = rules_read(json, path);
	if (err) {
		fprintf(stderr, "dialwright campaign: %s: %s\n", path,
		        strerror(err));
		return err;
	}
	err = rules_check(json, fault);
	if (err) {
		fprintf(stderr, "dialwright campaign: %s: %s\n", path, fault);
		return err;
	}

	err = await(command,
	            store_campaign_settings(command->env->store, command->name,
	                                    json, NULL, done_handler, command));
	if (!err)
		printf("%s has these rules from its next start on\n",
		       command->name);

	return err;
}

static int rules_command(struct command *command)
{
	return command->env->args->wordc > 2 ? rules_keep(command)
	                                     : rules_print(command);
}

static const struct {
	const char *word;
	int (*run)(struct command *command);
} verbv[] = {
	{"pause", pause_campaign}, {"resume", resume},       {"stop", stop},
	{"status", status},        {"rules", rules_command},
};

static int run(const struct args *args, const struct cli_wire *wire)
{
	struct env env;
	struct command command = {.env = &env, .name = args->wordv[1]};
	int err;

	for (size_t i = 0; i < ARRAY_COUNT(verbv); i++) {
		if (strcmp(verbv[i].word, args->wordv[0]) != 0)
			continue;

		err = env_open(&env, args, wire);
		if (!err)
			err = env_open_store_guest(&env);
		if (!err)
			err = verbv[i].run(&command);
		env_close(&env);
		return err ? CLI_FAILED : CLI_DONE;
	}
	fprintf(stderr,
	        "dialwright campaign: \"%s\" is none of pause, resume, stop, "
	        "status, rules\n",
	        args->wordv[0]);

	return CLI_MISUSED;
}

const struct args_command campaign_command = {
	.name = "campaign",
	.words = "pause|resume|stop|status|rules NAME [RULES.json]",
	.summary = "Pause, resume or end a campaign that runs, or say how far "
		   "it is.",
	.help = "When pause or stop returns, no new call leaves any more; "
		"talks go on. The process\nthat runs the campaign waits while "
		"it is paused and ends when it is stopped.\nrules prints "
		"the campaign's own rules, which go before [rules]; with a "
		"file it replaces\nthem from the next start on.",
	.words_min = 2,
	.words_max = 3,
	.run = run,
};
