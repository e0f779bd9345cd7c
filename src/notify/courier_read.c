/*
 * notify/courier_read.c - the outbox into memory, for one sink
 *
 * Each question holds a reference to the courier until it is answered.
 */
#include "base/clock.h"
#include "base/text.h"
#include "notify/courier_parts.h"
#include "notify/kept.h"

enum {
	ITEMS_MAX = 2000,    /* in memory */
	BYTES_MAX = 1 << 20, /* of their texts */
	HOLD_MS = 10000,     /* the sink stays ours */
	OTHERS_MS = 5000,    /* before asking again for another's sink */
	LACKING_MS = 50,     /* before asking again where memory was lacking */
	AGAIN_MS = 2000,     /* between looks for what is to be tried again */
};

static void item_destructor(void *arg)
{
	struct item *item = arg;

	mem_deref(item->delivery);
	mem_deref(item->texts);
	item->courier->bytes -= item->size;
	list_unlink(&item->le);
}

static struct item *item_make(struct courier *courier,
                              const struct notify_event *event)
{
	struct item *item = mem_zalloc(sizeof(*item), item_destructor);

	if (!item)
		return NULL;

	item->courier = courier;
	item->texts = kept_make(&item->event, &item->size, event);
	if (!item->texts)
		return mem_deref(item);
	courier->bytes += item->size;

	return item;
}

void courier_settle(struct item *item)
{
	item->state = ITEM_SETTLED;
	item->delivery = mem_deref(item->delivery);
	kept_free(&item->event, item->texts);
	item->texts = NULL;
	item->courier->bytes -= item->size;
	item->size = 0;
}

static int ask_sink(bool *is_takenp, const struct courier *courier,
                    const struct notify_event *event)
{
	*is_takenp = text_is_listed(courier->types, event->type);
	if (!*is_takenp || !courier->ops->takes)
		return 0;

	return courier->ops->takes(is_takenp, courier->sink, event);
}

static void read_handler(const struct notify_event *event, void *arg)
{
	struct courier *courier = arg;
	struct item *item;
	bool is_taken;

	/* What finds no room, or no memory, is read again. */
	if (!courier->is_reading || event->seq <= courier->after ||
	    courier->bytes >= BYTES_MAX)
		return;
	item = item_make(courier, event);
	if (!item || ask_sink(&is_taken, courier, event)) {
		mem_deref(item);
		courier->is_reading = false;
		return;
	}

	courier->after = event->seq;
	if (!is_taken)
		courier_settle(item);
	list_append(&courier->iteml, &item->le, item);
	courier->itemc++;
	courier->readc++;
}

static void read_done(int err, void *arg)
{
	struct courier *courier = arg;

	courier->is_reading = false;
	courier->is_dry = !courier->readc && !courier->is_poked;
	courier->is_through = courier->is_dry && !err;
	if (err == EBUSY)
		courier->is_ours = false;
	courier->look_ms = clock_ms();
	courier_pump(courier);
	mem_deref(courier);
}

static void again_handler(const struct notify_event *event, void *arg)
{
	struct courier *courier = arg;
	struct item *item = item_make(courier, event);

	if (!item)
		return;

	item->is_again = true;
	list_append(&courier->againl, &item->le, item);
}

static void again_done(int err, void *arg)
{
	struct courier *courier = arg;

	(void)err;

	courier->is_reading_again = false;
	courier_pump(courier);
	mem_deref(courier);
}

static void hold_done(int err, void *arg)
{
	struct courier *courier = arg;
	bool was_ours = courier->is_ours;

	courier->is_holding = false;
	if (err == ENOMEM) {
		/* It is not another's for that: what is written meanwhile
		 * would not be for a sink that is new. */
		courier->held_ms = 0;
		if (!courier->is_closed)
			courier_later(courier, LACKING_MS);
		mem_deref(courier);
		return;
	}
	courier->is_ours = !err;
	courier->held_ms = clock_ms();
	if (courier->is_ours && !was_ours) {
		/* From the place that the one before us has left. */
		list_flush(&courier->iteml);
		courier->itemc = 0;
		courier->sentc = 0;
		courier->after = NOTIFY_AFTER_SETTLED;
		courier->done = courier->kept = 0;
	}
	courier_pump(courier);
	mem_deref(courier);
}

/* The sink is to be ours. */
static void ask_hold(struct courier *courier, uint64_t now_ms)
{
	const struct notify_outbox *box = &courier->outbox;
	uint64_t hold_ms = courier->is_ours ? HOLD_MS : OTHERS_MS;
	bool is_first = !courier->held_ms;

	if (courier->is_holding ||
	    (!is_first && now_ms < courier->held_ms + hold_ms))
		return;

	if (!box->hold(box->store, courier->name, hold_done, courier)) {
		courier->is_holding = true;
		mem_ref(courier);
	}
}

static void ask_next(struct courier *courier, uint64_t now_ms)
{
	const struct notify_outbox *box = &courier->outbox;
	const struct notify_read next = {
		.sink = courier->name,
		.after = courier->after,
	};
	uint64_t rest_ms = courier->is_dry ? COURIER_LOOK_MS : 0;

	if (courier->is_reading ||
	    courier->itemc + NOTIFY_READ_MAX > ITEMS_MAX ||
	    courier->bytes >= BYTES_MAX || now_ms < courier->look_ms + rest_ms)
		return;

	courier->is_reading = true;
	courier->is_poked = false;
	courier->readc = 0;
	if (box->read(box->store, &next, read_handler, read_done, courier))
		courier->is_reading = false;
	else
		mem_ref(courier);
}

static void ask_again(struct courier *courier, uint64_t now_ms)
{
	const struct notify_outbox *box = &courier->outbox;
	const struct notify_read again = {
		.sink = courier->name,
		.is_again = true,
	};

	if (courier->is_reading_again || courier->againl.head ||
	    now_ms < courier->again_ms + AGAIN_MS)
		return;

	courier->again_ms = now_ms;
	if (!box->read(box->store, &again, again_handler, again_done,
	               courier)) {
		courier->is_reading_again = true;
		mem_ref(courier);
	}
}

void courier_read(struct courier *courier, uint64_t now_ms)
{
	ask_hold(courier, now_ms);
	if (!courier->is_ours)
		return;

	ask_next(courier, now_ms);
	ask_again(courier, now_ms);
}
