/*
 * test/media/test_playout.c - prompts and tones, sample by sample
 */
#include <math.h>
#include <stdlib.h>
#include "harness.h"
#include "pitch.h"
#include "media/level.h"
#include "media/playout.h"
#include "media/tone.h"
#include "test_media.h"

enum {
	RATE_HZ = 8000,
	FRAME = 160,
};

/* A ramp: each sample tells its place in the prompt. */
static void ramp_fill(int16_t *pcm, size_t n, int16_t first)
{
	for (size_t i = 0; i < n; i++)
		pcm[i] = (int16_t)(first + (int16_t)i);
}

int test_playout_plays_in_order(void)
{
	struct playout po;
	int16_t a[200], b[100], out[FRAME];
	int err = 0;

	ramp_fill(a, 200, 1);
	ramp_fill(b, 100, 201);
	playout_init(&po, RATE_HZ, 10);
	CHECK(!playout_is_active(&po));

	playout_begin(&po);
	CHECK_ERR(0, playout_add(&po, a, 200));
	CHECK_ERR(0, playout_add(&po, b, 100));
	playout_close(&po);

	CHECK_U64(FRAME, playout_feed(&po, out, FRAME));
	CHECK_I64(1, out[0]);
	CHECK_I64(160, out[159]);
	CHECK_U64(20, playout_position_ms(&po));
	CHECK(playout_is_active(&po));

	/* The seam of the two has no gap; behind the end is silence. */
	CHECK_U64(140, playout_feed(&po, out, FRAME));
	for (int i = 0; i < 140; i++)
		CHECK_I64(161 + i, out[i]);
	CHECK_I64(0, out[140]);
	CHECK(!playout_is_active(&po));
	CHECK_U64(37, playout_position_ms(&po));

out:
	return err;
}

int test_playout_pause_resumes_at_sample(void)
{
	struct playout po;
	int16_t a[2000], out[FRAME];
	int err = 0;

	ramp_fill(a, 2000, 1000);
	playout_init(&po, RATE_HZ, 10);
	playout_begin(&po);
	CHECK_ERR(0, playout_add(&po, a, 2000));
	playout_close(&po);
	(void)playout_feed(&po, out, FRAME);

	playout_pause(&po);
	CHECK_U64(0, playout_feed(&po, out, FRAME));
	CHECK(abs(out[0] - 1159) < 30); /* goes down from where it was */
	CHECK(out[79] > 0 && out[79] < 50);
	CHECK_I64(0, out[80]);
	CHECK_U64(0, playout_feed(&po, out, FRAME));
	CHECK_U64(20, playout_position_ms(&po));
	CHECK(playout_is_active(&po));

	playout_resume(&po);
	CHECK_U64(FRAME, playout_feed(&po, out, FRAME));
	CHECK(out[0] >= 0 && out[0] < 50);
	CHECK_I64(1000 + 160 + 80, out[80]); /* full again, none lost */

out:
	return err;
}

int test_playout_cut_fades(void)
{
	struct playout po;
	int16_t a[2000], b[200], out[FRAME];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(a); i++)
		a[i] = 8000;
	memset(b, 0, sizeof(b));
	playout_init(&po, RATE_HZ, 10);
	playout_begin(&po);
	CHECK_ERR(0, playout_add(&po, a, ARRAY_COUNT(a)));
	(void)playout_feed(&po, out, FRAME);

	/* The PCM may go at once, and another prompt may begin. */
	playout_cut(&po);
	memset(a, 0x55, sizeof(a));
	CHECK(!playout_is_active(&po));
	playout_begin(&po);
	CHECK_ERR(0, playout_add(&po, b, ARRAY_COUNT(b)));
	(void)playout_feed(&po, out, FRAME);
	CHECK_I64(8000, out[0]);
	for (int i = 1; i < FRAME; i++)
		CHECK(abs(out[i] - out[i - 1]) <= 101);
	CHECK_I64(0, out[FRAME - 1]);

out:
	return err;
}

int test_playout_waits_for_segments(void)
{
	struct playout po;
	int16_t a[FRAME], out[FRAME];
	int err = 0;

	ramp_fill(a, FRAME, 1);
	playout_init(&po, RATE_HZ, 10);
	playout_begin(&po);
	CHECK_U64(0, playout_feed(&po, out, FRAME));
	CHECK(playout_is_active(&po));
	CHECK_ERR(0, playout_add(&po, a, FRAME));
	CHECK_U64(FRAME, playout_feed(&po, out, FRAME));
	CHECK_U64(0, playout_feed(&po, out, FRAME));
	CHECK_U64(20, playout_position_ms(&po));
	playout_close(&po);
	CHECK(!playout_is_active(&po));

	/* A prompt without a sound is over at once. */
	playout_begin(&po);
	playout_close(&po);
	CHECK(!playout_is_active(&po));

out:
	return err;
}

int test_playout_ceiling(void)
{
	struct playout po;
	int16_t a[1] = {1}, out[FRAME];
	int err = 0;

	playout_init(&po, RATE_HZ, 1000);
	playout_begin(&po);
	for (int i = 0; i < PLAYOUT_SEGMENTS; i++)
		CHECK_ERR(0, playout_add(&po, a, 1));
	CHECK_ERR(ENOBUFS, playout_add(&po, a, 1));
	CHECK_U64(PLAYOUT_SEGMENTS, playout_feed(&po, out, FRAME));

out:
	return err;
}

