/*
 * api/r_prompts.c - the routes of recorded prompts
 *
 * Files in one folder, where the scripts of the store look for their sounds.
 * Reading, converting and writing them is a worker's.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "api/api_parts.h"
#include "api/fields.h"
#include "api/handlers.h"
#include "api/shelf.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "base/resample.h"
#include "base/text.h"
#include "base/wav.h"
#include "base/work.h"

enum {
	PATH_SIZE = 1200,
	RATE_MAX_HZ = 16000, /* no call has more */
	RATE_MIN_HZ = 8000,
	SECOND_MS = 1000,
	PROMPTS_MAX = 2000, /* rows of the list */
	FOLDER_MODE = 0750,
};

/* One file, or all of them, with the worker. */
struct prompt_job {
	struct ask *ask;
	char name[SHELF_NAME_SIZE + 4]; /* with ".wav" */
	char folder[PATH_SIZE - 100];
	char path[PATH_SIZE];
	int fd; /* of an upload, the request's; of a file that is played */
	bool is_ours;
	size_t count;
	uint32_t rate_hz;
	json_t *items;
	int err;
};

static void destructor(void *arg)
{
	struct prompt_job *job = arg;

	if (job->is_ours && job->fd >= 0)
		(void)close(job->fd);
	json_decref(job->items);
	mem_deref(job->ask);
}

/* "hello", "hello.mp3" and "hello.wav" are "hello.wav". */
static bool name_take(struct prompt_job *job, const char *name)
{
	const char *dot = strrchr(name, '.');
	int len = dot ? (int)(dot - name) : (int)strlen(name);

	if (!shelf_is_name(name))
		return false;

	(void)snprintf(job->name, sizeof(job->name), "%.*s.wav", len, name);
	(void)snprintf(job->path, sizeof(job->path), "%s/%s", job->folder,
	               job->name);

	return true;
}

/* NULL: that has been answered. */
static struct prompt_job *job_alloc(struct ask *ask)
{
	const char *name = ask_param(ask, "name");
	struct prompt_job *job;

	job = mem_zalloc(sizeof(*job), destructor);
	if (!job) {
		ask_failed(ask, ENOMEM, "the prompt");
		return NULL;
	}

	job->fd = -1;
	job->ask = mem_ref(ask);
	(void)text_copy(job->folder, sizeof(job->folder), ask->api->sounds);
	if (name && !name_take(job, name)) {
		ask_wrong(ask, "name",
		          "has to be 1 to 64 bytes without / \\ @, nor a dot "
		          "in front");
		return mem_deref(job);
	}

	return job;
}

static void job_submit(struct prompt_job *job, work_h *work, work_h *done)
{
	int err = work_submit(job->ask->api->queue, work, done, job);

	if (err) {
		ask_failed(job->ask, err, "the prompt");
		mem_deref(job);
	}
}

static void failed(struct prompt_job *job)
{
	struct ask *ask = job->ask;

	switch (job->err) {

	case EBADMSG:
		ask_problem(ask, 422, "this is no sound that can be read",
		            "send a WAV, MP3, FLAC or Ogg file as the body");
		break;

	case EFBIG:
		ask_problem(ask, 422, "this sound is longer than ten minutes",
		            "cut it into pieces");
		break;

	case ENOTSUP:
		ask_problem(ask, 422,
		            "this sound has fewer than 8000 samples "
		            "a second, or more than 48000",
		            "convert it, best to 16000");
		break;

	default:
		ask_failed(ask, job->err, "the prompt");
		break;
	}
	mem_deref(job);
}

/* --- uploads -------------------------------------------------------------- */

/* As calls play it: nothing is lost that a telephone carries. */
static int convert(struct prompt_job *job, int16_t **pcmp)
{
	int16_t *pcm = NULL;
	size_t count = 0;
	int err;

	if (job->rate_hz < RATE_MIN_HZ)
		return ENOTSUP;
	if (job->rate_hz <= RATE_MAX_HZ)
		return 0;

	err = resample_all(&pcm, &count, RATE_MAX_HZ, *pcmp, job->count,
	                   job->rate_hz);
	if (err)
		return err;

	mem_deref(*pcmp);
	*pcmp = pcm;
	job->count = count;
	job->rate_hz = RATE_MAX_HZ;

	return 0;
}

