/*
 * speech/keyring.c - what files know about the keys of a service
 */
#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>
#include "base/cfg.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "speech/keyring.h"

enum {
	FILE_MODE = 0600,
	FILE_BYTES_MAX = 1024,
};

struct keyring {
	char *name;
	char *key_file;
	char *day_file;
	struct keys *keys;
	struct work_queue *queue;
	uint64_t looked_ms;
	bool is_busy;
	bool is_warned;
};

/* One visit to the files; the worker's while it is under way. */
struct visit {
	char *key_file; /* NULL: not this time */
	char *day_file;
	int64_t day;
	uint64_t askedv[KEYS_MAX]; /* since the last visit; then of all */
	char *keys;
	int key_err, day_err;
	char fault[CFG_FAULT_SIZE];
	struct keyring *ring; /* the loop's; a reference */
};

static void visit_destructor(void *arg)
{
	struct visit *visit = arg;

	mem_deref(visit->key_file);
	mem_deref(visit->day_file);
	mem_deref(visit->keys);
	mem_deref(visit->ring);
}

/* --- the file of a day: "DAY ASKED ASKED …" ------------------------------- */

/* Adds what it says of the same day. */
static void day_add(const char *text, int64_t day, uint64_t askedv[KEYS_MAX])
{
	char *end;

	if (strtoll(text, &end, 10) != day)
		return;
	for (unsigned i = 0; i < KEYS_MAX && *end; i++)
		askedv[i] += strtoull(end, &end, 10);
}

static int day_write(int fd, int64_t day, const uint64_t askedv[KEYS_MAX])
{
	char text[FILE_BYTES_MAX];
	int n = snprintf(text, sizeof(text), "%" PRId64, day);

	for (unsigned i = 0; i < KEYS_MAX; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " %" PRIu64,
		              askedv[i]);
	text[n++] = '\n';
	if (pwrite(fd, text, (size_t)n, 0) != n || ftruncate(fd, n))
		return errno;

	return 0;
}

/* Others may do the same: one after another. */
static int day_exchange(const char *path, int64_t day,
                        uint64_t askedv[KEYS_MAX])
{
	char text[FILE_BYTES_MAX] = "";
	int fd, err = 0;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (fd < 0)
		return errno;

	if (flock(fd, LOCK_EX) || pread(fd, text, sizeof(text) - 1, 0) < 0)
		err = errno;
	if (!err) {
		day_add(text, day, askedv);
		err = day_write(fd, day, askedv);
	}
	(void)close(fd);

	return err;
}

/* --- a visit -------------------------------------------------------------- */

static void visit_job(void *arg)
{
	struct visit *visit = arg;

	if (visit->key_file)
		visit->key_err = cfg_file_read(&visit->keys, visit->key_file,
		                               visit->fault);
	if (visit->day_file)
		visit->day_err = day_exchange(visit->day_file, visit->day,
		                              visit->askedv);
}

static void keys_take_over(struct keyring *ring, const struct visit *visit)
{
	bool is_changed = false;
	int err = visit->key_err;

	/* Empty: it is just being written. */
	if (!err && visit->keys && *visit->keys)
		err = keys_renew(ring->keys, visit->keys, &is_changed);
	if (is_changed)
		log_info("speech", "%s: its key was written anew", ring->name);
	if (err && !ring->is_warned)
		log_warning("speech",
		            "key of [service %s] %s; going on with "
		            "the one from before",
		            ring->name,
		            err == EINVAL && !visit->key_err
		                    ? "has another number of keys now"
		                    : visit->fault);
	ring->is_warned = err != 0;
}

static void visit_done(void *arg)
{
	struct visit *visit = arg;
	struct keyring *ring = visit->ring;

	ring->is_busy = false;
	if (visit->key_file)
		keys_take_over(ring, visit);
	if (visit->day_file && !visit->day_err)
		keys_set_asked(ring->keys, visit->day, visit->askedv);
	else if (visit->day_file && !ring->is_warned)
		log_warning("speech",
		            "%s: cannot keep what was asked today (%s)",
		            ring->name, strerror(visit->day_err));
	mem_deref(visit);
}

static int visit_alloc(struct visit **visitp, struct keyring *ring,
                       bool has_keys)
{
	struct visit *visit = mem_zalloc(sizeof(*visit), visit_destructor);
	int err = 0;

	if (!visit)
		return ENOMEM;

	visit->ring = mem_ref(ring);
	if (has_keys)
		err = str_dup(&visit->key_file, ring->key_file);
	if (!err && ring->day_file)
		err = str_dup(&visit->day_file, ring->day_file);
	if (err)
		mem_deref(visit);
	else
		*visitp = visit;

	return err;
}

static void visit_start(struct keyring *ring, bool has_keys)
{
	struct visit *visit;

	if (ring->is_busy || visit_alloc(&visit, ring, has_keys))
		return;

	if (visit->day_file &&
	    !keys_fresh(ring->keys, &visit->day, visit->askedv))
		visit->day_file = mem_deref(visit->day_file);
	if (!visit->day_file && !visit->key_file) {
		mem_deref(visit);
		return;
	}

	ring->looked_ms = has_keys ? clock_ms() : ring->looked_ms;
	if (work_submit(ring->queue, visit_job, visit_done, visit))
		mem_deref(visit);
	else
		ring->is_busy = true;
}

/* --- the ring ------------------------------------------------------------- */

/* What no visit has written yet. */
static void destructor(void *arg)
{
	struct keyring *ring = arg;
	uint64_t askedv[KEYS_MAX];
	int64_t day;

	if (ring->day_file && ring->keys &&
	    keys_fresh(ring->keys, &day, askedv))
		(void)day_exchange(ring->day_file, day, askedv);
	mem_deref(ring->name);
	mem_deref(ring->key_file);
	mem_deref(ring->day_file);
	mem_deref(ring->keys);
	mem_deref(ring->queue);
}

int keyring_alloc(struct keyring **ringp, const struct keyring_prm *prm)
{
	const int64_t day = clock_wall_ms() / (24 * 3600 * 1000);
	uint64_t askedv[KEYS_MAX] = {0};
	struct keyring *ring;
	int err;

	assert(ringp && prm->keys && prm->queue);

	ring = mem_zalloc(sizeof(*ring), destructor);
	if (!ring)
		return ENOMEM;

	ring->keys = mem_ref(prm->keys);
	ring->queue = mem_ref(prm->queue);
	ring->looked_ms = clock_ms();
	err = str_dup(&ring->name, prm->name);
	if (!err && prm->key_file)
		err = str_dup(&ring->key_file, prm->key_file);
	if (!err && *prm->day_file)
		err = str_dup(&ring->day_file, prm->day_file);
	if (err) {
		mem_deref(ring);
		return err;
	}

	if (ring->day_file && !day_exchange(ring->day_file, day, askedv))
		keys_set_asked(ring->keys, day, askedv);
	*ringp = ring;

	return 0;
}

void keyring_asked(struct keyring *ring)
{
	visit_start(ring,
	            ring->key_file &&
	                    clock_ms() > ring->looked_ms + KEYRING_LOOK_MS);
}

void keyring_refused(struct keyring *ring)
{
	if (ring->key_file)
		visit_start(ring, true);
}
