/*
 * cli/deliver.c - the outbox of the store for those who deliver from it
 */
#include <errno.h>
#include <stdio.h>
#include "base/jmem.h"
#include "base/mem.h"
#include "cli/deliver.h"
#include "cli/env.h"

enum {
	WAIT_MS = 5000, /* at the end, for the next delivery */
};

/* One read under way. */
struct reading {
	notify_event_h *handler;
	notify_done_h *done;
	void *arg;
};

static int hold(void *store, const char *sink, notify_done_h *done, void *arg)
{
	return store_sink_hold(store, sink, done, arg);
}

static void event_handler(const struct store_event *event, void *arg)
{
	const struct reading *reading = arg;
	const struct notify_event told = {
		.seq = event->seq,
		.id = event->id,
		.type = event->type,
		.key = event->key,
		.n = event->n,
		.at_ms = event->at_ms,
		.data = event->data,
	};

	reading->handler(&told, reading->arg);
}

static void read_done(int err, void *arg)
{
	struct reading *reading = arg;

	reading->done(err, reading->arg);
	mem_deref(reading);
}

static int read_some(void *store, const struct notify_read *from,
                     notify_event_h *handler, notify_done_h *done, void *arg)
{
	const struct store_outbox_prm prm = {
		.sink = from->sink,
		.after = from->after,
		.limit = NOTIFY_READ_MAX,
		.is_again = from->is_again,
	};
	struct reading *reading;
	int err;

	reading = mem_zalloc(sizeof(*reading), NULL);
	if (!reading)
		return ENOMEM;

	*reading = (struct reading){handler, done, arg};
	err = store_outbox(store, &prm, event_handler, read_done, reading);
	if (err)
		mem_deref(reading);

	return err;
}

static int settle(void *store, const char *sink, int64_t seq)
{
	return store_outbox_settle(store, sink, seq);
}

static int give_up(void *store, const char *sink, int64_t seq, uint32_t tries,
                   const char *fault)
{
	const struct store_undelivered event = {
		.sink = sink,
		.seq = seq,
		.tries = tries,
		.fault = fault,
	};

	return store_outbox_give_up(store, &event);
}

static int heal(void *store, const char *sink, int64_t seq)
{
	return store_outbox_heal(store, sink, seq);
}

static int trim(void *store, int64_t before_ms)
{
	return store_outbox_trim(store, before_ms);
}

struct notify_outbox deliver_outbox(struct store *store)
{
	return (struct notify_outbox){
		.hold = hold,
		.read = read_some,
		.settle = settle,
		.give_up = give_up,
		.heal = heal,
		.trim = trim,
		.store = store,
	};
}

/* --- in this process ------------------------------------------------------
 */

int env_open_notify(struct env *env)
{
	struct notify_outbox outbox = deliver_outbox(env->store);
	char fault[CFG_FAULT_SIZE];
	char *types = NULL;
	int err;

	err = env_open_http(env);
	if (err)
		return err;

	err = notify_wanted(&types, env->cfg, fault);
	if (!err && *types)
		err = store_events_on(env->store, types);
	if (!err && *types)
		err = notify_alloc(&env->notify, env->cfg, env->http, &outbox,
		                   fault);
	mem_deref(types);
	if (err)
		fprintf(stderr, "dialwright: %s\n", fault);
	else if (env->notify)
		err = chainend_alloc(&env->chainend, env->store);

	return err;
}

/* Who does not get it today gets it from the next process. */
static void head_tell(struct env *env)
{
	struct env_answer answer = {.env = env};

	env->chainend = mem_deref(env->chainend);
	env->is_awake = false;
	(void)env_await(&answer, store_heads_tell(env->store, true,
	                                          env_answered, &answer));
	notify_poke(env->notify);
}

static void notify_closed(void *arg)
{
	env_wake(arg);
}

void env_close_notify(struct env *env)
{
	if (!env->notify)
		return;

	head_tell(env);
	env->is_awake = false;
	notify_close(env->notify, WAIT_MS, notify_closed, env);
	(void)env_wait(env);
	env->notify = mem_deref(env->notify);
}
