/*
 * store/outbox.h - events, written in the transaction of their fact
 *
 * What this folder writes by itself: attempt.begun, attempt.ended, call.ended,
 * call.labelled, call.step, call.intention, campaign.state. What each carries
 * is said in notify/types.c; a test holds the two against each other.
 *
 * Threads: as for db.h, inside a write transaction.
 */
#pragma once

#include <jansson.h>
#include "store/db.h"
#include "store/store.h"

/* Writes an event, whoever wants it or not; data is dropped, and sealed where
 * it is about a number (NULL: nobody). A NULL of data, or memory that was
 * lacking since jmem_forget(), is ENOMEM. */
int outbox_put(struct db *db, const char *number, const char *type,
               const char *key, json_t *data);

/* The same under an id of the caller's, unless the key has it already. */
int outbox_put_once(struct db *db, const struct store_event *event,
                    json_t *data);

/* The attempt as it stands now, "attempt.begun" or "attempt.ended". */
int outbox_attempt(struct db *db, const char *type, int64_t attempt_id);

/* A call that is over, and its label where it has one. */
int outbox_call(struct db *db, const struct store_call *call);

/* A row of `conversation`; with it the notification that it triggered. */
int outbox_step(struct db *db, const struct store_step *step);

/* The new state of a campaign. */
int outbox_campaign(struct db *db, const char *name, const char *state);
