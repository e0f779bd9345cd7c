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
#include "call/partings.h"
#include <re_tmr.h>

enum {
	LOOK_MS = 5000,
};

/* Asked, not answered; outlives the calls. */
struct question {
	struct partings *partings; /* NULL: freed */
	unsigned count;
};

struct partings {
	struct calls *calls;
	struct phone *phone;
	struct tmr tmr;
	struct question *question; /* NULL: none */
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
	struct question *question = arg;
	const struct partings *partings = question->partings;
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
		question->count++;
}

static void will_handler(const struct store_leg *leg, void *arg)
{
	struct question *question = arg;
	const struct partings *partings = question->partings;

	if (partings && partings->calls->heir)
		partings->calls->heir(leg, partings->calls->heir_arg);
}

static void look(void *arg);

static void done_handler(int err, void *arg)
{
	struct question *question = arg;
	struct partings *partings = question->partings;

	if (!err && question->count)
		log_info("call",
		         "%u legs of calls whose process died are hung up",
		         question->count);
	if (partings) {
		partings->question = NULL;
		tmr_start(&partings->tmr, LOOK_MS, look, partings);
	}
	mem_deref(question);
}

static void look(void *arg)
{
	struct partings *partings = arg;
	struct store_legs_prm prm = {
		.has_heir = partings->calls->heir != NULL,
		.leg = leg_handler,
		.will = will_handler,
		.done = done_handler,
	};
	struct question *question;

	tmr_start(&partings->tmr, LOOK_MS, look, partings);
	if (partings->question)
		return;

	question = mem_zalloc(sizeof(*question), NULL);
	if (!question)
		return;

	question->partings = partings;
	prm.arg = question;
	if (store_legs_take(partings->calls->prm.store, &prm))
		mem_deref(question);
	else
		partings->question = question;
}

/* --- the door --------------------------------------------------------------
 */

static void destructor(void *arg)
{
	struct partings *partings = arg;

	tmr_cancel(&partings->tmr);
	if (partings->question)
		partings->question->partings = NULL;
}

int calls_part(struct calls *calls, struct phone *phone)
{
	calls->partings = mem_deref(calls->partings);
	if (!phone || !calls->prm.store)
		return 0;

	calls->partings = mem_zalloc(sizeof(*calls->partings), destructor);
	if (!calls->partings)
		return ENOMEM;

	calls->partings->calls = calls;
	calls->partings->phone = phone;
	tmr_init(&calls->partings->tmr);
	tmr_start(&calls->partings->tmr, 0, look, calls->partings);

	return 0;
}

void calls_heir(struct calls *calls, call_heir_h *heir, void *arg)
{
	calls->heir = heir;
	calls->heir_arg = arg;
}
