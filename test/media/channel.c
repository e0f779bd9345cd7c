/*
 * test/media/channel.c - what a telephone line does to sound
 */
#include <math.h>
#include <string.h>
#include "channel.h"
#include "media/codec.h"
#include "media/conceal.h"

static const double PI = 3.14159265358979323846;

double channel_draw(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;

	return *seed / 4294967296.0;
}

static int16_t clipped(double x)
{
	return (int16_t)lrint(fmax(fmin(x, 32767), -32768));
}

/* Twelve evenly drawn numbers make a normal one. */
static void noise_add(int16_t *pcm, size_t n, double db, uint32_t *seed)
{
	double rms = 32768 * pow(10, db / 20);

	for (size_t i = 0; i < n; i++) {
		double x = -6;

		for (int k = 0; k < 12; k++)
			x += channel_draw(seed);
		pcm[i] = clipped(pcm[i] + rms * x);
	}
}

static void g711_pass(int16_t *frame)
{
	const struct codec *codec = codec_find("PCMA", 8000);
	uint8_t bytes[CHANNEL_FRAME];
	size_t len = sizeof(bytes), n = CHANNEL_FRAME;

	(void)codec->encode(NULL, bytes, &len, frame, CHANNEL_FRAME);
	(void)codec->decode(NULL, frame, &n, bytes, len);
}

void channel_pass(int16_t *pcm, size_t n, const struct channel_prm *prm)
{
	uint32_t seed = prm->seed ? prm->seed : 1;
	struct conceal conceal;

	if (prm->noise_db < 0)
		noise_add(pcm, n, prm->noise_db, &seed);

	conceal_init(&conceal);
	for (size_t i = 0; i + CHANNEL_FRAME <= n; i += CHANNEL_FRAME) {
		if (prm->has_g711)
			g711_pass(pcm + i);
		if (prm->loss <= 0)
			continue;
		if (channel_draw(&seed) < prm->loss)
			conceal_fill(&conceal, pcm + i, CHANNEL_FRAME);
		else
			conceal_heard(&conceal, pcm + i, CHANNEL_FRAME);
	}
}

void channel_sine(int16_t *pcm, size_t n, double hz, double db)
{
	const size_t edge = CHANNEL_RATE_HZ / 500;
	double peak = 32768 * pow(10, db / 20) * sqrt(2);

	for (size_t i = 0; i < n; i++) {
		size_t near = i < n - 1 - i ? i : n - 1 - i;
		double gain = near < edge ? (double)near / (double)edge : 1;

		pcm[i] = clipped(pcm[i] + peak * gain *
		                                  sin(2 * PI * hz * (double)i /
		                                      CHANNEL_RATE_HZ));
	}
}

double channel_level_db(const int16_t *pcm, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)pcm[i] * pcm[i];

	return sum > 0 ? 10 * log10(sum / (double)n / (32768.0 * 32768.0))
	               : -96;
}
