/*
 * cli/cmd_block.c - dialwright block: numbers that are never called
 *
 * It writes beside campaigns that run, and returns when its word holds: no
 * INVITE to these numbers leaves any more.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/env.h"
#include "cli/settle.h"

static const struct args_option optionv[] = {
	/* clang-format off */
	{"prefix", NULL, "all numbers that begin so, as +7900", false},
	{"reason", "TEXT", "why (default: by hand)", false},
	{"country", "CC", "country of numbers without one, as RU", false},
	/* clang-format on */
};

/* A prefix stands as it is written; a number as lists have it. */
static int number_take(char number[NUMBER_SIZE], const char *word,
                       struct env *env, bool is_prefix)
{
	if (is_prefix && word[0] == '+' && strlen(word) < NUMBER_SIZE &&
	    word[1] && strspn(word + 1, "0123456789") == strlen(word) - 1) {
		(void)text_copy(number, NUMBER_SIZE, word);
		return 0;
	}
	if (is_prefix) {
		fprintf(stderr,
		        "dialwright block: \"%s\": a prefix is + and digits\n",
		        word);
		return EINVAL;
	}

	return env_number(env, number, word);
}

static int block(struct env *env, const char *word)
{
	struct env_answer answer = {.env = env};
	char number[NUMBER_SIZE];
	const struct store_block_prm prm = {
		.number = number,
		.reason = args_text(env->args, "reason", "by hand"),
		.is_prefix = args_has(env->args, "prefix"),
	};
	int err;

	err = number_take(number, word, env, prm.is_prefix);
	if (err)
		return err;

	err = store_block_scoped(env->store, &prm, env_answered, &answer);
	err = env_await(&answer, err);
	if (err) {
		fprintf(stderr, "dialwright: %s is not blocked: %s\n", number,
		        strerror(err));
		return err;
	}

	err = settle(env, NULL, number);
	if (!err)
		printf("%s%s is not called any more\n", number,
		       prm.is_prefix ? "…" : "");

	return err;
}

static int block_all(struct env *env)
{
	int err = 0;

	for (unsigned i = 0; i < env->args->wordc && !err; i++)
		err = block(env, env->args->wordv[i]);

	return err;
}

static int run(const struct args *args, const struct cli_wire *wire)
{
	return env_run(args, wire, env_open_store_first, block_all);
}

const struct args_command block_command = {
	.name = "block",
	.words = "NUMBER...",
	.summary = "Never call these numbers again.",
	.help = "They go on the do-not-call list of all campaigns, those that "
		"run too: when the\ncommand returns, no call to them leaves "
		"any more. A call that rings already goes on.",
	.words_min = 1,
	.words_max = ARGS_WORDS_MAX,
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
