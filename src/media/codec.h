/*
 * media/codec.h - speech codecs as a table
 *
 * A codec is a row; the handlers are chosen once, at negotiation. Encoders and
 * decoders with a state (G.722, Opus) get it made beforehand, so that neither
 * allocates while a call is up.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CODEC_BYTES_MAX = 1275, /* one packet's payload */
};

/* How the other side wants to be spoken to, by its fmtp. */
struct codec_want {
	uint32_t bits_per_s; /* at most; 0: not said */
	uint32_t rate_hz;    /* that it can play; 0: not said */
	bool has_fec;        /* a packet may repeat the one before */
	bool has_dtx;        /* silence need not be sent */
	bool is_constant;    /* packets of one size */
};

struct codec {
	const char *name;  /* as in SDP: "PCMA" */
	int pt;            /* static payload type (RFC 3551), -1: dynamic */
	uint32_t clock_hz; /* of the RTP timestamp */
	uint32_t rate_hz;  /* of the samples */
	unsigned channels; /* as in SDP; the samples are mono */
	const char *fmtp;  /* what we say of ourselves, NULL: nothing */

	/* The states of either side; NULL: none. `begin` readies memory of
	 * this size, zeroed. */
	size_t (*encoder_size)(void);
	size_t (*decoder_size)(void);
	int (*encoder_begin)(void *state, const struct codec_want *want);
	int (*decoder_begin)(void *state);

	/* n samples to *len bytes (in: room). Returns 0 or an errno. */
	int (*encode)(void *state, uint8_t *payload, size_t *len,
	              const int16_t *pcm, size_t n);

	/* The other side has told how much of what we sent was lost lately, in
	 * 1/256: from now on it is encoded for such a network. NULL: it can
	 * not be. */
	void (*network)(void *state, uint8_t lost);

	/* len bytes to *n samples (in: room); payload NULL: conceal *n,
	 * where it can. EOVERFLOW leaves the state alone. */
	int (*decode)(void *state, int16_t *pcm, size_t *n,
	              const uint8_t *payload, size_t len);

	bool has_concealment; /* in decode() */
	float ie, bpl;        /* what losses do to it (media/quality.h) */

	/* The n samples before a packet, which was lost, out of what the packet
	 * repeats of them; n is the packet's own length. NULL or ENOENT:
	 * nothing is repeated. */
	int (*recover)(void *state, int16_t *pcm, size_t n,
	               const uint8_t *payload, size_t len);

	/* Whether a packet says that silence follows (DTX), so that others like
	 * it need not be sent; NULL: never. */
	bool (*is_pause)(const uint8_t *payload, size_t len);
};

/* What an fmtp says ("maxplaybackrate=16000;useinbandfec=1"); parameters that
 * are unknown or nonsense are left out. */
void codec_want_parse(struct codec_want *want, const char *fmtp);

/* *statep is the caller's, NULL where the codec has none. */
int codec_encoder(void **statep, const struct codec *codec,
                  const struct codec_want *want);
int codec_decoder(void **statep, const struct codec *codec);

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
