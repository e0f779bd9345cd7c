/*
 * notify/sink.h - where events go to: what a kind of sink must offer
 *
 * A kind is one `const struct sink_ops` and nothing else. It knows how to hand
 * over one event; when, in which order and how often is the courier's.
 *
 * Threads: everything on the control loop.
 */
#pragma once

#include "base/cfg.h"
#include "notify/notify.h"

struct sink;
struct sink_delivery;

enum sink_result {
	SINK_DELIVERED,
	SINK_LATER,   /* the other side is away or overloaded */
	SINK_REFUSED, /* it will never take this event */
	SINK_GONE,    /* it wants no events any more */
};

struct sink_end {
	enum sink_result result;
	uint32_t wait_ms;  /* it asked for this pause, 0: it did not */
	const char *fault; /* a sentence, "" when delivered */
};

/* Comes once, never from inside send(). It may free the delivery. */
typedef void(sink_done_h)(const struct sink_end *end, void *arg);

struct sink_prm {
	const struct cfg *cfg;
	const char *name;
	struct httpc *http;
	const char *source; /* of the envelope */
};

struct sink_ops {
	const char *kind;
	const char *help;

	/* So many are under way at most. */
	unsigned window;

	/* It keeps the order of what it is given: events of one key need not
	 * wait for each other. */
	bool is_ordered;

	/* What it never takes although its `events` do; may be NULL. */
	int (*takes)(bool *is_takenp, const struct sink *sink,
	             const struct notify_event *event);

	int (*open)(struct sink **sinkp, const struct sink_prm *prm,
	            char fault[CFG_FAULT_SIZE]);

	/* Hands an event over. mem_deref() of the delivery is silent. EAGAIN:
	 * no more for now. */
	int (*send)(struct sink_delivery **deliveryp, struct sink *sink,
	            const struct notify_event *event, sink_done_h *done,
	            void *arg);
};

extern const struct sink_ops sink_webhook;
extern const struct sink_ops sink_kafka;
extern const struct sink_ops sink_onec;
extern const struct sink_ops sink_script; /* notify_http of scripts */

/* NULL: there is no such kind. */
const struct sink_ops *sink_find(const char *kind);

/* Of an answer over HTTP: 2xx delivered; 410 gone; 408, 425, 429, 5xx, 401,
 * 403, 404 and no answer later; all others refused. fault is a buffer. */
struct httpc_answer;
void sink_judge(struct sink_end *end, const struct httpc_answer *answer,
                char fault[CFG_FAULT_SIZE]);
