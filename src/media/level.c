/*
 * media/level.c - how loud a frame is
 */
#include <math.h>
#include "media/level.h"

float level_db(const int16_t *pcm, size_t n)
{
	/* 10 * log10(32768^2): full scale. */
	static const float full_db = 90.308999F;
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (uint64_t)((int32_t)pcm[i] * pcm[i]);

	if (!sum)
		return LEVEL_SILENCE_DB;

	return 10.0F * log10f((float)sum / (float)n) - full_db;
}
