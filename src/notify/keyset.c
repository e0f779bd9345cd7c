/*
 * notify/keyset.c - pure: keys that were seen, in a few bytes
 */
#include "notify/keyset.h"

/* FNV-1a. */
static uint32_t bit_of(const char *key)
{
	uint32_t hash = 2166136261U;

	for (; *key; key++)
		hash = (hash ^ (uint8_t)*key) * 16777619U;

	return hash % KEYSET_BITS;
}

void keyset_put(struct keyset *set, const char *key)
{
	uint32_t bit = bit_of(key);

	set->bitv[bit / 8] |= (uint8_t)(1 << (bit % 8));
}

bool keyset_has(const struct keyset *set, const char *key)
{
	uint32_t bit = bit_of(key);

	return set->bitv[bit / 8] >> (bit % 8) & 1;
}
