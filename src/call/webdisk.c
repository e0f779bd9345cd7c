/*
 * call/webdisk.c - the files of webcache.c: a sound and what is known of it
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/jmem.h"
#include "base/text.h"
#include "base/wav.h"
#include "call/webdisk.h"

enum {
	PATH_SIZE = 4096,
	FILE_MODE = 0640,
	DAY_MS = 86400 * 1000,
	MS_PER_S = 1000,
};

static const char sound_suffix[] = ".wav";
static const char meta_suffix[] = ".meta";

void webdisk_destructor(void *arg)
{
	struct webdisk_copy *copy = arg;

	mem_deref(copy->folder);
	mem_deref(copy->body);
}

int webdisk_name(struct webdisk_copy *copy, const char *what)
{
	char key[SOUNDS_KEY_SIZE];
	int err;

	err = sounds_key_of(key, what, strlen(what));
	if (!err)
		(void)snprintf(copy->name, sizeof(copy->name), "%s%s", key,
		               sound_suffix);

	return err;
}

static int path_make(char path[PATH_SIZE], const struct webdisk_copy *copy,
                     const char *suffix)
{
	int len = (int)(strlen(copy->name) - strlen(sound_suffix));
	int n = snprintf(path, PATH_SIZE, "%s/%.*s%s", copy->folder, len,
	                 copy->name, suffix);

	return n < 0 || n >= PATH_SIZE ? ENAMETOOLONG : 0;
}

/* --- finding -------------------------------------------------------------- */

static void text_take(char *text, size_t size, const json_t *value)
{
	const char *from = json_string_value(value);

	(void)text_copy(text, size, from ? from : "");
}

static bool meta_read(struct webdisk_copy *copy)
{
	char path[PATH_SIZE];
	json_t *root;

	if (path_make(path, copy, meta_suffix))
		return false;
	jmem_forget();
	root = json_load_file(path, 0, NULL);
	if (!json_is_object(root) || jmem_has_failed()) {
		json_decref(root);
		return false;
	}

	copy->fetched_ms = json_integer_value(json_object_get(root, "fetched"));
	copy->until_ms = json_integer_value(json_object_get(root, "until"));
	copy->must_be_fresh = json_is_true(json_object_get(root, "must"));
	text_take(copy->etag, sizeof(copy->etag),
	          json_object_get(root, "etag"));
	text_take(copy->modified, sizeof(copy->modified),
	          json_object_get(root, "modified"));
	json_decref(root);

	return true;
}

void webdisk_find(void *arg)
{
	struct webdisk_copy *copy = arg;
	char path[PATH_SIZE];
	struct stat st;

	if (!copy->is_kept || path_make(path, copy, sound_suffix) ||
	    stat(path, &st) || !meta_read(copy))
		return;

	copy->is_there = true;

	/* The oldest go first: what is in use grows no older than a day. Not
	 * younger each time, since its age is part of its key in memory. */
	if (clock_wall_ms() - (int64_t)st.st_mtim.tv_sec * MS_PER_S > DAY_MS)
		(void)utimensat(AT_FDCWD, path, NULL, 0);
}

/* --- writing -------------------------------------------------------------- */

static int meta_write(const struct webdisk_copy *copy)
{
	char path[PATH_SIZE], fresh[PATH_SIZE];
	json_t *root;
	int err;

	err = path_make(path, copy, meta_suffix);
	if (!err)
		err = path_make(fresh, copy, ".meta-new");
	if (err)
		return err;

	root = json_pack("{s:I, s:I, s:b, s:s, s:s}", "fetched",
	                 (json_int_t)copy->fetched_ms, "until",
	                 (json_int_t)copy->until_ms, "must",
	                 copy->must_be_fresh, "etag", copy->etag, "modified",
	                 copy->modified);
	if (!root)
		return ENOMEM;
	if (json_dump_file(root, fresh, JSON_COMPACT))
		err = errno ? errno : EIO;
	json_decref(root);
	if (!err && rename(fresh, path))
		err = errno;

	return err;
}

static int bytes_write(const char *path, const struct mbuf *body)
{
	size_t done = 0;
	int fd, err = 0;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return errno;

	while (!err && done < body->end) {
		ssize_t n = write(fd, body->buf + done, body->end - done);

		if (n < 0 && errno != EINTR)
			err = errno;
		else if (n > 0)
			done += (size_t)n;
	}
	if (close(fd) && !err)
		err = errno;

	return err;
}

/* A page that says "not found" with status 200 is not to be kept. */
static int sound_check(const char *path)
{
	int16_t *pcm = NULL;
	uint32_t rate_hz;
	size_t count;
	int err;

	err = wav_read(&pcm, &count, &rate_hz, path);
	mem_deref(pcm);

	return err;
}

static int sound_write(const struct webdisk_copy *copy)
{
	char path[PATH_SIZE], fresh[PATH_SIZE];
	int err;

	err = path_make(path, copy, sound_suffix);
	if (!err)
		err = path_make(fresh, copy, ".new");
	if (!err)
		err = sounds_make_dir(copy->folder);
	if (!err)
		err = bytes_write(fresh, copy->body);
	if (!err)
		err = sound_check(fresh);
	if (!err && rename(fresh, path))
		err = errno;
	if (err)
		(void)unlink(fresh);

	return err;
}

void webdisk_write(void *arg)
{
	struct webdisk_copy *copy = arg;

	copy->err = copy->body ? sound_write(copy) : 0;
	if (!copy->err && copy->is_kept)
		copy->err = meta_write(copy);
}

void webdisk_remove(void *arg)
{
	const struct webdisk_copy *copy = arg;
	char path[PATH_SIZE];

	if (!path_make(path, copy, sound_suffix))
		(void)unlink(path);
}
