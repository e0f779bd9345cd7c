/*
 * flow/arena.h - memory that is let go of all at once
 *
 * A script keeps everything it read in one arena for life; a session keeps one
 * per turn. A failed allocation sticks: the caller goes on with NULL or an
 * empty text and asks arena_err() once, at the end of the load or turn.
 */
#pragma once

#include <stddef.h>

struct arena;

/* block_bytes is what an empty arena keeps; larger needs get blocks of their
 * own that arena_reset() gives back. */
int arena_alloc(struct arena **arenap, size_t block_bytes);

/* Zeroed memory, or NULL. */
void *arena_get(struct arena *arena, size_t size);

/* Zeroed room for n elements, or NULL (also when n * size overflows). */
void *arena_array(struct arena *arena, size_t n, size_t size);

/* The same room, not zeroed. */
void *arena_room(struct arena *arena, size_t n, size_t size);

/* A copy of the first len bytes with an end; "" when memory is out. */
const char *arena_text(struct arena *arena, const char *text, size_t len);

/* Something else ran out of memory on the arena's behalf. */
void arena_fail(struct arena *arena);

/* 0 or ENOMEM, since the last reset. */
int arena_err(const struct arena *arena);

/* Forgets everything that was given out. */
void arena_reset(struct arena *arena);
