/*
 * rehearse/noise.h - sounds that are no speech, made by rule
 *
 * Pure. Everything is 16-bit mono at NOISE_RATE_HZ.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum noise_kind {
	NOISE_WHITE,
	NOISE_BABBLE, /* many people talking at once */
	NOISE_CAR,    /* wheels, wind and engine, heard inside */
	NOISE_KINDS,
};

enum {
	NOISE_RATE_HZ = 8000,
	NOISE_LEVEL_DB = -20, /* RMS of noise_fill(), of full scale */
};

/* Fills pcm with n samples at NOISE_LEVEL_DB, the same for the same seed. */
void noise_fill(enum noise_kind kind, int16_t *pcm, size_t n, uint32_t seed);

/* The beep of an answering machine, with soft edges. */
void noise_beep(int16_t *pcm, size_t n);

/* What noise_fill() gave has to be multiplied with to be at level_db, in
 * 1/65536. */
uint32_t noise_gain(int level_db);
