/*
 * notify/courier_send.c - what is in memory to the sink
 *
 * Events of one key go one after the other. When several fail in a row the
 * other side is away: then one goes at a time, with growing pauses.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "notify/courier_parts.h"
#include "notify/keyset.h"
#include "notify/patience.h"

enum {
	DOWN_AFTER = 3, /* failures in a row */
	TRIES_MAX = 10, /* while others are delivered */
	WAIT_MAX_MS = 3600000,
};

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
	courier_settle(item);
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
	courier_settle(item);
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
	courier_later(courier, 0);
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

void courier_send(struct courier *courier, uint64_t now_ms)
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
