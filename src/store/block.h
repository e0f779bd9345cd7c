/*
 * store/block.h - who is never called again
 *
 * Threads: as for db.h, inside a write transaction.
 */
#pragma once

#include "store/db.h"
#include "store/store.h"

/* What the reason of such another number begins with; the number at which they
 * said so follows, then ": ". */
#define BLOCK_AT "at "

/* Puts a number on the do-not-call list, and with it the other numbers of the
 * same person, whose reason names it; leaves "number.blocked" in the outbox
 * where one of them is new and prm says in which call. The first reason of a
 * number stays: it is the one that was given. */
int block_put(struct db *db, const struct store_block_prm *prm);
