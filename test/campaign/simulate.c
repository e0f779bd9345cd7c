/*
 * test/campaign/simulate.c - runs simulations; script/simulate calls it
 *
 *   simulate [--seed N] [--seeds COUNT] [--verbose] [--break RULE]
 *   simulate --rules
 *
 * From seed N (1) on COUNT weeks (1). One line for each: what happened, and
 * the hash of its log. With --break a rule does not hold (--rules prints their
 * names, sim_break.c has them): then a week must be found wrong within COUNT,
 * or the judge is blind. A signal cuts the week short and removes its database.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/log.h"
#include "base/loop.h"
#include "campaign/atlas.h"
#include "campaign/sim.h"

struct order {
	uint64_t seed, seeds;
	bool is_told;
	bool wants_rules;
	const char *broken;
};

enum {
	STATUS_CUT = 130, /* as a shell says it of Ctrl-C */
};

static volatile sig_atomic_t is_cut;

static void cut_handler(int signo)
{
	(void)signo;

	is_cut = 1;
}

static void signals_catch(void)
{
	struct sigaction action = {.sa_handler = cut_handler};

	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
}

static bool number_of(uint64_t *np, const char *text)
{
	char *end;

	if (!text)
		return false;
	*np = strtoull(text, &end, 10);

	return end != text && !*end;
}

static bool order_read(struct order *order, char **argv)
{
	for (; *argv; argv++) {
		if (!strcmp(*argv, "--verbose"))
			order->is_told = true;
		else if (!strcmp(*argv, "--rules"))
			order->wants_rules = true;
		else if (!strcmp(*argv, "--seed") && *++argv) {
			if (!number_of(&order->seed, *argv))
				return false;
		}
		else if (!strcmp(*argv, "--seeds") && *++argv) {
			if (!number_of(&order->seeds, *argv))
				return false;
		}
		else if (!strcmp(*argv, "--break") && *++argv)
			order->broken = *argv;
		else
			return false;
	}

	return order->seeds > 0 &&
	       (!order->broken || sim_is_rule(order->broken));
}

/* Returns false where the week went wrong; one that is cut says nothing. */
static bool week(const struct order *order, uint64_t seed, struct atlas *atlas)
{
	static struct sim sim;
	int err;

	memset(&sim, 0, sizeof(sim));
	sim.seed = seed;
	sim.is_told = order->is_told;
	sim.broken = order->broken;
	sim.is_cut = &is_cut;
	sim.atlas = atlas;
	err = sim_run(&sim);
	if (is_cut)
		return true;
	if (err)
		(void)snprintf(sim.wrong, sizeof(sim.wrong), "%s",
		               strerror(err));
	printf("seed %" PRIu64 ": %u people, %u processes, %u calls, %u kills, "
	       "%u outages, %u faults, %u blocks, %u stops, %u others, "
	       "%u redials, %u probes, %u drops, %u complaints, %u editions, "
	       "%" PRIu64 " steps, log %016" PRIx64 "%s%s\n",
	       seed, sim.personc, sim.processc, sim.calls, sim.kills,
	       sim.outages, sim.faults, sim.blocks, sim.stops, sim.others,
	       sim.redials, sim.probes, sim.drops, sim.grievances,
	       sim.registry.editions, sim.steps, sim.hash,
	       sim.wrong[0] ? ": WRONG: " : "", sim.wrong);
	(void)fflush(stdout);

	return !sim.wrong[0];
}

static int weeks(const struct order *order, struct atlas *atlas)
{
	uint64_t n = 0, wrong = 0;

	while (n < order->seeds) {
		wrong += !week(order, order->seed + n, atlas);
		if (is_cut)
			break;
		n++;
		if (order->broken && wrong)
			return 0;
	}
	printf("%" PRIu64 " passed, %" PRIu64 " failed\n", n - wrong, wrong);
	if (is_cut)
		return STATUS_CUT;
	if (order->broken)
		fprintf(stderr, "without %s nothing was found wrong\n",
		        order->broken);

	return wrong || order->broken ? 1 : 0;
}

int main(int argc, char *argv[])
{
	struct order order = {.seed = 1, .seeds = 1};
	struct atlas *atlas = NULL;
	int err;

	(void)argc;

	if (!order_read(&order, argv + 1)) {
		fprintf(stderr, "simulate: wrong words, or no such rule: see "
		                "script/simulate --help\n");
		return 2;
	}
	if (order.wants_rules) {
		sim_rules_print();
		return 0;
	}

	signals_catch();
	/* What the dialers say to operators is said a thousand times. */
	log_set_level(LOG_LEVELS);
	err = loop_init();
	if (!err)
		err = atlas_load(&atlas);
	if (err) {
		fprintf(stderr, "simulate: %s\n", strerror(err));
		return 2;
	}
	err = weeks(&order, atlas);
	mem_deref(atlas);
	loop_close();

	return err;
}
