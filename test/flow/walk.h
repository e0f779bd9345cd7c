/*
 * test/flow/walk.h - scripts and conversations drawn by lot
 *
 * Bytes decide; behind their end a generator goes on from them. So a seed
 * makes a property test and a fuzzer's file makes a case, both repeatable.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

struct lots {
	const uint8_t *data;
	size_t size;
	uint64_t state;
};

/* 0 to n - 1. */
uint32_t lots_draw(struct lots *lots, uint32_t n);

/* A script that loads. */
json_t *walk_script(struct lots *lots);

/* Holds a conversation by lot, twice, and checks what must always hold.
 * Returns 0, or EPROTO with a message on standard error. */
int walk_talk(json_t *script, struct lots *lots);

/* Breaks a script somewhere and loads it: refused with a reason, or taken. */
int walk_broken(json_t *script, struct lots *lots);
