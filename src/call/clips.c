/*
 * call/clips.c - the sound files of prompts: checked, read, kept in memory
 *
 * A lookup travels to the pool and back: first for the file's stamp, which is
 * the key of memory, then, where nothing has that key, for the sound. What was
 * made of an older file is never found again and makes room in its turn.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "base/mem.h"
#include "base/resample.h"
#include "base/wav.h"
#include "call/clips.h"
#include "call/tickbox.h"
#include "speech/sounds.h"

enum {
	JOBS_MAX = 10000,
	PATH_SIZE = 4096, /* realpath() wants so much */
};

struct clips {
	struct work_queue *queue;
	struct sounds *sounds;
};

/* On its way through the pool; knows its request only on the loop. */
struct lookup {
	struct clips *clips;
	struct clip_request *request; /* NULL: nobody waits any more */
	char folder[PATH_SIZE];
	char path[PATH_SIZE]; /* as asked for, below the folder */
	char real[PATH_SIZE];
	char key[SOUNDS_KEY_SIZE];
	int16_t *pcm;
	size_t count;
	uint32_t rate_hz;
	int err;
};

struct clip_request {
	struct lookup *lookup;
	voice_done_h *done;
	void *arg;
};

static void destructor(void *arg)
{
	struct clips *clips = arg;

	mem_deref(clips->queue);
	mem_deref(clips->sounds);
}

int clips_alloc(struct clips **clipsp, struct work_pool *pool, size_t bytes_max)
{
	struct clips *clips;
	int err;

	assert(clipsp && pool);

	clips = mem_zalloc(sizeof(*clips), destructor);
	if (!clips)
		return ENOMEM;

	err = work_queue_alloc(&clips->queue, pool, JOBS_MAX);
	if (!err)
		err = sounds_alloc(&clips->sounds, bytes_max);

	if (err)
		mem_deref(clips);
	else
		*clipsp = clips;

	return err;
}

static void sound_destructor(void *arg)
{
	struct voice_sound *sound = arg;

	mem_deref(sound->pcm);
}

int clips_sound(struct voice_sound **soundp, int16_t *pcm, size_t count,
                uint32_t rate_hz)
{
	struct voice_sound *sound;

	sound = mem_zalloc(sizeof(*sound), sound_destructor);
	if (!sound)
		return ENOMEM;

	sound->pcm = pcm;
	sound->count = count;
	sound->rate_hz = rate_hz;
	*soundp = sound;

	return 0;
}

/* --- on a worker ---------------------------------------------------------- */

/* Whether the real place is below the real folder. */
static bool is_below(const char *place, const char *folder)
{
	size_t len = strlen(folder);

	if (!strcmp(folder, "/"))
		return true;

	return !strncmp(place, folder, len) && place[len] == '/';
}

static void find_job(void *arg)
{
	struct lookup *lookup = arg;
	char folder[PATH_SIZE], stamp[PATH_SIZE + 128];
	struct stat st;
	int n;

	if (!realpath(lookup->folder, folder) ||
	    !realpath(lookup->path, lookup->real) || stat(lookup->real, &st)) {
		lookup->err = errno;
		return;
	}
	if (!is_below(lookup->real, folder)) {
		lookup->err = EXDEV;
		return;
	}

	n = snprintf(stamp, sizeof(stamp), "%u %jd.%09ld %jd %ju %s",
	             lookup->rate_hz, (intmax_t)st.st_mtim.tv_sec,
	             st.st_mtim.tv_nsec, (intmax_t)st.st_size,
	             (uintmax_t)st.st_ino, lookup->real);
	lookup->err = sounds_key_of(lookup->key, stamp, (size_t)n);
}

static void read_job(void *arg)
{
	struct lookup *lookup = arg;
	int16_t *pcm = NULL;
	uint32_t rate_hz;
	size_t count;

	lookup->err = wav_read(&pcm, &count, &rate_hz, lookup->real);
	if (!lookup->err)
		lookup->err =
			resample_all(&lookup->pcm, &lookup->count,
		                     lookup->rate_hz, pcm, count, rate_hz);
	mem_deref(pcm);
}

/* --- on the loop ---------------------------------------------------------- */

