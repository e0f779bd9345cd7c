/*
 * test/rehearse/test_noise.c - sounds made by rule
 */
#include <math.h>
#include "harness.h"
#include "rehearse/noise.h"
#include "tests.h"

static double level_db(const int16_t *pcm, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)pcm[i] * pcm[i];

	return 10 * log10(sum / (double)n / (32768.0 * 32768.0));
}

int test_noise_level(void)
{
	static int16_t pcm[4 * NOISE_RATE_HZ];
	int err = 0;

	for (int kind = 0; kind < NOISE_KINDS; kind++) {
		double db;

		noise_fill((enum noise_kind)kind, pcm, ARRAY_COUNT(pcm), 7);
		db = level_db(pcm, ARRAY_COUNT(pcm));
		/* Babble loses a little where its peaks are clipped. */
		if (fabs(db - NOISE_LEVEL_DB) > 1)
			CHECK_FAIL("noise %d is at %.1f dB", kind, db);
	}

	CHECK_U64(65536, noise_gain(NOISE_LEVEL_DB));
	CHECK_U64(6554, noise_gain(NOISE_LEVEL_DB - 20));

out:
	return err;
}

int test_noise_repeats(void)
{
	static int16_t first[NOISE_RATE_HZ], second[NOISE_RATE_HZ];
	int err = 0;

	noise_fill(NOISE_BABBLE, first, ARRAY_COUNT(first), 5);
	noise_fill(NOISE_BABBLE, second, ARRAY_COUNT(second), 5);
	CHECK(!memcmp(first, second, sizeof(first)));

	noise_fill(NOISE_BABBLE, second, ARRAY_COUNT(second), 6);
	CHECK(memcmp(first, second, sizeof(first)));

	/* A seed of zero is as good as any. */
	noise_fill(NOISE_WHITE, second, ARRAY_COUNT(second), 0);
	CHECK(level_db(second, ARRAY_COUNT(second)) > -22);

out:
	return err;
}

int test_noise_beep(void)
{
	static int16_t pcm[NOISE_RATE_HZ / 2];
	size_t crossings = 0;
	int err = 0;

	noise_beep(pcm, ARRAY_COUNT(pcm));
	for (size_t i = 1; i < ARRAY_COUNT(pcm); i++)
		crossings += (pcm[i - 1] < 0) != (pcm[i] < 0);

	CHECK(crossings > 950 && crossings < 1050);
	CHECK_I64(0, pcm[0]);
	CHECK_I64(0, pcm[ARRAY_COUNT(pcm) - 1]);

out:
	return err;
}
