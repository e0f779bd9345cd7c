/*
 * store/store_links.h - the part of the store's door for the chain of calls,
 * which shows whether their rows are what they were; comes with store/store.h
 */
#pragma once

#include "store/store.h"

enum {
	STORE_HASH_SIZE = 65,
};

/* Where a chain ends: who notes it elsewhere can tell later whether what stood
 * there still stands. seq 0: nothing stands there. */
struct store_head {
	int64_t seq;
	char hash[STORE_HASH_SIZE];
};

/* "17:" and the 64 digits of its hash. False: it is none. */
bool store_head_read(struct store_head *head, const char *text);

/* The ends of the chain of calls and of the audit log; NULL with an error. */
typedef void(store_heads_h)(int err, const struct store_head *calls,
                            const struct store_head *audit, void *arg);
int store_heads(struct store *store, store_heads_h *done, void *arg);

/* Writes both as an event audit.head, where that is wanted: when they are
 * others than those told last, and that is a day ago; is_end: whenever it was,
 * and behind the links of the calls that are over. Of several processes one
 * does. */
int store_heads_tell(struct store *store, bool is_end, store_done_h *done,
                     void *arg);

/* What does not fit. */
struct store_flaw {
	const char *kind;   /* a constant word: "row_changed", … */
	const char *callid; /* "": it is about the chain */
	int64_t seq;        /* of the link; 0: there is none */
	const char *words;  /* one sentence */
};

struct store_verified {
	uint64_t links;
	uint64_t calls; /* that are over, and attempts */
	uint64_t flaws;
	uint64_t waiting; /* of before there was a chain, not yet in it */
	struct store_head head;
};

/* Goes along all links and all calls, in slices, while calls go on. noted is a
 * head of before, NULL: none. handler gets each flaw. */
typedef void(store_flaw_h)(const struct store_flaw *flaw, void *arg);
typedef void(store_verified_h)(int err, const struct store_verified *verified,
                               void *arg);
int store_verify(struct store *store, const struct store_head *noted,
                 store_flaw_h *handler, store_verified_h *done, void *arg);
