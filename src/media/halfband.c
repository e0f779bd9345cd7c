/*
 * media/halfband.c - twice or half the sample rate, tick by tick
 *
 * Every second coefficient of a half-band filter is zero but the middle one,
 * which is a half: going down eight products make a sample, going up every
 * second sample is one that came in.
 */
#include <assert.h>
#include <string.h>
#include "media/halfband.h"

enum {
	TAPS = 8, /* on each side, at odd distances */
	SHIFT = 15,
	PAST_UP = HALFBAND_PAST / 2, /* samples of the lower rate */
};

/* In 1/32768; the sum of both sides is a half. */
static const int32_t tapv[TAPS] = {10336, -3186, 1629, -906,
                                   495,   -250,  109,  -35};

static int16_t clipped(int32_t sum, unsigned shift)
{
	int32_t value = (sum + (1 << (shift - 1))) >> shift;

	if (value > INT16_MAX)
		return INT16_MAX;

	return (int16_t)(value < INT16_MIN ? INT16_MIN : value);
}

void halfband_down(struct halfband *hb, int16_t *out, const int16_t *in,
                   size_t n)
{
	int16_t allv[HALFBAND_PAST + HALFBAND_MAX];

	assert(2 * n <= HALFBAND_MAX);

	memcpy(allv, hb->pastv, sizeof(hb->pastv));
	memcpy(allv + HALFBAND_PAST, in, 2 * n * sizeof(*in));
	for (size_t i = 0; i < n; i++) {
		const int16_t *middle = allv + 2 * i + HALFBAND_PAST / 2;
		int32_t sum = middle[0] * (1 << (SHIFT - 1));

		for (int k = 0; k < TAPS; k++)
			sum += tapv[k] *
			       (middle[2 * k + 1] + middle[-2 * k - 1]);
		out[i] = clipped(sum, SHIFT);
	}
	memcpy(hb->pastv, allv + 2 * n, sizeof(hb->pastv));
}

void halfband_up(struct halfband *hb, int16_t *out, const int16_t *in, size_t n)
{
	int16_t allv[PAST_UP + HALFBAND_MAX / 2];

	assert(2 * n <= HALFBAND_MAX);

	memcpy(allv, hb->pastv, PAST_UP * sizeof(*allv));
	memcpy(allv + PAST_UP, in, n * sizeof(*in));
	for (size_t i = 0; i < n; i++) {
		const int16_t *left = allv + i + TAPS - 1;
		int32_t sum = 0;

		/* The zeros between the samples take half of the level. */
		for (int k = 0; k < TAPS; k++)
			sum += tapv[k] * (left[k + 1] + left[-k]);
		out[2 * i] = left[0];
		out[2 * i + 1] = clipped(sum, SHIFT - 1);
	}
	memcpy(hb->pastv, allv + n, PAST_UP * sizeof(*allv));
}