int test_tone_parse_table(void)
{
	static const struct {
		const char *why;
		const char *text;
		int err;
		size_t samples;
	} rowv[] = {
		/* clang-format off */
		{"a ringing tone, twice", "%(500,500,425);loops=2", 0, 16000},
		{"two frequencies", "%(100,0,350,440)", 0, 800},
		{"parts one after another", "%(100,0,950);%(100,0,1400)", 0,
		 1600},
		{"with a level", "v=-20;%(100,0,440)", 0, 800},
		{"a semicolon at the end is forgiven", "%(100,0,440);", 0, 800},
		{"nothing", "", EINVAL, 0},
		{"no frequency", "%(100,0)", EINVAL, 0},
		{"not closed", "%(100,0,440", EINVAL, 0},
		{"no number", "%(a,0,440)", EINVAL, 0},
		{"words behind it", "%(100,0,440)x", EINVAL, 0},
		{"a frequency that a telephone does not carry", "%(100,0,9000)",
		 EINVAL, 0},
		{"too many digits", "%(1000000000,0,440)", EINVAL, 0},
		{"endless", "%(500,500,425);loops=100000", E2BIG, 0},
		{"no loop", "%(500,500,425);loops=0", EINVAL, 0},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct tone tone;
		int got = tone_parse(&tone, rowv[i].text);

		if (got != rowv[i].err)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_ERR(rowv[i].err, got);
		if (!got)
			CHECK_U64(rowv[i].samples, tone_samples(&tone, 8000));
	}

out:
	return err;
}

int test_tone_sounds(void)
{
	static int16_t pcm[16000];
	struct tone tone;
	int err = 0;

	CHECK_ERR(0, tone_parse(&tone, "v=-10;%(500,500,425);loops=2"));
	CHECK_U64(16000, tone_samples(&tone, RATE_HZ));
	tone_render(&tone, RATE_HZ, pcm);

	CHECK(pitch_share(pcm, 4000, 425, RATE_HZ) > 0.95);
	CHECK(pitch_share(pcm + 8000, 4000, 425, RATE_HZ) > 0.95);
	CHECK(level_db(pcm + 4000, 4000) == LEVEL_SILENCE_DB);
	CHECK(level_db(pcm, 4000) > -14 && level_db(pcm, 4000) < -12);
	CHECK_I64(0, pcm[0]); /* no click */
	CHECK(abs(pcm[1]) < 2000);

	tone_beep(pcm, 1600, RATE_HZ, 1000);
	CHECK(pitch_share(pcm, 1600, 1000, RATE_HZ) > 0.9);

out:
	return err;
}

/* How a sound comes in, and what was heard of it. */
struct growth {
	unsigned ms;   /* that arrive with each tick */
	unsigned each; /* tick */
	size_t ready, played, gaps;
	int step_max; /* between two samples */
	int16_t last;
	bool was_playing;
};

static void grow_tick(struct playout *po, struct growth *growth,
                      const int16_t *pcm, size_t count, unsigned tick)
{
	int16_t out[FRAME];
	size_t got;

	if (tick % growth->each == 0)
		growth->ready += growth->ms * RATE_HZ / 1000;
	if (growth->ready > count)
		growth->ready = count;
	playout_grow(po, pcm, growth->ready, growth->ready == count);
	got = playout_feed(po, out, FRAME);
	growth->gaps += growth->was_playing && !got;
	growth->was_playing = got != 0;
	growth->played += got;
	for (size_t k = 0; k < FRAME; k++) {
		int step = abs(out[k] - growth->last);

		if (step > growth->step_max)
			growth->step_max = step;
		growth->last = out[k];
	}
}

/* A sound that arrives while it plays: no click where it runs dry, nothing
 * lost, nothing twice. */
int test_playout_grows(void)
{
	static const struct {
		const char *why;
		unsigned ms, each;
		bool is_smooth;
	} rowv[] = {
		/* clang-format off */
		{"faster than life",      100, 1, true},
		{"as fast as life",        20, 1, true},
		{"in lumps, fast enough", 200, 8, true},
		{"slower than life",       10, 1, false},
		{"in lumps, too slow",    100, 9, false},
		/* clang-format on */
	};
	static int16_t pcm[RATE_HZ];
	struct playout po;
	int16_t out[FRAME];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(pcm); i++)
		pcm[i] = (int16_t)(8000 * sin(0.1 * (double)i));

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct growth growth = {.ms = rowv[i].ms, .each = rowv[i].each};

		playout_init(&po, RATE_HZ, 10);
		playout_begin(&po);
		CHECK_ERR(0, playout_add_growing(&po, pcm));
		playout_close(&po);
		for (unsigned tick = 0; playout_is_active(&po); tick++) {
			CHECK(tick < 1000);
			grow_tick(&po, &growth, pcm, ARRAY_COUNT(pcm), tick);
		}

		/* The tone's own steps are at most 800. */
		if (growth.step_max > 1000 || rowv[i].is_smooth != !growth.gaps)
			fprintf(stderr, "%s: %zu gaps, a step of %d\n",
			        rowv[i].why, growth.gaps, growth.step_max);
		CHECK(growth.step_max <= 1000);
		CHECK(rowv[i].is_smooth == !growth.gaps);
		CHECK_U64(ARRAY_COUNT(pcm), growth.played);
	}

	/* Silence at its end that was played already is not missed. */
	playout_begin(&po);
	CHECK_ERR(0, playout_add_growing(&po, pcm));
	playout_close(&po);
	playout_grow(&po, pcm, 2 * FRAME, false);
	CHECK_U64(FRAME, playout_feed(&po, out, FRAME));
	playout_grow(&po, pcm, FRAME / 2, true);
	CHECK(!playout_is_active(&po));

out:
	return err;
}
