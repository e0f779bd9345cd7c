/*
 * test/media/test_keytone.c - keys by their tones
 */
#include <math.h>
#include "harness.h"
#include "media/keytone.h"
#include "test_media.h"

enum {
	ON_FRAMES = 4, /* 80 ms: half of what people press */
	OFF_FRAMES = 4,
};

static const char key_v[] = "123A456B789C*0#D";

/* One frame of a key, or of noise, at the rate of n samples in 20 ms. */
static void frame_fill(int16_t *pcm, size_t n, size_t frame, int key)
{
	static const double low_hzv[] = {697, 770, 852, 941};
	static const double high_hzv[] = {1209, 1336, 1477, 1633};
	static uint32_t seed = 1;

	for (size_t i = 0; i < n; i++) {
		double at = 6.2831853 * (double)(frame * n + i) / (n * 50.0);

		seed = seed * 1664525 + 1013904223;
		pcm[i] = (int16_t)((int32_t)(seed >> 25) - 64);
		if (key >= 0)
			pcm[i] = (int16_t)(pcm[i] +
			                   4000 * sin(low_hzv[key / 4] * at) +
			                   3000 * sin(high_hzv[key % 4] * at));
	}
}

static int keys_feed(char *heard, size_t n)
{
	struct keytone *kt;
	int16_t pcm[320];
	size_t frame = 0;
	int err;

	err = keytone_alloc(&kt);
	if (err)
		return err;

	for (int key = 0; key < 16; key++) {
		for (size_t i = 0; i < ON_FRAMES + OFF_FRAMES; i++) {
			char found;

			frame_fill(pcm, n, frame++, i < ON_FRAMES ? key : -1);
			found = keytone_feed(kt, pcm, n);
			if (found)
				*heard++ = found;
		}
	}
	mem_deref(kt);

	return 0;
}

/* Each key once, at either rate. */
int test_keytone_all_keys(void)
{
	int err = 0;

	for (size_t n = 160; n <= 320; n += 160) {
		char heard[64] = "";

		err = keys_feed(heard, n);
		CHECK_ERR(0, err);
		CHECK_STR(key_v, heard);
	}

out:
	return err;
}

/* While it sounds it is known to be no speech; noise is no key. */
int test_keytone_is_down(void)
{
	struct keytone *kt = NULL;
	int16_t pcm[160];
	int err;

	err = keytone_alloc(&kt);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < 500; i++) {
		frame_fill(pcm, 160, i, -1);
		CHECK(!keytone_feed(kt, pcm, 160));
		CHECK(!keytone_is_down(kt));
	}
	for (size_t i = 0; i < 10; i++) {
		frame_fill(pcm, 160, i, 5);
		(void)keytone_feed(kt, pcm, 160);
		CHECK(i < 4 || keytone_is_down(kt));
	}

out:
	mem_deref(kt);

	return err;
}
