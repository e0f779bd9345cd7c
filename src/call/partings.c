/*
 * call/partings.c - calls of processes that died
 *
 * Their robot is gone, or whoever joined two people: somebody has to hang up,
 * and to tell whom it concerns. A start finds those of the run before; with
 * several processes whoever lives looks after the others. Those of campaigns
 * are looked after by them.
 */
#include <assert.h>
#include "base/log.h"
#include "base/patrol.h"
#include "call/partings.h"

enum {
	LOOK_MS = 5000,
};

struct partings {
	struct calls *calls;
	struct phone *phone;
	struct patrol *patrol;
	unsigned count; /* hung up by this look */
};

void partings_keep(const struct calls *calls, const struct parting_prm *prm)
{
	struct store_leg leg = {
		.callid = prm->callid,
		.side = prm->side,
		.number = prm->number,
		.line = prm->line,
		.will = prm->will,
	};
	char *farewell = NULL;

	if (!calls->prm.store)
		return;

	if (prm->leg)
		(void)phone_leg_farewell(&farewell, prm->leg);
	leg.farewell = farewell ? farewell : "";
	/* The store says by itself when it loses rows. */
	(void)store_leg(calls->prm.store, &leg);
	mem_deref(farewell);
}

/* --- those of others -------------------------------------------------------
 */

static void leg_handler(const struct store_leg *leg, void *arg)
{
	struct partings *partings = patrol_owner(arg);
	struct phone_line *line;
	int err;

	/* Taken, and nobody there to say it: the other side's time limit ends
	 * the call. */
	if (!partings)
		return;

	line = phone_line_find(partings->phone, leg->line);
	err = line ? phone_farewell(line, leg->farewell) : ENOENT;
	if (err)
		log_warning("call",
		            "call %s of a process that died is not hung up: "
		            "%s; the other side's time limit ends it",
		            leg->callid, strerror(err));
	else
		partings->count++;
}

static void will_handler(const struct store_leg *leg, void *arg)
{
	const struct partings *partings = patrol_owner(arg);

	if (partings && partings->calls->heir)
		partings->calls->heir(leg, partings->calls->heir_arg);
}

static void done_handler(int err, void *arg)
{
	const struct partings *partings = patrol_owner(arg);

	if (!err && partings && partings->count)
		log_info("call",
		         "%u legs of calls whose process died are hung up",
		         partings->count);
	patrol_answered(arg);
}

static int look(struct patrol *patrol, void *owner)
{
	struct partings *partings = owner;
	const struct store_legs_prm prm = {
		.has_heir = partings->calls->heir != NULL,
		.leg = leg_handler,
		.will = will_handler,
		.done = done_handler,
		.arg = patrol,
	};

	partings->count = 0;

	return store_legs_take(partings->calls->prm.store, &prm);
}

/* --- the door --------------------------------------------------------------
 */

static void destructor(void *arg)
{
	struct partings *partings = arg;

	patrol_end(partings->patrol);
}

int calls_part(struct calls *calls, struct phone *phone)
{
	struct partings *partings;
	int err;

	relief_phone(calls->relief, phone);
	calls->partings = mem_deref(calls->partings);
	if (!phone || !calls->prm.store)
		return 0;

	partings = mem_zalloc(sizeof(*partings), destructor);
	if (!partings)
		return ENOMEM;

	partings->calls = calls;
	partings->phone = phone;
	err = patrol_alloc(&partings->patrol, LOOK_MS, look, partings);
	if (err)
		mem_deref(partings);
	else
		calls->partings = partings;

	return err;
}

void calls_heir(struct calls *calls, call_heir_h *heir, void *arg)
{
	calls->heir = heir;
	calls->heir_arg = arg;
}
