/*
 * flow/tally.h - how often each node and entry was executed in one call
 *
 * Only what was executed takes room: a session of a script of ten thousand
 * nodes is as small as one of ten.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct tally;

struct tally_row {
	uint32_t key; /* index + 1, entries with the top bit; 0: free */
	uint32_t count;
	bool has_notified;
};

int tally_alloc(struct tally **tallyp);

/* 0 for what was never executed. */
uint32_t tally_count(const struct tally *tally, uint32_t key);

/* The row of a key, made where there is none; NULL when memory is out. Valid
 * until the next call. */
struct tally_row *tally_row(struct tally *tally, uint32_t key);
