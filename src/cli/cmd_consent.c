/*
 * cli/cmd_consent.c - dialwright consent: who agreed to be called, to what
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/instant.h"
#include "cli/listing.h"
#include "cli/settle.h"
#include "cli/verbs.h"

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

static int await(struct verb *verb, int err)
{
	err = verb_wait(verb, err);
	if (err)
		(void)say(strerror(err));

	return err;
}

/* Evidence has all of its parts, or it is none. */
static int consent_fill(struct store_consent *consent, const struct args *args,
                        const char *at)
{
	consent->purpose = args_text(args, "purpose", "");
	if (!*consent->purpose)
		return say("name the --purpose");
	if (!*consent->source || !*consent->text)
		return say("a consent has a source and a text: where it was "
		           "given, what was agreed to");

	consent->given_ms = clock_wall_ms();
	if (*at && (!instant_read(&consent->given_ms, at) ||
	            consent->given_ms > clock_wall_ms()))
		return say("the time of a consent is 2026-11-20 or "
		           "2026-11-20T09:30Z, and not to come");

	return 0;
}

static int give(struct verb *verb)
{
	const struct args *args = verb->env->args;
	char number[NUMBER_SIZE];
	struct store_consent consent = {
		.number = number,
		.source = args_text(args, "source", ""),
		.text = args_text(args, "text", ""),
	};
	int err;

	err = env_number(verb->env, number, args->wordv[1]);
	if (!err)
		err = consent_fill(&consent, args, args_text(args, "at", ""));
	if (!err)
		err = await(verb, store_consent(verb->env->store, &consent,
		                                verb_done, verb));
	if (!err)
		printf("%s agreed to %s\n", number, consent.purpose);

	return err;
}

static int end(struct verb *verb)
{
	const char *purpose = args_text(verb->env->args, "purpose", "");
	char number[NUMBER_SIZE];
	int err;

	if (!*purpose)
		return say("name the --purpose");

	err = env_number(verb->env, number, verb->env->args->wordv[1]);
	if (!err)
		err = await(verb, store_consent_end(verb->env->store, number,
		                                    purpose, verb_done, verb));
	if (!err)
		err = settle(verb->env, NULL, number);
	if (!err)
		printf("%s is not called for %s any more\n", number, purpose);

	return err;
}

/* --- many at once --------------------------------------------------------- */

static const char *column(const struct store_contact *contact, const char *name)
{
	for (size_t i = 0; i < contact->varc; i++) {
		if (!strcmp(contact->varv[i].name, name))
			return contact->varv[i].value;
	}

	return "";
}

/* A row without its evidence ends the import: half a proof is none. */
static int keep(const struct store_contact *contactv, size_t contactc,
                store_added_h *added, void *added_arg, void *arg)
{
	struct verb *verb = arg;
	struct store_consent *consentv;
	int err = 0;

	consentv = mem_zalloc((contactc + 1) * sizeof(*consentv), NULL);
	if (!consentv)
		return ENOMEM;

	for (size_t i = 0; i < contactc && !err; i++) {
		const struct store_contact *contact = &contactv[i];

		consentv[i].number = contact->number;
		consentv[i].source = column(contact, "source");
		consentv[i].text = column(contact, "text");
		err = consent_fill(&consentv[i], verb->env->args,
		                   column(contact, "at"));
		if (err)
			fprintf(stderr,
			        "line %u: columns are number, source, "
			        "text and at\n",
			        contact->row);
	}
	if (!err)
		err = store_consents_add(verb->env->store, consentv, contactc,
		                         added, added_arg);
	mem_deref(consentv);

	return err;
}

static int import(struct verb *verb)
{
	uint32_t added = 0;
	const struct listing_prm prm = {
		.path = verb->env->args->wordv[1],
		.keep = keep,
		.keep_arg = verb,
		.addedp = &added,
	};
	int64_t list_id;
	int err;

	err = listing_import(verb->env, &prm, &list_id);
	if (!err)
		printf("%u people agreed\n", added);

	return err;
}

static const struct {
	const char *word;
	int (*run)(struct verb *verb);
} verbv[] = {
	{"give", give},
	{"end", end},
	{"import", import},
};

static int run(const struct args *args, const struct cli_wire *wire)
{
	struct env env;
	struct verb verb = {.env = &env};
	int err;

	for (size_t i = 0; i < ARRAY_COUNT(verbv); i++) {
		if (strcmp(verbv[i].word, args->wordv[0]) != 0)
			continue;

		err = env_open(&env, args, wire);
		if (!err)
			err = env_open_store_guest(&env);
		if (!err)
			err = verbv[i].run(&verb);
		env_close(&env);
		return err ? CLI_FAILED : CLI_DONE;
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