static void put_job(void *arg)
{
	struct prompt_job *job = arg;
	int16_t *pcm = NULL;
	char source[64];

	(void)snprintf(source, sizeof(source), "/proc/self/fd/%d", job->fd);
	job->err = wav_read(&pcm, &job->count, &job->rate_hz, source);
	if (!job->err && !job->count)
		job->err = EBADMSG;
	if (!job->err)
		job->err = convert(job, &pcm);
	if (!job->err && mkdir(job->folder, FOLDER_MODE) && errno != EEXIST)
		job->err = errno;
	if (!job->err)
		job->err = wav_write(job->path, pcm, job->count, job->rate_hz);
	mem_deref(pcm);
}

static void put_done(void *arg)
{
	struct prompt_job *job = arg;

	if (job->err) {
		failed(job);
		return;
	}

	jmem_forget();
	ask_reply(job->ask, 0,
	          json_pack("{s:s, s:I, s:i}", "name", job->name, "ms",
	                    (json_int_t)(job->count * SECOND_MS / job->rate_hz),
	                    "rate_hz", (int)job->rate_hz));
	mem_deref(job);
}

void r_prompt_put(struct ask *ask)
{
	struct prompt_job *job = job_alloc(ask);
	const struct httpd_file file = httpd_upload(ask->req);

	if (!job)
		return;
	if (file.fd < 0) {
		job->err = EBADMSG;
		failed(job);
		return;
	}

	job->fd = file.fd;
	job_submit(job, put_job, put_done);
}

/* --- the list ------------------------------------------------------------- */

static void item_add(struct prompt_job *job, const char *name)
{
	struct stat stat_of;

	(void)snprintf(job->path, sizeof(job->path), "%s/%.*s", job->folder,
	               SHELF_NAME_SIZE + 3, name);
	if (stat(job->path, &stat_of) || !S_ISREG(stat_of.st_mode))
		return;

	(void)json_array_append_new(
		job->items,
		json_pack("{s:s, s:I, s:o}", "name", name, "bytes",
	                  (json_int_t)stat_of.st_size, "at",
	                  fields_time_json((int64_t)stat_of.st_mtime * 1000)));
}

static bool is_prompt(const char *name)
{
	size_t len = strlen(name);

	return *name != '.' && len > 4 && !strcmp(name + len - 4, ".wav") &&
	       text_is_utf8(name, len);
}

static void list_job(void *arg)
{
	struct prompt_job *job = arg;
	const struct dirent *entry;
	size_t n = 0;
	DIR *dir;

	job->items = json_array();
	dir = opendir(job->folder);
	if (!dir) {
		job->err = errno == ENOENT ? 0 : errno;
		return;
	}

	while ((entry = readdir(dir)) && n < PROMPTS_MAX) {
		if (!is_prompt(entry->d_name))
			continue;
		item_add(job, entry->d_name);
		n++;
	}
	(void)closedir(dir);
}

static void list_done(void *arg)
{
	struct prompt_job *job = arg;

	if (job->err) {
		failed(job);
		return;
	}

	jmem_forget();
	ask_page(job->ask, json_incref(job->items), 0);
	mem_deref(job);
}

void r_prompts(struct ask *ask)
{
	struct prompt_job *job = job_alloc(ask);

	if (job)
		job_submit(job, list_job, list_done);
}

/* --- one ------------------------------------------------------------------ */

static void open_job(void *arg)
{
	struct prompt_job *job = arg;

	job->is_ours = true;
	job->fd = open(job->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (job->fd < 0)
		job->err = errno;
}

static void open_done(void *arg)
{
	struct prompt_job *job = arg;

	if (job->err) {
		failed(job);
		return;
	}

	job->is_ours = false;
	ask_file(job->ask, "audio/wav", job->fd);
	mem_deref(job);
}

void r_prompt(struct ask *ask)
{
	struct prompt_job *job = job_alloc(ask);

	if (job)
		job_submit(job, open_job, open_done);
}

static void end_job(void *arg)
{
	struct prompt_job *job = arg;

	if (unlink(job->path))
		job->err = errno;
}

static void end_done(void *arg)
{
	struct prompt_job *job = arg;

	if (job->err) {
		failed(job);
		return;
	}

	ask_empty(job->ask);
	mem_deref(job);
}

void r_prompt_end(struct ask *ask)
{
	struct prompt_job *job = job_alloc(ask);

	if (job)
		job_submit(job, end_job, end_done);
}
