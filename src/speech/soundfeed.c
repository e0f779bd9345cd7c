/*
 * speech/soundfeed.c - pure: the bytes of a sound, as they arrive, become
 * samples
 */
#include <assert.h>
#include <stdio.h>
#include "base/mem.h"
#include "base/resample.h"
#include "speech/mp3feed.h"
#include "speech/soundfeed.h"

enum {
	HEAD_BYTES = 12,   /* "RIFF", a length, "WAVE" */
	CHUNK_BYTES = 8,   /* a name and a length */
	FORMAT_BYTES = 16, /* of "fmt ", as much as is read */
	EXTENSION_BYTES = 26,
	FORMAT_MAX = 1024,
	HELD_BYTES = 64,
	PIECE = 512, /* samples at a time */
	QUALITY = 3,
	CHANNELS_MAX = 8,
	RATE_MIN_HZ = 8000,
	RATE_MAX_HZ = 48000,
	FORMAT_PCM = 1,
	FORMAT_EXTENSIBLE = 0xfffe,
	TAIL_PER_S = 100, /* of silence behind the end: what the filter holds */
};

/* A header written before the length was known has one of these, or 0. */
static const uint32_t endless = 0x7fff0000;

enum stage {
	STAGE_BEGIN, /* RIFF or not? */
	STAGE_CHUNK, /* the head of one */
	STAGE_FORMAT,
	STAGE_SKIP,
	STAGE_DATA,
	STAGE_MP3,
	STAGE_OVER, /* the rest is no sound */
};

struct soundfeed {
	enum stage stage;
	uint32_t raw_hz, from_hz, to_hz;
	uint32_t left; /* bytes of this chunk */
	bool is_bounded;
	bool has_format;
	unsigned channels;
	uint8_t held[HELD_BYTES]; /* not enough yet */
	size_t heldc;
	struct mp3feed *mp3;
	struct resample *resample; /* NULL: the rates are the same */
	uint64_t samples;
	char why[SOUNDFEED_WHY_SIZE];
};

static void destructor(void *arg)
{
	struct soundfeed *feed = arg;

	mem_deref(feed->mp3);
	mem_deref(feed->resample);
}

int soundfeed_alloc(struct soundfeed **feedp, uint32_t raw_hz, uint32_t to_hz)
{
	struct soundfeed *feed;

	assert(feedp && to_hz);

	feed = mem_zalloc(sizeof(*feed), destructor);
	if (!feed)
		return ENOMEM;

	feed->raw_hz = raw_hz;
	feed->to_hz = to_hz;
	*feedp = feed;

	return 0;
}

void soundfeed_set_raw(struct soundfeed *feed, uint32_t raw_hz)
{
	assert(feed->stage == STAGE_BEGIN);

	feed->raw_hz = raw_hz;
}

const char *soundfeed_why(const struct soundfeed *feed)
{
	return feed->why;
}

static int refuse(struct soundfeed *feed, int err, const char *why)
{
	feed->stage = STAGE_OVER;
	(void)snprintf(feed->why, sizeof(feed->why), "%s", why);

	return err;
}

static uint32_t little(const uint8_t *at, unsigned bytes)
{
	uint32_t value = 0;

	for (unsigned i = bytes; i; i--)
		value = value << 8 | at[i - 1];

	return value;
}

/* --- samples -------------------------------------------------------------- */

static int give(struct soundfeed *feed, const int16_t *pcm, size_t n,
                soundfeed_h *handler, void *arg)
{
	int16_t outv[PIECE];

	if (!feed->resample) {
		handler(pcm, n, arg);
		return 0;
	}

	while (n) {
		size_t inc = n, outc = ARRAY_COUNT(outv);
		int err;

		err = resample_feed(feed->resample, pcm, &inc, outv, &outc);
		if (err)
			return err;
		if (outc)
			handler(outv, outc, arg);
		if (!inc && !outc)
			break;
		pcm += inc;
		n -= inc;
	}

	return 0;
}

static int data_begin(struct soundfeed *feed, uint32_t from_hz,
                      unsigned channels)
{
	if (from_hz < RATE_MIN_HZ || from_hz > RATE_MAX_HZ)
		return refuse(feed, ENOTSUP,
		              "a sound of a rate outside 8 to 48 kHz");
	if (!channels || channels > CHANNELS_MAX)
		return refuse(feed, ENOTSUP, "a sound of too many channels");

	feed->stage = STAGE_DATA;
	feed->from_hz = from_hz;
	feed->channels = channels;
	if (from_hz == feed->to_hz)
		return 0;

	return resample_alloc(&feed->resample, from_hz, feed->to_hz, QUALITY);
}

