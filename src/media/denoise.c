/*
 * media/denoise.c - how loud a frame is without the noise in it
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <speex/speex_preprocess.h>
#include "base/mem.h"
#include "media/denoise.h"
#include "media/level.h"

enum {
	SUPPRESS_DB = -25,
	RATE_HZ = 8000,
	SAMPLES = RATE_HZ / 50,
	LEARN_EVERY = 4,
};

struct denoise {
	SpeexPreprocessState *state;
	unsigned frames;
};

static void destructor(void *arg)
{
	struct denoise *denoise = arg;

	if (denoise->state)
		speex_preprocess_state_destroy(denoise->state);
}

int denoise_alloc(struct denoise **denoisep)
{
	struct denoise *denoise;
	int suppress_db = SUPPRESS_DB;

	assert(denoisep);

	denoise = mem_zalloc(sizeof(*denoise), destructor);
	if (!denoise)
		return ENOMEM;

	denoise->state = speex_preprocess_state_init(SAMPLES, RATE_HZ);
	if (!denoise->state) {
		mem_deref(denoise);
		return ENOMEM;
	}
	(void)speex_preprocess_ctl(denoise->state,
	                           SPEEX_PREPROCESS_SET_NOISE_SUPPRESS,
	                           &suppress_db);
	*denoisep = denoise;

	return 0;
}

float denoise_level_db(struct denoise *denoise, const int16_t *pcm, size_t n,
                       float in_db, float limit_db)
{
	const size_t step = n / SAMPLES;
	int16_t clean[SAMPLES];

	assert(n == step * SAMPLES);

	if (denoise->frames++ % LEARN_EVERY && in_db <= limit_db)
		return in_db;

	/* For a level an average is filter enough. */
	for (size_t i = 0; i < SAMPLES; i++) {
		int32_t sum = 0;

		for (size_t k = 0; k < step; k++)
			sum += pcm[i * step + k];
		clean[i] = (int16_t)(sum / (int32_t)step);
	}
	(void)speex_preprocess_run(denoise->state, clean);

	return level_db(clean, SAMPLES);
}
