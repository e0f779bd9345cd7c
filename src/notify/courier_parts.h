/*
 * notify/courier_parts.h - what the files of the courier share; private to them
 *
 * courier_read.c brings the outbox into memory, courier_send.c hands it to the
 * sink, courier.c has the turns of both and the place of the sink.
 */
#pragma once

#include "base/mem.h"
#include "notify/courier.h"
#include <re_tmr.h>

enum {
	COURIER_LOOK_MS = 200, /* between looks at an outbox without news */
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

/* Sends what may go and asks for more: now, or after a while. */
void courier_pump(struct courier *courier);
void courier_later(struct courier *courier, uint64_t wait_ms);

/* Delivered, given up, or never for this sink: it stays in the list for its
 * place alone, which takes next to nothing. */
void courier_settle(struct item *item);

/* Asks for what is to be read next. */
void courier_read(struct courier *courier, uint64_t now_ms);

/* Sends what may go. */
void courier_send(struct courier *courier, uint64_t now_ms);
