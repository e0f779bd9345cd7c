/*
 * media/denoise.h - how loud a frame is without the noise in it
 *
 * The noise suppressor of libspeexdsp, which learns what is steady. Only the
 * level is of use here: a recogniser hears better what was really said.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* From this vad_filter on frames are judged by it (C034). */
static const float DENOISE_FILTER = 0.8F;

struct denoise;

/* Free with mem_deref(). Returns ENOMEM. */
int denoise_alloc(struct denoise **denoisep);

/* Level of the next 20 ms at 8 or 16 kHz without their noise, of what a
 * telephone would carry. in_db: with it (level_db()). What is not louder than
 * limit_db costs next to nothing: one in four of such frames is looked at, to
 * learn from. Allocates nothing. */
float denoise_level_db(struct denoise *denoise, const int16_t *pcm, size_t n,
                       float in_db, float limit_db);
