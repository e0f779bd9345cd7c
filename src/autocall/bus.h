/*
 * autocall/bus.h - what others say on the bus; private to autocall/
 *
 * Texts for the softphones of a user, and what 1C answered to our events where
 * a bridge carries them into it.
 */
#pragma once

#include <jansson.h>
#include "autocall/autocall_parts.h"

struct bus;

/* Begins to read, if some sink does. EINVAL: fault says why. */
int bus_alloc(struct bus **busp, struct autocall *ac,
              char fault[CFG_FAULT_SIZE]);

/* The last: what is under way has no effect here any more. */
void bus_close(struct bus *bus);

/* Whether answers are wanted, and the mark of an event by which the bridge
 * gives its answer back, NULL without memory. */
bool bus_asks(const struct autocall *ac);
json_t *bus_request_id(const struct autocall *ac, const char *id_ext,
                       const char *name);
