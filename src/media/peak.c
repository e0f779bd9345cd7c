/*
 * media/peak.c - the strongest sines in a moment of sound
 *
 * A Hann window, whose main lobe is 5 bins wide and whose ratio of
 * neighbouring bins gives the frequency between them (Grandke 1983).
 */
#include <assert.h>
#include <math.h>
#include <string.h>
#include "media/peak.h"

enum {
	BINS = PEAK_WINDOW / 2,
	HALF = PEAK_WINDOW / 2, /* points of the transform */
	BITS = 7,               /* of their numbers */
	BIN_FIRST = 7,          /* 219 Hz: below is mains hum and wind */
	LOBE = 2, /* bins on either side of a peak that are its own */
};

static const float BIN_HZ = (float)PEAK_RATE_HZ / PEAK_WINDOW;
static const float PI = 3.14159265F;

static uint8_t reversed(unsigned i)
{
	unsigned r = 0;

	for (int bit = 0; bit < BITS; bit++)
		r |= ((i >> bit) & 1U) << (BITS - 1 - bit);

	return (uint8_t)r;
}

void peak_init(struct peak_tables *tables)
{
	for (int i = 0; i < PEAK_WINDOW; i++)
		tables->windowv[i] =
			0.5F - 0.5F * cosf(2 * PI * (float)i / PEAK_WINDOW);
	for (int i = 0; i < PEAK_WINDOW / 2; i++) {
		tables->cosv[i] = cosf(2 * PI * (float)i / PEAK_WINDOW);
		tables->sinv[i] = -sinf(2 * PI * (float)i / PEAK_WINDOW);
		tables->reversedv[i] = reversed((unsigned)i);
	}
}

static void butterflies(const struct peak_tables *tables, float *re, float *im,
                        size_t half)
{
	const size_t step = PEAK_WINDOW / 2 / half;

	for (size_t first = 0; first < HALF; first += 2 * half) {
		for (size_t k = 0; k < half; k++) {
			const size_t a = first + k, b = a + half;
			const float c = tables->cosv[k * step];
			const float s = tables->sinv[k * step];
			const float x = re[b] * c - im[b] * s;
			const float y = re[b] * s + im[b] * c;

			re[b] = re[a] - x;
			im[b] = im[a] - y;
			re[a] += x;
			im[a] += y;
		}
	}
}

/* A real sound needs a transform of half its length: even samples are its real
 * parts, odd ones its imaginary parts, and what both give is taken apart. */
static void spectrum(const struct peak_tables *tables,
                     const int16_t pcm[PEAK_WINDOW], float power[BINS])
{
	float re[HALF], im[HALF];

	for (unsigned i = 0; i < HALF; i++) {
		const unsigned to = tables->reversedv[i];

		re[to] = (float)pcm[2 * i] * tables->windowv[2 * i];
		im[to] = (float)pcm[2 * i + 1] * tables->windowv[2 * i + 1];
	}
	for (size_t half = 1; half < HALF; half *= 2)
		butterflies(tables, re, im, half);

	for (size_t k = 0; k < BINS; k++) {
		const size_t m = (HALF - k) % HALF;
		const float even_re = (re[k] + re[m]) / 2;
		const float even_im = (im[k] - im[m]) / 2;
		const float odd_re = (im[k] + im[m]) / 2;
		const float odd_im = (re[m] - re[k]) / 2;
		const float c = tables->cosv[k], s = tables->sinv[k];
		const float x = even_re + odd_re * c - odd_im * s;
		const float y = even_im + odd_re * s + odd_im * c;

		power[k] = x * x + y * y;
	}
}

/* Takes the strongest peak out of the spectrum. */
static struct peak take(float power[BINS], float total)
{
	struct peak peak = {0};
	size_t top = BIN_FIRST;
	float left, right, sum = 0;

	for (size_t k = BIN_FIRST; k < BINS - 1; k++) {
		if (power[k] > power[top])
			top = k;
	}
	if (power[top] <= 0)
		return peak;

	left = sqrtf(power[top - 1]);
	right = sqrtf(power[top + 1]);
	if (right > left) {
		float r = right / sqrtf(power[top]);

		peak.hz = (float)top + (2 * r - 1) / (1 + r);
	}
	else {
		float r = left / sqrtf(power[top]);

		peak.hz = (float)top - (2 * r - 1) / (1 + r);
	}
	peak.hz *= BIN_HZ;

	for (size_t k = top - LOBE; k <= top + LOBE && k < BINS; k++) {
		sum += power[k];
		power[k] = 0;
	}
	peak.share = sum / total;

	return peak;
}

void peak_find(const struct peak_tables *tables, const int16_t pcm[PEAK_WINDOW],
               struct peak peakv[PEAKS])
{
	float power[BINS];
	float total = 0;

	assert(tables && pcm && peakv);

	memset(peakv, 0, PEAKS * sizeof(*peakv));
	spectrum(tables, pcm, power);
	for (size_t k = BIN_FIRST - LOBE; k < BINS; k++)
		total += power[k];
	if (total <= 0)
		return;

	for (size_t i = 0; i < PEAKS; i++)
		peakv[i] = take(power, total);
}
