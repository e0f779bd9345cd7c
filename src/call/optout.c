/*
 * call/optout.c - the callee wants no further calls
 */
#include <stdio.h>
#include "call/live.h"
#include "call/optout.h"

enum {
	WAIT_MS = 2000, /* a disk that hangs does not hold the callee */
};

/* Outlives the call where that ends by itself while the wish is written. */
struct optout {
	struct call *call; /* NULL: gone */
	struct tmr tmr;
	bool is_writing;
	bool wants_hangup;
};

static void destructor(void *arg)
{
	struct optout *wish = arg;

	tmr_cancel(&wish->tmr);
}

static void hangup(struct optout *wish)
{
	struct call *call = wish->call;

	wish->wants_hangup = false;
	tmr_cancel(&wish->tmr);
	if (call && call->leg)
		phone_leg_hangup(call->leg);
}

static void timer_handler(void *arg)
{
	hangup(arg);
}

static void written(int err, void *arg)
{
	struct optout *wish = arg;

	wish->is_writing = false;
	if (err && wish->call)
		live_trouble(wish->call,
		             "a wish not to be called again is not written; it "
		             "is tried again at the end of the call");
	if (wish->wants_hangup)
		hangup(wish);
	mem_deref(wish);
}

static const char said_so[] = "said so in a call";

/* A person with all numbers that are known. */
static int block(const struct call *call, const char *reason,
                 store_done_h *done, void *arg)
{
	const struct store_block_prm prm = {
		.number = call->number,
		.reason = reason,
		.others = call->others,
		.callid = call->id,
	};

	return store_block_scoped(call->calls->prm.store, &prm, done, arg);
}

static void wish_write(struct call *call, const char *reason)
{
	struct optout *wish;

	wish = mem_zalloc(sizeof(*wish), destructor);
	if (!wish)
		return;

	tmr_init(&wish->tmr);
	wish->call = call;
	wish->is_writing = true;
	call->optout = wish;

	/* The reference of the handler. */
	mem_ref(wish);
	if (block(call, reason, written, wish))
		written(ENOBUFS, wish);
}

bool optout_is_wanted(const struct call *call)
{
	const char *stop = flow_session_var(call->sess, "do_not_call");

	return call->has_complained ||
	       (stop && *stop && strcmp(stop, "0") != 0);
}

void optout_look(struct call *call)
{
	if (!call->optout && call->calls->prm.store && optout_is_wanted(call))
		wish_write(call, said_so);
}

void optout_hear(struct call *call, const char *text)
{
	char phrase[COMPLAINT_SIZE], reason[COMPLAINT_SIZE + 64];

	if (call->has_complained ||
	    !complaint_is(&call->calls->complaint, text, phrase))
		return;

	call->has_complained = true;
	(void)snprintf(reason, sizeof(reason), "complained in a call: \"%s\"",
	               phrase);
	live_moment(call, CALL_TROUBLE,
	            "a complaint: the number is not called any more", false);
	if (!call->optout && call->calls->prm.store)
		wish_write(call, reason);
}

int optout_again(struct call *call)
{
	return optout_is_wanted(call) ? block(call, said_so, NULL, NULL) : 0;
}

void optout_hangup(struct call *call)
{
	struct optout *wish = call->optout;

	if (!wish || !wish->is_writing) {
		phone_leg_hangup(call->leg);
		return;
	}

	wish->wants_hangup = true;
	tmr_start(&wish->tmr, WAIT_MS, timer_handler, wish);
}

void optout_forget(struct call *call)
{
	if (!call->optout)
		return;

	call->optout->call = NULL;
	tmr_cancel(&call->optout->tmr);
	call->optout = mem_deref(call->optout);
}
