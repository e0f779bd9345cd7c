/*
 * media/bridge.h - two people hear each other: sound from tick to tick
 *
 * Each end is the tick of one leg. Both ticks come every 20 ms, on two threads
 * and at moments of their own; what one end hears, the other plays about 40 ms
 * later. Ends may have different rates, 8000 and 16000 Hz.
 *
 * Pure, never allocates or waits: a ring of frames for each way, with one
 * writer and one reader.
 *
 * Threads: bridge_tick() of each end on one thread, bridge_init() before.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/halfband.h"

enum {
	BRIDGE_FRAME_MAX = 320, /* 20 ms at 16 kHz */
	BRIDGE_FRAMES = 16,     /* a power of two */
};

enum bridge_end {
	BRIDGE_FIRST,
	BRIDGE_SECOND,
};

struct bridge_frame {
	size_t n;
	int16_t pcm[BRIDGE_FRAME_MAX];
};

/* One way. */
struct bridge_way {
	_Atomic uint32_t written; /* frames, by the writer */
	_Atomic uint32_t read;    /* by the reader */

	/* the reader's */
	bool is_flowing;
	unsigned dry;   /* ticks in a row without a frame */
	unsigned reads; /* of the window that is looked at */
	uint32_t least; /* frames that waited in it */
	struct halfband down, up;
	int16_t lastv[BRIDGE_FRAME_MAX]; /* as it was played */

	struct bridge_frame framev[BRIDGE_FRAMES];
};

/* Belongs to whoever embeds it. */
struct bridge {
	struct bridge_way wayv[2]; /* by who speaks */
};

void bridge_init(struct bridge *bridge);

/* A tick of an end: n samples that came from its leg (NULL: none) go across;
 * out gets as many of the other's, in place of what is there. Returns false,
 * with out untouched, while nothing comes from there. */
bool bridge_tick(struct bridge *bridge, enum bridge_end end, const int16_t *in,
                 int16_t *out, size_t n);
