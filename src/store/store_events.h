/*
 * store/store_events.h - the part of the store's door for events; comes with
 * store/store.h
 */
#pragma once

#include "store/store.h"

/* --- events ------------------------------------------------------------------
 */

/* A fact that other systems hear of. */
struct store_event {
	int64_t seq;      /* its place in the outbox; filled when read */
	const char *id;   /* the same at each delivery; filled when read. Given
	                     when written, it is written once under its key;
	                     NULL: a new one */
	const char *type; /* "call.ended", see notify/types.c */
	const char *key;  /* a call's id, a campaign's name, …: the order is
	                     kept among events of one key */
	uint32_t n;       /* of its key, from 1; filled when read */
	int64_t at_ms;    /* wall; filled when read */
	const char *data; /* JSON object */

	/* Whom it is about, NULL: nobody; not filled when read. */
	const char *number;
};

/* From now on what happens leaves events of these types, each in the
 * transaction of its fact: "call.ended,attempt.*", "*" for all. Without this
 * none are written. Before the first write. Returns ENOMEM. */
int store_events_on(struct store *store, const char *types);

/* Writes an event of a fact that the store does not see by itself. */
int store_event(struct store *store, const struct store_event *event,
                store_done_h *done, void *arg);

/* A sink is a name that reads the outbox from where it stands. One that is
 * new begins with what is written from now on. It is ours for 30 seconds from
 * each time this is said; err of done is EBUSY while it is another process's.
 */
int store_sink_hold(struct store *store, const char *sink, store_done_h *done,
                    void *arg);

/* Reads the next events for a sink in their order, at most limit, behind the
 * place `after`, or, with -1, behind what is settled. is_again: those that were
 * given up and are to be tried again instead. err of done is EBUSY where the
 * sink is not ours (any more). sink NULL: to look, for nobody. */
enum {
	STORE_OUTBOX_SETTLED = -1,
	STORE_OUTBOX_MAX = 500, /* of one read */
};
struct store_outbox_prm {
	const char *sink;
	int64_t after;
	uint32_t limit;
	bool is_again;
};
typedef void(store_event_h)(const struct store_event *event, void *arg);
int store_outbox(struct store *store, const struct store_outbox_prm *prm,
                 store_event_h *handler, store_done_h *done, void *arg);

/* The first event that is still kept (the next one where there is none), and
 * the last one written, 0: none was ever. */
typedef void(store_span_h)(int err, int64_t first, int64_t last, void *arg);
int store_outbox_span(struct store *store, store_span_h *done, void *arg);

/* Everything up to seq is delivered to the sink or given up. */
int store_outbox_settle(struct store *store, const char *sink, int64_t seq);

/* An event is given up: it waits for store_outbox_again(). And the other way
 * round: it is delivered after all. */
struct store_undelivered {
	const char *sink;
	int64_t seq;
	uint32_t tries;
	const char *fault; /* why, of the last try */

	/* filled when read */
	const char *id, *type, *key;
	int64_t at_ms; /* when it was given up */
	bool is_again; /* waits for its turn */
};
int store_outbox_give_up(struct store *store,
                         const struct store_undelivered *event);
int store_outbox_heal(struct store *store, const char *sink, int64_t seq);

/* Lists what was given up (sink NULL: of all), and asks that it be tried again
 * (seq 0: all of the sink). countp of done counts them. */
typedef void(store_undelivered_h)(const struct store_undelivered *event,
                                  void *arg);
int store_outbox_undelivered(struct store *store, const char *sink,
                             store_undelivered_h *handler, store_done_h *done,
                             void *arg);
typedef void(store_count_done_h)(int err, uint32_t count, void *arg);
int store_outbox_again(struct store *store, const char *sink, int64_t seq,
                       store_count_done_h *done, void *arg);

/* How far each sink is. */
struct store_sink {
	const char *name;
	int64_t settled;  /* the place up to which all is settled */
	uint64_t waiting; /* events behind it */
	uint64_t undelivered;
	int64_t oldest_ms; /* wall; of those that wait, 0: none */
};
typedef void(store_sink_h)(const struct store_sink *sink, void *arg);
int store_sinks(struct store *store, store_sink_h *handler, store_done_h *done,
                void *arg);

/* Forgets a sink that is configured no more; ENOENT: there is none. Else its
 * place holds back events from being removed for 30 days. */
int store_sink_forget(struct store *store, const char *sink, store_done_h *done,
                      void *arg);

/* Removes a slice of the events from before a time that all sinks have
 * settled. */
int store_outbox_trim(struct store *store, int64_t before_ms);
