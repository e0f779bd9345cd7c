/*
 * base/wav_file.c - a WAV file that grows: two writes for each piece
 *
 * Not by libsndfile, which keeps ten kilobytes for each file and moves to and
 * fro in it to renew the header: a thousand recordings at a time would feel
 * both.
 */
#include <assert.h>
#include <fcntl.h>
#include <unistd.h>
#include "base/mem.h"
#include "base/wav.h"

enum {
	CHANNELS_MAX = 8,
	FORMAT_SIZE = 16,
	SAMPLE_SIZE = sizeof(int16_t),
	FILE_MODE = 0640, /* what callees said is nobody else's business */
};

struct wav_file {
	int fd;
	uint32_t rate_hz;
	unsigned channels;
	uint64_t bytes; /* of sound */
};

static void destructor(void *arg)
{
	struct wav_file *wav = arg;

	if (wav->fd >= 0)
		(void)close(wav->fd);
}

static uint8_t *put(uint8_t *at, uint32_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		*at++ = (uint8_t)(value >> 8 * i);

	return at;
}

static uint8_t *put_name(uint8_t *at, const char name[4])
{
	memcpy(at, name, 4);

	return at + 4;
}

static int write_at(int fd, const void *bytes, size_t size, uint64_t offset)
{
	const uint8_t *at = bytes;

	while (size) {
		ssize_t n = pwrite(fd, at, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		at += n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}

	return 0;
}

void wav_header(uint8_t header[WAV_HEADER_SIZE], uint32_t rate_hz,
                unsigned channels, uint32_t bytes)
{
	uint32_t frame = channels * SAMPLE_SIZE;
	uint32_t riff = bytes > UINT32_MAX - WAV_HEADER_SIZE
	                        ? UINT32_MAX
	                        : bytes + WAV_HEADER_SIZE - 8;
	uint8_t *at = header;

	at = put_name(at, "RIFF");
	at = put(at, riff, 4);
	at = put_name(at, "WAVE");
	at = put_name(at, "fmt ");
	at = put(at, FORMAT_SIZE, 4);
	at = put(at, 1, 2); /* PCM */
	at = put(at, channels, 2);
	at = put(at, rate_hz, 4);
	at = put(at, rate_hz * frame, 4);
	at = put(at, frame, 2);
	at = put(at, 8 * SAMPLE_SIZE, 2);
	at = put_name(at, "data");
	at = put(at, bytes, 4);
	assert(at == header + WAV_HEADER_SIZE);
}

static int header_write(const struct wav_file *wav)
{
	uint8_t header[WAV_HEADER_SIZE];

	wav_header(header, wav->rate_hz, wav->channels, (uint32_t)wav->bytes);

	return write_at(wav->fd, header, sizeof(header), 0);
}

int wav_open(struct wav_file **filep, const char *path, uint32_t rate_hz,
             unsigned channels)
{
	struct wav_file *wav;
	int err;

	assert(filep && path && channels && channels <= CHANNELS_MAX);

	wav = mem_zalloc(sizeof(*wav), destructor);
	if (!wav)
		return ENOMEM;

	wav->rate_hz = rate_hz;
	wav->channels = channels;
	wav->fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	err = wav->fd < 0 ? errno : header_write(wav);

	if (err)
		mem_deref(wav);
	else
		*filep = wav;

	return err;
}

int wav_append(struct wav_file *wav, const int16_t *pcm, size_t frames)
{
	size_t size = frames * wav->channels * SAMPLE_SIZE;
	int err;

	/* What the header can say. */
	if (wav->bytes + size > UINT32_MAX - WAV_HEADER_SIZE)
		return EFBIG;

	/* The sound first: a header never promises what is not there. */
	static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	              "WAV is little-endian, as the samples in memory");
	err = write_at(wav->fd, pcm, size, WAV_HEADER_SIZE + wav->bytes);
	if (err)
		return err;

	wav->bytes += size;

	return header_write(wav);
}
