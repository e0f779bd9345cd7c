/*
 * media/codec.h - speech codecs as a table
 *
 * A codec is a row; the handlers are chosen once, at negotiation. Encoders and
 * decoders with a state (G.722, Opus) get it in a zeroed block of the row's
 * size, one for each direction.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	CODEC_BYTES_MAX = 1275, /* one packet's payload */
};

struct codec {
	const char *name;  /* as in SDP: "PCMA" */
	int pt;            /* static payload type (RFC 3551), -1: dynamic */
	uint32_t clock_hz; /* of the RTP timestamp */
	uint32_t rate_hz;  /* of the samples */
	unsigned channels;
	size_t state_size; /* of either side, 0: none */
	uint8_t silence;   /* a payload byte that decodes to silence */

	/* n samples to *len bytes (in: room). Returns 0 or an errno. */
	int (*encode)(void *state, uint8_t *payload, size_t *len,
	              const int16_t *pcm, size_t n);

	/* len bytes to *n samples (in: room); payload NULL: conceal (ENOTSUP:
	 * it can't, media/conceal.h does). EOVERFLOW leaves the state alone. */
	int (*decode)(void *state, int16_t *pcm, size_t *n,
	              const uint8_t *payload, size_t len);
};

enum {
	CODECS_MAX = 8,
};

/* In order of preference; NULL behind the last. */
const struct codec *codec_at(size_t i);

/* Reads names in order, any case, "pcma,g722"; NULL or "": all there are.
 * Returns EINVAL for a name that is unknown or comes twice. */
int codec_list(const struct codec *codecv[CODECS_MAX], size_t *codeccp,
               const char *names);

/* By SDP name, any case, and clock; NULL: unknown. */
const struct codec *codec_find(const char *name, uint32_t clock_hz);

/* By static payload type; NULL: unknown. */
const struct codec *codec_by_pt(int pt);
