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
#include "media/peak_tables.h"

enum {
	BINS = PEAK_HALF,
	BIN_FIRST = 7, /* 219 Hz: below is mains hum and wind */
	LOBE = 2,      /* bins on either side of a peak that are its own */
	LANES = 4,     /* sums side by side, as processors like them */
	DATA_FIRST = 48,
	DATA_LAST = 73,
};

static_assert((BINS - BIN_FIRST - 1) % LANES == 0 && BINS % LANES == 0,
              "the bins fill the lanes");

static const float BIN_HZ = (float)PEAK_RATE_HZ / PEAK_WINDOW;

/* The first two stages, whose factors are 1 and -i. */
static void fours(float re[PEAK_HALF], float im[PEAK_HALF],
                  const float windowed[PEAK_WINDOW])
{
	for (size_t i = 0; i < PEAK_HALF; i += 4) {
		const float *a = &windowed[2 * peak_placev[i]];
		const float *b = &windowed[2 * peak_placev[i + 1]];
		const float *c = &windowed[2 * peak_placev[i + 2]];
		const float *d = &windowed[2 * peak_placev[i + 3]];
		const float re0 = a[0] + b[0], im0 = a[1] + b[1];
		const float re1 = a[0] - b[0], im1 = a[1] - b[1];
		const float re2 = c[0] + d[0], im2 = c[1] + d[1];
		const float re3 = c[0] - d[0], im3 = c[1] - d[1];

		re[i] = re0 + re2;
		im[i] = im0 + im2;
		re[i + 1] = re1 + im3;
		im[i + 1] = im1 - re3;
		re[i + 2] = re0 - re2;
		im[i + 2] = im0 - im2;
		re[i + 3] = re1 - im3;
		im[i + 3] = im1 + re3;
	}
}

/* Joins two parts of half points. */
static void join(float *restrict re, float *restrict im, size_t half)
{
	const float *cosv = &peak_cosv[half], *sinv = &peak_sinv[half];
	float *restrict re_b = re + half, *restrict im_b = im + half;

	for (size_t k = 0; k < half; k++) {
		const float x = re_b[k] * cosv[k] - im_b[k] * sinv[k];
		const float y = re_b[k] * sinv[k] + im_b[k] * cosv[k];

		re_b[k] = re[k] - x;
		im_b[k] = im[k] - y;
		re[k] += x;
		im[k] += y;
	}
}

/* A real sound needs a transform of half its length: even samples are its real
 * parts, odd ones its imaginary parts, and what both give is taken apart. */
static void spectrum(const int16_t pcm[PEAK_WINDOW], float power[BINS])
{
	float windowed[PEAK_WINDOW], re[PEAK_HALF], im[PEAK_HALF];

	for (size_t i = 0; i < PEAK_WINDOW; i++)
		windowed[i] = (float)pcm[i] * peak_windowv[i];
	fours(re, im, windowed);
	for (size_t half = 4; half < PEAK_HALF; half *= 2) {
		for (size_t first = 0; first < PEAK_HALF; first += 2 * half)
			join(re + first, im + first, half);
	}

	power[0] = 0;
	for (size_t k = 1; k <= PEAK_HALF / 2; k++) {
		const size_t m = PEAK_HALF - k;
		const float even_re = re[k] + re[m], even_im = im[k] - im[m];
		const float odd_re = im[k] + im[m], odd_im = re[m] - re[k];
		const float c = peak_part_cosv[k], s = peak_part_sinv[k];
		const float x = odd_re * c - odd_im * s;
		const float y = odd_re * s + odd_im * c;

		power[m] = (even_re - x) * (even_re - x) +
		           (even_im - y) * (even_im - y);
		power[k] = (even_re + x) * (even_re + x) +
		           (even_im + y) * (even_im + y);
	}
}

static float sum_of(const float power[BINS])
{
	float sumv[LANES] = {0};

	for (size_t i = 0; i < BINS; i += LANES) {
		for (size_t lane = 0; lane < LANES; lane++)
			sumv[lane] += power[i + lane];
	}

	return (sumv[0] + sumv[1]) + (sumv[2] + sumv[3]);
}

static size_t strongest(const float power[BINS])
{
	float topv[LANES] = {0}, top = power[BIN_FIRST];
	size_t k = BIN_FIRST;

	for (size_t i = BIN_FIRST + 1; i < BINS; i += LANES) {
		for (size_t lane = 0; lane < LANES; lane++) {
			const float p = power[i + lane];

			topv[lane] = p > topv[lane] ? p : topv[lane];
		}
	}
	for (size_t lane = 0; lane < LANES; lane++)
		top = topv[lane] > top ? topv[lane] : top;
	while (power[k] < top)
		k++;

	return k;
}

/* Takes the strongest peak out of the spectrum. */
static struct peak take(float power[BINS], float total)
{
	struct peak peak = {0};
	const size_t top = strongest(power);
	float left, right, sum = 0;

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

void peaks_find(struct peaks *peaks, const int16_t pcm[PEAK_WINDOW])
{
	float power[BINS];
	float total, data = 0;

	assert(peaks && pcm);

	memset(peaks, 0, sizeof(*peaks));
	spectrum(pcm, power);
	memset(power, 0, (BIN_FIRST - LOBE) * sizeof(*power));
	power[BINS - 1] = 0;
	total = sum_of(power);
	if (total <= 0)
		return;

	for (size_t k = DATA_FIRST; k <= DATA_LAST; k++)
		data += power[k];
	peaks->data_share = data / total;
	for (size_t i = 0; i < PEAKS; i++)
		peaks->peakv[i] = take(power, total);
}
