/*
 * cli/metering.h - what speech services did goes into the store, each minute
 * and at the end
 *
 * Threads: the control loop.
 */
#pragma once

#include "store/store.h"

struct metering;

/* Free it before the store is closed: the rest is written then. */
int metering_alloc(struct metering **meteringp, struct store *store);

/* Writes what came until now. */
void metering_write(struct store *store);
