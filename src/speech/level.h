/*
 * speech/level.h - pure: how loud speech is, and where in a sound it stands
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LEVEL_PEAK_MAX = 30000, /* a little below full scale */
};

/* Where the speech of a sound is. */
struct level_span {
	size_t begin;  /* first sample */
	size_t end;    /* one behind the last; begin == end: no speech */
	bool is_clean; /* the noise around it is far below it */
};

/* Looks for speech by energy; the offset of the line (DC) does not count.
 * pad_ms is left standing at both sides where the sound has it. */
void level_find_speech(struct level_span *span, const int16_t *pcm,
                       size_t count, uint32_t rate_hz, unsigned pad_ms);

/* Takes the mean out and scales so that the loud frames have the RMS given,
 * less if a sample would pass LEVEL_PEAK_MAX. Silence stays silence. */
void level_set(int16_t *pcm, size_t count, uint32_t rate_hz, double rms);
