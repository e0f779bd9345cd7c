/*
 * cli/deliver.h - the outbox of the store for those who deliver from it
 */
#pragma once

#include "notify/notify.h"
#include "store/store.h"

/* The port of notify/ onto this store. */
struct notify_outbox deliver_outbox(struct store *store);
