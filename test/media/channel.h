/*
 * test/media/channel.h - what a telephone line does to sound
 *
 * Noise, G.711 and lost packets with concealment, repeatable by seed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CHANNEL_RATE_HZ = 8000,
	CHANNEL_FRAME = CHANNEL_RATE_HZ / 50,
};

struct channel_prm {
	double noise_db; /* white noise, RMS of full scale; 0: none */
	bool has_g711;   /* A-law */
	double loss;     /* part of 20 ms packets lost, 0..1 */
	uint32_t seed;
};

/* Works on whole frames; the rest of n is left alone. */
void channel_pass(int16_t *pcm, size_t n, const struct channel_prm *prm);

/* Between 0 and 1; the same row for the same seed, which is not 0. */
double channel_draw(uint32_t *seed);

/* Adds a sine with soft edges of 2 ms to n samples; db: its RMS of full
 * scale. */
void channel_sine(int16_t *pcm, size_t n, double hz, double db);

/* RMS in dB of full scale. */
double channel_level_db(const int16_t *pcm, size_t n);
