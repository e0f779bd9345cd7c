/*
 * campaign/dialer_part.c - people whom a dead process left on the line
 *
 * Their robot is gone: somebody has to hang up. A start finds those of the run
 * before; with several processes whoever lives looks after the others.
 */
#include "base/log.h"
#include "base/mem.h"
#include "campaign/dialer.h"

enum {
	LOOK_MS = 2000,
};

/* Frees itself; outlives the dialer. */
struct parting {
	struct dialer *dialer; /* NULL: freed */
	unsigned count;
};

static void look(void *arg)
{
	dialer_part(arg);
}

static void orphan_handler(const char *line, const char *farewell, void *arg)
{
	struct parting *parting = arg;
	struct dialer *dialer = parting->dialer;

	/* Taken, and nobody there to say it: the other side's time limit ends
	 * the call. */
	if (!dialer)
		return;

	dialer->port.part(line, farewell, dialer->port.arg);
	parting->count++;
}

static void done_handler(int err, void *arg)
{
	struct parting *parting = arg;
	struct dialer *dialer = parting->dialer;

	if (!err && parting->count)
		log_info("campaign",
		         "%u calls of a process that died are hung up",
		         parting->count);
	if (dialer) {
		dialer->parting = NULL;
		tmr_start(&dialer->parting_tmr, LOOK_MS, look, dialer);
		dialer_kick(dialer);
	}
	mem_deref(parting);
}

void dialer_part(struct dialer *dialer)
{
	struct parting *parting;

	if (!dialer->port.part)
		return;

	parting = mem_zalloc(sizeof(*parting), NULL);
	if (!parting)
		return;

	parting->dialer = dialer;
	dialer->parting = parting;
	if (store_orphans(dialer->store, orphan_handler, done_handler,
	                  parting)) {
		dialer->parting = NULL;
		mem_deref(parting);
	}
}

void dialer_part_end(struct dialer *dialer)
{
	tmr_cancel(&dialer->parting_tmr);
	if (dialer->parting)
		dialer->parting->dialer = NULL;
}
