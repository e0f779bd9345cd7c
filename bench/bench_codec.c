/*
 * bench/bench_codec.c - what a codec costs a leg, of a core
 *
 * One tick of 20 ms both ways: a frame encoded and a packet decoded, of a
 * sound with syllables and pauses. The best of several runs counts, because
 * what disturbs is other programs.
 */
#include <math.h>
#include <stdio.h>
#include <ctype.h>
#include <time.h>
#include "base/mem.h"
#include "media/codec.h"

enum {
	FRAMES = 500, /* 10 s */
	FRAME_MAX = 320,
	RUNS = 5,
	NAME_SIZE = 16,
};

static int16_t saidv[FRAMES * FRAME_MAX];

static double now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);

	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void sound_fill(double rate_hz)
{
	double phase = 0;

	for (size_t i = 0; i < FRAMES * FRAME_MAX; i++) {
		double s = (double)i / rate_hz, sum = 0;

		phase += 2 * M_PI * (140 + 30 * sin(2 * M_PI * s)) / rate_hz;
		for (int k = 1; k <= 20; k++)
			sum += sin(phase * k) / k;
		saidv[i] =
			(int16_t)(3000 * sum * fmax(0, sin(2 * M_PI * 2 * s)));
	}
}

static int run(double *costp, const struct codec *codec)
{
	const struct codec_want want = {.has_fec = true};
	const size_t frame = codec->rate_hz / 50;
	void *encoder = NULL, *decoder = NULL;
	double begin_us;
	int err;

	err = codec_encoder(&encoder, codec, &want);
	if (!err)
		err = codec_decoder(&decoder, codec);

	begin_us = now_us();
	for (size_t i = 0; !err && i < FRAMES; i++) {
		uint8_t payload[CODEC_BYTES_MAX];
		size_t len = sizeof(payload), n = FRAME_MAX;
		int16_t pcm[FRAME_MAX];

		err = codec->encode(encoder, payload, &len, &saidv[i * frame],
		                    frame);
		if (!err)
			err = codec->decode(decoder, pcm, &n, payload, len);
	}
	*costp = (now_us() - begin_us) / FRAMES;
	mem_deref(encoder);
	mem_deref(decoder);

	return err;
}

int main(void)
{
	const struct codec *codec;

	printf("# a tick of one leg, a frame each way\n");
	for (size_t i = 0; (codec = codec_at(i)); i++) {
		char name[NAME_SIZE] = "";
		double best_us = 0, cost_us;

		sound_fill(codec->rate_hz);
		for (unsigned k = 0; k < RUNS; k++) {
			if (run(&cost_us, codec)) {
				fprintf(stderr, "bench_codec: %s fails\n",
				        codec->name);
				return 1;
			}
			if (!k || cost_us < best_us)
				best_us = cost_us;
		}
		for (size_t k = 0; codec->name[k] && k + 1 < NAME_SIZE; k++)
			name[k] = (char)tolower((unsigned char)codec->name[k]);
		printf("codec.%s_us %.2f us\n", name, best_us);
	}

	return 0;
}