/* Whole frames only; returns the bytes that were used. */
static size_t frames_take(struct soundfeed *feed, const uint8_t *bytes,
                          size_t n, int16_t pcm[PIECE], size_t *countp)
{
	size_t frame = 2U * feed->channels, frames = n / frame;

	if (frames > PIECE)
		frames = PIECE;
	for (size_t i = 0; i < frames; i++) {
		int32_t sum = 0;

		for (unsigned k = 0; k < feed->channels; k++)
			sum += (int16_t)little(bytes + i * frame + 2U * k, 2);
		pcm[i] = (int16_t)(sum / (int32_t)feed->channels);
	}
	*countp = frames;

	return frames * frame;
}

/* --- MP3 ------------------------------------------------------------------ */

struct mp3_given {
	struct soundfeed *feed;
	soundfeed_h *handler;
	void *arg;
};

/* The rate of its first frame is that of all. */
static int mp3_handler(const int16_t *pcm, size_t n, uint32_t rate_hz,
                       void *arg)
{
	const struct mp3_given *given = arg;
	struct soundfeed *feed = given->feed;
	int err = 0;

	if (!feed->from_hz) {
		feed->from_hz = rate_hz;
		if (rate_hz != feed->to_hz)
			err = resample_alloc(&feed->resample, rate_hz,
			                     feed->to_hz, QUALITY);
	}
	else if (rate_hz != feed->from_hz) {
		err = EBADMSG;
	}
	if (err)
		return err;

	feed->samples += n;

	return give(feed, pcm, n, given->handler, given->arg);
}

static int mp3_take(struct soundfeed *feed, const uint8_t *bytes, size_t n,
                    soundfeed_h *handler, void *arg)
{
	struct mp3_given given = {feed, handler, arg};
	int err = mp3feed_take(feed->mp3, bytes, n, mp3_handler, &given);

	return err == EBADMSG ? refuse(feed, err, "an MP3 that is broken")
	                      : err;
}

/* --- the header ----------------------------------------------------------- */

static int begin(struct soundfeed *feed, const uint8_t *bytes)
{
	static const char *const otherv[] = {"OggS", "fLaC"};

	if (!memcmp(bytes, "RIFF", 4) && !memcmp(bytes + 8, "WAVE", 4)) {
		feed->stage = STAGE_CHUNK;
		return 0;
	}

	/* Plain samples may begin like a frame, but hardly like a tag. */
	if (mp3feed_is(bytes) && (!feed->raw_hz || *bytes == 'I')) {
		feed->stage = STAGE_MP3;
		return mp3feed_alloc(&feed->mp3);
	}

	for (size_t i = 0; i < ARRAY_COUNT(otherv); i++) {
		if (!memcmp(bytes, otherv[i], strlen(otherv[i])))
			feed->raw_hz = 0;
	}
	if (!feed->raw_hz)
		return refuse(feed, EBADMSG,
		              "neither WAV, MP3 nor plain samples: set the "
		              "service to WAV of 16 bits");

	return data_begin(feed, feed->raw_hz, 1);
}

static int format_take(struct soundfeed *feed, const uint8_t *bytes, size_t n)
{
	uint32_t form = little(bytes, 2);

	if (form == FORMAT_EXTENSIBLE && n >= EXTENSION_BYTES)
		form = little(bytes + 24, 2);
	if (form != FORMAT_PCM || little(bytes + 14, 2) != 16)
		return refuse(feed, ENOTSUP,
		              "a WAV that is not plain samples of 16 bits: set "
		              "the service to those");

	feed->has_format = true;
	feed->channels = little(bytes + 2, 2);
	feed->from_hz = little(bytes + 4, 4);

	return 0;
}

static int chunk_begin(struct soundfeed *feed, const uint8_t *bytes)
{
	uint32_t size = little(bytes + 4, 4);

	feed->left = size;
	if (!memcmp(bytes, "data", 4)) {
		if (!feed->has_format)
			return refuse(feed, EBADMSG, "a WAV without a format");
		feed->is_bounded = size && size < endless;
		return data_begin(feed, feed->from_hz, feed->channels);
	}
	if (!memcmp(bytes, "fmt ", 4)) {
		if (size < FORMAT_BYTES || size > FORMAT_MAX)
			return refuse(feed, EBADMSG, "a WAV without a format");
		feed->stage = STAGE_FORMAT;
		return 0;
	}

	/* Chunks begin at even bytes. */
	feed->left += size & 1 && size < UINT32_MAX;
	feed->stage = STAGE_SKIP;

	return 0;
}

