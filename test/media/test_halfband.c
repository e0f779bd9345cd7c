/*
 * test/media/test_halfband.c - twice and half the rate, in ticks
 */
#include <math.h>
#include <stdlib.h>
#include "harness.h"
#include "media/halfband.h"
#include "test_media.h"

enum {
	LOW_HZ = 8000,
	HIGH_HZ = 2 * LOW_HZ,
	LOW_FRAME = 160,
	FRAMES = 10,
	COUNT = LOW_FRAME * FRAMES,
};

static void tone(int16_t *pcm, size_t n, double hz, double rate_hz)
{
	for (size_t i = 0; i < n; i++)
		pcm[i] = (int16_t)(8000 *
		                   sin(2 * M_PI * hz * (double)i / rate_hz));
}

/* RMS of the second half, in dB of the tone's. */
static double gain_db(const int16_t *pcm, size_t n)
{
	double sum = 1e-9;

	for (size_t i = n / 2; i < n; i++)
		sum += (double)pcm[i] * pcm[i];

	return 10 * log10(sum / (double)(n - n / 2) / (8000.0 * 8000 / 2));
}

static double down_db(double hz)
{
	int16_t highv[2 * COUNT], lowv[COUNT];
	struct halfband hb = {0};

	tone(highv, 2 * COUNT, hz, HIGH_HZ);
	for (size_t i = 0; i < FRAMES; i++)
		halfband_down(&hb, &lowv[i * LOW_FRAME],
		              &highv[2 * i * LOW_FRAME], LOW_FRAME);

	return gain_db(lowv, COUNT);
}

int test_halfband_passes_speech(void)
{
	int16_t lowv[COUNT], highv[2 * COUNT], againv[COUNT];
	struct halfband up = {0}, down = {0};
	int err = 0;

	CHECK(fabs(down_db(300)) < 0.1);
	CHECK(fabs(down_db(1000)) < 0.1);
	CHECK(fabs(down_db(3400)) < 0.6);

	/* Up and down again, tick by tick, is the same 15.5 samples later. */
	tone(lowv, COUNT, 1000, LOW_HZ);
	for (size_t i = 0; i < FRAMES; i++) {
		halfband_up(&up, &highv[2 * i * LOW_FRAME],
		            &lowv[i * LOW_FRAME], LOW_FRAME);
		halfband_down(&down, &againv[i * LOW_FRAME],
		              &highv[2 * i * LOW_FRAME], LOW_FRAME);
	}
	CHECK(fabs(gain_db(highv, 2 * COUNT)) < 0.1);
	for (size_t i = 100; i < COUNT; i++) {
		double at = 2 * M_PI * 1000 * ((double)i - 15.5) / LOW_HZ;

		CHECK(fabs(againv[i] - 8000 * sin(at)) < 40);
	}

out:
	return err;
}

int test_halfband_stops_aliases(void)
{
	int16_t lowv[COUNT], highv[2 * COUNT];
	struct halfband hb = {0};
	int err = 0;

	CHECK(down_db(5000) < -50);
	CHECK(down_db(6500) < -50);

	/* Full scale does not wrap. */
	for (size_t i = 0; i < 2 * COUNT; i++)
		highv[i] = (i / 7) % 2 ? INT16_MIN : INT16_MAX;
	halfband_down(&hb, lowv, highv, LOW_FRAME);
	for (size_t i = 20; i + 1 < LOW_FRAME; i++)
		CHECK(abs(lowv[i]) <= -INT16_MIN);
	for (size_t i = 0; i < COUNT; i++)
		lowv[i] = i % 2 ? INT16_MIN : INT16_MAX;
	halfband_up(&hb, highv, lowv, LOW_FRAME);

out:
	return err;
}
