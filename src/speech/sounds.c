/*
 * speech/sounds.c - the sounds made so far: in memory and as files
 */
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"
#include "base/sum.h"
#include "base/wav.h"
#include "speech/sounds.h"

enum {
	BUCKETS = 1024,
	HEAD_BYTES = 8,      /* of a WAV file: "RIFF" and the bytes behind */
	FILES_MAX = 1000000, /* looked at when pruning */
};

static const char suffix[] = ".wav";

struct kept {
	struct le he; /* by key */
	struct le le; /* by last use, the latest first */
	char key[SOUNDS_KEY_SIZE];
	struct voice_sound *sound;
};

struct sounds {
	struct hash *hash;
	struct list keptl;
	size_t bytes;
	size_t bytes_max;
};

int sounds_key_of(char key[SOUNDS_KEY_SIZE], const void *bytes, size_t len)
{
	return sum_make(key, SOUNDS_KEY_SIZE, bytes, len);
}

int sounds_key(char key[SOUNDS_KEY_SIZE], const char *version,
               const struct voice_prm *prm, uint32_t rate_hz)
{
	struct mbuf *mb;
	int err;

	/* The text last and everything before it of a closed form, so that
	 * two different requests cannot read the same. */
	mb = mbuf_alloc(1024);
	if (!mb)
		return ENOMEM;

	err = mbuf_printf(mb, "2|%s|%s|%s|%s|%s|%d|%d|%d|%u|", version,
	                  prm->config ? prm->config : "",
	                  prm->engine ? prm->engine : "", prm->lang, prm->name,
	                  prm->volume, prm->speechrate, prm->pitchrate,
	                  rate_hz);
	if (!err)
		err = mbuf_write_str(mb, prm->text);
	if (!err)
		err = sounds_key_of(key, mb->buf, mb->end);
	mem_deref(mb);

	return err;
}

static void kept_destructor(void *arg)
{
	struct kept *kept = arg;

	hash_unlink(&kept->he);
	list_unlink(&kept->le);
	mem_deref(kept->sound);
}

static void destructor(void *arg)
{
	struct sounds *sounds = arg;

	list_flush(&sounds->keptl);
	mem_deref(sounds->hash);
}

int sounds_alloc(struct sounds **soundsp, size_t bytes_max)
{
	struct sounds *sounds;
	int err;

	sounds = mem_zalloc(sizeof(*sounds), destructor);
	if (!sounds)
		return ENOMEM;

	sounds->bytes_max = bytes_max;
	err = hash_alloc(&sounds->hash, BUCKETS);
	if (err)
		mem_deref(sounds);
	else
		*soundsp = sounds;

	return err;
}

static bool is_key(struct le *le, void *arg)
{
	const struct kept *kept = le->data;

	return !strcmp(kept->key, arg);
}

struct voice_sound *sounds_find(struct sounds *sounds, const char *key)
{
	struct kept *kept;
	struct le *le;

	le = hash_lookup(sounds->hash, hash_joaat_str(key), is_key,
	                 (void *)(uintptr_t)key);
	if (!le)
		return NULL;

	kept = le->data;
	list_unlink(&kept->le);
	list_prepend(&sounds->keptl, &kept->le, kept);

	return kept->sound;
}

static size_t bytes_of(const struct voice_sound *sound)
{
	return sound->count * sizeof(*sound->pcm) + sizeof(struct kept);
}

void sounds_keep(struct sounds *sounds, const char *key,
                 struct voice_sound *sound)
{
	struct kept *kept;

	if (bytes_of(sound) > sounds->bytes_max || sounds_find(sounds, key))
		return;

	kept = mem_zalloc(sizeof(*kept), kept_destructor);
	if (!kept)
		return; /* it will be fetched again */

	memcpy(kept->key, key, SOUNDS_KEY_SIZE);
	kept->sound = mem_ref(sound);
	hash_append(sounds->hash, hash_joaat_str(key), &kept->he, kept);
	list_prepend(&sounds->keptl, &kept->le, kept);
	sounds->bytes += bytes_of(sound);

	while (sounds->bytes > sounds->bytes_max) {
		struct kept *last = list_ledata(list_tail(&sounds->keptl));

		sounds->bytes -= bytes_of(last->sound);
		mem_deref(last);
	}
}

static void path_of(char path[SOUNDS_PATH_SIZE], const char *dir,
                    const char *key)
{
	(void)snprintf(path, SOUNDS_PATH_SIZE, "%s/%s%s", dir, key, suffix);
}

/* Whether the file is as long as its header says: a torn one is not. */
static bool is_whole(const char *path)
{
	uint8_t head[HEAD_BYTES] = {0};
	struct stat st;
	bool is_good;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	is_good = read(fd, head, sizeof(head)) == HEAD_BYTES &&
	          !memcmp(head, "RIFF", 4) && !fstat(fd, &st);
	(void)close(fd);

	return is_good &&
	       (uint64_t)st.st_size == HEAD_BYTES + (uint64_t)head[4] +
	                                       ((uint64_t)head[5] << 8) +
	                                       ((uint64_t)head[6] << 16) +
	                                       ((uint64_t)head[7] << 24);
}

