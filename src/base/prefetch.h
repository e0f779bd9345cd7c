/*
 * base/prefetch.h - memory that is asked for before it is needed
 *
 * A thousand calls do not stay in a processor's cache from one tick to the
 * next: what a tick touches comes from memory, one line after another if it
 * is not asked for all at once.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	PREFETCH_LINE = 64,
};

/* To be written or read soon. Any address, also one of nothing. */
static inline void prefetch(const void *start, size_t size)
{
	const uint8_t *at = start;

	for (size_t i = 0; i < size; i += PREFETCH_LINE)
		__builtin_prefetch(at + i, 1);
}
