/*
 * speech/mp3feed.c - pure: the bytes of an MP3, as they arrive, become samples
 *
 * libmpg123 does the work; it keeps what is no whole frame yet, and leaves out
 * what an encoder put around the sound.
 */
#include <assert.h>
#include <errno.h>
#include <mpg123.h>
#include <string.h>
#include "base/mem.h"
#include "speech/mp3feed.h"

struct mp3feed {
	mpg123_handle *handle;
	uint32_t rate_hz;
};

static void destructor(void *arg)
{
	struct mp3feed *feed = arg;

	if (feed->handle)
		mpg123_delete(feed->handle);
}

bool mp3feed_is(const uint8_t bytes[4])
{
	if (!memcmp(bytes, "ID3", 3))
		return true;

	/* Eleven bits of one, a version, layer III, a bit rate and a rate. */
	return bytes[0] == 0xff && (bytes[1] & 0xe6) == 0xe2 &&
	       (bytes[1] & 0x18) != 0x08 && (bytes[2] & 0xf0) != 0xf0 &&
	       (bytes[2] & 0xf0) && (bytes[2] & 0x0c) != 0x0c;
}

int mp3feed_alloc(struct mp3feed **feedp)
{
	static const long ratev[] = {8000,  11025, 12000, 16000, 22050,
	                             24000, 32000, 44100, 48000};
	struct mp3feed *feed = mem_zalloc(sizeof(*feed), destructor);
	int err = MPG123_OK;

	assert(feedp);

	if (!feed)
		return ENOMEM;

	feed->handle = mpg123_new(NULL, &err);
	if (!feed->handle) {
		mem_deref(feed);
		return ENOMEM;
	}

	/* Quiet: what is wrong with a sound is told by us. */
	(void)mpg123_param(feed->handle, MPG123_ADD_FLAGS,
	                   MPG123_QUIET | MPG123_FORCE_MONO, 0);
	(void)mpg123_format_none(feed->handle);
	for (size_t i = 0; i < ARRAY_COUNT(ratev) && err == MPG123_OK; i++)
		err = mpg123_format(feed->handle, ratev[i], MPG123_MONO,
		                    MPG123_ENC_SIGNED_16);
	if (err == MPG123_OK)
		err = mpg123_open_feed(feed->handle);
	if (err != MPG123_OK) {
		mem_deref(feed);
		return ENOMEM;
	}
	*feedp = feed;

	return 0;
}

static int format_take(struct mp3feed *feed)
{
	int channels, encoding;
	long rate_hz;

	if (mpg123_getformat(feed->handle, &rate_hz, &channels, &encoding))
		return EBADMSG;

	feed->rate_hz = (uint32_t)rate_hz;

	return 0;
}

int mp3feed_take(struct mp3feed *feed, const uint8_t *bytes, size_t n,
                 mp3feed_h *handler, void *arg)
{
	int err = 0, got;

	if (mpg123_feed(feed->handle, bytes, n) != MPG123_OK)
		return ENOMEM;

	while (!err) {
		unsigned char *sound;
		size_t size = 0;
		off_t frame;

		got = mpg123_decode_frame(feed->handle, &frame, &sound, &size);
		if (got == MPG123_NEED_MORE || got == MPG123_DONE)
			break;
		if (got == MPG123_NEW_FORMAT)
			err = format_take(feed);
		else if (got != MPG123_OK)
			err = EBADMSG;
		else if (size && feed->rate_hz)
			/* It is aligned for any sample. */
			err = handler((const int16_t *)(const void *)sound,
			              size / sizeof(int16_t), feed->rate_hz,
			              arg);
	}

	return err;
}
