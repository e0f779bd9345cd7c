/*
 * store/worker.h - this process among those that share a database
 *
 * Each process has a row in `workers` and proves at the begin of every write
 * that it is still thought alive: the row's lease is renewed and the number
 * of the transaction noted. A process that froze for longer than its lease is
 * declared dead by the others; its next write then fails with ESTALE, whole,
 * and the attempts that it had begun are in doubt. Who finds a process of its
 * own machine gone need not wait for the lease.
 *
 * Threads: as for db.h.
 */
#pragma once

#include "store/db.h"

enum {
	WORKER_LEASE_MS = 15000,
	WORKER_BEAT_MS = 5000, /* at the latest so often it is renewed */
};

/* A row for this process. Of a file, which only one process has open, all
 * others are dead by then. */
int worker_join(struct db *db);

/* At the end, when nothing is under way any more. */
void worker_leave(struct db *db);

/* First in a write transaction. Returns ESTALE when the others think us dead;
 * worker_join() makes us a new one. */
int worker_prove(struct db *db, uint64_t batch_no);

/* Whether the transaction of that number was committed. */
int worker_has_kept(struct db *db, uint64_t batch_no, bool *has_keptp);

/* Declares dead whose lease is over. */
int worker_bury(struct db *db);

/* The same, and resolves the attempts of the dead:
 * outcome "in_doubt", used, the contact is done. campaign_id 0: of all
 * campaigns. */
int worker_reap(struct db *db, int64_t campaign_id, uint32_t *in_doubtp);
