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

struct peaks {
	struct peak peakv[PEAKS]; /* the stronger first; silence has none */
	float data_share;         /* of 1500 to 2300 Hz: fax and modems */
};

void peaks_find(struct peaks *peaks, const int16_t pcm[PEAK_WINDOW]);
