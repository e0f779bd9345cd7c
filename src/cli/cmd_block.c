/*
 * cli/cmd_block.c - dialwright block: numbers that are never called, and which
 * those are
 *
 * It writes beside campaigns that run, and returns when its word holds: no
 * INVITE to these numbers leaves any more.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/env.h"
#include "cli/settle.h"

enum {
	DATE_BYTES = 10, /* of an instant: the day */
	DOTS_WIDER = 2,  /* than the one column they take, in bytes */
};

static const char dots[] = "…";

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
		       prm.is_prefix ? dots : "");

	return err;
}

/* A word that is wrong blocks none of the others. */
static int block_all(struct env *env)
{
	bool is_prefix = args_has(env->args, "prefix");
	char number[NUMBER_SIZE];
	int err = 0;

	for (unsigned i = 0; i < env->args->wordc && !err; i++)
		err = number_take(number, env->args->wordv[i], env, is_prefix);
	if (!err)
		err = env_open_store_first(env);
	for (unsigned i = 0; i < env->args->wordc && !err; i++)
		err = block(env, env->args->wordv[i]);

	return err;
}

/* --- looking -------------------------------------------------------------- */

struct looking {
	struct env_answer answer;
	const char *number;
	uint32_t rows; /* of the page */
};

static int await(struct looking *looking, int err)
{
	err = env_await(&looking->answer, err);
	if (err)
		fprintf(stderr, "dialwright block: %s\n", strerror(err));

	return err;
}

static void blocked_handler(int err, const char *reason, void *arg)
{
	struct looking *looking = arg;

	if (!err && reason)
		printf("%s is not called: %s\n", looking->number, reason);
	else if (!err)
		printf("%s is not on the do-not-call list\n", looking->number);
	env_answered(err, looking);
}

static int look(struct env *env)
{
	char number[NUMBER_SIZE];
	struct looking looking = {.answer = {.env = env}, .number = number};
	int err = env_number(env, number, env->args->wordv[1]);

	if (!err)
		err = env_open_store_guest(env);

	return err ? err
	           : await(&looking, store_blocked(env->store, number,
	                                           blocked_handler, &looking));
}

static void row_handler(const struct store_block *row, void *arg)
{
	struct looking *looking = arg;
	char at[CLOCK_TEXT_SIZE];

	looking->rows++;
	printf("%s%-*s  %.*s  %-16s  %s\n", row->number,
	       NUMBER_SIZE - (int)strlen(row->number) +
	               (row->is_prefix ? DOTS_WIDER : 0),
	       row->is_prefix ? dots : "", DATE_BYTES,
	       clock_text(at, row->created_ms),
	       *row->campaign ? row->campaign : "all", row->reason);
}

static int list(struct env *env)
{
	struct looking looking = {.answer = {.env = env}};
	struct store_page page = {.limit = STORE_PAGE_MAX};
	int err = env_open_store_guest(env);

	if (err)
		return err;

	printf("%-*s  %-10s  %-16s  %s\n", NUMBER_SIZE, "number", "since",
	       "campaign", "reason");
	do {
		looking.rows = 0;
		err = await(&looking,
		            store_blocks(env->store, &page, row_handler,
		                         env_answered, &looking));
		page.after += looking.rows;
	} while (!err && looking.rows == STORE_PAGE_MAX);

	return err;
}

static int run(const struct args *args, const struct cli_wire *wire)
{
	if (strcmp(args->wordv[0], "list") != 0)
		return env_run(args, wire, NULL, block_all);

	if (args->wordc > 2 || args_has(args, "prefix") ||
	    args_has(args, "reason")) {
		fputs("dialwright block: list takes one NUMBER or nothing\n",
		      stderr);
		return CLI_MISUSED;
	}

	return env_run(args, wire, NULL, args->wordc > 1 ? look : list);
}

const struct args_command block_command = {
	.name = "block",
	.words = "NUMBER...|list [NUMBER]",
	.summary = "Never call these numbers again.",
	.help = "They go on the do-not-call list of all campaigns, those that "
		"run too: when the\ncommand returns, no call to them leaves "
		"any more. A call that rings already goes on.\nlist shows what "
		"is on it, or why a number is not called.",
	.words_min = 1,
	.words_max = ARGS_WORDS_MAX,
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
