/*
 * test/campaign/sim_registry.c - a published list of numbers, and its age
 *
 * Editions are read in three steps, each of which the database may refuse; some
 * numbers leave the list again. An edition grows old before the next one is
 * there, at times for days: then nobody calls anybody.
 */
#include "campaign/sim.h"

enum {
	AGAIN_MS = 60000,
	NUMBERS_OF = 40, /* one is on the list */
	NUMBERS_MAX = 256,
};

static const char name[] = "nation";

static void edition_timer(void *arg);

static struct store *store_of(struct sim *sim)
{
	return sim->processv[SIM_OPERATOR].store;
}

static void again(struct sim *sim)
{
	tmr_start(&sim->registry.tmr, AGAIN_MS, edition_timer, sim);
}

/* --- it is out ------------------------------------------------------------ */

static void next_edition(struct sim *sim)
{
	struct sim_registry *registry = &sim->registry;
	int64_t in_ms = sim_between(sim, 4, 60) * SIM_HOUR_MS;

	if (sim_now() + in_ms > sim->heal_ms)
		in_ms = sim->heal_ms + 1 - sim_now();
	if (!registry->is_for_good)
		tmr_start(&registry->tmr, (uint64_t)(in_ms > 1 ? in_ms : 1),
		          edition_timer, sim);
}

static void published(int err, void *arg)
{
	struct sim *sim = arg;
	struct sim_registry *registry = &sim->registry;

	if (err) {
		/* Perhaps it is; from its last hour on nobody knows. */
		again(sim);
		return;
	}

	sim_log(sim, "edition %lld is out", (long long)registry->edition);
	registry->editions++;
	registry->is_for_good = !registry->max_age_ms;
	registry->hold_ms = registry->max_age_ms ? registry->published_ms +
	                                                   registry->max_age_ms
	                                         : 0;
	next_edition(sim);
}

/* Until its answer is there nobody knows which one counts. */
static void publish(struct sim *sim)
{
	struct sim_registry *registry = &sim->registry;
	bool is_last = sim_now() >= sim->heal_ms;
	struct store_registry edition = {.name = name, .source = "a nation"};

	registry->published_ms = sim_now();
	registry->max_age_ms =
		is_last ? 0 : sim_between(sim, 2, 50) * SIM_HOUR_MS;
	edition.published_ms = registry->published_ms;
	edition.max_age_ms = registry->max_age_ms;
	edition.numbers = registry->count;
	registry->hold_ms = 0;
	registry->was_read = true;
	for (unsigned i = 0; i < registry->first; i++)
		sim->banv[i].is_lifted |= sim->banv[i].is_of_registry;
	if (store_registry_publish(store_of(sim), &edition, registry->edition,
	                           published, sim))
		again(sim);
}

/* --- its numbers ---------------------------------------------------------- */

static void added(int err, uint32_t added, uint32_t duplicates, void *arg)
{
	struct sim *sim = arg;
	struct sim_registry *registry = &sim->registry;

	(void)added;
	(void)duplicates;

	if (err) {
		again(sim);
		return;
	}
	for (unsigned i = 0; i < registry->count; i++)
		sim->banv[registry->first + i].at_ms = sim_now();
	publish(sim);
}

static void numbers_add(struct sim *sim)
{
	struct store_contact contactv[NUMBERS_MAX];
	struct sim_registry *registry = &sim->registry;
	const struct store_edition edition = {name, registry->edition};

	registry->first = sim->banc;
	registry->count = 0;
	for (unsigned i = 0; i < sim->numberc && registry->count < NUMBERS_MAX;
	     i++) {
		const char *text = sim->numberv[i].text;

		if (!sim_one_of(sim, NUMBERS_OF) || !sim_ban_add(sim, text))
			continue;
		sim->banv[sim->banc - 1].is_of_registry = true;
		contactv[registry->count++] =
			(struct store_contact){.number = text};
	}
	if (store_registry_add(store_of(sim), &edition, contactv,
	                       registry->count, added, sim))
		again(sim);
}

static void begun(int err, int64_t n, void *arg)
{
	struct sim *sim = arg;
	struct sim_registry *registry = &sim->registry;

	if (err) {
		again(sim);
		return;
	}

	/* One that was never read to its end holds everybody. */
	registry->edition = n;
	if (!registry->was_read && !registry->hold_ms)
		registry->hold_ms = sim_now() + 1;
	numbers_add(sim);
}

static void edition_timer(void *arg)
{
	struct sim *sim = arg;

	if (store_registry_begin(store_of(sim), name, begun, sim))
		again(sim);
}

/* --- a week --------------------------------------------------------------- */

void sim_registry_begin(struct sim *sim)
{
	if (sim->registry.is_there)
		tmr_start(&sim->registry.tmr,
		          (uint64_t)sim_between(sim, 1, 90 * SIM_HOUR_MS),
		          edition_timer, sim);
}

void sim_registry_end(struct sim *sim)
{
	tmr_cancel(&sim->registry.tmr);
}
