/*
 * test/speech/test_voice.c - speaking, and every sound made only once
 */
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "harness.h"
#include "rig.h"
#include "speech_tests.h"

enum {
	PATH_SIZE = 1024,
};

static int open_voices(struct rig *rig, const char *dir)
{
	int err;

	err = rig_open(rig);
	if (err)
		return err;

	return voices_alloc(&rig->voices, rig->cfg, dir, rig->pool, NULL,
	                    rig->fault);
}

/* How many sounds there are in the folder; the path of one of them. */
static unsigned count_files(char path[PATH_SIZE], const char *dir)
{
	const struct dirent *entry;
	unsigned n = 0;
	DIR *folder;

	folder = opendir(dir);
	while (folder && (entry = readdir(folder))) {
		if (!strstr(entry->d_name, ".wav"))
			continue;
		(void)snprintf(path, PATH_SIZE, "%s/%s", dir, entry->d_name);
		n++;
	}
	if (folder)
		(void)closedir(folder);

	return n;
}

static double loudness(const struct voice_sound *sound)
{
	double sum = 0;

	for (size_t i = 0; i < sound->count; i++)
		sum += (double)sound->pcm[i] * sound->pcm[i];

	return sqrt(sum / (double)(sound->count + 1));
}

int test_voice_speaks(void)
{
	static const struct {
		const char *why;
		const char *name;
		const char *text;
	} rowv[] = {
		/* clang-format off */
		{"by language",            "",           "good morning to you"},
		{"a bare voice",           "slt",        "good morning to you"},
		{"provider and voice", "flite:kal16", "good morning to you"},
		{"another process",        "espeak:en",  "good morning to you"},
		{"a variant", "espeak:en-gb+f2", "good morning to you"},
		{"Chinese", "espeak:zh",
		 "\xe4\xbd\xa0\xe5\xa5\xbd\xef\xbc\x8c\xe6\x82\xa8\xe5\xa5\xbd"},
		{"no option", "espeak:en", "-v ru --voices good morning"},
		{"no option to flite",     "slt",        "-v ru good morning"},
		/* clang-format on */
	};
	struct voice_sound *sound = NULL;
	struct rig rig;
	int err;

	err = open_voices(&rig, test_dir());
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		sound = mem_deref(sound);
		err = rig_say(&sound, &rig, rowv[i].name, rowv[i].text);
		CHECK_ERR(0, err);
		if (!sound)
			CHECK_FAIL("%s: %s", rowv[i].why, rig.fault);

		if (sound->count < 5000 || loudness(sound) < 700)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_U64(RIG_LINE_HZ, sound->rate_hz);
		CHECK(sound->count > 5000 && sound->count < 60000);
		/* One is as loud as the other. */
		CHECK(loudness(sound) > 700 && loudness(sound) < 4000);
	}

	/* No words: a sound of nothing. */
	sound = mem_deref(sound);
	err = rig_say(&sound, &rig, "slt", " \n");
	CHECK_ERR(0, err);
	CHECK(sound && !sound->count);

out:
	mem_deref(sound);
	rig_close(&rig);

	return err;
}

/* Who knows the marks gets them, others the words alone. */
int test_voice_ssml(void)
{
	static const char marked[] =
		"<speak>good morning<break time=\"900ms\"/> to you</speak>";
	static const char plain[] = "good morning, to you";
	static const struct {
		const char *name;
		bool knows_ssml;
	} rowv[] = {
		{"flite:slt", false},
		{"espeak:en", true},
	};
	struct voice_sound *one = NULL, *other = NULL;
	struct rig rig;
	int err;

	err = open_voices(&rig, test_dir());
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		one = mem_deref(one);
		other = mem_deref(other);
		err = rig_say(&one, &rig, rowv[i].name, marked);
		CHECK_ERR(0, err);
		err = rig_say(&other, &rig, rowv[i].name, plain);
		CHECK_ERR(0, err);
		CHECK(one && other && other->count > 5000);
		/* flite does not say the same twice to the sample. */
		if (rowv[i].knows_ssml)
			CHECK(one->count > other->count + 2000);
		else
			CHECK(one->count < other->count + 1000 &&
			      other->count < one->count + 1000);
	}

