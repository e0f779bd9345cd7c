/*
 * media/peak_tables.h - sines that every call shares
 *
 * Private to peak.c; written by tools/sines.py when the program is built.
 */
#pragma once

#include <stdint.h>

#include "media/peak.h"

enum {
	PEAK_HALF = PEAK_WINDOW / 2, /* points of the transform */
};

extern const float peak_windowv[PEAK_WINDOW];

/* Of the stage that joins parts of n points: from n on. */
extern const float peak_cosv[PEAK_HALF], peak_sinv[PEAK_HALF];

/* To take the spectrum of a real sound apart. */
extern const float peak_part_cosv[PEAK_HALF], peak_part_sinv[PEAK_HALF];

/* Where a point of the sound stands when the transform begins. */
extern const uint8_t peak_placev[PEAK_HALF];
