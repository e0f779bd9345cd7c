/*
 * flow/idmap.c - from an id to the thing that bears it
 *
 * Open addressing, at most half full. Grows by starting over in fresh memory
 * of the arena.
 */
#include <stdint.h>
#include "base/mem.h"
#include "flow/idmap.h"

struct slot {
	const char *id;
	void *value;
	uint32_t hash;
};

struct idmap {
	struct arena *arena;
	struct slot *slotv;
	size_t room, used; /* room is a power of two */
};

struct idmap *idmap_make(struct arena *arena, size_t expected)
{
	struct idmap *map = arena_get(arena, sizeof(*map));
	size_t room = 8;

	if (!map)
		return NULL;

	while (room < 2 * expected)
		room *= 2;
	map->arena = arena;
	map->slotv = arena_array(arena, room, sizeof(*map->slotv));
	map->room = room;

	return map->slotv ? map : NULL;
}

static struct slot *slot_find(const struct idmap *map, const char *id,
                              uint32_t hash)
{
	size_t i = hash & (map->room - 1);

	while (map->slotv[i].id && (map->slotv[i].hash != hash ||
	                            strcmp(map->slotv[i].id, id) != 0))
		i = (i + 1) & (map->room - 1);

	return &map->slotv[i];
}

static void grow(struct idmap *map)
{
	struct idmap bigger = *map;

	bigger.room = 2 * map->room;
	bigger.slotv =
		arena_array(map->arena, bigger.room, sizeof(*bigger.slotv));
	if (!bigger.slotv)
		return;

	for (size_t i = 0; i < map->room; i++) {
		const struct slot *old = &map->slotv[i];

		if (old->id)
			*slot_find(&bigger, old->id, old->hash) = *old;
	}
	*map = bigger;
}

void idmap_put(struct idmap *map, const char *id, void *value)
{
	uint32_t hash = hash_joaat_str(id);
	struct slot *slot;

	if (2 * (map->used + 1) > map->room)
		grow(map);
	/* The search needs one free slot to end at. */
	if (map->used + 1 >= map->room)
		return;

	slot = slot_find(map, id, hash);
	slot->id = id;
	slot->value = value;
	slot->hash = hash;
	map->used++;
}

void *idmap_get(const struct idmap *map, const char *id)
{
	return slot_find(map, id, hash_joaat_str(id))->value;
}
