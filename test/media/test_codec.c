/*
 * test/media/test_codec.c - G.711 against sox, and the table of codecs
 *
 * golden/alaw_levels.s16 and ulaw_levels.s16 are the codes 0 to 255 as sox
 * 14.4 decodes them (sox -t al -r 8000 -c 1 codes -t s16 -L levels).
 */
#include <math.h>
#include <stdlib.h>
#include "harness.h"
#include "media/codec.h"
#include "test_media.h"

enum {
	CODES = 256,
	FRAMES = 100,
	ROUNDS = 7, /* of them: 14 s */
	FRAME_MAX = 320,
	DELAY_MAX = 160, /* samples: 10 ms */
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
	void *statev[2] = {NULL, NULL};
	int err = 0;

	for (size_t i = 0; (codec = codec_at(i)); i++) {
		size_t n = codec->rate_hz / 50, len = CODEC_BYTES_MAX;
		const struct codec_want want = {0};
		uint8_t payload[CODEC_BYTES_MAX];
		int16_t pcm[960] = {0};

		mem_deref(statev[0]);
		statev[0] = NULL;
		mem_deref(statev[1]);
		statev[1] = NULL;
		CHECK_ERR(0, codec_encoder(&statev[0], codec, &want));
		CHECK_ERR(0, codec_decoder(&statev[1], codec));
		CHECK(codec->pt < 0 || codec_by_pt(codec->pt) == codec);
		CHECK(codec_find(codec->name, codec->clock_hz) == codec);
		if (codec->pt < 0)
			continue;

		/* Blocks and what is left over beside them. */
		CHECK_ERR(0,
		          codec->encode(statev[0], payload, &len, pcm, n - 2));
		CHECK_U64((n - 2) / (codec->rate_hz / 8000), len);

		n = codec->rate_hz / 50;
		len = sizeof(payload);
		CHECK_ERR(0, codec->encode(statev[0], payload, &len, pcm, n));
		CHECK_ERR(EOVERFLOW,
		          codec->decode(statev[1], pcm, &(size_t){n - 1},
		                        payload, 160));
		CHECK_ERR(0, codec->decode(statev[1], pcm, &n, payload, 160));
		CHECK_U64(codec->rate_hz / 50, n);
		for (size_t k = 0; k < n; k++)
			CHECK(abs(pcm[k]) < 64);
	}
	CHECK(!codec_by_pt(-1));
	CHECK(!codec_find("PCMA", 16000));

out:
	mem_deref(statev[0]);
	mem_deref(statev[1]);
	return err;
}

int test_codec_list_table(void)
{
	static const struct {
		const char *why, *names, *list; /* NULL: refused */
	} rowv[] = {
		{"nothing said: all there are", NULL, "PCMA PCMU G722 opus "},
		{"the same", "", "PCMA PCMU G722 opus "},
		{"the order is the list's", "opus, G722,pcmu",
	         "opus G722 PCMU "},
		{"one", "pcma", "PCMA "},
		{"none that we have", "speex", NULL},
		{"the end of a name", "pcm", NULL},
		{"one twice", "pcma,PCMA", NULL},
	};
	const struct codec *codecv[CODECS_MAX];
	char list[64];
	size_t codecc;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		size_t n = 0;

		if (codec_list(codecv, &codecc, rowv[i].names)) {
			if (rowv[i].list)
				CHECK_FAIL("row: %s", rowv[i].why);
			continue;
		}
		for (size_t k = 0; k < codecc; k++)
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s ",
			                      codecv[k]->name);
		if (!rowv[i].list || strcmp(rowv[i].list, list))
			CHECK_FAIL("row: %s: %s", rowv[i].why, list);
	}

out:
	return err;
}

int test_codec_want_table(void)
{
	static const struct {
		const char *why, *fmtp;
		struct codec_want want;
	} rowv[] = {
		/* clang-format off */
		{"nothing", NULL, {0}},
		{"as others write it",
		 "maxplaybackrate=16000; stereo=0;useinbandfec=1; usedtx=1",
		 {.rate_hz = 16000, .has_fec = true, .has_dtx = true}},
		{"any case", "CBR=1;MaxAverageBitrate=20000",
		 {.bits_per_s = 20000, .is_constant = true}},
		{"only 1 is yes", "useinbandfec=2;usedtx=0", {0}},
		{"nonsense is left out",
		 ";;=;usedtx;cbr=;maxplaybackrate=-5;maxaveragebitrate=1x;"
		 "maxaveragebitrate=99999999999999999999;useinbandfec=1",
		 {.has_fec = true}},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct codec_want *wanted = &rowv[i].want;
		struct codec_want want;

		codec_want_parse(&want, rowv[i].fmtp);
		if (want.bits_per_s != wanted->bits_per_s ||
		    want.rate_hz != wanted->rate_hz ||
		    want.has_fec != wanted->has_fec ||
		    want.has_dtx != wanted->has_dtx ||
		    want.is_constant != wanted->is_constant)
			CHECK_FAIL("row: %s", rowv[i].why);
	}

out:
	return err;
}

/* A voice of a kind: harmonics of a gliding pitch, syllables, pauses. */
static void voice_fill(int16_t *pcm, size_t n, double rate_hz)
{
	double phase = 0;

	for (size_t i = 0; i < n; i++) {
		double s = (double)i / rate_hz;
		double sum = 0;

		phase += 2 * M_PI * (140 + 30 * sin(2 * M_PI * s)) / rate_hz;
		for (int k = 1; k <= 20; k++)
			sum += sin(phase * k) / k;
		pcm[i] = (int16_t)(3000 * sum * fmax(0, sin(2 * M_PI * 2 * s)));
	}
}

