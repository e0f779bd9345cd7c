/*
 * test/media/test_codec.c - G.711 against sox, and the table of codecs
 *
 * golden/alaw_levels.s16 and ulaw_levels.s16 are the codes 0 to 255 as sox
 * 14.4 decodes them (sox -t al -r 8000 -c 1 codes -t s16 -L levels).
 */
#include <stdlib.h>
#include "harness.h"
#include "media/codec.h"
#include "test_media.h"

enum {
	CODES = 256,
};

static int read_levels(int16_t levelv[CODES], const char *path)
{
	FILE *file = fopen(test_source(path), "rb");
	size_t n;

	if (!file)
		return errno;
	n = fread(levelv, sizeof(levelv[0]), CODES, file);
	(void)fclose(file);

	return n == CODES ? 0 : EBADMSG;
}

static int check_law(const char *name, const char *path)
{
	const struct codec *codec = codec_find(name, 8000);
	int16_t levelv[CODES], pcm;
	int before = INT16_MIN;
	uint8_t byte;
	int err = 0;

	CHECK(codec);
	err = read_levels(levelv, path);
	CHECK_ERR(0, err);

	for (unsigned code = 0; code < CODES; code++) {
		size_t n = 1, len = 1;
		uint8_t again;

		byte = (uint8_t)code;
		CHECK_ERR(0, codec->decode(NULL, &pcm, &n, &byte, 1));
		CHECK_I64(levelv[code], pcm);
		CHECK_ERR(0, codec->encode(NULL, &again, &len, &pcm, 1));
		/* mu-law has two zeros. */
		CHECK(again == byte || !pcm);
	}

	/* A louder sample never becomes a lower level, and none is further
	 * from its own than half a step: a 32nd of it, or 16. */
	for (int sample = INT16_MIN; sample <= INT16_MAX; sample++) {
		int error;
		size_t len = 1;

		pcm = (int16_t)sample;
		CHECK_ERR(0, codec->encode(NULL, &byte, &len, &pcm, 1));
		error = abs(levelv[byte] - sample);
		CHECK(error <= abs(sample) / 32 + 16);
		CHECK(levelv[byte] >= before);
		before = levelv[byte];
	}

out:
	return err;
}

int test_codec_alaw_is_sox(void)
{
	return check_law("pcma", "test/media/golden/alaw_levels.s16");
}

int test_codec_ulaw_is_sox(void)
{
	return check_law("PcmU", "test/media/golden/ulaw_levels.s16");
}

int test_codec_frames(void)
{
	const struct codec *codec;
	int err = 0;

	for (size_t i = 0; (codec = codec_at(i)); i++) {
		size_t n = codec->rate_hz / 50, len = CODEC_BYTES_MAX;
		uint8_t payload[CODEC_BYTES_MAX];
		_Alignas(16) uint8_t state[2][4096] = {{0}};
		int16_t pcm[960] = {0};

		CHECK(codec->state_size <= sizeof(state[0]));
		CHECK(codec_by_pt(codec->pt) == codec);

		/* Blocks and what is left over beside them. */
		CHECK_ERR(0,
		          codec->encode(state[0], payload, &len, pcm, n - 2));
		CHECK_U64((n - 2) / (codec->rate_hz / 8000), len);

		n = codec->rate_hz / 50;
		memset(payload, codec->silence, sizeof(payload));
		CHECK_ERR(EOVERFLOW,
		          codec->decode(state[1], pcm, &(size_t){n - 1},
		                        payload, 160));
		CHECK_ERR(0, codec->decode(state[1], pcm, &n, payload, 160));
		CHECK_U64(codec->rate_hz / 50, n);
		for (size_t k = 0; k < n; k++)
			CHECK(abs(pcm[k]) < 64);
	}
	CHECK(!codec_by_pt(-1));
	CHECK(!codec_find("PCMA", 16000));

out:
	return err;
}
