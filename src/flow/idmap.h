/*
 * flow/idmap.h - from an id to the thing that bears it
 */
#pragma once

#include <stddef.h>
#include "flow/arena.h"

struct idmap;

/* Lives in the arena; NULL when memory is out. */
struct idmap *idmap_make(struct arena *arena, size_t expected);

/* Adds an id that is not there yet; it must outlive the map. */
void idmap_put(struct idmap *map, const char *id, void *value);

/* The value, or NULL. */
void *idmap_get(const struct idmap *map, const char *id);
