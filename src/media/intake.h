/*
 * media/intake.h - packets of any length in, a frame per tick out
 *
 * Pure. Jitter buffer, decoder and concealment of one direction in one place;
 * packets may hold more or less than a tick (10, 30, 60 ms).
 *
 * What does not come is one of two things. A pause: the other side said so
 * (comfort noise, RFC 3389; a DTX packet of Opus), or the packet behind it
 * shows that none was left out; it is filled with noise or silence and is no
 * loss. Or a loss: made up from a later packet that repeats it (FEC), by the
 * codec, or from the sound before.
 */
#pragma once

#include "media/codec.h"
#include "media/conceal.h"
#include "media/jitter.h"

enum {
	INTAKE_REST_MAX = 1920, /* samples: the longest packet of Opus */
};

struct intake {
	const struct codec *codec;
	void *state; /* of the decoder; the caller's, zeroed at first */
	bool has_begun;
	uint32_t made_up;   /* samples in a row */
	uint32_t doubtful;  /* of the ticks in a row: a loss or a pause? */
	uint64_t lost_seen; /* before that */
	uint64_t concealed; /* packets' worth of made up sound, in ticks */
	uint64_t repaired;  /* ticks that a later packet repeated */
	bool is_paused;     /* they said so */
	uint16_t pause_seq; /* in this packet */
	int32_t noise;      /* amplitude of comfort noise */
	uint32_t noise_seed;
	size_t restc;
	struct conceal conceal;
	struct jitter jitter;
	int16_t restv[INTAKE_REST_MAX]; /* decoded, not yet played */
};

enum intake_kind {
	INTAKE_NOTHING, /* nothing came yet: pcm is untouched */
	INTAKE_HEARD,
	INTAKE_MADE_UP, /* at least a part of it */
	INTAKE_PAUSE,   /* they send nothing on purpose */
};

void intake_init(struct intake *intake, const struct codec *codec, void *state);

/* A packet of comfort noise (payload type 13) came. */
void intake_comfort(struct intake *intake, const struct packet *packet);

/* Asks for the memory that the next frame will need. */
void intake_prefetch(const struct intake *intake);

/* Fills the next n samples. */
enum intake_kind intake_frame(struct intake *intake, int16_t *pcm, size_t n);
