/*
 * notify/courier.c - delivers the outbox to one sink
 */
#include <assert.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "notify/courier.h"
#include "notify/kept.h"
#include "notify/keyset.h"
#include "notify/patience.h"
#include <re_tmr.h>

enum {
	ITEMS_MAX = 2000,    /* in memory */
	BYTES_MAX = 1 << 20, /* of their texts */
	LOOK_MS = 200,       /* between looks at an outbox without news */
	HOLD_MS = 10000,     /* the sink stays ours */
	OTHERS_MS = 5000,    /* before asking again for another's sink */
	AGAIN_MS = 2000,     /* between looks for what is to be tried again */
	SETTLE_MS = 100,     /* between writes of the place */
	DOWN_AFTER = 3,      /* failures in a row */
	TRIES_MAX = 10,      /* while others are delivered */
	WAIT_MAX_MS = 3600000,
};

enum item_state {
	ITEM_WAITING,
	ITEM_SENT,
	ITEM_SETTLED,
};

struct item {
	struct le le;
	struct courier *courier;
	struct notify_event event;
	struct sink_delivery *delivery;
	enum item_state state;
	bool is_again; /* was given up before */
	unsigned tries;
	uint64_t due_ms, first_ms;
	char *texts; /* of the event */
	size_t size; /* of them */
};

struct courier {
	struct notify_outbox outbox;
	const struct sink_ops *ops;
	struct sink *sink;
	char *name, *types;
	uint64_t patience_ms;

	struct list iteml; /* in the order of the outbox */
	struct list againl;
	size_t itemc;
	size_t bytes; /* of their texts */
	unsigned sentc;
	int64_t after; /* read up to here */
	int64_t done;  /* settled up to here */
	int64_t kept;  /* the same, as the store knows it */
	bool is_ours, is_holding, is_reading, is_reading_again;
	bool is_gone, is_closed;
	bool is_poked;           /* since the read under way began */
	bool is_dry, is_through; /* it found nothing; there was nothing */
	uint64_t held_ms, again_ms, look_ms, settle_ms;
	unsigned readc; /* events of the last read */

	unsigned failures; /* in a row */
	uint64_t rest_until_ms, success_ms;
	struct tmr tmr;
	struct notify_state state;
	char fault[CFG_FAULT_SIZE];
};

static void pump(struct courier *courier);

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

static void item_destructor(void *arg)
{
	struct item *item = arg;

	mem_deref(item->delivery);
	mem_deref(item->texts);
	item->courier->bytes -= item->size;
	list_unlink(&item->le);
}

static void timer_handler(void *arg)
{
	pump(arg);
}

static void later(struct courier *courier, uint64_t wait_ms)
{
	tmr_start(&courier->tmr, wait_ms, timer_handler, courier);
}

/* --- what is read ---------------------------------------------------------
 */

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

/* One that stays in the list for its place alone takes next to nothing. */
static void item_settle(struct item *item)
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
		item_settle(item);
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
	pump(courier);
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
	pump(courier);
	mem_deref(courier);
}

static void hold_done(int err, void *arg)
{
	struct courier *courier = arg;
	bool was_ours = courier->is_ours;

	courier->is_holding = false;
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
	pump(courier);
	mem_deref(courier);
}

/* Asks for what is to be read next; each answer holds a reference. */
static void refill(struct courier *courier, uint64_t now_ms)
{
	const struct notify_outbox *box = &courier->outbox;
	uint64_t hold_ms = courier->is_ours ? HOLD_MS : OTHERS_MS;
	const struct notify_read next = {
		.sink = courier->name,
		.after = courier->after,
	};
	const struct notify_read again = {
		.sink = courier->name,
		.is_again = true,
	};
	bool is_first = !courier->held_ms;

	if (!courier->is_holding &&
	    (is_first || now_ms >= courier->held_ms + hold_ms) &&
	    !box->hold(box->store, courier->name, hold_done, courier)) {
		courier->is_holding = true;
		mem_ref(courier);
	}
	if (!courier->is_ours)
		return;

	if (!courier->is_reading &&
	    courier->itemc + NOTIFY_READ_MAX <= ITEMS_MAX &&
	    courier->bytes < BYTES_MAX &&
	    now_ms >= courier->look_ms + (courier->is_dry ? LOOK_MS : 0)) {
		courier->is_reading = true;
		courier->is_poked = false;
		courier->readc = 0;
		if (box->read(box->store, &next, read_handler, read_done,
		              courier))
			courier->is_reading = false;
		else
			mem_ref(courier);
	}

	if (!courier->is_reading_again && !courier->againl.head &&
	    now_ms >= courier->again_ms + AGAIN_MS) {
		courier->again_ms = now_ms;
		if (!box->read(box->store, &again, again_handler, again_done,
		               courier)) {
			courier->is_reading_again = true;
			mem_ref(courier);
		}
	}
}

/* --- what is sent ---------------------------------------------------------
 */

static void give_up(struct item *item, const char *fault)
{
	struct courier *courier = item->courier;
	const struct notify_outbox *box = &courier->outbox;

	courier->state.given_up++;
	log_warning("notify",
	            "sink %s: event %s is given up: %s; `dialwright events "
	            "again %s` tries it again",
	            courier->name, item->event.id, fault, courier->name);
	(void)box->give_up(box->store, courier->name, item->event.seq,
	                   item->tries, fault);
	item_settle(item);
}

/* The other side is back: nobody waits any longer. */
static void rise(struct courier *courier)
{
	struct le *le;

	log_info("notify", "sink %s: delivering again", courier->name);
	LIST_FOREACH (&courier->iteml, le) {
		struct item *item = le->data;

		item->due_ms = 0;
	}
}

