/*
 * cli/cmd_consent.c - dialwright consent: who agreed to be called, to what
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "campaign/campaign.h"
#include "cli/commands.h"
#include "base/instant.h"
#include "cli/listing.h"
#include "cli/settle.h"

enum {
	DATE_BYTES = 10, /* of an instant: the day */
};

static const struct args_option optionv[] = {
	/* clang-format off */
	{"purpose", "WORD", "what it is for, as rules.consent names it; list: "
	 "those to it alone", false},
	{"source", "TEXT", "give: where it was given, as \"web form 17\"",
	 false},
	{"text", "TEXT", "give: what was agreed to", false},
	{"at", "TIME", "give: when, as 2026-11-20 or 2026-11-20T09:30Z "
	 "(default: now)", false},
	{"country", "CC", "country of numbers without one, as RU", false},
	LISTING_OPTIONS,
	/* clang-format on */
};

static int say(const char *words)
{
	fprintf(stderr, "dialwright consent: %s\n", words);

	return EINVAL;
}

static int await(struct env_answer *answer, int err)
{
	err = env_await(answer, err);
	if (err)
		(void)say(strerror(err));

	return err;
}

/* The words of what is missing stand behind the option. */
static int consent_check(const struct store_consent *consent)
{
	const char *field, *fault;

	fault = papers_consent_fault(&field, consent, clock_wall_ms());
	if (!fault)
		return 0;

	fprintf(stderr, "dialwright consent: --%s %s\n", field, fault);

	return EINVAL;
}

static int give(struct env *env)
{
	const struct args *args = env->args;
	struct env_answer answer = {.env = env};
	char number[NUMBER_SIZE];
	struct store_consent consent = {
		.number = number,
		.purpose = args_text(args, "purpose", ""),
		.source = args_text(args, "source", ""),
		.text = args_text(args, "text", ""),
		.given_ms = clock_wall_ms(),
	};
	const char *at = args_text(args, "at", NULL);
	int err;

	if (at && !instant_read(&consent.given_ms, at))
		consent.given_ms = 0;

	err = env_number(env, number, args->wordv[1]);
	if (!err)
		err = consent_check(&consent);
	if (!err)
		err = await(&answer, store_consent(env->store, &consent,
		                                   env_answered, &answer));
	if (!err)
		printf("%s agreed to %s\n", number, consent.purpose);

	return err;
}

static int end(struct env *env)
{
	const char *purpose = args_text(env->args, "purpose", "");
	struct env_answer answer = {.env = env};
	char number[NUMBER_SIZE];
	int err;

	if (!*purpose)
		return say("name the --purpose");

	err = env_number(env, number, env->args->wordv[1]);
	if (!err)
		err = await(&answer,
		            store_consent_end(env->store, number, purpose,
		                              env_answered, &answer));
	if (!err)
		err = settle(env, NULL, number);
	if (!err)
		printf("%s is not called for %s any more\n", number, purpose);

	return err;
}

/* --- many at once --------------------------------------------------------- */

static int import(struct env *env)
{
	struct papers_consents papers = {
		.store = env->store,
		.purpose = args_text(env->args, "purpose", ""),
	};
	uint32_t added = 0;
	const struct listing_prm prm = {
		.path = env->args->wordv[1],
		.keep = papers_consents_keep,
		.keep_arg = &papers,
		.addedp = &added,
	};
	int64_t list_id;
	int err;

	if (!*papers.purpose)
		return say("name the --purpose");

	err = listing_import(env, &prm, &list_id);
	if (*papers.fault)
		(void)say(papers.fault);
	if (!err)
		printf("%u people agreed\n", added);

	return err;
}

/* --- looking -------------------------------------------------------------- */

struct looking {
	struct env_answer answer;
	char number[NUMBER_SIZE]; /* of the last one shown */
	char *purpose;
	uint32_t rows; /* of the page */
	int err;
};

static void row_handler(const struct store_consent *consent, void *arg)
{
	struct looking *looking = arg;
	char given[CLOCK_TEXT_SIZE], ended[CLOCK_TEXT_SIZE] = "-";

	(void)clock_text(given, consent->given_ms);
	if (consent->ended_ms)
		(void)clock_text(ended, consent->ended_ms);
	printf("%-16s  %-16s  %.*s  %-10.*s  %s: \"%s\"\n", consent->number,
	       consent->purpose, DATE_BYTES, given, DATE_BYTES, ended,
	       consent->source, consent->text);

	looking->rows++;
	(void)text_copy(looking->number, sizeof(looking->number),
	                consent->number);
	looking->purpose = mem_deref(looking->purpose);
	if (!looking->err)
		looking->err = str_dup(&looking->purpose, consent->purpose);
}

static int page_show(struct looking *looking, const char *number)
{
	struct env *env = looking->answer.env;
	const struct store_consents_prm prm = {
		.number = number,
		.purpose = args_text(env->args, "purpose", NULL),
		.after_number = looking->number,
		.after_purpose = looking->purpose ? looking->purpose : "",
		.limit = STORE_PAGE_MAX,
	};
	int err;

	looking->rows = 0;
	err = await(&looking->answer,
	            store_consents(env->store, &prm, row_handler, env_answered,
	                           looking));

	return err ? err : looking->err;
}

static int list(struct env *env)
{
	const char *word = env->args->wordc > 1 ? env->args->wordv[1] : NULL;
	struct looking looking = {.answer = {.env = env}};
	char number[NUMBER_SIZE];
	int err = word ? env_number(env, number, word) : 0;

	if (err)
		return err;

	printf("%-16s  %-16s  %-10s  %-10s  %s\n", "number", "purpose", "given",
	       "ended", "source, and what was agreed to");
	do {
		err = page_show(&looking, word ? number : NULL);
	} while (!err && looking.rows == STORE_PAGE_MAX);
	mem_deref(looking.purpose);

	return err;
}

static const struct {
	const char *word;
	int (*run)(struct env *env);
	int (*store)(struct env *env);
	unsigned words_min, words_max; /* with it */
} verbv[] = {
	{"give", give, env_open_store_first, 2, 2},
	{"end", end, env_open_store_guest, 2, 2},
	{"import", import, env_open_store_first, 2, 2},
	{"list", list, env_open_store_guest, 1, 2},
};

static int run(const struct args *args, const struct cli_wire *wire)
{
	for (size_t i = 0; i < ARRAY_COUNT(verbv); i++) {
		if (strcmp(verbv[i].word, args->wordv[0]) != 0 ||
		    args->wordc < verbv[i].words_min ||
		    args->wordc > verbv[i].words_max)
			continue;

		return env_run(args, wire, verbv[i].store, verbv[i].run);
	}
	(void)say("give NUMBER, end NUMBER, import FILE or list [NUMBER]");

	return CLI_MISUSED;
}

const struct args_command consent_command = {
	.name = "consent",
	.words = "give NUMBER|end NUMBER|import FILE|list [NUMBER]",
	.summary = "Who agreed to be called, and to what.",
	.help = "Campaigns with rules.consent = WORD call only numbers whose "
		"consent to that purpose\nis here, with where it was given, "
		"what was agreed to and when. When end returns,\nno call for "
		"it leaves any more. import reads columns number, source, "
		"text, at. list shows\nthem all, or a number's, with those "
		"that were taken back.",
	.words_min = 1,
	.words_max = 2,
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
