/*
 * base/id.c - identifiers that nobody can guess and that sort by age
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include "base/clock.h"
#include "base/id.h"

const char *id_make(char id[ID_SIZE])
{
	uint64_t wall_ms = (uint64_t)clock_wall_ms();
	uint8_t byte[16];

	/* Up to 256 bytes never come short and never fail once the kernel's
	 * pool is up (getrandom(2)); without it there is nothing to go on. */
	if (getrandom(byte, sizeof(byte), 0) != (ssize_t)sizeof(byte))
		abort();

	for (int i = 0; i < 6; i++)
		byte[i] = (uint8_t)(wall_ms >> (40 - 8 * i));
	byte[6] = (byte[6] & 0x0f) | 0x70;
	byte[8] = (byte[8] & 0x3f) | 0x80;

	(void)snprintf(id, ID_SIZE,
	               "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	               "%02x%02x%02x%02x%02x%02x",
	               byte[0], byte[1], byte[2], byte[3], byte[4], byte[5],
	               byte[6], byte[7], byte[8], byte[9], byte[10], byte[11],
	               byte[12], byte[13], byte[14], byte[15]);

	return id;
}
