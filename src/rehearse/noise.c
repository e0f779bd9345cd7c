/*
 * rehearse/noise.c - sounds that are no speech, made by rule
 */
#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include "rehearse/noise.h"

enum {
	BABBLE_TALKERS = 8,
	BEEP_HZ = 1000,
	CAR_CUT_HZ = 250,
	CAR_ENGINE_HZ = 82, /* four cylinders at 2500 a minute */
	EDGE_SAMPLES = NOISE_RATE_HZ / 100, /* 10 ms: no click */
	GAIN_ONE = 65536,
};

static const double PI = 3.14159265358979323846;

/* One voice of the babble: pulses of the vocal cords through two resonances
 * that move with each syllable. */
struct talker {
	double pitch_hz;
	double phase;      /* 0 to 1 within a pulse */
	double loudness;   /* of this syllable */
	uint32_t left;     /* samples of this syllable */
	double a[2], b[2]; /* resonators: y = x + a*y1 + b*y2 */
	double y[2][2];
};

/* xorshift32 (Marsaglia 2003): enough for noise, and the same everywhere. */
static uint32_t draw(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;

	return *state;
}

static double draw_between(uint32_t *state, double low, double high)
{
	return low + (high - low) * (draw(state) / 4294967296.0);
}

static void resonance_set(struct talker *talker, size_t i, double hz,
                          double width_hz)
{
	double r = exp(-PI * width_hz / NOISE_RATE_HZ);

	talker->a[i] = 2 * r * cos(2 * PI * hz / NOISE_RATE_HZ);
	talker->b[i] = -r * r;
}

static void syllable_begin(struct talker *talker, uint32_t *state)
{
	bool is_pause = draw_between(state, 0, 1) < 0.25;

	talker->left = (uint32_t)draw_between(state, 0.08 * NOISE_RATE_HZ,
	                                      0.25 * NOISE_RATE_HZ);
	talker->loudness = is_pause ? 0 : draw_between(state, 0.4, 1);
	resonance_set(talker, 0, draw_between(state, 300, 800), 80);
	resonance_set(talker, 1, draw_between(state, 900, 2400), 120);
}

static double talker_next(struct talker *talker, uint32_t *state)
{
	double x;

	if (!talker->left)
		syllable_begin(talker, state);
	talker->left--;

	talker->phase += talker->pitch_hz / NOISE_RATE_HZ;
	x = 0;
	if (talker->phase >= 1) {
		talker->phase -= 1;
		x = talker->loudness;
	}

	for (size_t i = 0; i < 2; i++) {
		double *y = talker->y[i];

		x += talker->a[i] * y[0] + talker->b[i] * y[1];
		y[1] = y[0];
		y[0] = x;
	}

	return x;
}

/* Two passes with the same start: the first measures, the second writes at
 * the level wanted, so no buffer of doubles is needed. */
static double white_pass(int16_t *pcm, size_t n, uint32_t state, double gain)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		double x = draw_between(&state, -1, 1);

		sum += x * x;
		if (pcm)
			pcm[i] = (int16_t)lrint(x * gain);
	}

	return sum;
}

static double babble_pass(int16_t *pcm, size_t n, uint32_t state, double gain)
{
	struct talker talkerv[BABBLE_TALKERS] = {{0}};
	double sum = 0;

	for (size_t t = 0; t < BABBLE_TALKERS; t++)
		talkerv[t].pitch_hz = draw_between(&state, 90, 230);

	for (size_t i = 0; i < n; i++) {
		double x = 0;

		for (size_t t = 0; t < BABBLE_TALKERS; t++)
			x += talker_next(&talkerv[t], &state);

		sum += x * x;
		if (pcm)
			pcm[i] = (int16_t)fmax(fmin(lrint(x * gain), 32767),
			                       -32768);
	}

	return sum;
}

/* Wind and wheels are noise without treble; the engine hums through it. */
static double car_pass(int16_t *pcm, size_t n, uint32_t state, double gain)
{
	const double part = 1 - exp(-2 * PI * CAR_CUT_HZ / NOISE_RATE_HZ);
	double once = 0, twice = 0, sum = 0;

	for (size_t i = 0; i < n; i++) {
		double at = 2 * PI * CAR_ENGINE_HZ * (double)i / NOISE_RATE_HZ;
		double x;

		once += part * (draw_between(&state, -1, 1) - once);
		twice += part * (once - twice);
		x = twice + 0.03 * sin(at) + 0.02 * sin(2 * at);

		sum += x * x;
		if (pcm)
			pcm[i] = (int16_t)lrint(x * gain);
	}

	return sum;
}

void noise_fill(enum noise_kind kind, int16_t *pcm, size_t n, uint32_t seed)
{
	static double (*const passv[NOISE_KINDS])(int16_t *, size_t, uint32_t,
	                                          double) = {
		[NOISE_WHITE] = white_pass,
		[NOISE_BABBLE] = babble_pass,
		[NOISE_CAR] = car_pass,
	};
	double rms = 32768 * pow(10, NOISE_LEVEL_DB / 20.0);
	double sum;

	assert(kind < NOISE_KINDS && n);

	seed = seed ? seed : 1; /* xorshift stays at zero */
	sum = passv[kind](NULL, n, seed, 0);
	(void)passv[kind](pcm, n, seed, rms / sqrt(sum / (double)n));
}

void noise_beep(int16_t *pcm, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t edge = i < n - 1 - i ? i : n - 1 - i;
		double gain =
			edge < EDGE_SAMPLES ? (double)edge / EDGE_SAMPLES : 1;

		pcm[i] = (int16_t)lrint(
			8000 * gain *
			sin(2 * PI * BEEP_HZ * (double)i / NOISE_RATE_HZ));
	}
}

uint32_t noise_gain(int level_db)
{
	return (uint32_t)lrint(GAIN_ONE *
	                       pow(10, (level_db - NOISE_LEVEL_DB) / 20.0));
}
