/*
 * api/throttle.h - pure: who guesses passwords has to wait
 *
 * Five failures are free, then each doubles the wait, from two seconds to
 * fifteen minutes, for the name and, with four times as many, for the address.
 * An hour without a failure forgets them.
 */
#pragma once

#include <stdint.h>

enum {
	THROTTLE_ROWS = 256, /* the one that is quiet for longest goes first */
	THROTTLE_KEY_SIZE = 80,
};

struct throttle_row {
	char key[THROTTLE_KEY_SIZE];
	unsigned failures;
	uint64_t last_ms;
};

/* Begins as zeros. */
struct throttle {
	struct throttle_row rowv[THROTTLE_ROWS];
};

/* 0: may try now. */
uint64_t throttle_wait_ms(const struct throttle *throttle, const char *user,
                          const char *address, uint64_t now_ms);
void throttle_failed(struct throttle *throttle, const char *user,
                     const char *address, uint64_t now_ms);
void throttle_passed(struct throttle *throttle, const char *user);
