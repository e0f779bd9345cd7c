/*
 * api/held.c - which published list holds a campaign up
 *
 * One that is too old, or was not read to its end, holds all of them up; one
 * that rules.registries names and nobody has imported those that name it.
 */
#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "api/held.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

enum {
	WORDS_SIZE = 300,
	DATE_BYTES = 10, /* of an instant: the day */
};

struct held {
	json_t *names;          /* of all that were imported once */
	char stale[WORDS_SIZE]; /* "" = none */
	char words[WORDS_SIZE];
	store_done_h *done;
	void *arg;
};

static void destructor(void *arg)
{
	struct held *held = arg;

	json_decref(held->names);
}

static void registry_handler(const struct store_registry *registry, void *arg)
{
	struct held *held = arg;
	char until[CLOCK_TEXT_SIZE];

	(void)json_object_set_new(held->names, registry->name, json_true());
	if (!registry->is_stale || held->stale[0])
		return;

	(void)clock_text(until, registry->published_ms + registry->max_age_ms);
	if (registry->imported_ms)
		(void)snprintf(held->stale, sizeof(held->stale),
		               "the published list %s is too old since %.*s: "
		               "import a newer edition",
		               registry->name, DATE_BYTES, until);
	else
		(void)snprintf(held->stale, sizeof(held->stale),
		               "the published list %s was not read to its "
		               "end: import it again",
		               registry->name);
}

static void done_handler(int err, void *arg)
{
	struct held *held = arg;

	held->done(err, held->arg);
}

int held_look(struct held **heldp, struct store *store, store_done_h *done,
              void *arg)
{
	struct held *held;
	int err;

	held = mem_zalloc(sizeof(*held), destructor);
	if (!held)
		return ENOMEM;

	held->names = json_object();
	held->done = done;
	held->arg = arg;
	*heldp = held;
	err = held->names ? store_registries(store, registry_handler,
	                                     done_handler, held)
	                  : ENOMEM;
	if (err)
		*heldp = mem_deref(held);

	return err;
}

/* The first that its rules name and nobody has imported. */
static void missing_find(struct held *held, const char *names)
{
	while (*names && !held->words[0]) {
		char name[STORE_REGISTRY_SIZE];
		size_t n = strcspn(names, ", ");

		(void)snprintf(name, sizeof(name), "%.*s", (int)n, names);
		if (*name && !json_object_get(held->names, name))
			(void)snprintf(held->words, sizeof(held->words),
			               "there is no published list %s, which "
			               "its rules name: import it",
			               name);
		names += n;
		names += strspn(names, ", ");
	}
}

const char *held_words(struct held *held, const struct store_plan *plan,
                       const struct cfg *cfg)
{
	json_t *rules;
	const char *names;

	held->words[0] = '\0';
	if (!strcmp(plan->state, "done"))
		return "";
	if (held->stale[0])
		return held->stale;

	rules = json_loads(plan->settings, 0, NULL);
	names = json_string_value(json_object_get(rules, "registries"));
	missing_find(held,
	             names ? names : cfg_text(cfg, "rules", "registries"));
	json_decref(rules);

	return held->words;
}
