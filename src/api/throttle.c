/*
 * api/throttle.c - pure: who guesses passwords has to wait
 */
#include <stdio.h>
#include <string.h>
#include "api/throttle.h"

enum {
	FREE_USER = 5,
	FREE_ADDRESS = 20,
	FIRST_MS = 2000,
	MOST_MS = 15 * 60 * 1000,
	FORGET_MS = 60 * 60 * 1000,
};

static void key_make(char key[THROTTLE_KEY_SIZE], char kind, const char *name)
{
	(void)snprintf(key, THROTTLE_KEY_SIZE, "%c%s", kind, name);
}

static struct throttle_row *row_find(const struct throttle *throttle,
                                     const char *key)
{
	for (unsigned i = 0; i < THROTTLE_ROWS; i++) {
		const struct throttle_row *row = &throttle->rowv[i];

		if (row->failures && !strcmp(row->key, key))
			return (struct throttle_row *)row;
	}

	return NULL;
}

static uint64_t wait_of(const struct throttle *throttle, const char *key,
                        unsigned free, uint64_t now_ms)
{
	const struct throttle_row *row = row_find(throttle, key);
	uint64_t wait_ms = FIRST_MS;

	if (!row || row->failures < free || now_ms > row->last_ms + FORGET_MS)
		return 0;

	for (unsigned i = free; i < row->failures && wait_ms < MOST_MS; i++)
		wait_ms *= 2;
	if (wait_ms > MOST_MS)
		wait_ms = MOST_MS;

	return row->last_ms + wait_ms > now_ms ? row->last_ms + wait_ms - now_ms
	                                       : 0;
}

uint64_t throttle_wait_ms(const struct throttle *throttle, const char *user,
                          const char *address, uint64_t now_ms)
{
	char user_key[THROTTLE_KEY_SIZE], address_key[THROTTLE_KEY_SIZE];
	uint64_t a, b;

	key_make(user_key, 'u', user);
	key_make(address_key, 'a', address);
	a = wait_of(throttle, user_key, FREE_USER, now_ms);
	b = wait_of(throttle, address_key, FREE_ADDRESS, now_ms);

	return a > b ? a : b;
}

static void count(struct throttle *throttle, const char *key, uint64_t now_ms)
{
	struct throttle_row *row = row_find(throttle, key);

	if (!row) {
		row = &throttle->rowv[0];
		for (unsigned i = 0; i < THROTTLE_ROWS; i++) {
			if (throttle->rowv[i].last_ms < row->last_ms)
				row = &throttle->rowv[i];
		}
		(void)snprintf(row->key, sizeof(row->key), "%s", key);
		row->failures = 0;
	}
	if (now_ms > row->last_ms + FORGET_MS)
		row->failures = 0;
	row->failures++;
	row->last_ms = now_ms;
}

void throttle_failed(struct throttle *throttle, const char *user,
                     const char *address, uint64_t now_ms)
{
	char key[THROTTLE_KEY_SIZE];

	key_make(key, 'u', user);
	count(throttle, key, now_ms);
	key_make(key, 'a', address);
	count(throttle, key, now_ms);
}

void throttle_passed(struct throttle *throttle, const char *user)
{
	struct throttle_row *row;
	char key[THROTTLE_KEY_SIZE];

	key_make(key, 'u', user);
	row = row_find(throttle, key);
	if (row)
		row->failures = 0;
}
