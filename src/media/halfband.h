/*
 * media/halfband.h - twice or half the sample rate, tick by tick
 *
 * Pure, never allocates: a half-band filter of 31 taps (its coefficients come
 * from a windowed sinc), flat to 3.4 kHz and 56 dB down from 5 kHz on at
 * 16 kHz; the sound is a millisecond late. For whole sounds there is
 * base/resample.h.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	HALFBAND_PAST = 30,  /* samples of the higher rate */
	HALFBAND_MAX = 1920, /* of the higher rate, at a time */
};

/* One direction of one stream; all zero at first. */
struct halfband {
	int16_t pastv[HALFBAND_PAST];
};

/* 2 n samples become n. */
void halfband_down(struct halfband *hb, int16_t *out, const int16_t *in,
                   size_t n);

/* n samples become 2 n. */
void halfband_up(struct halfband *hb, int16_t *out, const int16_t *in,
                 size_t n);
