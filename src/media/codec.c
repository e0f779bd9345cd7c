/*
 * media/codec.c - speech codecs as a table
 *
 * G.711 is that of base/g711.h, in blocks. G.722 is spandsp's, Opus has its own
 * file.
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <spandsp.h>
#include <spandsp/private/g722.h>
#include "base/g711.h"
#include "base/mem.h"
#include "media/codec_opus.h"

enum {
	G722_BITS_PER_S = 64000,
	BLOCK = 16, /* samples */
};

/* The fixed size and `restrict` let compilers use vectors at -O2. */
static void alaw_of_block(uint8_t *restrict payload,
                          const int16_t *restrict pcm)
{
	for (size_t i = 0; i < BLOCK; i++)
		payload[i] = g711_alaw_of(pcm[i]);
}

static void ulaw_of_block(uint8_t *restrict payload,
                          const int16_t *restrict pcm)
{
	for (size_t i = 0; i < BLOCK; i++)
		payload[i] = g711_ulaw_of(pcm[i]);
}

static void alaw_to_block(int16_t *restrict pcm,
                          const uint8_t *restrict payload)
{
	for (size_t i = 0; i < BLOCK; i++)
		pcm[i] = g711_alaw_to(payload[i]);
}

static void ulaw_to_block(int16_t *restrict pcm,
                          const uint8_t *restrict payload)
{
	for (size_t i = 0; i < BLOCK; i++)
		pcm[i] = g711_ulaw_to(payload[i]);
}

static int pcma_encode(void *state, uint8_t *payload, size_t *len,
                       const int16_t *pcm, size_t n)
{
	size_t i = 0;

	(void)state;

	if (*len < n)
		return EOVERFLOW;
	for (; i + BLOCK <= n; i += BLOCK)
		alaw_of_block(&payload[i], &pcm[i]);
	for (; i < n; i++)
		payload[i] = g711_alaw_of(pcm[i]);
	*len = n;

	return 0;
}

static int pcma_decode(void *state, int16_t *pcm, size_t *n,
                       const uint8_t *payload, size_t len)
{
	size_t i = 0;

	(void)state;

	assert(payload);

	if (*n < len)
		return EOVERFLOW;
	for (; i + BLOCK <= len; i += BLOCK)
		alaw_to_block(&pcm[i], &payload[i]);
	for (; i < len; i++)
		pcm[i] = g711_alaw_to(payload[i]);
	*n = len;

	return 0;
}

static int pcmu_encode(void *state, uint8_t *payload, size_t *len,
                       const int16_t *pcm, size_t n)
{
	size_t i = 0;

	(void)state;

	if (*len < n)
		return EOVERFLOW;
	for (; i + BLOCK <= n; i += BLOCK)
		ulaw_of_block(&payload[i], &pcm[i]);
	for (; i < n; i++)
		payload[i] = g711_ulaw_of(pcm[i]);
	*len = n;

	return 0;
}

static int pcmu_decode(void *state, int16_t *pcm, size_t *n,
                       const uint8_t *payload, size_t len)
{
	size_t i = 0;

	(void)state;

	assert(payload);

	if (*n < len)
		return EOVERFLOW;
	for (; i + BLOCK <= len; i += BLOCK)
		ulaw_to_block(&pcm[i], &payload[i]);
	for (; i < len; i++)
		pcm[i] = g711_ulaw_to(payload[i]);
	*n = len;

	return 0;
}

static size_t wide_encoder_size(void)
{
	return sizeof(struct g722_encode_state_s);
}

static size_t wide_decoder_size(void)
{
	return sizeof(struct g722_decode_state_s);
}

static int wide_encoder_begin(void *state, const struct codec_want *want)
{
	(void)want;
	(void)g722_encode_init(state, G722_BITS_PER_S, 0);

	return 0;
}

static int wide_decoder_begin(void *state)
{
	(void)g722_decode_init(state, G722_BITS_PER_S, 0);

	return 0;
}

static int wide_encode(void *state, uint8_t *payload, size_t *len,
                       const int16_t *pcm, size_t n)
{
	assert(state);

	if (n % 2)
		return EINVAL;
	if (*len < n / 2)
		return EOVERFLOW;
	*len = (size_t)g722_encode(state, payload, pcm, (int)n);

	return 0;
}

static int wide_decode(void *state, int16_t *pcm, size_t *n,
                       const uint8_t *payload, size_t len)
{
	assert(state);

	assert(payload);

	if (*n < 2 * len)
		return EOVERFLOW;
	*n = (size_t)g722_decode(state, pcm, payload, (int)len);

	return 0;
}

static const struct codec pcma = {
	.name = "PCMA",
	.pt = 8,
	.clock_hz = 8000,
	.rate_hz = 8000,
	.channels = 1,
	.bpl = 25.1F, /* with concealment (G.113, I.1) */
	.encode = pcma_encode,
	.decode = pcma_decode,
};

static const struct codec pcmu = {
	.name = "PCMU",
	.pt = 0,
	.clock_hz = 8000,
	.rate_hz = 8000,
	.channels = 1,
	.bpl = 25.1F, /* with concealment (G.113, I.1) */
	.encode = pcmu_encode,
	.decode = pcmu_decode,
};

