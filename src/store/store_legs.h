/*
 * store/store_legs.h - the part of the store's door for the legs of calls that
 * no campaign placed; comes with store/store.h
 *
 * While such a call is under way each of its legs has a row with what ends it.
 * The row goes with the end of the call (store_call), one with a will when that
 * was carried out. What is left belongs to a process that died: another one
 * ends the legs and tells whom it concerns.
 */
#pragma once

#include "store/store.h"

enum {
	STORE_LAST_MAX = 4, /* events that end a call whose will is kept */
};

struct store_leg {
	const char *callid;
	unsigned side;      /* of two people 1 is the second; else 0 */
	const char *number; /* whose call it is */
	const char *line;   /* over which */

	/* What ends it, for that line; "": nothing yet, NULL: as it was. */
	const char *farewell;

	/* JSON object for the process that ends it, sealed as texts are: who is
	 * to be told then, and what; NULL: nobody but by call.ended. */
	const char *will;

	const char *outcome; /* of the call, filled when read */
};

/* Writes a leg, or what ends it now, or its will; what is NULL stays as it
 * was. */
int store_leg(struct store *store, const struct store_leg *leg);

/* Ends the calls of processes that are gone, in the books: the row of the call
 * has its end and stays "in_doubt", call.ended is told. handler gets each leg
 * that is still to be ended, once. A call with a will waits for a process that
 * asks with has_heir: will gets it (farewell "", will "" where it cannot be
 * read), and it is over with store_legs_over(). */
typedef void(store_leg_h)(const struct store_leg *leg, void *arg);
struct store_legs_prm {
	bool has_heir;
	store_leg_h *leg, *will;
	store_done_h *done;
	void *arg;
};
int store_legs_take(struct store *store, const struct store_legs_prm *prm);

/* The will is carried out, by the process of the call or by its heir: in one
 * transaction with that the events are written, at most STORE_LAST_MAX. ENOENT:
 * somebody else was first, or there was no will. */
int store_legs_over(struct store *store, const char *callid,
                    const struct store_event *eventv, size_t eventc,
                    store_done_h *done, void *arg);