static void delivered(struct item *item)
{
	struct courier *courier = item->courier;
	const struct notify_outbox *box = &courier->outbox;

	if (courier->failures >= DOWN_AFTER)
		rise(courier);
	courier->failures = 0;
	courier->rest_until_ms = 0;
	courier->success_ms = clock_ms();
	courier->state.delivered++;
	courier->fault[0] = '\0';
	if (item->is_again)
		(void)box->heal(box->store, courier->name, item->event.seq);
	item_settle(item);
}

/* Tried often while others went through, or for too long altogether. */
static bool is_hopeless(const struct item *item, uint64_t now_ms)
{
	const struct courier *courier = item->courier;

	if (item->is_again)
		return true;
	if (now_ms - item->first_ms > courier->patience_ms)
		return true;

	return item->tries >= TRIES_MAX && courier->success_ms > item->first_ms;
}

static void failed(struct item *item, const struct sink_end *end)
{
	struct courier *courier = item->courier;
	uint64_t now_ms = clock_ms();
	uint32_t wait_ms = end->wait_ms;

	courier->state.failed++;
	courier->failures++;
	(void)text_copy(courier->fault, sizeof(courier->fault), end->fault);
	if (courier->failures == DOWN_AFTER)
		log_error("notify",
		          "sink %s: %s; events wait, and are delivered when it "
		          "is back",
		          courier->name, end->fault);
	if (is_hopeless(item, now_ms)) {
		give_up(item, end->fault);
		return;
	}

	item->state = ITEM_WAITING;
	item->delivery = mem_deref(item->delivery);
	if (!wait_ms)
		wait_ms = patience_ms(item->tries, (uint32_t)now_ms);
	if (wait_ms > WAIT_MAX_MS)
		wait_ms = WAIT_MAX_MS;
	item->due_ms = now_ms + wait_ms;
	if (end->wait_ms || courier->failures >= DOWN_AFTER)
		courier->rest_until_ms = item->due_ms;
}

static void sent_handler(const struct sink_end *end, void *arg)
{
	struct item *item = arg;
	struct courier *courier = item->courier;

	courier->sentc--;
	switch (end->result) {

	case SINK_DELIVERED:
		delivered(item);
		break;

	case SINK_REFUSED:
		give_up(item, end->fault);
		break;

	case SINK_GONE:
		log_error("notify",
		          "sink %s wants no events any more: %s; take it out "
		          "of the configuration and `dialwright events forget "
		          "%s`",
		          courier->name, end->fault, courier->name);
		(void)text_copy(courier->fault, sizeof(courier->fault),
		                end->fault);
		courier->is_gone = true;
		item->state = ITEM_WAITING;
		item->delivery = mem_deref(item->delivery);
		break;

	case SINK_LATER:
		failed(item, end);
		break;
	}
	if (item->is_again && item->state != ITEM_SENT)
		mem_deref(item);

	/* Not from here: the sink is still at work. */
	later(courier, 0);
}

/* Returns EAGAIN where no more go for now. */
static int item_send(struct item *item, uint64_t now_ms)
{
	struct courier *courier = item->courier;
	struct sink_end end = {.result = SINK_LATER};
	int err;

	err = courier->ops->send(&item->delivery, courier->sink, &item->event,
	                         sent_handler, item);
	if (err == EAGAIN || err == ENOMEM)
		return EAGAIN;

	item->tries++;
	if (!item->first_ms)
		item->first_ms = now_ms;
	if (err) {
		end.fault = strerror(err);
		failed(item, &end);
		return 0;
	}

	item->state = ITEM_SENT;
	courier->sentc++;

	return 0;
}

/* What was given up before goes without regard to order. */
static int send_again(struct courier *courier, unsigned window, uint64_t now_ms)
{
	struct le *le;

	LIST_FOREACH (&courier->againl, le) {
		struct item *item = le->data;
		int err;

		if (courier->sentc >= window)
			return EAGAIN;
		if (item->state != ITEM_WAITING)
			continue;
		err = item_send(item, now_ms);
		if (err)
			return err;
	}

	return 0;
}

static void send_what_may_go(struct courier *courier, uint64_t now_ms)
{
	bool is_down = courier->failures >= DOWN_AFTER;
	unsigned window = is_down ? 1 : courier->ops->window;
	struct keyset behind = {{0}};
	struct le *le;

	if (courier->is_gone || now_ms < courier->rest_until_ms ||
	    send_again(courier, window, now_ms))
		return;

	LIST_FOREACH (&courier->iteml, le) {
		struct item *item = le->data;
		bool is_free = item->due_ms <= now_ms &&
		               !keyset_has(&behind, item->event.key);

		if (courier->sentc >= window)
			return;
		if (item->state == ITEM_WAITING && is_free &&
		    item_send(item, now_ms))
			return;
		if (item->state == ITEM_WAITING ||
		    (item->state == ITEM_SENT && !courier->ops->is_ordered))
			keyset_put(&behind, item->event.key);
	}
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

static void pump(struct courier *courier)
{
	uint64_t now_ms = clock_ms();

	if (courier->is_closed)
		return;

	sweep(courier, now_ms);
	if (courier->is_ours)
		send_what_may_go(courier, now_ms);
	refill(courier, now_ms);
	later(courier, LOOK_MS);
}

/* --- the courier ---------------------------------------------------------
 */

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
	refill(courier, clock_ms());
	later(courier, LOOK_MS);
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
	later(courier, 0);
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
