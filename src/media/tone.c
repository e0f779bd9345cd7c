/*
 * media/tone.c - tones described in words, rendered to samples
 */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include "media/tone.h"

enum {
	DIGITS_MAX = 6, /* of a number in a description */
	HZ_MIN = 20,
	HZ_MAX = 4000,
	RAMP_MS = 4,
	LEVEL_MIN_DB = 63,
};

static const float DEFAULT_LEVEL_DB = -13.0F; /* of a dial tone on a line */
static const float FULL = 32767.0F;
static const float TURN = 6.28318530718F;

static bool number(const char **pp, uint32_t *valuep)
{
	const char *p = *pp;
	uint32_t value = 0;
	size_t n = 0;

	for (; *p >= '0' && *p <= '9' && n < DIGITS_MAX; p++, n++)
		value = 10 * value + (uint32_t)(*p - '0');
	if (!n || (*p >= '0' && *p <= '9'))
		return false;

	*pp = p;
	*valuep = value;

	return true;
}

static bool skip(const char **pp, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*pp, word, len))
		return false;

	*pp += len;

	return true;
}

/* Behind "%(". */
static bool part_parse(struct tone_part *part, const char **pp)
{
	if (!number(pp, &part->on_ms) || !skip(pp, ","))
		return false;
	if (!number(pp, &part->off_ms))
		return false;

	while (part->hzc < TONE_FREQUENCIES && skip(pp, ",")) {
		uint32_t *hz = &part->hzv[part->hzc++];

		if (!number(pp, hz) || *hz < HZ_MIN || *hz > HZ_MAX)
			return false;
	}

	return part->hzc && skip(pp, ")");
}

static int parts_parse(struct tone *tone, const char *p)
{
	float level_db = DEFAULT_LEVEL_DB;
	uint32_t value;

	do {
		struct tone_part part = {.level_db = level_db};

		if (skip(&p, "%(")) {
			if (!part_parse(&part, &p))
				return EINVAL;
			if (tone->partc == TONE_PARTS)
				return E2BIG;
			tone->partv[tone->partc++] = part;
		}
		else if (skip(&p, "v=-")) {
			if (!number(&p, &value) || value > LEVEL_MIN_DB)
				return EINVAL;
			level_db = -(float)value;
		}
		else if (skip(&p, "loops=")) {
			if (!number(&p, &tone->loops) || !tone->loops)
				return EINVAL;
		}
	} while (skip(&p, ";"));

	return *p || !tone->partc ? EINVAL : 0;
}

static uint64_t length_ms(const struct tone *tone)
{
	uint64_t ms = 0;

	for (size_t i = 0; i < tone->partc; i++)
		ms += tone->partv[i].on_ms + tone->partv[i].off_ms;

	return ms * tone->loops;
}

int tone_parse(struct tone *tone, const char *text)
{
	struct tone fresh = {.loops = 1};
	int err;

	assert(tone && text);

	err = parts_parse(&fresh, text);
	if (err)
		return err;
	if (length_ms(&fresh) > TONE_MS_MAX)
		return E2BIG;

	*tone = fresh;

	return 0;
}

static size_t samples_of(uint32_t ms, uint32_t rate_hz)
{
	return (size_t)ms * rate_hz / 1000;
}

size_t tone_samples(const struct tone *tone, uint32_t rate_hz)
{
	size_t n = 0;

	for (size_t i = 0; i < tone->partc; i++) {
		n += samples_of(tone->partv[i].on_ms, rate_hz);
		n += samples_of(tone->partv[i].off_ms, rate_hz);
	}

	return n * tone->loops;
}

/* 0 to 1 over the first and the last RAMP_MS. */
static float ramp(size_t i, size_t n, uint32_t rate_hz)
{
	size_t edge = samples_of(RAMP_MS, rate_hz);
	size_t from_edge = i < n - i ? i : n - i;

	return from_edge < edge ? (float)from_edge / (float)edge : 1.0F;
}

static void part_render(const struct tone_part *part, uint32_t rate_hz,
                        int16_t *pcm, size_t n)
{
	float peak =
		FULL * powf(10.0F, part->level_db / 20.0F) / (float)part->hzc;

	for (size_t i = 0; i < n; i++) {
		float sum = 0;

		for (size_t k = 0; k < part->hzc; k++) {
			/* In whole samples of a second: the argument stays
			 * small, so that a float holds it. */
			uint64_t at = (uint64_t)part->hzv[k] * i % rate_hz;

			sum += sinf(TURN * (float)at / (float)rate_hz);
		}
		pcm[i] = (int16_t)(peak * ramp(i, n, rate_hz) * sum);
	}
}

void tone_render(const struct tone *tone, uint32_t rate_hz, int16_t *pcm)
{
	assert(tone && rate_hz && pcm);

	for (uint32_t loop = 0; loop < tone->loops; loop++) {
		for (size_t i = 0; i < tone->partc; i++) {
			const struct tone_part *part = &tone->partv[i];
			size_t on = samples_of(part->on_ms, rate_hz);
			size_t off = samples_of(part->off_ms, rate_hz);

			part_render(part, rate_hz, pcm, on);
			memset(pcm + on, 0, off * sizeof(*pcm));
			pcm += on + off;
		}
	}
}

void tone_beep(int16_t *pcm, size_t n, uint32_t rate_hz, uint32_t hz)
{
	const struct tone_part part = {
		.level_db = DEFAULT_LEVEL_DB,
		.hzv = {hz},
		.hzc = 1,
	};

	part_render(&part, rate_hz, pcm, n);
}
