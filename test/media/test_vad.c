/*
 * test/media/test_vad.c - what counts as voice, and where sentences end
 */
#include "harness.h"
#include "media/denoise.h"
#include "media/endpoint.h"
#include "media/level.h"
#include "media/vad.h"
#include "test_media.h"

static const struct vad_prm vad_prm = {.margin_db = 10, .echo_db = 14};

int test_level_of_known_signals(void)
{
	int16_t frame[160];
	int err = 0;

	memset(frame, 0, sizeof(frame));
	CHECK(level_db(frame, 160) == LEVEL_SILENCE_DB);

	for (size_t i = 0; i < 160; i++)
		frame[i] = i % 2 ? 32767 : -32767;
	CHECK(level_db(frame, 160) > -0.1F && level_db(frame, 160) < 0.1F);

	for (size_t i = 0; i < 160; i++)
		frame[i] = i % 2 ? 3277 : -3277;
	CHECK(level_db(frame, 160) > -20.1F && level_db(frame, 160) < -19.9F);

out:
	return err;
}

static unsigned voiced_frames(struct vad *vad, unsigned n, float in_db,
                              float played_db)
{
	unsigned voiced = 0;

	for (unsigned i = 0; i < n; i++)
		voiced += vad_feed(vad, in_db, played_db);

	return voiced;
}

int test_vad_speech_over_noise(void)
{
	struct vad vad;
	int err = 0;

	vad_init(&vad, &vad_prm);
	CHECK_U64(0, voiced_frames(&vad, 50, -50, LEVEL_SILENCE_DB));
	CHECK_U64(50, voiced_frames(&vad, 50, -25, LEVEL_SILENCE_DB));
	CHECK_U64(0, voiced_frames(&vad, 50, -50, LEVEL_SILENCE_DB));

	/* A call that begins in the middle of "hello?". */
	vad_init(&vad, &vad_prm);
	CHECK(voiced_frames(&vad, 10, -20, LEVEL_SILENCE_DB) >= 9);

out:
	return err;
}

int test_vad_own_echo_is_no_voice(void)
{
	struct vad vad;
	int err = 0;

	vad_init(&vad, &vad_prm);
	CHECK_U64(0, voiced_frames(&vad, 50, -70, LEVEL_SILENCE_DB));

	/* Our prompt at -18 dB comes back 20 dB weaker. */
	CHECK_U64(0, voiced_frames(&vad, 50, -38, -18));

	/* The last of it comes back after we have stopped. */
	CHECK_U64(0, voiced_frames(&vad, 5, -38, LEVEL_SILENCE_DB));

	/* The callee speaks over our prompt. */
	CHECK_U64(0, voiced_frames(&vad, 50, -70, LEVEL_SILENCE_DB));
	CHECK(voiced_frames(&vad, 20, -24, -18) >= 19);

out:
	return err;
}

/* Where nothing of our prompt comes back, a quiet callee is heard over it. */
int test_vad_learns_how_little_comes_back(void)
{
	struct vad vad;
	int err = 0;

	vad_init(&vad, &vad_prm);
	(void)voiced_frames(&vad, 50, -60, LEVEL_SILENCE_DB);
	CHECK_U64(0, voiced_frames(&vad, 10, -40, -15));
	(void)voiced_frames(&vad, 50, -60, LEVEL_SILENCE_DB);
	CHECK_U64(0, voiced_frames(&vad, 100, -60, -15));
	CHECK(voiced_frames(&vad, 20, -40, -15) >= 18);

out:
	return err;
}

/* Of noise that comes and goes the loud parts count. */
int test_vad_learns_how_loud_noise_gets(void)
{
	struct vad vad;
	int err = 0;

	vad_init(&vad, &vad_prm);
	(void)voiced_frames(&vad, 100, -52, LEVEL_SILENCE_DB);
	CHECK(voiced_frames(&vad, 1, -38, LEVEL_SILENCE_DB) == 1);

	vad_init(&vad, &vad_prm);
	for (unsigned i = 0; i < 50; i++) {
		(void)voiced_frames(&vad, 3, -52, LEVEL_SILENCE_DB);
		(void)voiced_frames(&vad, 3, -40, LEVEL_SILENCE_DB);
	}
	CHECK_U64(0, voiced_frames(&vad, 10, -38, LEVEL_SILENCE_DB));
	CHECK_U64(10, voiced_frames(&vad, 10, -26, LEVEL_SILENCE_DB));

out:
	return err;
}

