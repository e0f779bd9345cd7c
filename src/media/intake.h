/*
 * media/intake.h - packets of any length in, a frame per tick out
 *
 * Pure. Jitter buffer, decoder and concealment of one direction in one place;
 * packets may hold more or less than a tick (10, 30, 60 ms).
 */
#pragma once

#include "media/codec.h"
#include "media/conceal.h"
#include "media/jitter.h"

enum {
	INTAKE_REST_MAX = 1280, /* samples: the longest packet of G.722 */
};

struct intake {
	const struct codec *codec;
	void *state; /* of the decoder; the caller's, zeroed at first */
	bool has_begun;
	uint32_t made_up;   /* samples in a row */
	uint64_t concealed; /* packets' worth of made up sound, in ticks */
	size_t restc;
	struct conceal conceal;
	struct jitter jitter;
	int16_t restv[INTAKE_REST_MAX]; /* decoded, not yet played */
};

enum intake_kind {
	INTAKE_NOTHING, /* nothing came yet: pcm is untouched */
	INTAKE_HEARD,
	INTAKE_MADE_UP, /* at least a part of it */
};

void intake_init(struct intake *intake, const struct codec *codec, void *state);

/* Asks for the memory that the next frame will need. */
void intake_prefetch(const struct intake *intake);

/* Fills the next n samples. */
enum intake_kind intake_frame(struct intake *intake, int16_t *pcm, size_t n);
