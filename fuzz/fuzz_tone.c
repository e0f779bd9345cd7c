/*
 * fuzz/fuzz_tone.c - any text as the description of a tone
 */
#include <stdlib.h>
#include "base/mem.h"
#include "media/tone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum {
		RATE_HZ = 8000,
		LONG_MS = 2000
	};
	static int16_t pcm[RATE_HZ * LONG_MS / 1000];
	struct tone tone;
	char text[512];
	size_t n;

	if (size >= sizeof(text))
		return 0;

	memcpy(text, data, size);
	text[size] = '\0';
	if (tone_parse(&tone, text))
		return 0;

	n = tone_samples(&tone, RATE_HZ);
	if (n > (size_t)RATE_HZ * TONE_MS_MAX / 1000)
		abort();
	if (n <= ARRAY_COUNT(pcm))
		tone_render(&tone, RATE_HZ, pcm);

	return 0;
}
