/*
 * cli/silence.c - pure: how long somebody at the telephone heard nothing
 */
#include <stdbool.h>
#include "cli/silence.h"

enum {
	FRAME_MS = 10,
	FRAME_SAMPLES = SILENCE_RATE_HZ / 1000 * FRAME_MS,

	/* RMS of -44 dB of full scale: above comfort noise, below the softest
	 * syllables. */
	SOUND_RMS = 200,
};

static bool has_sound(const int16_t *pcm)
{
	int64_t sum = 0;

	for (size_t i = 0; i < FRAME_SAMPLES; i++)
		sum += (int64_t)pcm[i] * pcm[i];

	return sum >= (int64_t)SOUND_RMS * SOUND_RMS * FRAME_SAMPLES;
}

static void gap_end(struct silence *silence, uint32_t since_ms, uint32_t at_ms)
{
	if (at_ms - since_ms <= silence->longest_ms)
		return;

	silence->longest_ms = at_ms - since_ms;
	silence->at_ms = since_ms;
}

void silence_find(struct silence *silence, const int16_t *said,
                  const int16_t *heard, size_t count)
{
	uint32_t since_ms = 0, at_ms = 0;

	*silence = (struct silence){0};
	for (size_t i = 0; i + FRAME_SAMPLES <= count; i += FRAME_SAMPLES) {
		bool is_robot = has_sound(heard + i);

		if (is_robot) {
			gap_end(silence, since_ms, at_ms);
			silence->robot_ms += FRAME_MS;
		}
		at_ms += FRAME_MS;
		if (is_robot || has_sound(said + i))
			since_ms = at_ms;
	}
	gap_end(silence, since_ms, at_ms);
}
