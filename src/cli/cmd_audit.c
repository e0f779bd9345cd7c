/*
 * cli/cmd_audit.c - dialwright audit: whether calls and the audit log are what
 * they were, and what stands in the log
 *
 * It only reads, beside processes that call.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/env.h"

enum {
	ROWS_MAX = 500,
	ROWS = 50,
	FLAWS_MAX = 100, /* that are told; all are counted */
};

static const struct args_option optionv[] = {
	/* clang-format off */
	{"head", "SEQ:HASH", "check: that of the calls, as noted before by "
	 "`audit head`: it still has to\n                         stand there",
	 false},
	{"audit-head", "SEQ:HASH", "check: the same of the audit log", false},
	{"limit", "N", "list: so many rows (default 50, at most 500)", false},
	/* clang-format on */
};

struct auditing {
	struct env_answer answer;
	struct store_verified sum;
	int64_t broken;
};

static int await(struct auditing *auditing, int err)
{
	err = env_await(&auditing->answer, err);
	if (err)
		fprintf(stderr, "dialwright audit: %s\n", strerror(err));

	return err;
}

/* --- check ---------------------------------------------------------------- */

static void flaw_handler(const struct store_flaw *flaw, void *arg)
{
	struct auditing *auditing = arg;

	if (++auditing->sum.flaws <= FLAWS_MAX)
		printf("%s: %s\n", flaw->kind, flaw->words);
}

static void verified_handler(int err, const struct store_verified *sum,
                             void *arg)
{
	struct auditing *auditing = arg;

	if (!err)
		auditing->sum = *sum;
	env_answered(err, &auditing->answer);
}

static void chain_handler(int err, int64_t broken, void *arg)
{
	struct auditing *auditing = arg;

	auditing->broken = broken;
	env_answered(err, &auditing->answer);
}

static int head_wanted(const struct args *args, const char *name,
                       struct store_head *head)
{
	const char *text = args_text(args, name, NULL);

	if (!text || store_head_read(head, text))
		return 0;

	fprintf(stderr,
	        "dialwright audit: --%s takes what `dialwright audit head` "
	        "said: a number, a colon and 64 digits\n",
	        name);

	return EINVAL;
}

static void result_print(const struct auditing *auditing)
{
	const struct store_verified *sum = &auditing->sum;

	if (sum->flaws > FLAWS_MAX)
		printf("… and %" PRIu64 " more\n", sum->flaws - FLAWS_MAX);
	if (sum->waiting)
		printf("%" PRIu64 " calls of before there was a chain wait for "
		       "their link\n",
		       sum->waiting);
	printf("calls: %" PRIu64 " in %" PRIu64 " links, ", sum->calls,
	       sum->links);
	if (sum->flaws)
		printf("%" PRIu64 " flaws\n", sum->flaws);
	else
		puts("whole");
	if (auditing->broken)
		printf("audit log: row %" PRId64
		       " was changed, or is missing\n",
		       auditing->broken);
	else
		puts("audit log: whole");
}

static int check(struct auditing *auditing)
{
	struct env *env = auditing->answer.env;
	struct store_head calls = {.seq = 0}, audit = {.seq = 0};
	int err;

	err = head_wanted(env->args, "head", &calls);
	if (!err)
		err = head_wanted(env->args, "audit-head", &audit);
	if (!err)
		err = await(auditing,
		            store_verify(env->store, &calls, flaw_handler,
		                         verified_handler, auditing));
	if (!err)
		err = await(auditing,
		            store_audit_check(env->store, &audit, chain_handler,
		                              auditing));
	if (err)
		return err;

	result_print(auditing);

	return auditing->sum.flaws || auditing->broken ? EBADMSG : 0;
}

/* --- head, list ----------------------------------------------------------- */

static void head_print(const char *name, const struct store_head *head)
{
	if (head->seq)
		printf("%-5s %" PRId64 ":%s\n", name, head->seq, head->hash);
	else
		printf("%-5s -\n", name);
}

static void heads_handler(int err, const struct store_head *calls,
                          const struct store_head *audit, void *arg)
{
	struct auditing *auditing = arg;

	if (!err) {
		head_print("calls", calls);
		head_print("audit", audit);
	}
	env_answered(err, &auditing->answer);
}

static int head(struct auditing *auditing)
{
	return await(auditing, store_heads(auditing->answer.env->store,
	                                   heads_handler, auditing));
}

static void row_handler(const struct store_audit *row, void *arg)
{
	char at[CLOCK_TEXT_SIZE];

	(void)arg;

	printf("%6" PRId64 "  %s  %-12s %-15s %u  %s %s\n", row->seq,
	       clock_text(at, row->at_ms), *row->user ? row->user : "-",
	       row->address, row->status, row->action, row->detail);
}

static int list(struct auditing *auditing)
{
	long limit;
	int err;

	err = args_number(auditing->answer.env->args, "limit", ROWS, &limit);
	if (!err && (limit < 1 || limit > ROWS_MAX)) {
		fprintf(stderr, "dialwright audit: --limit is 1 to %d\n",
		        ROWS_MAX);
		err = EINVAL;
	}
	if (err)
		return err;

	return await(auditing,
	             store_audit_list(auditing->answer.env->store, INT64_MAX,
	                              (uint32_t)limit, row_handler,
	                              env_answered, auditing));
}

static const struct {
	const char *word;
	int (*run)(struct auditing *auditing);
} verbv[] = {
	{"check", check},
	{"head", head},
	{"list", list},
};

static int verb_run(struct env *env)
{
	struct auditing auditing = {.answer = {.env = env}};

	for (size_t i = 0; i < ARRAY_COUNT(verbv); i++) {
		if (!strcmp(verbv[i].word, env->args->wordv[0]))
			return verbv[i].run(&auditing);
	}

	return ENOENT;
}

static int run(const struct args *args, const struct cli_wire *wire)
{
	for (size_t i = 0; i < ARRAY_COUNT(verbv); i++) {
		if (!strcmp(verbv[i].word, args->wordv[0]))
			return env_run(args, wire, env_open_store_reader,
			               verb_run);
	}
	fputs("dialwright audit: check, head or list\n", stderr);

	return CLI_MISUSED;
}

const struct args_command audit_command = {
	.name = "audit",
	.words = "check|head|list",
	.summary = "Whether calls and the audit log are what they were.",
	.help = "Each call that is over has a link with a hash over its record "
		"and over the link\nbefore; so has each row of the audit log. "
		"check goes along both, beside calls that\ngo on, and names "
		"each call whose record was changed, deleted, or put there by "
		"hand;\nits status is 1 then. Who can write the database can "
		"make the whole chain anew:\nnote what head prints somewhere "
		"else, and give it to check later. Texts, variables\nand "
		"recordings, which go with time, are not covered; a person who "
		"was erased is no\nflaw. list prints the latest rows of the "
		"audit log.",
	.words_min = 1,
	.words_max = 1,
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
