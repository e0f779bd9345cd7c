/*
 * test/base/test_wav.c - sound files
 */
#include <sys/stat.h>
#include <unistd.h>
#include "base/wav.h"
#include "harness.h"
#include "test_base.h"

static const char *path_of(const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", test_dir(), name);

	return path;
}

int test_wav_round(void)
{
	static const int16_t sound[] = {0, 1, -1, 32767, -32768, 1234, -999};
	const char *path = path_of("a.wav");
	int16_t *pcm = NULL;
	size_t count = 0;
	uint32_t rate_hz = 0;
	struct stat st;
	int err;

	/* The second time over the first. */
	for (int i = 0; i < 2; i++) {
		err = wav_write(path, sound, ARRAY_COUNT(sound), 22050);
		CHECK_ERR(0, err);
	}

	err = wav_read(&pcm, &count, &rate_hz, path);
	CHECK_ERR(0, err);
	CHECK_U64(22050, rate_hz);
	CHECK_U64(ARRAY_COUNT(sound), count);
	CHECK(!memcmp(sound, pcm, sizeof(sound)));

	CHECK(!stat(path, &st));
	CHECK_U64(44 + sizeof(sound), (uint64_t)st.st_size);
	CHECK(!(st.st_mode & 07));

	/* Nothing of the temporary names is left: the directory goes. */
	CHECK(!unlink(path));
	CHECK(!rmdir(test_dir()));

out:
	mem_deref(pcm);

	return err;
}

int test_wav_stereo_growing(void)
{
	static const int16_t pair[] = {100, 300, -200, 200, 7, 7};
	const char *path = path_of("call.wav");
	struct wav_file *file = NULL, *again = NULL;
	int16_t *pcm = NULL;
	size_t count = 0;
	uint32_t rate_hz = 0;
	int err;

	err = wav_open(&file, path, 8000, 2);
	CHECK_ERR(0, err);

	/* A recording that is there is never overwritten. */
	CHECK_ERR(EEXIST, wav_open(&again, path, 8000, 2));

	for (size_t i = 1; i <= 3; i++) {
		err = wav_append(file, pair, 3);
		CHECK_ERR(0, err);

		/* A reader meanwhile, or after a crash, sees all of it. */
		err = wav_read(&pcm, &count, &rate_hz, path);
		CHECK_ERR(0, err);
		CHECK_U64(3 * i, count);
		CHECK_I64(200, pcm[3 * i - 3]);
		CHECK_I64(0, pcm[3 * i - 2]);
		CHECK_I64(7, pcm[3 * i - 1]);
		pcm = mem_deref(pcm);
	}

out:
	mem_deref(pcm);
	mem_deref(again);
	mem_deref(file);

	return err;
}

static int put_file(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "wb");
	int err = 0;

	if (!file)
		return errno;
	if (fwrite(data, 1, size, file) != size)
		err = EIO;
	(void)fclose(file);

	return err;
}

int test_wav_refused(void)
{
	static const int16_t sound[8] = {0};
	struct wav_file *file = NULL;
	int16_t *pcm = NULL;
	size_t count;
	uint32_t rate_hz;
	int err;

	CHECK_ERR(ENOENT, wav_read(&pcm, &count, &rate_hz, path_of("none")));
	CHECK_ERR(EBADMSG, wav_read(&pcm, &count, &rate_hz, test_dir()));

	err = put_file(path_of("text.wav"), "this is no sound", 16);
	CHECK_ERR(0, err);
	CHECK_ERR(EBADMSG,
	          wav_read(&pcm, &count, &rate_hz, path_of("text.wav")));

	err = put_file(path_of("empty.wav"), "", 0);
	CHECK_ERR(0, err);
	CHECK_ERR(EBADMSG,
	          wav_read(&pcm, &count, &rate_hz, path_of("empty.wav")));

	CHECK_ERR(ENOENT, wav_write(path_of("no/a.wav"), sound, 8, 8000));
	CHECK_ERR(ENOENT, wav_open(&file, path_of("no/a.wav"), 8000, 1));

	/* A disk without room. */
	if (!access("/dev/full", W_OK)) {
		CHECK(!symlink("/dev/full", path_of("full.wav")));
		CHECK_ERR(EEXIST,
		          wav_open(&file, path_of("full.wav"), 8000, 1));
	}

out:
	mem_deref(file);
	mem_deref(pcm);

	return err;
}

int test_wav_too_long(void)
{
	enum {
		COUNT = 8000 * WAV_SECONDS_MAX + 1
	};
	const char *path = path_of("long.wav");
	int16_t *sound, *pcm = NULL;
	size_t count = 0;
	uint32_t rate_hz;
	int err = 0;

	sound = mem_zalloc(COUNT * sizeof(*sound), NULL);
	CHECK(sound);

	err = wav_write(path, sound, COUNT, 8000);
	CHECK_ERR(0, err);
	CHECK_ERR(EFBIG, wav_read(&pcm, &count, &rate_hz, path));

	err = wav_write(path, sound, COUNT - 1, 8000);
	CHECK_ERR(0, err);
	err = wav_read(&pcm, &count, &rate_hz, path);
	CHECK_ERR(0, err);
	CHECK_U64(COUNT - 1, count);

out:
	mem_deref(sound);
	mem_deref(pcm);

	return err;
}