out:
	mem_deref(one);
	mem_deref(other);
	rig_close(&rig);

	return err;
}

int test_voice_refuses(void)
{
	struct voice_sound *sound = NULL;
	char *text = NULL;
	struct rig rig;
	int err;

	err = open_voices(&rig, test_dir());
	CHECK_ERR(0, err);

	CHECK(!voices_missing(rig.voices, "en", ""));
	CHECK(!voices_missing(rig.voices, "en-GB", "rms"));
	CHECK(!voices_missing(rig.voices, "ru", ""));
	CHECK(!voices_missing(rig.voices, "ru", "espeak:ru"));
	CHECK(voices_missing(rig.voices, "tlh", ""));
	CHECK(voices_missing(rig.voices, "ru", "flite:slt"));
	CHECK(strstr(voices_missing(rig.voices, "en", "flite:none"), "slt"));
	CHECK(voices_missing(rig.voices, "en", "espeak:../../etc/passwd"));

	err = rig_say(&sound, &rig, "flite:none", "hello");
	CHECK_ERR(0, err);
	CHECK(!sound);
	CHECK(strstr(rig.fault, "none"));

	text = mem_zalloc(VOICE_TEXT_MAX + 2, NULL);
	CHECK(text);
	memset(text, 'a', VOICE_TEXT_MAX + 1);
	err = rig_say(&sound, &rig, "slt", text);
	CHECK_ERR(0, err);
	CHECK(!sound);
	CHECK(strstr(rig.fault, "too long"));

out:
	mem_deref(text);
	mem_deref(sound);
	rig_close(&rig);

	return err;
}

int test_voice_needs_espeak(void)
{
	struct voice_sound *sound = NULL;
	char *path = NULL;
	struct rig rig;
	int err;

	err = str_dup(&path, getenv("PATH"));
	CHECK_ERR(0, err);
	err = open_voices(&rig, test_dir());
	CHECK_ERR(0, err);

	(void)setenv("PATH", test_dir(), 1);
	err = rig_say(&sound, &rig, "espeak:ru", "da");
	CHECK_ERR(0, err);
	CHECK(!sound);
	CHECK_STR("espeak-ng is not installed: apt-get install espeak-ng",
	          rig.fault);
	CHECK_STR(rig.fault, voices_missing(rig.voices, "ru", ""));

	/* A failure is not kept. */
	(void)setenv("PATH", path, 1);
	err = rig_say(&sound, &rig, "espeak:ru", "da");
	CHECK_ERR(0, err);
	CHECK(sound);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);

out:
	if (path)
		(void)setenv("PATH", path, 1);
	mem_deref(path);
	mem_deref(sound);
	rig_close(&rig);

	return err;
}

/* Says the same in a fresh start. */
static int say_again(const char *dir, const char *text, size_t *countp)
{
	struct voice_sound *sound = NULL;
	struct rig rig;
	int err;

	err = open_voices(&rig, dir);
	if (!err)
		err = rig_say(&sound, &rig, "kal16", text);
	if (!err && !sound)
		err = EPROTO;
	if (!err)
		*countp = sound->count;
	mem_deref(sound);
	rig_close(&rig);

	return err;
}

