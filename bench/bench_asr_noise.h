/*
 * bench/bench_asr_noise.h - what lies under everything that is said
 */
#pragma once

#include "rig.h"

struct noise {
	const char *name; /* "white", "babble"; NULL: nothing */
	double snr_db;
};

/* Reads "white,15"; text stays the caller's and is cut. */
void noise_read(struct noise *noise, char *text);

/* Adds it to a sound at RIG_LINE_HZ; to the same sound always the same. */
int noise_put(const struct noise *noise, struct rig *rig, int16_t *pcm,
              size_t count);

/* What G.722 leaves of a sound at 16 kHz, in place. */
int noise_g722(int16_t *pcm, size_t count);
