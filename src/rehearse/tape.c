/*
 * rehearse/tape.c - what a person said and heard
 */
#include <assert.h>
#include <stdio.h>
#include "base/mem.h"
#include "base/wav.h"
#include "phone/phone.h"
#include "rehearse/tape.h"

enum {
	TICK_SAMPLES = TAPE_RATE_HZ / 1000 * PHONE_TICK_MS,
	SAMPLES_MAX = TAPE_RATE_HZ * TAPE_MAX_S,
	PATH_SIZE = 4096,
};

struct tape {
	size_t count;
	int16_t saidv[SAMPLES_MAX];
	int16_t heardv[SAMPLES_MAX];
};

int tape_alloc(struct tape **tapep)
{
	struct tape *tape;

	tape = mem_zalloc(sizeof(*tape), NULL);
	if (!tape)
		return ENOMEM;

	*tapep = tape;

	return 0;
}

void tape_add(struct tape *tape, const int16_t *said, const int16_t *heard,
              size_t n)
{
	const size_t step = n / TICK_SAMPLES;

	assert(n == step * TICK_SAMPLES);

	if (tape->count + TICK_SAMPLES > SAMPLES_MAX)
		return;

	for (size_t i = 0; i < TICK_SAMPLES; i++) {
		tape->saidv[tape->count] = said[i * step];
		tape->heardv[tape->count++] = heard ? heard[i * step] : 0;
	}
}

static int track_write(const struct tape *tape, const int16_t *pcm,
                       const char *prefix, const char *track)
{
	char path[PATH_SIZE];
	int n;

	n = snprintf(path, sizeof(path), "%s.%s.wav", prefix, track);
	if (n < 0 || n >= PATH_SIZE)
		return ENAMETOOLONG;

	return wav_write(path, pcm, tape->count, TAPE_RATE_HZ);
}

int tape_write(const struct tape *tape, const char *prefix)
{
	int err;

	err = track_write(tape, tape->saidv, prefix, "said");

	return err ? err : track_write(tape, tape->heardv, prefix, "heard");
}
