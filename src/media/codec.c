/*
 * media/codec.c - speech codecs as a table
 *
 * G.711 is computed, not looked up: without branches the compiler makes it as
 * fast as a table of 64 KB, which would push the packets out of the cache.
 * Any int16 is a valid sample, -32768 included. G.722 is spandsp's.
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <strings.h>
#include <spandsp.h>
#include <spandsp/private/g722.h>
#include "media/codec.h"

enum {
	ALAW_MASK = 0x55, /* every second bit is inverted (G.711, 3.2) */
	ULAW_BIAS = 33,   /* of the 14-bit magnitude (G.711, 4.2) */
	ULAW_MAX = 8158,  /* the largest magnitude before the bias */
	G722_BITS_PER_S = 64000,
};

struct g722_encoder {
	bool is_ready;
	struct g722_encode_state_s state;
};

struct g722_decoder {
	bool is_ready;
	struct g722_decode_state_s state;
};

/* The number of the highest bit that is set; value is not 0. */
static inline unsigned top_bit_of(unsigned value)
{
	return 31 - (unsigned)__builtin_clz(value);
}

/* A magnitude of 11 bits: 4 bits of it behind the highest one, and where
 * that is. Below 32 the law is linear. */
static inline uint8_t alaw_of(int16_t sample)
{
	unsigned sign = (unsigned)(sample >> 15);
	unsigned value = (((unsigned)sample ^ sign) & 0x7fff) >> 4;
	unsigned shift = top_bit_of(value | 0x1f) - 4;

	return (uint8_t)(((shift << 4) + (value >> shift)) | (~sign & 0x80)) ^
	       ALAW_MASK;
}

static inline int16_t alaw_to(uint8_t code)
{
	unsigned bits = code ^ ALAW_MASK;
	unsigned segment = (bits >> 4) & 7;
	unsigned value = ((bits & 15) << 4) + 8;
	int sample;

	value = segment ? (value + 0x100) << (segment - 1) : value;
	sample = (int)value;

	return (int16_t)(bits & 0x80 ? sample : -sample);
}

static inline uint8_t ulaw_of(int16_t sample)
{
	unsigned sign = (unsigned)(sample >> 15);
	unsigned value = (((unsigned)sample ^ sign) & 0x7fff) >> 2;
	unsigned shift;

	value = (value > ULAW_MAX ? ULAW_MAX : value) + ULAW_BIAS;
	shift = top_bit_of(value) - 5;

	return (uint8_t) ~(((shift << 4) + (value >> (shift + 1)) - 16) |
	                   (sign & 0x80));
}

static inline int16_t ulaw_to(uint8_t code)
{
	unsigned bits = (uint8_t)~code;
	unsigned segment = (bits >> 4) & 7;
	int sample = (int)((((bits & 15) << 3) + 4 * ULAW_BIAS) << segment) -
	             4 * ULAW_BIAS;

	return (int16_t)(bits & 0x80 ? -sample : sample);
}

static int pcma_encode(void *state, uint8_t *payload, size_t *len,
                       const int16_t *pcm, size_t n)
{
	(void)state;

	if (*len < n)
		return EOVERFLOW;
	for (size_t i = 0; i < n; i++)
		payload[i] = alaw_of(pcm[i]);
	*len = n;

	return 0;
}

static int pcma_decode(void *state, int16_t *pcm, size_t *n,
                       const uint8_t *payload, size_t len)
{
	(void)state;

	if (!payload)
		return ENOTSUP;
	if (*n < len)
		return EOVERFLOW;
	for (size_t i = 0; i < len; i++)
		pcm[i] = alaw_to(payload[i]);
	*n = len;

	return 0;
}

static int pcmu_encode(void *state, uint8_t *payload, size_t *len,
                       const int16_t *pcm, size_t n)
{
	(void)state;

	if (*len < n)
		return EOVERFLOW;
	for (size_t i = 0; i < n; i++)
		payload[i] = ulaw_of(pcm[i]);
	*len = n;

	return 0;
}

static int pcmu_decode(void *state, int16_t *pcm, size_t *n,
                       const uint8_t *payload, size_t len)
{
	(void)state;

	if (!payload)
		return ENOTSUP;
	if (*n < len)
		return EOVERFLOW;
	for (size_t i = 0; i < len; i++)
		pcm[i] = ulaw_to(payload[i]);
	*n = len;

	return 0;
}

static int wide_encode(void *arg, uint8_t *payload, size_t *len,
                       const int16_t *pcm, size_t n)
{
	struct g722_encoder *encoder = arg;

	assert(encoder);

	if (n % 2)
		return EINVAL;
	if (*len < n / 2)
		return EOVERFLOW;
	if (!encoder->is_ready) {
		(void)g722_encode_init(&encoder->state, G722_BITS_PER_S, 0);
		encoder->is_ready = true;
	}
	*len = (size_t)g722_encode(&encoder->state, payload, pcm, (int)n);

	return 0;
}

static int wide_decode(void *arg, int16_t *pcm, size_t *n,
                       const uint8_t *payload, size_t len)
{
	struct g722_decoder *decoder = arg;

	assert(decoder);

	if (!payload)
		return ENOTSUP;
	if (*n < 2 * len)
		return EOVERFLOW;
	if (!decoder->is_ready) {
		(void)g722_decode_init(&decoder->state, G722_BITS_PER_S, 0);
		decoder->is_ready = true;
	}
	*n = (size_t)g722_decode(&decoder->state, pcm, payload, (int)len);

	return 0;
}

static const struct codec codecv[] = {
	{
		.name = "PCMA",
		.pt = 8,
		.clock_hz = 8000,
		.rate_hz = 8000,
		.channels = 1,
		.silence = 0xd5,
		.encode = pcma_encode,
		.decode = pcma_decode,
	},
	{
		.name = "PCMU",
		.pt = 0,
		.clock_hz = 8000,
		.rate_hz = 8000,
		.channels = 1,
		.silence = 0xff,
		.encode = pcmu_encode,
		.decode = pcmu_decode,
	},
	{
		.name = "G722",
		.pt = 9,
		.clock_hz = 8000, /* by an old mistake (RFC 3551, 4.5.2) */
		.rate_hz = 16000,
		.channels = 1,
		.state_size = sizeof(struct g722_encoder) >
                                              sizeof(struct g722_decoder)
                                      ? sizeof(struct g722_encoder)
                                      : sizeof(struct g722_decoder),
		.silence = 0xfa,
		.encode = wide_encode,
		.decode = wide_decode,
	},
};

const struct codec *codec_at(size_t i)
{
	return i < sizeof(codecv) / sizeof(codecv[0]) ? &codecv[i] : NULL;
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

const struct codec *codec_by_pt(int pt)
{
	const struct codec *codec;

	for (size_t i = 0; (codec = codec_at(i)); i++) {
		if (codec->pt >= 0 && codec->pt == pt)
			return codec;
	}

	return NULL;
}
