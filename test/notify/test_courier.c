/*
 * test/notify/test_courier.c - when a sink has got everything
 *
 * The outbox answers when the test says so, with what was written when it was
 * asked.
 */
#include "base/loop.h"
#include "harness.h"
#include "notify/courier.h"
#include "notify/test_notify.h"
#include <re_tmr.h>

enum {
	LIMIT_MS = 60000,
	LOOK_MS = 5,
};

struct box {
	unsigned written, seen; /* events; those of the read under way */
	unsigned reads;         /* that were asked for */
	unsigned delivered;
	int read_err, hold_err;
	struct notify_read read;
	notify_event_h *handler;
	notify_done_h *read_done, *hold_done;
	void *read_arg, *hold_arg;
	sink_done_h *sink_done;
	void *sink_arg;
	struct tmr hold_tmr, sink_tmr, look_tmr, limit_tmr;
	const struct courier *courier;
	bool is_over; /* too late */
	bool has_given_up;
};

/* --- the outbox ----------------------------------------------------------
 */

static void hold_timer(void *arg)
{
	struct box *box = arg;
	int err = box->hold_err;

	box->hold_err = 0;
	box->hold_done(err, box->hold_arg);
	box->has_given_up |= courier_is_idle(box->courier) && err;
}

static int hold(void *store, const char *sink, notify_done_h *done, void *arg)
{
	struct box *box = store;

	(void)sink;
	box->hold_done = done;
	box->hold_arg = arg;
	tmr_start(&box->hold_tmr, 0, hold_timer, box);

	return 0;
}

static int read_begin(void *store, const struct notify_read *prm,
                      notify_event_h *handler, notify_done_h *done, void *arg)
{
	struct box *box = store;

	if (prm->is_again)
		return EAGAIN;

	box->reads++;
	box->read = *prm;
	box->seen = box->written;
	box->handler = handler;
	box->read_done = done;
	box->read_arg = arg;

	return 0;
}

static void read_end(struct box *box)
{
	notify_done_h *done = box->read_done;
	int64_t after = box->read.after < 0 ? 0 : box->read.after;

	for (int64_t seq = after + 1; !box->read_err && seq <= box->seen;
	     seq++) {
		const struct notify_event event = {
			.seq = seq,
			.id = "1",
			.type = "call.ended",
			.key = "k",
			.data = "{}",
		};

		box->handler(&event, box->read_arg);
	}
	box->read_done = NULL;
	done(box->read_err, box->read_arg);
}

static int settle(void *store, const char *sink, int64_t seq)
{
	(void)store;
	(void)sink;
	(void)seq;

	return 0;
}

/* --- the sink ------------------------------------------------------------
 */

static void sink_timer(void *arg)
{
	static const struct sink_end end = {SINK_DELIVERED, 0, ""};
	struct box *box = arg;

	box->delivered++;
	box->sink_done(&end, box->sink_arg);
}

struct sink {
	struct box *box;
};

static int sink_send(struct sink_delivery **deliveryp, struct sink *sink,
                     const struct notify_event *event, sink_done_h *done,
                     void *arg)
{
	(void)event;
	*deliveryp = NULL;
	sink->box->sink_done = done;
	sink->box->sink_arg = arg;
	tmr_start(&sink->box->sink_tmr, 0, sink_timer, sink->box);

	return 0;
}

static const struct sink_ops ops = {
	.kind = "test",
	.window = 1,
	.send = sink_send,
};

/* --- looking -------------------------------------------------------------
 */

static void limit_timer(void *arg)
{
	struct box *box = arg;

	box->is_over = true;
	loop_stop();
}

static void reading_timer(void *arg)
{
	struct box *box = arg;

	if (box->read_done)
		loop_stop();
	else
		tmr_start(&box->look_tmr, LOOK_MS, reading_timer, box);
}

static void idle_timer(void *arg)
{
	struct box *box = arg;

	if (box->read_done)
		read_end(box);
	if (courier_is_idle(box->courier))
		loop_stop();
	else
		tmr_start(&box->look_tmr, LOOK_MS, idle_timer, box);
}

static int run_until(struct box *box, void (*look)(void *arg))
{
	int err;

	tmr_start(&box->limit_tmr, LIMIT_MS, limit_timer, box);
	tmr_start(&box->look_tmr, 0, look, box);
	err = loop_run();
	tmr_cancel(&box->look_tmr);
	tmr_cancel(&box->limit_tmr);
	if (box->is_over)
		return ETIMEDOUT;

	return err;
}

struct row {
	const char *why;
	unsigned written; /* while a read is under way that misses it */
	int read_err;     /* of that one */
	int hold_err;     /* the first time */
};

static int row_check(struct courier *courier, struct box *box,
                     const struct row *row)
{
	int err;

	box->courier = courier;
	err = run_until(box, reading_timer);
	CHECK_ERR(0, err);

	box->written = row->written;
	courier_poke(courier);
	box->read_err = row->read_err;
	read_end(box);
	box->read_err = 0;
	CHECK(!courier_is_idle(courier));
	err = run_until(box, idle_timer);
	CHECK_ERR(0, err);
	CHECK_U64(row->written, box->delivered);
	CHECK(!box->has_given_up);

out:
	if (err)
		fprintf(stderr, "%s\n", row->why);

	return err;
}

int test_courier_hears_of_the_last(void)
{
	static const struct row rowv[] = {
		{"nothing came", 0, 0, 0},
		{"it came behind the look of a read", 1, 0, 0},
		{"and the read failed", 1, EIO, 0},
		{"and no memory to say whose the sink is", 1, 0, ENOMEM},
	};
	struct sink *sink = mem_zalloc(sizeof(*sink), NULL);
	struct courier *courier = NULL;
	int err;

	err = sink ? loop_init() : ENOMEM;
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct box box = {.hold_err = rowv[i].hold_err};
		const struct notify_outbox outbox = {
			.hold = hold,
			.read = read_begin,
			.settle = settle,
			.store = &box,
		};
		const struct courier_prm prm = {
			.name = "crm",
			.types = "*",
			.ops = &ops,
			.sink = sink,
			.outbox = &outbox,
			.patience_h = 1,
		};

		sink->box = &box;
		err = courier_alloc(&courier, &prm);
		CHECK_ERR(0, err);
		err = row_check(courier, &box, &rowv[i]);
		courier_close(courier);
		tmr_cancel(&box.hold_tmr);
		tmr_cancel(&box.sink_tmr);
		if (err)
			goto out;
	}

out:
	mem_deref(sink);
	loop_close();

	return err;
}
