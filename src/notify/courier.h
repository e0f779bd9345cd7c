/*
 * notify/courier.h - delivers the outbox to one sink; private to notify
 *
 * Holds a bounded piece of the outbox in memory, sends what may go, and moves
 * the sink's place behind what is settled. Events of one key go one after the
 * other. When several fail in a row the other side is away: then one goes at a
 * time, with growing pauses, and none is given up for it.
 */
#pragma once

#include "notify/notify.h"
#include "notify/sink.h"

struct courier;

struct courier_prm {
	const char *name;
	const char *types; /* that it takes */
	const struct sink_ops *ops;
	struct sink *sink; /* referenced */
	const struct notify_outbox *outbox;
	uint32_t patience_h; /* an event is given up after that */
};

int courier_alloc(struct courier **courierp, const struct courier_prm *prm);

/* Ends it: what is under way is told to nobody and delivered again by the next
 * process. Frees it as soon as the outbox lets go of it. */
void courier_close(struct courier *courier);
void courier_poke(struct courier *courier);

/* Whether nothing is under way and nothing known waits. */
bool courier_is_idle(const struct courier *courier);
void courier_state(const struct courier *courier, struct notify_state *state);
