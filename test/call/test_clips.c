/*
 * test/call/test_clips.c - sound files of prompts
 *
 * The folder holds hello.wav, in.wav (a link to it), out.wav (a link to a
 * sound beside the folder) and text.wav, which is none.
 */
#include <sys/stat.h>
#include <unistd.h>
#include "base/loop.h"
#include "base/mem.h"
#include "base/wav.h"
#include "call/clips.h"
#include "harness.h"
#include "tests.h"

enum {
	PATH_SIZE = 512,
	SAMPLES = 800,
	RATE_HZ = 8000,
};

struct desk {
	struct work_pool *pool;
	struct clips *clips;
	char folder[PATH_SIZE];

	/* the latest answer */
	struct voice_sound *sound;
	char fault[CFG_FAULT_SIZE];
	unsigned answers;
};

static void below(char path[PATH_SIZE], const char *folder, const char *name)
{
	(void)snprintf(path, PATH_SIZE, "%s/%s", folder, name);
}

static int sound_write(const char *folder, const char *name, size_t count)
{
	static const int16_t pcm[2 * SAMPLES];
	char path[PATH_SIZE];

	below(path, folder, name);

	return wav_write(path, pcm, count, 8000);
}

static int folder_fill(const char *folder)
{
	char path[PATH_SIZE], secret[PATH_SIZE];
	FILE *file;
	int err;

	(void)mkdir(folder, 0700);
	err = sound_write(folder, "hello.wav", SAMPLES);
	if (!err)
		err = sound_write(test_dir(), "secret.wav", SAMPLES);
	if (err)
		return err;

	below(secret, test_dir(), "secret.wav");
	below(path, folder, "out.wav");
	if (symlink(secret, path))
		return errno;
	below(path, folder, "in.wav");
	if (symlink("hello.wav", path))
		return errno;

	below(path, folder, "text.wav");
	file = fopen(path, "w");
	if (!file)
		return errno;
	(void)fputs("no sound", file);

	return fclose(file) ? errno : 0;
}

static int desk_open(struct desk *desk, size_t bytes_max)
{
	int err;

	memset(desk, 0, sizeof(*desk));
	below(desk->folder, test_dir(), "sounds");
	err = loop_init();
	if (!err)
		err = work_pool_alloc(&desk->pool, 1, loop_mailbox());
	if (!err)
		err = clips_alloc(&desk->clips, desk->pool, bytes_max);

	return err;
}

static void desk_close(struct desk *desk)
{
	mem_deref(desk->sound);
	mem_deref(desk->clips);
	mem_deref(desk->pool);
	loop_close();
}

static void answered(struct voice_sound *sound, const char *fault, void *arg)
{
	struct desk *desk = arg;

	desk->answers++;
	mem_deref(desk->sound);
	desk->sound = mem_ref(sound);
	(void)snprintf(desk->fault, sizeof(desk->fault), "%s",
	               fault ? fault : "");
	loop_stop();
}

/* Asks and waits; the answer is in the desk. */
static int ask(struct desk *desk, const char *path)
{
	const struct clip_prm prm = {desk->folder, path, RATE_HZ};
	struct clip_request *request;
	int err;

	err = clips_get(&request, desk->clips, &prm, answered, desk);
	if (err)
		return err;

	(void)loop_run();
	mem_deref(request);

	return 0;
}

int test_clips_table(void)
{
	static const struct {
		const char *path;
		int err;
		const char *fault; /* a part of it, "": a sound */
	} rowv[] = {
		{"hello.wav", 0, ""},
		{"./hello.wav", 0, ""},
		{"in.wav", 0, ""},
		{"out.wav", 0, "leaves the folder"},
		{"none.wav", 0, "no such sound file"},
		{"hello.wav/x.wav", 0, "no such sound file"},
		{"text.wav", 0, "no sound file that can be read"},
		{"../secret.wav", EXDEV, ""},
		{"a/../../secret.wav", EXDEV, ""},
		{"/etc/passwd", EXDEV, ""},
		{"", EXDEV, ""},
	};
	struct desk desk;
	int err;

	err = desk_open(&desk, 1 << 20);
	CHECK_ERR(0, err);
	err = folder_fill(desk.folder);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		desk.fault[0] = '\0';
		CHECK_ERR(rowv[i].err, ask(&desk, rowv[i].path));
		if (!strstr(desk.fault, rowv[i].fault))
			fprintf(stderr, "%s: %s\n", rowv[i].path, desk.fault);
		CHECK(strstr(desk.fault, rowv[i].fault));
		if (!rowv[i].err)
			CHECK(!desk.sound == !!*rowv[i].fault);
	}

out:
	desk_close(&desk);

	return err;
}

int test_clips_kept_until_changed(void)
{
	struct voice_sound *first = NULL;
	struct desk desk;
	int err;

	err = desk_open(&desk, 1 << 20);
	CHECK_ERR(0, err);
	err = folder_fill(desk.folder);
	CHECK_ERR(0, err);

	err = ask(&desk, "hello.wav");
	CHECK_ERR(0, err);
	first = mem_ref(desk.sound);
	CHECK_U64(SAMPLES, first->count);

	/* The same sound, by whatever name. */
	err = ask(&desk, "in.wav");
	CHECK_ERR(0, err);
	CHECK(desk.sound == first);

	/* Another one took its place. */
	err = sound_write(desk.folder, "hello.wav", 2 * SAMPLES);
	CHECK_ERR(0, err);
	err = ask(&desk, "hello.wav");
	CHECK_ERR(0, err);
	CHECK_U64(2 * SAMPLES, desk.sound->count);

out:
	mem_deref(first);
	desk_close(&desk);

	return err;
}

int test_clips_ceiling(void)
{
	struct voice_sound *first = NULL;
	struct desk desk;
	int err;

	/* Room for none: each is read, each is there. */
	err = desk_open(&desk, 100);
	CHECK_ERR(0, err);
	err = folder_fill(desk.folder);
	CHECK_ERR(0, err);

	err = ask(&desk, "hello.wav");
	CHECK_ERR(0, err);
	first = mem_ref(desk.sound);
	err = ask(&desk, "hello.wav");
	CHECK_ERR(0, err);
	CHECK(desk.sound && desk.sound != first);

out:
	mem_deref(first);
	desk_close(&desk);

	return err;
}

/* Who has let go hears nothing, and nothing is lost. */
int test_clips_silent(void)
{
	struct clip_prm prm = {.path = "hello.wav", .rate_hz = RATE_HZ};
	struct clip_request *request;
	struct desk desk;
	int err;

	err = desk_open(&desk, 1 << 20);
	CHECK_ERR(0, err);
	err = folder_fill(desk.folder);
	CHECK_ERR(0, err);

	prm.folder = desk.folder;
	err = clips_get(&request, desk.clips, &prm, answered, &desk);
	CHECK_ERR(0, err);
	mem_deref(request);
	err = ask(&desk, "hello.wav");
	CHECK_ERR(0, err);
	CHECK_U64(1, desk.answers);

out:
	desk_close(&desk);

	return err;
}