/* The best correlation of two sounds, over the delays a codec may have. */
static double likeness(const int16_t *a, const int16_t *b, size_t n)
{
	double best = 0;

	for (size_t delay = 0; delay < DELAY_MAX; delay++) {
		double ab = 0, aa = 1, bb = 1;

		for (size_t i = n / 4; i + DELAY_MAX < n; i++) {
			ab += (double)a[i] * b[i + delay];
			aa += (double)a[i] * a[i];
			bb += (double)b[i + delay] * b[i + delay];
		}
		best = fmax(best, ab / sqrt(aa * bb));
	}

	return best;
}

/* Each codec, there and back, in frames of 20 ms. */
int test_codec_sounds_alike(void)
{
	static int16_t saidv[FRAMES * FRAME_MAX], heardv[FRAMES * FRAME_MAX];
	const struct codec_want want = {.has_fec = true};
	const struct codec *codec;
	void *encoder = NULL, *decoder = NULL;
	int err = 0;

	for (size_t i = 0; (codec = codec_at(i)); i++) {
		size_t frame = codec->rate_hz / 50, bytes = 0;

		CHECK_ERR(0, codec_encoder(&encoder, codec, &want));
		CHECK_ERR(0, codec_decoder(&decoder, codec));
		voice_fill(saidv, FRAMES * frame, codec->rate_hz);
		for (size_t k = 0; k < FRAMES; k++) {
			uint8_t payload[CODEC_BYTES_MAX];
			size_t len = sizeof(payload), n = frame;

			CHECK_ERR(0, codec->encode(encoder, payload, &len,
			                           &saidv[k * frame], frame));
			CHECK_ERR(0, codec->decode(decoder, &heardv[k * frame],
			                           &n, payload, len));
			CHECK_U64(frame, n);
			bytes += len;
		}
		/* Opus keeps what ears hear, not the wave. */
		if (likeness(saidv, heardv, FRAMES * frame) <
		    (codec->pt < 0 ? 0.8 : 0.95))
			CHECK_FAIL("%s: %.3f", codec->name,
			           likeness(saidv, heardv, FRAMES * frame));
		CHECK(bytes <= (size_t)FRAMES * 160);
		CHECK(codec->pt >= 0 || bytes < (size_t)FRAMES * 80);
		encoder = mem_deref(encoder);
		decoder = mem_deref(decoder);
	}

out:
	mem_deref(encoder);
	mem_deref(decoder);

	return err;
}

enum width {
	WIDTH_OTHER, /* libopus is on its way between them */
	NARROW,
	WIDE,
};

/* By the first byte of a packet in SILK (RFC 6716, 3.1). */
static enum width width_of(uint8_t toc)
{
	const unsigned config = toc >> 3;

	if (config < 4)
		return NARROW;

	return config >= 8 && config < 12 ? WIDE : WIDTH_OTHER;
}

/* Encodes two seconds again and again, for libopus widens slowly; the width of
 * the last frame, and the bytes of the last two seconds. */
static int width_now(enum width *widthp, size_t *bytesp, void *encoder,
                     const int16_t *pcm)
{
	const struct codec *codec = codec_find("opus", 48000);
	uint8_t payload[CODEC_BYTES_MAX];
	int err = 0;

	for (size_t k = 0; k < FRAMES * ROUNDS && !err; k++) {
		size_t len = sizeof(payload);

		if (k % FRAMES == 0)
			*bytesp = 0;
		err = codec->encode(encoder, payload, &len,
		                    &pcm[k % FRAMES * FRAME_MAX], FRAME_MAX);
		*bytesp += len;
	}
	*widthp = width_of(payload[0]);

	return err;
}

/* Opus by the state of the network: narrow while much is lost, wide again when
 * next to nothing is, and never more than the other side can play. */
int test_codec_follows_network(void)
{
	static const struct {
		const char *why;
		uint32_t rate_hz; /* that they can play; 0: as before */
		uint8_t lost;     /* in 1/256 */
		enum width width;
	} rowv[] = {
		/* clang-format off */
		{"nothing is lost", 16000, 0, WIDE},
		{"a little is lost", 0, 10, WIDE},
		{"much is lost", 0, 30, NARROW},
		{"it gets better: not at once", 0, 10, NARROW},
		{"it is well again", 0, 0, WIDE},
		{"all is lost", 0, 255, NARROW},
		{"they play 8 kHz: much is lost", 8000, 30, NARROW},
		{"they do when it is well again", 0, 0, NARROW},
		/* clang-format on */
	};
	static int16_t pcm[FRAMES * FRAME_MAX];
	const struct codec *codec = codec_find("opus", 48000);
	enum width width = WIDTH_OTHER;
	void *encoder = NULL;
	size_t bytes = 0;
	int err = 0;

	voice_fill(pcm, ARRAY_COUNT(pcm), codec->rate_hz);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct codec_want want = {.rate_hz = rowv[i].rate_hz};

		if (want.rate_hz) {
			encoder = mem_deref(encoder);
			CHECK_ERR(0, codec_encoder(&encoder, codec, &want));
		}
		codec->network(encoder, rowv[i].lost);
		CHECK_ERR(0, width_now(&width, &bytes, encoder, pcm));
		if (width != rowv[i].width)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_U64(rowv[i].width, width);
		/* G.711 has 160 bytes in each frame. */
		CHECK(bytes <= (size_t)FRAMES * 160 * 2 / 5);
	}

out:
	mem_deref(encoder);

	return err;
}
