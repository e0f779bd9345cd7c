/*
 * cli/cmd_registry.c - dialwright registry: published lists of numbers that
 * nobody may call
 *
 * It writes beside campaigns that run, and returns when its word holds.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "campaign/campaign.h"
#include "cli/commands.h"
#include "base/instant.h"
#include "cli/listing.h"
#include "cli/settle.h"

#define DAY_MS INT64_C(86400000)

enum {
	DATE_BYTES = 10, /* of an instant: the day */
};

struct importing {
	struct env_answer answer;
	struct store_edition edition;
};

static const struct args_option optionv[] = {
	/* clang-format off */
	{"published", "DATE", "import: the day on which the list was true, as "
	 "2026-11-20", false},
	{"max-age", "DAYS", "import: from then on nobody is called until there "
	 "is a newer one\n                         (default 31; 0: it does not "
	 "grow old)", false},
	{"source", "TEXT", "import: whose it is, where it came from", false},
	LISTING_OPTIONS,
	/* clang-format on */
};

static const char *name_of(const struct env *env)
{
	return env->args->wordc > 1 ? env->args->wordv[1] : "";
}

static int await(struct env_answer *answer, int err)
{
	err = env_await(answer, err);
	if (err)
		fprintf(stderr, "dialwright registry: %s: %s\n",
		        name_of(answer->env),
		        err == ENOENT ? "there is no such registry"
		                      : strerror(err));

	return err;
}

/* --- import --------------------------------------------------------------- */

static void begun_handler(int err, int64_t n, void *arg)
{
	struct importing *importing = arg;

	importing->edition.n = n;
	env_answered(err, importing);
}

static int keep(const struct store_contact *contactv, size_t contactc,
                store_added_h *added, void *added_arg, void *arg)
{
	struct importing *importing = arg;

	return store_registry_add(importing->answer.env->store,
	                          &importing->edition, contactv, contactc,
	                          added, added_arg);
}

static int wanted(const struct env *env, struct store_registry *registry)
{
	const struct args *args = env->args;
	const char *published = args_text(args, "published", "");
	const char *field, *fault;
	long days;
	int err;

	err = args_number(args, "max-age", 31, &days);
	if (err)
		return err;

	registry->name = name_of(env);
	registry->source = args_text(args, "source", args->wordv[2]);
	registry->max_age_ms =
		days >= 0 && days <= PAPERS_AGE_DAYS_MAX ? days * DAY_MS : -1;
	if (!instant_read(&registry->published_ms, published))
		registry->published_ms = 0;
	fault = papers_registry_fault(&field, registry, clock_wall_ms());
	if (!fault)
		return 0;

	fprintf(stderr,
	        "dialwright registry: %s %s; import NAME FILE --published "
	        "DATE [--max-age DAYS]\n",
	        field, fault);

	return EINVAL;
}

static int import(struct env *env)
{
	struct importing importing = {
		.answer = {.env = env},
		.edition = {.name = name_of(env)},
	};
	struct store_registry registry = {0};
	uint32_t added = 0;
	const struct listing_prm prm = {
		.path = env->args->wordv[2],
		.keep = keep,
		.keep_arg = &importing,
		.addedp = &added,
	};
	int64_t list_id;
	int err;

	err = wanted(env, &registry);
	if (!err)
		err = await(&importing.answer,
		            store_registry_begin(env->store, name_of(env),
		                                 begun_handler, &importing));
	if (!err)
		err = listing_import(env, &prm, &list_id);
	if (!err && !added) {
		fprintf(stderr,
		        "dialwright registry: %s has no number; the edition "
		        "before stays, and nobody is called if there is none\n",
		        prm.path);
		err = ENOENT;
	}
	if (err)
		return err;

	registry.numbers = added;
	err = await(&importing.answer,
	            store_registry_publish(env->store, &registry,
	                                   importing.edition.n, env_answered,
	                                   &importing));
	if (!err)
		err = settle(env, NULL, NULL);
	if (!err)
		printf("%s: %u numbers are not called any more\n", name_of(env),
		       added);

	return err;
}

/* --- the others ----------------------------------------------------------- */

static void registry_handler(const struct store_registry *registry, void *arg)
{
	char published[CLOCK_TEXT_SIZE], until[CLOCK_TEXT_SIZE] = "-";

	(void)arg;

	(void)clock_text(published, registry->published_ms);
	if (registry->max_age_ms)
		(void)clock_text(until,
		                 registry->published_ms + registry->max_age_ms);
	printf("%-16s %10llu  %.*s  %-10.*s  %-10s %s\n", registry->name,
	       (unsigned long long)registry->numbers, DATE_BYTES, published,
	       DATE_BYTES, until,
	       !registry->imported_ms ? "unfinished"
	       : registry->is_stale   ? "too old"
	                              : "good",
	       registry->source);
}

static int list(struct env *env)
{
	struct env_answer answer = {.env = env};

	printf("%-16s %10s  %-10s  %-10s  %-10s %s\n", "registry", "numbers",
	       "published", "until", "state", "source");

	return await(&answer, store_registries(env->store, registry_handler,
	                                       env_answered, &answer));
}

static int forget(struct env *env)
{
	struct env_answer answer = {.env = env};
	int err;

	err = await(&answer, store_registry_forget(env->store, name_of(env),
	                                           env_answered, &answer));
	if (!err)
		printf("%s is forgotten: its numbers may be called\n",
		       name_of(env));

	return err;
}

static const struct {
	const char *word;
	int (*run)(struct env *env);
	int (*store)(struct env *env);
	unsigned words; /* all of them */
} verbv[] = {
	{"import", import, env_open_store_first, 3},
	{"list", list, env_open_store_guest, 1},
	{"forget", forget, env_open_store_guest, 2},
};

static int run(const struct args *args, const struct cli_wire *wire)
{
	for (size_t i = 0; i < ARRAY_COUNT(verbv); i++) {
		if (strcmp(verbv[i].word, args->wordv[0]) != 0 ||
		    args->wordc != verbv[i].words)
			continue;

		return env_run(args, wire, verbv[i].store, verbv[i].run);
	}
	fputs("dialwright registry: import NAME FILE, list or forget NAME\n",
	      stderr);

	return CLI_MISUSED;
}

const struct args_command registry_command = {
	.name = "registry",
	.words = "import NAME FILE|list|forget NAME",
	.summary = "Published lists of numbers that nobody may call.",
	.help = "import reads a list as `campaign create` does (a column "
		"\"number\"); what the edition\nbefore had and this one has "
		"not may be called again. While a list is older than\n"
		"--max-age, or was not read to its end, no campaign calls "
		"anybody.",
	.words_min = 1,
	.words_max = 3,
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
