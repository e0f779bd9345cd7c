/*
 * fuzz/fuzz_soundfeed.c - the sound of a voice, in pieces of any size
 *
 * The first byte: bits 0 to 1 the rate of plain samples, 2 to 7 the size of the
 * pieces. However it is cut, the same samples come out.
 */
#include <stdlib.h>
#include "base/mem.h"
#include "speech/soundfeed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
	uint64_t samples;
	uint64_t hash;
};

static void samples_handler(const int16_t *pcm, size_t n, void *arg)
{
	struct sum *sum = arg;

	for (size_t i = 0; i < n; i++)
		sum->hash = sum->hash * 31 + (uint16_t)pcm[i];
	sum->samples += n;
}

static int feed(struct sum *sum, uint32_t raw_hz, const uint8_t *data,
                size_t size, size_t piece)
{
	struct soundfeed *sound;
	int err;

	*sum = (struct sum){0};
	err = soundfeed_alloc(&sound, raw_hz, 8000);
	if (err)
		abort();

	while (size && !err) {
		size_t n = size < piece ? size : piece;

		err = soundfeed_take(sound, data, n, samples_handler, sum);
		data += n;
		size -= n;
	}
	if (!err)
		err = soundfeed_finish(sound, samples_handler, sum);
	mem_deref(sound);

	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t rate_hzv[] = {0, 8000, 16000, 44100};
	struct sum whole, pieces;
	int err;

	if (!size)
		return 0;

	err = feed(&whole, rate_hzv[data[0] & 3], data + 1, size - 1, size);
	if (feed(&pieces, rate_hzv[data[0] & 3], data + 1, size - 1,
	         (data[0] >> 2) + 1U) != err)
		abort();
	if (!err &&
	    (whole.samples != pieces.samples || whole.hash != pieces.hash))
		abort();

	return 0;
}