int sounds_read(int16_t **pcmp, size_t *countp, const char *dir,
                const char *key, uint32_t rate_hz)
{
	char path[SOUNDS_PATH_SIZE];
	uint32_t file_hz;
	size_t count;
	int16_t *pcm;

	path_of(path, dir, key);
	if (!is_whole(path) || wav_read(&pcm, &count, &file_hz, path))
		return ENOENT;
	if (file_hz != rate_hz) {
		mem_deref(pcm);
		return ENOENT;
	}

	*pcmp = pcm;
	*countp = count;

	return 0;
}

int sounds_write(const char *dir, const char *key, const int16_t *pcm,
                 size_t count, uint32_t rate_hz)
{
	char path[SOUNDS_PATH_SIZE];

	path_of(path, dir, key);

	return wav_write(path, pcm, count, rate_hz);
}

int sounds_make_dir(const char *dir)
{
	char path[SOUNDS_PATH_SIZE];
	size_t len = strlen(dir);

	if (!len || len >= sizeof(path))
		return ENAMETOOLONG;
	memcpy(path, dir, len + 1);

	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i])
			continue;
		path[i] = '\0';
		if (mkdir(path, 0777) && errno != EEXIST)
			return errno;
		path[i] = i < len ? '/' : '\0';
	}

	return access(dir, W_OK | X_OK) ? errno : 0;
}

struct aged {
	struct timespec time;
	uint64_t bytes;
	char name[SOUNDS_KEY_SIZE + sizeof(suffix)];
};

static int by_age(const void *left, const void *right)
{
	const struct aged *a = left, *b = right;

	if (a->time.tv_sec != b->time.tv_sec)
		return a->time.tv_sec < b->time.tv_sec ? -1 : 1;
	if (a->time.tv_nsec != b->time.tv_nsec)
		return a->time.tv_nsec < b->time.tv_nsec ? -1 : 1;

	return 0;
}

/* Only what we name so is ours to remove. */
static bool is_ours(const char *name)
{
	return strlen(name) == SOUNDS_KEY_SIZE - 1 + sizeof(suffix) - 1 &&
	       strspn(name, "0123456789abcdef") == SOUNDS_KEY_SIZE - 1 &&
	       !strcmp(name + SOUNDS_KEY_SIZE - 1, suffix);
}

static int list_files(struct mbuf *mb, uint64_t *bytesp, DIR *folder)
{
	const struct dirent *entry;

	for (size_t n = 0; n < FILES_MAX && (entry = readdir(folder));) {
		struct aged aged = {0};
		struct stat st;
		int err;

		if (!is_ours(entry->d_name) ||
		    fstatat(dirfd(folder), entry->d_name, &st, 0))
			continue;

		aged.time = st.st_mtim;
		aged.bytes = (uint64_t)st.st_size;
		memcpy(aged.name, entry->d_name, strlen(entry->d_name) + 1);
		err = mbuf_write_mem(mb, (uint8_t *)&aged, sizeof(aged));
		if (err)
			return err;
		*bytesp += aged.bytes;
		n++;
	}

	return 0;
}

struct pruning {
	char *dir;
	uint64_t bytes_max;
};

static void pruning_destructor(void *arg)
{
	struct pruning *pruning = arg;

	mem_deref(pruning->dir);
}

/* "KEY.meta" of "KEY.wav", for those who keep more of a sound. */
static const char *beside(const char *name)
{
	static _Thread_local char meta[SOUNDS_KEY_SIZE + 8];

	(void)snprintf(meta, sizeof(meta), "%.*s.meta", SOUNDS_KEY_SIZE - 1,
	               name);

	return meta;
}

static void prune(void *arg)
{
	const struct pruning *pruning = arg;
	struct aged *agedv;
	uint64_t bytes = 0;
	struct mbuf *mb;
	DIR *folder;

	folder = opendir(pruning->dir);
	if (!folder)
		return;
	mb = mbuf_alloc(4096);
	if (!mb || list_files(mb, &bytes, folder))
		goto out;

	agedv = (void *)mb->buf;
	if (bytes > pruning->bytes_max)
		qsort(agedv, mb->end / sizeof(*agedv), sizeof(*agedv), by_age);
	for (size_t i = 0; bytes > pruning->bytes_max; i++) {
		(void)unlinkat(dirfd(folder), agedv[i].name, 0);
		(void)unlinkat(dirfd(folder), beside(agedv[i].name), 0);
		bytes -= agedv[i].bytes;
	}

out:
	mem_deref(mb);
	(void)closedir(folder);
}

static void prune_done(void *arg)
{
	mem_deref(arg);
}

void sounds_start_prune(struct work_queue *queue, const char *dir,
                        uint64_t bytes_max)
{
	struct pruning *pruning;

	pruning = mem_zalloc(sizeof(*pruning), pruning_destructor);
	if (!pruning)
		return;

	pruning->bytes_max = bytes_max;
	if (str_dup(&pruning->dir, dir) ||
	    work_submit(queue, prune, prune_done, pruning))
		mem_deref(pruning);
}
