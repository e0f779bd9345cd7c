/*
 * notify/courier.c - delivers the outbox to one sink
 */
#include <assert.h>
#include "base/clock.h"
#include "notify/courier_parts.h"

enum {
	SETTLE_MS = 100, /* between writes of the place */
};

static void courier_destructor(void *arg)
{
	struct courier *courier = arg;

	tmr_cancel(&courier->tmr);
	list_flush(&courier->iteml);
	list_flush(&courier->againl);
	mem_deref(courier->sink);
	mem_deref(courier->name);
	mem_deref(courier->types);
}

/* What is settled at the begin of the list is forgotten. */
static void sweep(struct courier *courier, uint64_t now_ms)
{
	const struct notify_outbox *box = &courier->outbox;
	int64_t upto = 0;
	struct le *le;

	while ((le = list_head(&courier->iteml))) {
		struct item *item = le->data;

		if (item->state != ITEM_SETTLED)
			break;
		upto = item->event.seq;
		courier->itemc--;
		mem_deref(item);
	}
	if (upto > courier->done)
		courier->done = upto;
	if (courier->done == courier->kept ||
	    now_ms < courier->settle_ms + SETTLE_MS)
		return;

	courier->settle_ms = now_ms;
	if (!box->settle(box->store, courier->name, courier->done))
		courier->kept = courier->done;
}

static void timer_handler(void *arg)
{
	courier_pump(arg);
}

void courier_later(struct courier *courier, uint64_t wait_ms)
{
	tmr_start(&courier->tmr, wait_ms, timer_handler, courier);
}

void courier_pump(struct courier *courier)
{
	uint64_t now_ms = clock_ms();

	if (courier->is_closed)
		return;

	sweep(courier, now_ms);
	if (courier->is_ours)
		courier_send(courier, now_ms);
	courier_read(courier, now_ms);
	courier_later(courier, COURIER_LOOK_MS);
}

int courier_alloc(struct courier **courierp, const struct courier_prm *prm)
{
	struct courier *courier;
	int err;

	assert(courierp && prm && prm->ops && prm->sink && prm->outbox);

	courier = mem_zalloc(sizeof(*courier), courier_destructor);
	if (!courier)
		return ENOMEM;

	tmr_init(&courier->tmr);
	courier->ops = prm->ops;
	courier->sink = mem_ref(prm->sink);
	courier->outbox = *prm->outbox;
	courier->patience_ms = (uint64_t)prm->patience_h * 3600 * 1000;
	courier->after = NOTIFY_AFTER_SETTLED;
	err = str_dup(&courier->name, prm->name);
	if (!err)
		err = str_dup(&courier->types, prm->types);
	if (err) {
		mem_deref(courier);
		return err;
	}

	/* At once: what is written from now on is for this sink. */
	courier_read(courier, clock_ms());
	courier_later(courier, COURIER_LOOK_MS);
	*courierp = courier;

	return 0;
}

void courier_close(struct courier *courier)
{
	courier->is_closed = true;
	tmr_cancel(&courier->tmr);
	list_flush(&courier->iteml);
	list_flush(&courier->againl);
	mem_deref(courier);
}

void courier_poke(struct courier *courier)
{
	courier->is_poked = true;
	courier->is_dry = courier->is_through = false;
	courier_later(courier, 0);
}

bool courier_is_idle(const struct courier *courier)
{
	if (courier->is_gone || (!courier->is_ours && courier->held_ms))
		return true;

	return courier->is_through && !courier->itemc && !courier->is_reading &&
	       courier->done == courier->kept;
}

void courier_state(const struct courier *courier, struct notify_state *state)
{
	const struct item *first = list_ledata(list_head(&courier->iteml));
	int64_t age_ms = first ? clock_wall_ms() - first->event.at_ms : 0;

	*state = courier->state;
	state->sink = courier->name;
	state->lag_ms = age_ms > 0 ? (uint64_t)age_ms : 0;
	state->fault = courier->fault;
}