/* vad_filter 0.2: what is 14 dB weaker than the callee is not the callee. */
int test_vad_filter_knows_the_callee(void)
{
	struct vad vad;
	int err = 0;

	for (unsigned i = 0; i < 2; i++) {
		vad_init(&vad, &vad_prm);
		vad_filter_set(&vad, i ? 0.2F : 0);
		(void)voiced_frames(&vad, 100, -60, LEVEL_SILENCE_DB);
		(void)voiced_frames(&vad, 50, -20, LEVEL_SILENCE_DB);
		(void)voiced_frames(&vad, 200, -60, LEVEL_SILENCE_DB);
		CHECK_U64(i ? 0 : 10,
		          voiced_frames(&vad, 10, -38, LEVEL_SILENCE_DB));
		CHECK_U64(10, voiced_frames(&vad, 10, -28, LEVEL_SILENCE_DB));
	}

out:
	return err;
}

/* A frame of noise, or of a voice over it. */
static void frame_fill(int16_t *frame, size_t n, bool is_voice)
{
	static uint32_t seed = 1;

	for (size_t i = 0; i < n; i++) {
		seed = seed * 1664525 + 1013904223;
		frame[i] = (int16_t)((int32_t)(seed >> 22) - 512);
		if (is_voice && i * 160 / n / 4 % 8 < 4)
			frame[i] = (int16_t)(frame[i] + 4000);
	}
}

/* What the last of 190 frames of noise and of ten of voice behind it lose. */
static int denoise_losses(size_t n, float *noise_dbp, float *voice_dbp)
{
	struct denoise *denoise;
	int16_t frame[320];
	int err;

	err = denoise_alloc(&denoise);
	if (err)
		return err;

	for (unsigned i = 0; i < 200; i++) {
		float in_db;

		frame_fill(frame, n, i >= 190);
		in_db = level_db(frame, n);
		*(i < 190 ? noise_dbp : voice_dbp) =
			in_db - denoise_level_db(denoise, frame, n, in_db,
		                                 LEVEL_SILENCE_DB);
	}
	mem_deref(denoise);

	return 0;
}

/* Steady noise goes, a voice over it stays, at either rate. */
int test_denoise_levels(void)
{
	int err = 0;

	for (size_t n = 160; n <= 320; n += 160) {
		float noise_db = 0, voice_db = 0;

		err = denoise_losses(n, &noise_db, &voice_db);
		CHECK_ERR(0, err);
		CHECK(noise_db > 10);
		CHECK(voice_db < 6);
	}

out:
	return err;
}

int test_vad_steady_noise_becomes_floor(void)
{
	struct vad vad;
	int err = 0;

	/* A fan is switched on: 15 dB over the floor. After 15 seconds it
	 * must not hold the line open any more. */
	vad_init(&vad, &vad_prm);
	(void)voiced_frames(&vad, 100, -55, LEVEL_SILENCE_DB);
	(void)voiced_frames(&vad, 15 * 50, -40, LEVEL_SILENCE_DB);
	CHECK_U64(0, voiced_frames(&vad, 50, -40, LEVEL_SILENCE_DB));

	/* Somebody speaks in front of it. */
	CHECK(voiced_frames(&vad, 50, -22, LEVEL_SILENCE_DB) >= 49);

out:
	return err;
}

/* 'v' is a frame with voice, '.' one without; what comes out per frame: S
 * start, E end, L too long, '-' nothing. */
int test_endpoint_table(void)
{
	static const struct {
		const char *why;
		const char *in;
		const char *events;
	} rowv[] = {
		/* clang-format off */
		{"three frames of voice start it",  "vvv",        "--S"},
		{"a click does not",                "v..v..v..",  "---------"},
		{"syllables add up",                "vv.vv",      "----S"},
		{"silence ends it",                 "vvv....",    "--S---E"},
		{"a short pause does not",          "vvv...vv.", "--S------"},
		{"a click does not prolong it",     "vvv..v.",    "--S---E"},
		{"too long is cut",                 "vvvvvvvvvv", "--S------L"},
		{"and goes on as a new one", "vvvvvvvvvvvvv", "--S------L--S"},
		{"after the end it can start anew", "vvv....vvv", "--S---E--S"},
		/* clang-format on */
	};
	static const struct endpoint_prm prm = {
		.min_active_ms = 60,
		.end_silence_ms = 80,
		.max_speech_ms = 200,
	};
	static const char letterv[] = {'-', 'S', 'E', 'L'};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct endpoint ep;
		char events[32] = "";

		endpoint_init(&ep, &prm);
		for (size_t k = 0; rowv[i].in[k]; k++)
			events[k] = letterv[endpoint_feed(&ep, rowv[i].in[k] ==
			                                               'v')];

		if (strcmp(events, rowv[i].events))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(rowv[i].events, events);
	}

out:
	return err;
}
