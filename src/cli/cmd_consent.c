/*
 * cli/cmd_consent.c - dialwright consent: who agreed to be called, to what
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/number.h"
#include "campaign/campaign.h"
#include "cli/commands.h"
#include "base/instant.h"
#include "cli/listing.h"
#include "cli/settle.h"

static const struct args_option optionv[] = {
	/* clang-format off */
	{"purpose", "WORD", "what it is for, as rules.consent names it", false},
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

static const struct {
	const char *word;
	int (*run)(struct env *env);
} verbv[] = {
	{"give", give},
	{"end", end},
	{"import", import},
};

static int run(const struct args *args, const struct cli_wire *wire)
{
	for (size_t i = 0; i < ARRAY_COUNT(verbv); i++) {
		if (strcmp(verbv[i].word, args->wordv[0]) != 0)
			continue;

		return env_run(args, wire, env_open_store_guest, verbv[i].run);
	}
	(void)say("give NUMBER, end NUMBER or import FILE");

	return CLI_MISUSED;
}

const struct args_command consent_command = {
	.name = "consent",
	.words = "give NUMBER|end NUMBER|import FILE",
	.summary = "Who agreed to be called, and to what.",
	.help = "Campaigns with rules.consent = WORD call only numbers whose "
		"consent to that purpose\nis here, with where it was given, "
		"what was agreed to and when. When end returns,\nno call for "
		"it leaves any more. import reads columns number, source, "
		"text, at.",
	.words_min = 2,
	.words_max = 2,
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
