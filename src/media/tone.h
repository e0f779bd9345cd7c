/*
 * media/tone.h - tones described in words, rendered to samples
 *
 * The description is that of FreeSWITCH's tone_stream without its scheme:
 * "%(500,500,425);loops=2" is 500 ms of 425 Hz and 500 ms of silence, twice.
 * Parts are separated by ';': "%(on,off,f1[,f2[,f3]])" (ms, ms, Hz), "v=-12"
 * (level in dB for what follows) and "loops=N" (of the whole).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	TONE_MS_MAX = 60000, /* of the whole, loops included */
	TONE_PARTS = 16,
	TONE_FREQUENCIES = 3,
};

struct tone_part {
	uint32_t on_ms, off_ms;
	float level_db;
	uint32_t hzv[TONE_FREQUENCIES];
	size_t hzc;
};

struct tone {
	struct tone_part partv[TONE_PARTS];
	size_t partc;
	uint32_t loops;
};

/* Returns EINVAL for what is no tone, E2BIG for too many parts or longer
 * than TONE_MS_MAX; tone is untouched then. */
int tone_parse(struct tone *tone, const char *text);

size_t tone_samples(const struct tone *tone, uint32_t rate_hz);

/* Writes tone_samples() samples. Edges are ramped over 4 ms: no clicks. */
void tone_render(const struct tone *tone, uint32_t rate_hz, int16_t *pcm);

/* One beep of a frequency; n = rate_hz * ms / 1000 samples. */
void tone_beep(int16_t *pcm, size_t n, uint32_t rate_hz, uint32_t hz);
