/*
 * media/level.h - how loud a frame is
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What level_db() gives for digital silence: the step of 16 bits. */
static const float LEVEL_SILENCE_DB = -96.0F;

/* Mean power of n samples in dB below full scale: 0 is a full-scale square
 * wave, a telephone voice is about -20 to -35. */
float level_db(const int16_t *pcm, size_t n);
