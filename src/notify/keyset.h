/*
 * notify/keyset.h - pure: keys that were seen, in a few bytes
 *
 * Says yes to every key that was put in, and now and then to one that was not,
 * which then waits a little for nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	KEYSET_BITS = 4096,
};

struct keyset {
	uint8_t bitv[KEYSET_BITS / 8]; /* begins as zeros */
};

void keyset_put(struct keyset *set, const char *key);
bool keyset_has(const struct keyset *set, const char *key);