int test_voice_files(void)
{
	char dir[PATH_SIZE], path[PATH_SIZE];
	size_t first = 0, again = 0;
	struct stat before, after;
	int err;

	(void)snprintf(dir, sizeof(dir), "%s/a/b/cache", test_dir());
	err = say_again(dir, "please hold the line", &first);
	CHECK_ERR(0, err);
	CHECK_U64(1, count_files(path, dir));
	CHECK(!stat(path, &before));

	/* The second start reads what the first one made. */
	err = say_again(dir, "please hold the line", &again);
	CHECK_ERR(0, err);
	CHECK_U64(first, again);
	CHECK_U64(1, count_files(path, dir));
	CHECK(!stat(path, &after));
	CHECK(before.st_ino == after.st_ino);

	/* A torn file is made again, whole. */
	CHECK(!truncate(path, before.st_size / 2));
	err = say_again(dir, "please hold the line", &again);
	CHECK_ERR(0, err);
	CHECK_U64(first, again);
	CHECK(!stat(path, &after));
	CHECK_U64((uint64_t)before.st_size, (uint64_t)after.st_size);

	/* So is one that is no sound at all. */
	CHECK(!truncate(path, 0));
	err = say_again(dir, "please hold the line", &again);
	CHECK_ERR(0, err);
	CHECK_U64(first, again);

	err = say_again(dir, "something else", &again);
	CHECK_ERR(0, err);
	CHECK_U64(2, count_files(path, dir));

out:
	return err;
}

int test_voice_without_files(void)
{
	char dir[PATH_SIZE];
	size_t count = 0;
	FILE *file;
	int err = 0;

	/* A file where the folder should be: nobody can write there. */
	(void)snprintf(dir, sizeof(dir), "%s/taken", test_dir());
	file = fopen(dir, "w");
	CHECK(file);
	(void)fclose(file);

	err = say_again(dir, "please hold the line", &count);
	CHECK_ERR(0, err);
	CHECK(count > 0);

out:
	return err;
}

struct waiter {
	struct voice_request *req;
	unsigned *countp;
	const int16_t *pcm;
};

static void waiter_handler(struct voice_sound *sound, const char *fault,
                           void *arg)
{
	struct waiter *waiter = arg;

	(void)fault;
	waiter->pcm = sound ? sound->pcm : NULL;
	++*waiter->countp;
}

int test_voice_shares_work(void)
{
	const struct voice_prm prm = {
		.text = "one for all", .lang = "en", .name = "kal16"};
	struct waiter waiterv[5] = {0};
	char path[PATH_SIZE];
	unsigned count = 0;
	struct rig rig;
	int err;

	err = open_voices(&rig, test_dir());
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(waiterv); i++) {
		waiterv[i].countp = &count;
		err = voices_get(&waiterv[i].req, rig.voices, &prm, RIG_LINE_HZ,
		                 waiter_handler, &waiterv[i]);
		CHECK_ERR(0, err);
	}
	CHECK_U64(1, voices_pending(rig.voices));
	CHECK_U64(0, count); /* never from inside */

	/* One goes away while the work is under way: silence. */
	waiterv[1].req = mem_deref(waiterv[1].req);
	CHECK(rig_wait(&rig, &count, 4));
	CHECK(waiterv[0].pcm && waiterv[0].pcm == waiterv[4].pcm);
	CHECK(!waiterv[1].pcm);
	CHECK_U64(0, voices_pending(rig.voices));
	CHECK_U64(1, count_files(path, test_dir()));

	/* From memory, and still not from inside. */
	waiterv[0].req = mem_deref(waiterv[0].req);
	err = voices_get(&waiterv[0].req, rig.voices, &prm, RIG_LINE_HZ,
	                 waiter_handler, &waiterv[0]);
	CHECK_ERR(0, err);
	CHECK_U64(4, count);
	CHECK(rig_wait(&rig, &count, 5));
	CHECK(waiterv[0].pcm == waiterv[4].pcm);

	/* All end in the middle of the work. */
	waiterv[1].countp = &count;
	err = voices_get(&waiterv[1].req, rig.voices,
	                 &(struct voice_prm){.text = "never heard",
	                                     .lang = "en",
	                                     .name = "slt"},
	                 RIG_LINE_HZ, waiter_handler, &waiterv[1]);
	CHECK_ERR(0, err);

out:
	for (size_t i = 0; i < ARRAY_COUNT(waiterv); i++)
		mem_deref(waiterv[i].req);
	rig_close(&rig);
	if (!err && count != 5)
		err = EPROTO;

	return err;
}
