/*
 * test/pitch.h - which tone a sound has
 */
#pragma once

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* Power at one frequency, as a share of the whole (Goertzel). */
static inline double pitch_share(const int16_t *pcm, size_t n, double hz,
                                 double rate_hz)
{
	double w = 2 * cos(2 * 3.14159265358979 * hz / rate_hz);
	double a = 0, b = 0, sum = 1e-9;

	for (size_t i = 0; i < n; i++) {
		double c = pcm[i] + w * a - b;

		b = a;
		a = c;
		sum += (double)pcm[i] * pcm[i];
	}

	return 2 * (a * a + b * b - w * a * b) / ((double)n * sum);
}
