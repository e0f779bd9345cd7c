/*
 * media/peak.h - the strongest sines in a moment of sound
 *
 * Pure. A spectrum of 32 ms of 8 kHz sound; of its peaks the frequency, to a
 * fraction of a percent, and the share of all power. A pure tone has a share
 * near 1, one 10 dB above noise 0.9, speech seldom more than 0.6.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	PEAK_RATE_HZ = 8000,
	PEAK_WINDOW = 256,
	PEAKS = 2,
};

struct peak {
	float hz;
	float share; /* 0..1 of the power above 200 Hz */
};

/* Tables, made once by whoever embeds them. */
struct peak_tables {
	float windowv[PEAK_WINDOW];
	float cosv[PEAK_WINDOW / 2];
	float sinv[PEAK_WINDOW / 2];
	uint8_t reversedv[PEAK_WINDOW / 2]; /* bits of the number */
};

void peak_init(struct peak_tables *tables);

/* The two strongest, the stronger first; silence has shares of 0. */
void peak_find(const struct peak_tables *tables, const int16_t pcm[PEAK_WINDOW],
               struct peak peakv[PEAKS]);
