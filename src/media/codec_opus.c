/*
 * media/codec_opus.c - Opus (RFC 6716, RFC 7587)
 *
 * libopus makes nothing of its own while it runs: its states live in memory
 * that we give, its scratch on the stack.
 */
#include <assert.h>
#include <errno.h>
#include <opus.h>
#include "media/codec_opus.h"

enum {
	RATE_HZ = 16000,
	BITS_PER_S = 24000, /* wideband speech is transparent from here on */
	BITS_MIN = 6000,    /* RFC 7587, 6.1: maxaveragebitrate */
	BITS_MAX = 64000,
	COMPLEXITY = 1,    /* of 10: prompts sound the same, at a fifth */
	LOSS_PERCENT = 10, /* that in-band FEC makes provision for */
	PAUSE_BYTES = 2,   /* a packet that short says that nothing follows */
	NARROW_HZ = 8000,
	NARROW_BITS_PER_S = 12000, /* narrowband speech is from here on */

	/* Of our packets, in 1/256. */
	LOST_POOR = 20, /* 8 %: from here on narrowband */
	LOST_GOOD = 5,  /* 2 %: up to here wideband again */
};

/* What libopus keeps lies behind it. */
struct sender {
	_Alignas(void *) int32_t bits_per_s;
	bool is_narrow_wanted;
	bool has_fec;
	bool is_poor; /* the network */
};

static OpusEncoder *encoder_of(struct sender *sender)
{
	return (OpusEncoder *)(void *)(sender + 1);
}

static size_t encoder_size(void)
{
	return sizeof(struct sender) + (size_t)opus_encoder_get_size(1);
}

static size_t decoder_size(void)
{
	return (size_t)opus_decoder_get_size(1);
}

static int32_t bits_of(const struct codec_want *want)
{
	if (!want->bits_per_s || want->bits_per_s > BITS_MAX)
		return BITS_PER_S;

	return want->bits_per_s < BITS_MIN ? BITS_MIN
	                                   : (int32_t)want->bits_per_s;
}

/* Narrow speech leaves more of the bits for the copies of what is lost; where
 * there are none it takes half of them, so that less is lost in a queue that
 * overflows. */
static void sender_set(struct sender *sender, int lost_percent)
{
	OpusEncoder *encoder = encoder_of(sender);
	bool is_narrow = sender->is_narrow_wanted || sender->is_poor;
	int32_t bits_per_s = sender->bits_per_s;

	if (sender->is_poor && !sender->has_fec &&
	    bits_per_s > NARROW_BITS_PER_S)
		bits_per_s = NARROW_BITS_PER_S;

	/* None of these can fail for values in range. */
	(void)opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bits_per_s));
	(void)opus_encoder_ctl(
		encoder,
		OPUS_SET_MAX_BANDWIDTH(is_narrow ? OPUS_BANDWIDTH_NARROWBAND
	                                         : OPUS_BANDWIDTH_FULLBAND));
	if (sender->has_fec)
		(void)opus_encoder_ctl(encoder,
		                       OPUS_SET_PACKET_LOSS_PERC(lost_percent));
}

static int encoder_begin(void *state, const struct codec_want *want)
{
	struct sender *sender = state;
	OpusEncoder *encoder = encoder_of(sender);

	if (opus_encoder_init(encoder, RATE_HZ, 1, OPUS_APPLICATION_VOIP))
		return EINVAL;

	(void)opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(COMPLEXITY));
	(void)opus_encoder_ctl(encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
	(void)opus_encoder_ctl(encoder, OPUS_SET_VBR(!want->is_constant));
	(void)opus_encoder_ctl(encoder, OPUS_SET_DTX(want->has_dtx));
	(void)opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(want->has_fec));
	*sender = (struct sender){
		.bits_per_s = bits_of(want),
		.is_narrow_wanted = want->rate_hz && want->rate_hz <= NARROW_HZ,
		.has_fec = want->has_fec,
	};
	sender_set(sender, LOSS_PERCENT);

	return 0;
}

static void network(void *state, uint8_t lost)
{
	struct sender *sender = state;
	int percent = lost * 100 / 256;

	if (lost >= LOST_POOR)
		sender->is_poor = true;
	else if (lost <= LOST_GOOD)
		sender->is_poor = false;

	sender_set(sender, percent > LOSS_PERCENT ? percent : LOSS_PERCENT);
}

static int decoder_begin(void *state)
{
	return opus_decoder_init(state, RATE_HZ, 1) ? EINVAL : 0;
}

static int encode(void *state, uint8_t *payload, size_t *len,
                  const int16_t *pcm, size_t n)
{
	opus_int32 got = opus_encode(encoder_of(state), pcm, (int)n, payload,
	                             (opus_int32)*len);

	if (got < 0)
		return got == OPUS_BUFFER_TOO_SMALL ? EOVERFLOW : EINVAL;

	*len = (size_t)got;

	return 0;
}

static int decode(void *state, int16_t *pcm, size_t *n, const uint8_t *payload,
                  size_t len)
{
	int got;

	if (payload && !len)
		return EBADMSG;

	got = opus_decode(state, payload, (opus_int32)len, pcm, (int)*n, 0);
	if (got < 0)
		return got == OPUS_BUFFER_TOO_SMALL ? EOVERFLOW : EBADMSG;
	*n = (size_t)got;

	return 0;
}

static int recover(void *state, int16_t *pcm, size_t n, const uint8_t *payload,
                   size_t len)
{
	int samples =
		opus_packet_get_nb_samples(payload, (opus_int32)len, RATE_HZ);

	if (samples < 0 || (size_t)samples != n)
		return ENOENT;

	/* Without a copy in the packet libopus conceals, which is as good as
	 * anybody could. */
	return opus_decode(state, payload, (opus_int32)len, pcm, (int)n, 1) ==
	                       (int)n
	               ? 0
	               : ENOENT;
}

static bool is_pause(const uint8_t *payload, size_t len)
{
	(void)payload;

	return len <= PAUSE_BYTES;
}

const struct codec codec_opus = {
	.name = "opus",
	.pt = -1,
	.clock_hz = 48000, /* always, whatever the samples (RFC 7587, 4.1) */
	.rate_hz = RATE_HZ,
	.channels = 2, /* always (RFC 7587, 7) */
	.fmtp = "maxplaybackrate=16000;sprop-maxcapturerate=16000;"
		"useinbandfec=1",
	.encoder_size = encoder_size,
	.decoder_size = decoder_size,
	.encoder_begin = encoder_begin,
	.decoder_begin = decoder_begin,
	.has_concealment = true,
	.bpl = 20, /* a guess: G.113 does not know it */
	.encode = encode,
	.network = network,
	.decode = decode,
	.recover = recover,
	.is_pause = is_pause,
};