static void lookup_destructor(void *arg)
{
	struct lookup *lookup = arg;

	mem_deref(lookup->pcm);
}

static const char *words(int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
		return "there is no such sound file";
	case EBADMSG:
		return "this is no sound file that can be read";
	case EFBIG:
		return "this sound is longer than ten minutes";
	case EXDEV:
		return "the path leaves the folder of recordings";
	default:
		return strerror(err);
	}
}

/* The end of a lookup. sound: borrowed, NULL with an error. */
static void answer(struct lookup *lookup, struct voice_sound *sound)
{
	struct clip_request *request = lookup->request;
	char fault[CFG_FAULT_SIZE];

	if (request) {
		request->lookup = NULL;
		(void)snprintf(fault, sizeof(fault), "%s: %s", lookup->path,
		               words(lookup->err));
		request->done(sound, sound ? NULL : fault, request->arg);
	}
	mem_deref(lookup);
}

static void read_done(void *arg)
{
	struct lookup *lookup = arg;
	struct voice_sound *sound = NULL;

	if (!lookup->err)
		lookup->err = clips_sound(&sound, lookup->pcm, lookup->count,
		                          lookup->rate_hz);
	if (sound) {
		lookup->pcm = NULL;
		if (lookup->request)
			sounds_keep(lookup->clips->sounds, lookup->key, sound);
	}

	answer(lookup, sound);
	mem_deref(sound);
}

static void find_done(void *arg)
{
	struct lookup *lookup = arg;
	struct voice_sound *sound = NULL;
	int err;

	/* The clips are there as long as somebody waits. */
	if (lookup->err || !lookup->request)
		goto out;

	sound = mem_ref(sounds_find(lookup->clips->sounds, lookup->key));
	if (sound)
		goto out;

	/* From here on it is the worker's. */
	err = work_submit(lookup->clips->queue, read_job, read_done, lookup);
	if (!err)
		return;
	lookup->err = err;

out:
	answer(lookup, sound);
	mem_deref(sound);
}

static void request_destructor(void *arg)
{
	struct clip_request *request = arg;

	if (request->lookup)
		request->lookup->request = NULL;
}

/* Refused by its words alone: the disk is not even asked for it. */
static bool is_inside(const char *path)
{
	const char *part = path;

	if (!*path || *path == '/')
		return false;

	while (part) {
		if (!strncmp(part, "..", 2) && (!part[2] || part[2] == '/'))
			return false;
		part = strchr(part, '/');
		if (part)
			part++;
	}

	return true;
}

static int lookup_start(struct lookup **lookupp, struct clips *clips,
                        const struct clip_prm *prm)
{
	const char *folder = *prm->folder ? prm->folder : ".";
	struct lookup *lookup;
	int n, m, err;

	lookup = mem_zalloc(sizeof(*lookup), lookup_destructor);
	if (!lookup)
		return ENOMEM;

	lookup->clips = clips;
	lookup->rate_hz = prm->rate_hz;
	n = snprintf(lookup->folder, PATH_SIZE, "%s", folder);
	m = snprintf(lookup->path, PATH_SIZE, "%s/%s", folder, prm->path);
	err = n < 0 || n >= PATH_SIZE || m < 0 || m >= PATH_SIZE ? ENAMETOOLONG
	                                                         : 0;
	if (!err)
		err = work_submit(clips->queue, find_job, find_done, lookup);

	if (err)
		mem_deref(lookup);
	else
		*lookupp = lookup;

	return err;
}

int clips_get(struct clip_request **reqp, struct clips *clips,
              const struct clip_prm *prm, voice_done_h *done, void *arg)
{
	struct clip_request *request;
	int err;

	assert(reqp && clips && prm->folder && prm->path && done);

	if (!is_inside(prm->path))
		return EXDEV;

	request = mem_zalloc(sizeof(*request), request_destructor);
	if (!request)
		return ENOMEM;

	request->done = done;
	request->arg = arg;
	err = lookup_start(&request->lookup, clips, prm);
	if (err) {
		mem_deref(request);
		return err;
	}

	request->lookup->request = request;
	*reqp = request;

	return 0;
}
