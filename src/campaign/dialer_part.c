/*
 * campaign/dialer_part.c - people whom a dead process left on the line
 *
 * Their robot is gone: somebody has to hang up. A start finds those of the run
 * before; with several processes whoever lives looks after the others.
 */
#include "base/log.h"
#include "base/patrol.h"
#include "campaign/dialer.h"

enum {
	LOOK_MS = 2000,
};

static void orphan_handler(const char *line, const char *farewell, void *arg)
{
	struct dialer *dialer = patrol_owner(arg);

	/* Taken, and nobody there to say it: the other side's time limit ends
	 * the call. */
	if (!dialer)
		return;

	dialer->port.part(line, farewell, dialer->port.arg);
	dialer->parted++;
}

static void done_handler(int err, void *arg)
{
	struct dialer *dialer = patrol_owner(arg);

	if (!err && dialer && dialer->parted)
		log_info("campaign",
		         "%u calls of a process that died are hung up",
		         dialer->parted);
	patrol_answered(arg);
	if (dialer)
		dialer_kick(dialer);
}

static int look(struct patrol *patrol, void *owner)
{
	struct dialer *dialer = owner;

	dialer->parted = 0;

	return store_orphans(dialer->store, orphan_handler, done_handler,
	                     patrol);
}

int dialer_part(struct dialer *dialer)
{
	if (!dialer->port.part)
		return 0;

	return patrol_alloc(&dialer->parting, LOOK_MS, look, dialer);
}
