/*
 * api/quota.h - pure: how many requests a second somebody has
 *
 * So that one program in a loop takes no time from calls. What was not used in
 * two seconds is lost.
 */
#pragma once

#include <stdint.h>

enum {
	QUOTA_ROWS = 256, /* the one that is quiet for longest goes first */
	QUOTA_KEY_SIZE = 48,
};

struct quota_row {
	char key[QUOTA_KEY_SIZE];
	uint64_t left; /* thousandths of a request */
	uint64_t at_ms;
};

/* Begins as zeros. */
struct quota {
	struct quota_row rowv[QUOTA_ROWS];
};

/* Takes one. Returns after how many ms there is one, 0: it is taken. */
uint64_t quota_take(struct quota *quota, const char *key, uint32_t per_s,
                    uint64_t now_ms);
