/*
 * notify/patience.c - pure: how long to wait before trying again
 */
#include "notify/patience.h"

enum {
	FIRST_MS = 1000,
	MOST_MS = 60000,
};

uint32_t patience_ms(unsigned failures, uint32_t lot)
{
	uint32_t ms = FIRST_MS;

	for (unsigned i = 1; i < failures && ms < MOST_MS; i++)
		ms *= 2;
	if (ms > MOST_MS)
		ms = MOST_MS;

	return ms - lot % (ms / 4);
}
