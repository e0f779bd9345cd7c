/*
 * base/wav.c - sound files (libsndfile behind it)
 */
#include <assert.h>
#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"
#include "base/wav.h"

enum {
	CHANNELS_MAX = 8,
	CHUNK = 4096,     /* samples read at a time, all channels together */
	FILE_MODE = 0640, /* what callees said is nobody else's business */
	PATH_SIZE = 4096,
};

struct sound {
	int16_t *pcm;
	size_t count;
	size_t size;
	size_t limit;
};

/* What failed: the library does not tell memory from anything else, but its
 * allocator leaves a word. errno is 0 before every call that is asked about. */
static int sound_error(int otherwise)
{
	return errno == ENOMEM ? ENOMEM : otherwise;
}

/* Room for one more piece; the buffer doubles, up to the limit. */
static int sound_grow(struct sound *sound, size_t frames)
{
	size_t size = 2 * sound->size;
	int16_t *pcm;

	if (sound->count + frames > sound->limit)
		return EFBIG;
	if (sound->count + frames <= sound->size)
		return 0;
	if (size < sound->count + frames)
		size = sound->count + frames;

	pcm = mem_reallocarray(sound->pcm, size, sizeof(*pcm), NULL);
	if (!pcm)
		return ENOMEM;

	sound->pcm = pcm;
	sound->size = size;

	return 0;
}

/* The average of the channels. Files of floating point and MP3 may exceed the
 * full scale: those samples are cut, never wrapped. */
static void sound_append(struct sound *sound, const float *chunk, size_t frames,
                         unsigned channels)
{
	for (size_t i = 0; i < frames; i++) {
		float sum = 0;

		for (unsigned k = 0; k < channels; k++)
			sum += chunk[i * channels + k];

		sum = 32768 * sum / (float)channels;
		if (!(sum > -32768))
			sum = -32768;
		else if (sum > 32767)
			sum = 32767;
		sound->pcm[sound->count++] = (int16_t)lrintf(sum);
	}
}

static int sound_read(struct sound *sound, SNDFILE *file, const SF_INFO *info)
{
	unsigned channels = (unsigned)info->channels;
	float chunk[CHUNK];
	sf_count_t n;

	errno = 0;

	while ((n = sf_readf_float(file, chunk, CHUNK / (int)channels)) > 0) {
		int err = sound_grow(sound, (size_t)n);

		if (err)
			return err;
		sound_append(sound, chunk, (size_t)n, channels);
	}

	return sf_error(file) ? sound_error(EBADMSG) : 0;
}

int wav_read(int16_t **pcmp, size_t *countp, uint32_t *rate_hzp,
             const char *path)
{
	struct sound sound = {.pcm = NULL};
	SF_INFO info = {.format = 0};
	SNDFILE *file = NULL;
	int fd, err = 0;

	/* libsndfile does not tell why it could not open. */
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;

	errno = 0;
	file = sf_open_fd(fd, SFM_READ, &info, SF_FALSE);
	if (!file) {
		err = sound_error(EBADMSG);
		goto out;
	}
	if (info.channels < 1 || info.channels > CHANNELS_MAX ||
	    info.samplerate < 1) {
		err = EBADMSG;
		goto out;
	}

	sound.limit = (size_t)info.samplerate * WAV_SECONDS_MAX;
	err = sound_grow(&sound, 1);
	if (err)
		goto out;
	err = sound_read(&sound, file, &info);
	if (err)
		goto out;

	*pcmp = sound.pcm;
	*countp = sound.count;
	*rate_hzp = (uint32_t)info.samplerate;

out:
	if (file)
		(void)sf_close(file);
	(void)close(fd);
	if (err)
		mem_deref(sound.pcm);

	return err;
}

/* What failed: the system tells better than the library, if it was the
 * system. */
static int write_error(SNDFILE *file)
{
	return sf_error(file) == SF_ERR_SYSTEM && errno ? errno
	                                                : sound_error(EIO);
}

static SNDFILE *open_fd(int fd, uint32_t rate_hz)
{
	SF_INFO info = {
		.samplerate = (int)rate_hz,
		.channels = 1,
		.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16,
	};

	errno = 0;

	return sf_open_fd(fd, SFM_WRITE, &info, SF_TRUE);
}

static int append(SNDFILE *file, const int16_t *pcm, size_t frames)
{
	errno = 0;
	if (sf_writef_short(file, pcm, (sf_count_t)frames) ==
	    (sf_count_t)frames)
		return 0;

	return write_error(file);
}

int wav_write_fd(int fd, const int16_t *pcm, size_t count, uint32_t rate_hz)
{
	SNDFILE *file;
	int err;

	if (fchmod(fd, FILE_MODE)) {
		err = errno;
		(void)close(fd);
		return err;
	}

	file = open_fd(fd, rate_hz);
	if (!file) {
		err = sound_error(EIO);
		(void)close(fd);
		return err;
	}

	err = append(file, pcm, count);
	errno = 0;
	if (sf_close(file) && !err)
		err = errno ? errno : EIO;

	return err;
}

int wav_write(const char *path, const int16_t *pcm, size_t count,
              uint32_t rate_hz)
{
	char part[PATH_SIZE];
	int fd, err;

	if (re_snprintf(part, sizeof(part), "%s.XXXXXX", path) < 0)
		return ENAMETOOLONG;

	fd = mkstemp(part);
	if (fd < 0)
		return errno;

	err = wav_write_fd(fd, pcm, count, rate_hz);
	if (!err && rename(part, path))
		err = errno;
	if (err)
		(void)unlink(part);

	return err;
}
