/*
 * cli/deliver.h - the outbox of the store for those who deliver from it
 */
#pragma once

#include <jansson.h>
#include "notify/notify.h"
#include "store/store.h"

/* The port of notify/ onto this store. */
struct notify_outbox deliver_outbox(struct store *store);

/* Writes an event of a fact that the store does not see by itself; data is
 * dropped. */
int deliver_event(struct store *store, const char *type, const char *key,
                  json_t *data);
