/*
 * store/allot.h - what a call takes besides its contact: a turn of the line, a
 * number to be shown; and what it costs
 *
 * Asked and written within the transaction that claims, so that all processes
 * together keep to what one of them may. Threads: as for db.h.
 */
#pragma once

#include "store/db.h"
#include "store/store.h"

enum {
	ALLOT_CALLER_SIZE = 64,
};

struct allot_refusal {
	const char *rule; /* NULL: granted */
	int64_t next_ms;  /* wall */
	bool is_of_line;
	char why[STORE_WHY_SIZE];
};

/* The next turn of the line, which takes so many calls a second now; 0: any
 * number, and nobody has to wait. */
int allot_line(struct db *db, const struct store_claim_prm *prm,
               struct allot_refusal *refusal, double *calls_per_sp);

/* A campaign of priority had to wait for the line, and asks again at next_ms:
 * those of lower ones stand back until a moment later. */
int allot_want(struct db *db, const struct store_claim_prm *prm,
               int64_t next_ms);
int allot_wanted(struct db *db, const struct store_claim_prm *prm,
                 struct allot_refusal *refusal);

/* The line of the attempt wants fewer calls, and none for so long; calls_per_s
 * are what it takes at best, 0: not known. */
int allot_line_refused(struct db *db, int64_t attempt_id, uint32_t rest_ms,
                       double calls_per_s);

/* A number of the pool for the contact: the one it knows, else the one that
 * was used least. */
int allot_caller(char caller[ALLOT_CALLER_SIZE], struct db *db,
                 const struct store_callers *callers, int64_t campaign_id,
                 int64_t contact_id, struct allot_refusal *refusal);

/* A call that showed the number was blocked by the network. */
int allot_caller_blocked(struct db *db, int64_t attempt_id);

/* Millionths that were spent within the last hour, calls under way included. */
int allot_spent(struct db *db, int64_t now_ms, int64_t *spentp);

/* Books a talk of that length. */
int allot_spend(struct db *db, int64_t attempt_id, uint64_t talk_ms);
