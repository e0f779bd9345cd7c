/*
 * notify/notify.h - the door of the notify folder: facts for other systems
 *
 * A fact is an event in the outbox, written in the transaction of the fact
 * itself. From there couriers, one per sink of the configuration, deliver it:
 * at least once, in order within its key, with patience while the other side
 * is away. What cannot be delivered is given up with its reason, and may be
 * tried again. Who receives twice sees the same id.
 *
 * Threads: everything on the control loop.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/cfg.h"

struct httpc;
struct notify;

extern const struct cfg_table notify_cfg_table;      /* [events] */
extern const struct cfg_table notify_sink_cfg_table; /* [sink NAME] */

/* --- types of events ------------------------------------------------------
 */

enum notify_kind {
	NOTIFY_TEXT,
	NOTIFY_NUMBER, /* whole */
	NOTIFY_TIME,   /* RFC 3339 in UTC with milliseconds, or null */
	NOTIFY_OBJECT,
	NOTIFY_LIST, /* of texts */
};

struct notify_field {
	const char *name;
	enum notify_kind kind;
	const char *what; /* for the docs */
};

struct notify_type {
	const char *name; /* "call.ended" */
	const char *key;  /* what it is about: "call", "campaign", … */
	const char *what;
	const struct notify_field *fieldv; /* of data, all of them there */
	size_t fieldc;

	/* For receivers who know no envelope: data is {"key", "text"}, and
	 * Kafka (its topic is the type) and the gate of 1C get this text under
	 * this key, and nothing around it. */
	bool is_raw;
};

extern const struct notify_type notify_typev[];
extern const size_t notify_typec;

/* NULL: there is no such type. */
const struct notify_type *notify_type_find(const char *name);

/* docs/events.md, and JSON Schemas of all types. */
void notify_describe(FILE *out);
void notify_describe_schemas(FILE *out);

/* --- delivery ---------------------------------------------------------------
 */

/* An event as it comes out of the outbox. */
struct notify_event {
	int64_t seq;
	const char *id;
	const char *type;
	const char *key;
	uint32_t n; /* of its key, from 1 */
	int64_t at_ms;
	const char *data; /* JSON object */
};

typedef void(notify_event_h)(const struct notify_event *event, void *arg);
typedef void(notify_done_h)(int err, void *arg);

struct notify_read {
	const char *sink;
	int64_t after; /* a place, or NOTIFY_AFTER_SETTLED */
	bool is_again; /* what was given up and is to be tried again */
};

/* The outbox, plugged in by whoever has a store; the names are those of
 * store/store.h. Handlers come later, never from inside these calls. */
struct notify_outbox {
	int (*hold)(void *store, const char *sink, notify_done_h *done,
	            void *arg);
	int (*read)(void *store, const struct notify_read *prm,
	            notify_event_h *handler, notify_done_h *done, void *arg);
	int (*settle)(void *store, const char *sink, int64_t seq);
	int (*give_up)(void *store, const char *sink, int64_t seq,
	               uint32_t tries, const char *fault);
	int (*heal)(void *store, const char *sink, int64_t seq);
	int (*trim)(void *store, int64_t before_ms);
	void *store;
};

enum {
	NOTIFY_READ_MAX = 500, /* events of one read */
	NOTIFY_AFTER_SETTLED = -1,
};

/* The types that some sink takes, to be written into the outbox: a list as
 * text_is_listed() reads it, "" where there is no sink. Returns EINVAL for a
 * sink that cannot work; fault says why. */
int notify_wanted(char **typesp, const struct cfg *cfg,
                  char fault[CFG_FAULT_SIZE]);

/* Starts the couriers. outbox is copied; what it points to outlives notify. */
int notify_alloc(struct notify **notifyp, const struct cfg *cfg,
                 struct httpc *http, const struct notify_outbox *outbox,
                 char fault[CFG_FAULT_SIZE]);

/* Something was written: look now rather than soon. */
void notify_poke(struct notify *notify);

/* Delivers what is there, until nothing went for wait_ms or half a minute is
 * over, then calls closed; free it then with mem_deref(). What is left over is
 * the next process's, and is told. */
void notify_close(struct notify *notify, uint32_t wait_ms,
                  void (*closed)(void *arg), void *arg);

/* How a sink does. */
struct notify_state {
	const char *sink;
	uint64_t delivered, failed, given_up; /* since the start */
	uint64_t lag_ms;   /* age of the oldest that waits, 0: none */
	const char *fault; /* why it stands still, "" = it does not */
};

/* The i-th sink; false behind the last. */
bool notify_state(const struct notify *notify, size_t i,
                  struct notify_state *state);

/* --- what others say ---------------------------------------------------------
 *
 * A sink of kind kafka may also read topics (`reads`), with the settings that
 * it writes with. A message counts as read when its effect is there: whoever
 * is killed in between gets it once more, with the same id.
 */

struct notify_readers;
struct notify_reader;

struct notify_message {
	const char *id; /* the same whenever it comes again */
	const char *topic;
	const char *key;  /* "" = none */
	const char *text; /* UTF-8 */
};

/* One at a time: the next comes behind notify_message_done(). */
typedef void(notify_message_h)(struct notify_reader *reader,
                               const struct notify_message *message, void *arg);

/* 0: its effect is there. EBADMSG: it has none and never will, it is logged
 * and left behind. All else: it comes again after a while. May be called from
 * inside the handler. */
void notify_message_done(struct notify_reader *reader, int err);

struct notify_readers_prm {
	const struct cfg *cfg;
	const char *const *topicv; /* that somebody understands */
	size_t topicc;
	notify_message_h *handler;
	void *arg;
};

/* Reads for all sinks that want it. After mem_deref() the handler is called no
 * more, and notify_message_done() must not be. EINVAL: fault says why. */
int notify_readers_alloc(struct notify_readers **readersp,
                         const struct notify_readers_prm *prm,
                         char fault[CFG_FAULT_SIZE]);

/* Whether some sink reads this topic; whether what is written of this type
 * comes back to us that way. */
bool notify_is_read(const struct cfg *cfg, const char *topic);
bool notify_is_echoed(const struct cfg *cfg, const char *type);
