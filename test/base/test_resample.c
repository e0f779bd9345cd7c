/*
 * test/base/test_resample.c - a tone stays the tone at another rate
 */
#include <math.h>
#include <stdlib.h>
#include "base/resample.h"
#include "harness.h"
#include "test_base.h"

enum {
	TONE_HZ = 440,
	TONE_PEAK = 8000,
	SECOND_MAX = 48000,
	EDGE = 200, /* samples at either end, where the tone starts and stops */
};

static void tone(int16_t *pcm, size_t count, uint32_t rate_hz)
{
	for (size_t i = 0; i < count; i++)
		pcm[i] = (int16_t)lrint(TONE_PEAK * sin(2 * M_PI * TONE_HZ *
		                                        (double)i / rate_hz));
}

static unsigned worst_difference(const int16_t *a, const int16_t *b,
                                 size_t count)
{
	unsigned worst = 0;

	for (size_t i = EDGE; i + EDGE < count; i++) {
		unsigned apart = (unsigned)abs(a[i] - b[i]);

		if (apart > worst)
			worst = apart;
	}

	return worst;
}

int test_resample_tone(void)
{
	static const struct {
		uint32_t from_hz;
		uint32_t to_hz;
	} rowv[] = {
		{22050, 8000}, {16000, 8000},  {8000, 16000},
		{8000, 48000}, {44100, 16000}, {8000, 8000},
	};
	static int16_t in[SECOND_MAX], expected[SECOND_MAX];
	int16_t *out = NULL;
	size_t outc = 0;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		tone(in, rowv[i].from_hz, rowv[i].from_hz);
		tone(expected, rowv[i].to_hz, rowv[i].to_hz);

		err = resample_all(&out, &outc, rowv[i].to_hz, in,
		                   rowv[i].from_hz, rowv[i].from_hz);
		CHECK_ERR(0, err);

		/* In time and in level: the delay of the filter is gone. */
		CHECK_U64(rowv[i].to_hz, outc);
		CHECK(worst_difference(expected, out, outc) < TONE_PEAK / 50);
		out = mem_deref(out);
	}

	err = resample_all(&out, &outc, 8000, in, 0, 16000);
	CHECK_ERR(0, err);
	CHECK_U64(0, outc);

out:
	mem_deref(out);

	return err;
}

/* A stream in pieces of 20 ms is the same as the stream at once. */
int test_resample_pieces(void)
{
	static int16_t in[16000], whole[8000], pieces[8000];
	struct resample *rs = NULL;
	size_t inc = 16000, outc = 8000, at = 0;
	int err;

	tone(in, 16000, 16000);

	err = resample_alloc(&rs, 16000, 8000, 3);
	CHECK_ERR(0, err);
	err = resample_feed(rs, in, &inc, whole, &outc);
	CHECK_ERR(0, err);
	CHECK_U64(16000, inc);
	rs = mem_deref(rs);

	err = resample_alloc(&rs, 16000, 8000, 3);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < 16000; i += 320) {
		size_t n = 320, room = outc - at;

		err = resample_feed(rs, in + i, &n, pieces + at, &room);
		CHECK_ERR(0, err);
		CHECK_U64(320, n);
		at += room;
	}
	CHECK_U64(outc, at);
	CHECK(!memcmp(whole, pieces, outc * sizeof(*whole)));

out:
	mem_deref(rs);

	return err;
}

int test_resample_refused(void)
{
	struct resample *rs = NULL;
	int err = 0;

	CHECK_ERR(ENOTSUP, resample_alloc(&rs, 0, 8000, 3));
	CHECK_ERR(ENOTSUP, resample_alloc(&rs, 7999, 8000, 3));
	CHECK_ERR(ENOTSUP, resample_alloc(&rs, 96000, 8000, 3));
	CHECK(!rs);

out:
	return err;
}
