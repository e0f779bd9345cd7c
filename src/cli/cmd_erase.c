/*
 * cli/cmd_erase.c - dialwright erase: what is known of a number goes
 *
 * Beside the process that calls, if there is one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/env.h"

static const struct args_option optionv[] = {
	/* clang-format off */
	{"yes", NULL, "do not ask", false},
	{"dry-run", NULL, "say what would go; touch nothing", false},
	{"by", "TEXT", "whose word it was, for the receipt (default: the user)",
	 false},
	{"country", "CC", "country of a number without one, as RU", false},
	/* clang-format on */
};

static void erased_handler(int err, const char *receipt, void *arg)
{
	if (!err)
		puts(receipt);
	env_answered(err, arg);
}

static bool is_meant(const struct env *env, const char *number)
{
	char answer[8];

	if (args_has(env->args, "yes") || args_has(env->args, "dry-run"))
		return true;
	if (!isatty(STDIN_FILENO)) {
		fputs("dialwright erase: nobody can be asked: say --yes\n",
		      stderr);
		return false;
	}

	fprintf(stderr,
	        "What is known of %s goes for good, from copies too. Type "
	        "yes: ",
	        number);

	return fgets(answer, sizeof(answer), stdin) && !strcmp(answer, "yes\n");
}

static int erase(struct env *env, const char *number)
{
	struct env_answer answer = {.env = env};
	const struct store_erase_prm prm = {
		.number = number,
		.by = args_text(env->args, "by", env_user()),
		.is_dry = args_has(env->args, "dry-run"),
	};
	int err;

	err = store_erase(env->store, &prm, erased_handler, &answer);
	err = env_await(&answer, err);
	if (err == ENOTSUP)
		fputs("dialwright erase: without keys nothing can be made "
		      "unreadable in copies, and nobody recognised again: set "
		      "[vault] key_file and run `dialwright vault init`\n",
		      stderr);
	else if (err)
		fprintf(stderr,
		        "dialwright erase: %s is not erased: %s; run "
		        "it again\n",
		        number, strerror(err));

	return err;
}

/* The number itself must not stand in a log that nobody can change. */
static void audit(struct env *env, const char *number)
{
	char person[VAULT_PERSON_SIZE];

	if (!args_has(env->args, "dry-run") &&
	    !vault_person(env->vault, number, person))
		env_audit(env, "erase", person);
}

static int erase_person(struct env *env)
{
	char number[NUMBER_SIZE];
	int err;

	err = env_number(env, number, env->args->wordv[0]);
	if (!err)
		err = env_open_store_guest(env);
	if (!err && !is_meant(env, number))
		err = ECANCELED;
	if (!err)
		err = erase(env, number);
	if (!err)
		audit(env, number);

	return err;
}

static int run(const struct args *args, const struct cli_wire *wire)
{
	return env_run(args, wire, NULL, erase_person);
}

const struct args_command erase_command = {
	.name = "erase",
	.words = "NUMBER",
	.summary = "Make what is known of a person unreadable, in copies too.",
	.help = "The person's key is destroyed, recordings are deleted, texts, "
		"variables and the number\nare overwritten; prints a receipt "
		"as JSON. The number is never called again: a keyed\nhash of "
		"it stays on the do-not-call list. Works beside a campaign "
		"that runs. What\nbackups hold: docs/privacy.md.",
	.words_min = 1,
	.words_max = 1,
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
