/*
 * flow/arena.c - memory that is let go of all at once
 */
#include <assert.h>
#include <stdalign.h>
#include "base/mem.h"
#include "flow/arena.h"

struct block {
	struct block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char room[];
};

struct arena {
	struct block *first; /* kept by a reset */
	struct block *now;   /* filled at present */
	size_t block_bytes;
	int err;
};

static void blocks_free(struct block *block)
{
	while (block) {
		struct block *next = block->next;

		mem_deref(block);
		block = next;
	}
}

static void arena_destructor(void *arg)
{
	struct arena *arena = arg;

	blocks_free(arena->first);
}

static struct block *block_make(size_t size)
{
	struct block *block;

	/* Not zeroed: arena_get() clears what it gives out. */
	block = mem_alloc(sizeof(*block) + size, NULL);
	if (!block)
		return NULL;

	block->next = NULL;
	block->size = size;
	block->used = 0;

	return block;
}

int arena_alloc(struct arena **arenap, size_t block_bytes)
{
	struct arena *arena;

	assert(arenap && block_bytes);

	arena = mem_zalloc(sizeof(*arena), arena_destructor);
	if (!arena)
		return ENOMEM;

	arena->block_bytes = block_bytes;
	arena->first = block_make(block_bytes);
	arena->now = arena->first;
	if (!arena->first) {
		mem_deref(arena);
		return ENOMEM;
	}

	*arenap = arena;

	return 0;
}

static void *room_take(struct arena *arena, size_t size, size_t align)
{
	struct block *block = arena->now;
	size_t at = (block->used + align - 1) & ~(align - 1);

	if (at > block->size || size > block->size - at) {
		size_t bytes = arena->block_bytes;

		if (size > SIZE_MAX / 2) {
			arena->err = ENOMEM;
			return NULL;
		}
		block = block_make(size > bytes ? size : bytes);
		if (!block) {
			arena->err = ENOMEM;
			return NULL;
		}
		arena->now->next = block;
		arena->now = block;
		at = 0;
	}
	block->used = at + size;

	return block->room + at;
}

void *arena_get(struct arena *arena, size_t size)
{
	void *room = room_take(arena, size, alignof(max_align_t));

	if (room)
		memset(room, 0, size);

	return room;
}

void *arena_array(struct arena *arena, size_t n, size_t size)
{
	void *room = arena_room(arena, n, size);

	if (room)
		memset(room, 0, n * size);

	return room;
}

void *arena_room(struct arena *arena, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / 2 / size) {
		arena->err = ENOMEM;
		return NULL;
	}

	return room_take(arena, n * size, alignof(max_align_t));
}

const char *arena_text(struct arena *arena, const char *text, size_t len)
{
	char *copy = room_take(arena, len + 1, 1);

	if (!copy)
		return "";

	memcpy(copy, text, len);
	copy[len] = '\0';

	return copy;
}

void arena_fail(struct arena *arena)
{
	arena->err = ENOMEM;
}

int arena_err(const struct arena *arena)
{
	return arena->err;
}

void arena_reset(struct arena *arena)
{
	blocks_free(arena->first->next);
	arena->first->next = NULL;
	arena->first->used = 0;
	arena->now = arena->first;
	arena->err = 0;
}
