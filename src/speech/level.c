/*
 * speech/level.c - pure: how loud speech is, and where in a sound it stands
 *
 * Everything is measured on frames of 10 ms. Loudness is the RMS of the loud
 * frames alone: a sentence with long pauses is not louder for it.
 */
#include <assert.h>
#include <math.h>
#include "base/mem.h"
#include "speech/level.h"

enum {
	FRAMES_PER_S = 100,
	BINS = 100, /* of the histogram of frame levels, 1 dB each */
};

/* Speech keeps within 25 dB below its loud frames; a click of one frame is
 * none. Both sides of a frame are measured in dB of RMS, 1.0 = 0 dB. */
static const double loud_below_db = 20;
static const double speech_below_db = 25;
static const double above_floor_db = 8;
static const double clean_db = 30;
static const double silence_db = 30; /* RMS of 32: nobody speaks so softly */

struct levels {
	double mean;
	size_t size; /* samples in a frame */
	size_t framec;
	double loud_db;
	double floor_db;
};

static double frame_db(const struct levels *lv, const int16_t *pcm, size_t i)
{
	const int16_t *p = pcm + i * lv->size;
	double sum = 0;

	for (size_t k = 0; k < lv->size; k++) {
		double x = p[k] - lv->mean;

		sum += x * x;
	}

	return 10 * log10(sum / (double)lv->size + 1);
}

/* The level that `share` of the frames stay below. */
static double share_db(const size_t binv[BINS], size_t framec, double share)
{
	size_t below = (size_t)(share * (double)framec), seen = 0;

	for (unsigned i = 0; i < BINS; i++) {
		seen += binv[i];
		if (seen > below)
			return i;
	}

	return BINS;
}

static void measure(struct levels *lv, const int16_t *pcm, size_t count,
                    uint32_t rate_hz)
{
	size_t binv[BINS] = {0};
	double sum = 0;

	assert(rate_hz >= FRAMES_PER_S);

	for (size_t i = 0; i < count; i++)
		sum += pcm[i];

	lv->mean = count ? sum / (double)count : 0;
	lv->size = rate_hz / FRAMES_PER_S;
	lv->framec = count / lv->size;

	for (size_t i = 0; i < lv->framec; i++)
		binv[(unsigned)frame_db(lv, pcm, i)]++;

	/* Not the loudest: a click must not make the rest look silent. */
	lv->loud_db = share_db(binv, lv->framec, 0.95);
	lv->floor_db = share_db(binv, lv->framec, 0.05);
}

void level_find_speech(struct level_span *span, const int16_t *pcm,
                       size_t count, uint32_t rate_hz, unsigned pad_ms)
{
	size_t pad = (size_t)rate_hz * pad_ms / 1000;
	size_t first = 0, behind = 0, run = 0;
	struct levels lv;
	double limit_db;

	*span = (struct level_span){0};
	measure(&lv, pcm, count, rate_hz);

	limit_db = lv.loud_db - speech_below_db;
	/* A sound that is speech from end to end has no floor to rise above. */
	if (lv.loud_db - lv.floor_db > 2 * above_floor_db)
		limit_db = fmax(limit_db, lv.floor_db + above_floor_db);
	limit_db = fmax(limit_db, silence_db);

	for (size_t i = 0; i < lv.framec; i++) {
		run = frame_db(&lv, pcm, i) >= limit_db ? run + 1 : 0;
		if (run < 3)
			continue;
		if (!behind)
			first = i - 2;
		behind = i + 1;
	}
	if (!behind)
		return;

	span->begin = first * lv.size > pad ? first * lv.size - pad : 0;
	span->end = behind * lv.size + pad;
	if (span->end > count)
		span->end = count;
	span->is_clean = lv.loud_db - lv.floor_db >= clean_db;
}

void level_set(int16_t *pcm, size_t count, uint32_t rate_hz, double rms)
{
	double sum = 0, peak = 0, gain, from_db;
	struct levels lv;
	size_t framec = 0;

	measure(&lv, pcm, count, rate_hz);
	if (lv.loud_db < silence_db)
		return;

	from_db = lv.loud_db - loud_below_db;
	for (size_t i = 0; i < lv.framec; i++) {
		double db = frame_db(&lv, pcm, i);

		if (db < from_db)
			continue;
		sum += pow(10, db / 10);
		framec++;
	}
	for (size_t i = 0; i < count; i++)
		peak = fmax(peak, fabs(pcm[i] - lv.mean));

	gain = rms / sqrt(sum / (double)framec);
	gain = fmin(gain, LEVEL_PEAK_MAX / peak);
	for (size_t i = 0; i < count; i++)
		pcm[i] = (int16_t)lrint((pcm[i] - lv.mean) * gain);
}