/* Bytes that the stage wants at once. */
static size_t wanted(const struct soundfeed *feed)
{
	switch (feed->stage) {
	case STAGE_BEGIN:
		return HEAD_BYTES;
	case STAGE_CHUNK:
		return CHUNK_BYTES;
	case STAGE_FORMAT:
		return feed->left < EXTENSION_BYTES ? FORMAT_BYTES
		                                    : EXTENSION_BYTES;
	case STAGE_DATA:
		return 2U * feed->channels;
	default:
		return 1;
	}
}

/* One step over n bytes, at least as many as wanted. Sets how many it used. */
static int step(struct soundfeed *feed, const uint8_t *bytes, size_t *np,
                soundfeed_h *handler, void *arg)
{
	int16_t pcm[PIECE];
	size_t n = *np, count;
	int err = 0;

	switch (feed->stage) {
	case STAGE_BEGIN:
		err = begin(feed, bytes);
		/* Of a sound without a header these are samples. */
		*np = feed->stage == STAGE_DATA || feed->stage == STAGE_MP3
		              ? 0
		              : HEAD_BYTES;
		break;
	case STAGE_CHUNK:
		err = chunk_begin(feed, bytes);
		*np = CHUNK_BYTES;
		break;
	case STAGE_FORMAT:
		*np = wanted(feed);
		err = format_take(feed, bytes, *np);
		feed->left += feed->left & 1;
		feed->left -= (uint32_t)*np;
		if (feed->stage == STAGE_FORMAT)
			feed->stage = feed->left ? STAGE_SKIP : STAGE_CHUNK;
		break;
	case STAGE_SKIP:
		*np = n < feed->left ? n : feed->left;
		feed->left -= (uint32_t)*np;
		if (!feed->left)
			feed->stage = STAGE_CHUNK;
		break;
	case STAGE_DATA:
		if (feed->is_bounded && n > feed->left)
			n = feed->left;
		*np = frames_take(feed, bytes, n, pcm, &count);
		if (!*np) {
			feed->stage = STAGE_OVER;
			break;
		}
		feed->left -= feed->is_bounded ? (uint32_t)*np : 0;
		feed->samples += count;
		err = give(feed, pcm, count, handler, arg);
		break;
	case STAGE_MP3:
		err = mp3_take(feed, bytes, n, handler, arg);
		break;
	case STAGE_OVER:
		break;
	}

	return err;
}

/* As many steps as the bytes that were held back are enough for. */
static int held_take(struct soundfeed *feed, soundfeed_h *handler, void *arg)
{
	int err = 0;

	while (feed->heldc >= wanted(feed) && feed->heldc && !err &&
	       feed->stage != STAGE_OVER) {
		size_t used = feed->heldc;

		err = step(feed, feed->held, &used, handler, arg);
		feed->heldc -= used;
		memmove(feed->held, feed->held + used, feed->heldc);
	}

	return err;
}

int soundfeed_take(struct soundfeed *feed, const uint8_t *bytes, size_t n,
                   soundfeed_h *handler, void *arg)
{
	int err = 0;

	while (n && !err && feed->stage != STAGE_OVER) {
		size_t want = wanted(feed), used;

		/* A chunk of no length ends before it begins. */
		if (feed->stage == STAGE_SKIP && !feed->left) {
			feed->stage = STAGE_CHUNK;
			continue;
		}
		if (!feed->heldc && n >= want) {
			used = n;
			err = step(feed, bytes, &used, handler, arg);
			bytes += used;
			n -= used;
			continue;
		}

		feed->held[feed->heldc++] = *bytes++;
		n--;
		err = held_take(feed, handler, arg);
	}

	return err;
}

int soundfeed_finish(struct soundfeed *feed, soundfeed_h *handler, void *arg)
{
	static const int16_t silence[RATE_MAX_HZ / TAIL_PER_S];

	if (feed->stage == STAGE_BEGIN && feed->heldc && feed->raw_hz) {
		int err = data_begin(feed, feed->raw_hz, 1);
		size_t used = feed->heldc;

		if (!err)
			err = step(feed, feed->held, &used, handler, arg);
		if (err)
			return err;
	}
	if (!feed->samples)
		return refuse(feed, EBADMSG, "no sound at all");

	return feed->resample ? give(feed, silence, feed->from_hz / TAIL_PER_S,
	                             handler, arg)
	                      : 0;
}