static const struct codec g722 = {
	.name = "G722",
	.pt = 9,
	.clock_hz = 8000, /* by an old mistake (RFC 3551, 4.5.2) */
	.rate_hz = 16000,
	.channels = 1,
	.encoder_size = wide_encoder_size,
	.decoder_size = wide_decoder_size,
	.encoder_begin = wide_encoder_begin,
	.decoder_begin = wide_decoder_begin,
	.bpl = 15, /* a guess below G.711: its predictor suffers too */
	.encode = wide_encode,
	.decode = wide_decode,
};

/* G.711 first: behind most trunks is a network that has nothing else, and a
 * wideband codec would only be turned into it on the way. */
static const struct codec *const rowv[] = {&pcma, &pcmu, &g722, &codec_opus};

enum {
	CODECC = sizeof(rowv) / sizeof(rowv[0]),
};

static_assert((int)CODECC <= (int)CODECS_MAX, "a list of all has room");

const struct codec *codec_at(size_t i)
{
	return i < CODECC ? rowv[i] : NULL;
}

const struct codec *codec_find(const char *name, uint32_t clock_hz)
{
	const struct codec *codec;

	for (size_t i = 0; (codec = codec_at(i)); i++) {
		if (codec->clock_hz == clock_hz &&
		    !strcasecmp(codec->name, name))
			return codec;
	}

	return NULL;
}

/* By the first len characters of a text. */
static const struct codec *codec_named(const char *name, size_t len)
{
	const struct codec *codec;

	for (size_t i = 0; (codec = codec_at(i)); i++) {
		if (strlen(codec->name) == len &&
		    !strncasecmp(codec->name, name, len))
			return codec;
	}

	return NULL;
}

static bool is_among(const struct codec *const *codecv, size_t codecc,
                     const struct codec *codec)
{
	for (size_t i = 0; i < codecc; i++) {
		if (codecv[i] == codec)
			return true;
	}

	return false;
}

int codec_list(const struct codec *codecv[CODECS_MAX], size_t *codeccp,
               const char *names)
{
	const struct codec *codec;
	size_t codecc = 0;

	while (names && *names) {
		const size_t len = strcspn(names, ", ");

		codec = codec_named(names, len);
		if (len && (!codec || is_among(codecv, codecc, codec)))
			return EINVAL;
		if (len)
			codecv[codecc++] = codec;
		names += len;
		names += strspn(names, ", ");
	}
	for (size_t i = 0; !codecc && i < CODECC; i++)
		codecv[i] = rowv[i];

	*codeccp = codecc ? codecc : CODECC;

	return 0;
}

const struct codec *codec_by_pt(int pt)
{
	const struct codec *codec;

	for (size_t i = 0; (codec = codec_at(i)); i++) {
		if (codec->pt >= 0 && codec->pt == pt)
			return codec;
	}

	return NULL;
}

/* --- states ---------------------------------------------------------------
 */

int codec_encoder(void **statep, const struct codec *codec,
                  const struct codec_want *want)
{
	void *state;
	int err;

	*statep = NULL;
	if (!codec->encoder_size)
		return 0;

	state = mem_zalloc(codec->encoder_size(), NULL);
	if (!state)
		return ENOMEM;

	err = codec->encoder_begin(state, want);
	if (err)
		mem_deref(state);
	else
		*statep = state;

	return err;
}

int codec_decoder(void **statep, const struct codec *codec)
{
	void *state;
	int err;

	*statep = NULL;
	if (!codec->decoder_size)
		return 0;

	state = mem_zalloc(codec->decoder_size(), NULL);
	if (!state)
		return ENOMEM;

	err = codec->decoder_begin(state);
	if (err)
		mem_deref(state);
	else
		*statep = state;

	return err;
}

static void want_take(struct codec_want *want, const char *name, size_t len,
                      uint32_t value)
{
	static const char *const namev[] = {
		"maxaveragebitrate",
		"maxplaybackrate",
		"useinbandfec",
		"usedtx",
		"cbr",
	};
	size_t i = 0;

	while (i < sizeof(namev) / sizeof(namev[0]) &&
	       (strlen(namev[i]) != len || strncasecmp(namev[i], name, len)))
		i++;

	switch (i) {
	case 0:
		want->bits_per_s = value;
		break;
	case 1:
		want->rate_hz = value;
		break;
	case 2:
		want->has_fec = value == 1;
		break;
	case 3:
		want->has_dtx = value == 1;
		break;
	case 4:
		want->is_constant = value == 1;
		break;
	default:
		break;
	}
}

void codec_want_parse(struct codec_want *want, const char *fmtp)
{
	*want = (struct codec_want){0};

	while (fmtp && *fmtp) {
		const size_t name_len = strcspn(fmtp, "=;");
		char *end = NULL;

		if (fmtp[name_len] == '=') {
			const char *text = fmtp + name_len + 1;
			unsigned long value = strtoul(text, &end, 10);

			if (end > text && (!*end || strchr("; ", *end)) &&
			    *text != '-' && value <= UINT32_MAX)
				want_take(want, fmtp, name_len,
				          (uint32_t)value);
		}
		fmtp += strcspn(fmtp, ";");
		fmtp += strspn(fmtp, "; ");
	}
}
