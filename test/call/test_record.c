/*
 * test/call/test_record.c - where recordings of single sentences go
 */
#include <fcntl.h>
#include <sndfile.h>
#include <sys/stat.h>
#include <unistd.h>
#include "call/recorder_path.h"
#include "harness.h"
#include "rig.h"
#include "tests.h"

enum {
	PATH_SIZE = 1024,
};

static const char *var(const char *name, void *arg)
{
	(void)arg;

	if (!strcmp(name, "who"))
		return "Ann/../../etc";

	return !strcmp(name, "up") ? ".." : NULL;
}

int test_record_path_table(void)
{
	static char long_name[400], longer[2000];
	const struct {
		const char *why, *template, *path;
		int err;
	} rowv[] = {
		/* clang-format off */
		{"none: beside the others", "", "/rec/x-1.wav", 0},
		{"a folder by day", "${strftime(%Y-%m-%d)}",
		 "/rec/2023-11-14/x-1.wav", 0},
		{"a folder in a folder", "a/${strftime(%H%M)}/",
		 "/rec/a/2213/x-1.wav", 0},
		{"the beginning of the name", "a/b.wav", "/rec/a/b-x-1.wav", 0},
		{"a variable is one name", "${who}",
		 "/rec/Ann_.._.._etc/x-1.wav", 0},
		{"one that is not set is nothing", "a/${none}/b",
		 "/rec/a/b/x-1.wav", 0},
		{"from the root, below the folder", "/rec/a",
		 "/rec/a/x-1.wav", 0},
		{"a point is no name", "./a/./b", "/rec/a/b/x-1.wav", 0},
		{"what is no variable stays", "a${b", "/rec/a${b/x-1.wav", 0},
		{"up", "../a", NULL, EINVAL},
		{"up in the middle", "a/../../b", NULL, EINVAL},
		{"up by a variable", "a/${up}/${up}/b", NULL, EINVAL},
		{"elsewhere", "/etc", NULL, EINVAL},
		{"a folder whose name begins alike", "/recordings", NULL,
		 EINVAL},
		{"a name that no disk takes", long_name, NULL, ENAMETOOLONG},
		{"a path that is too long", longer, NULL, ENAMETOOLONG},
		/* clang-format on */
	};
	int err = 0;

	memset(long_name, 'a', sizeof(long_name) - 1);
	for (size_t i = 0; i < sizeof(longer) - 1; i++)
		longer[i] = i % 100 ? 'a' : '/';

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct recorder_path_prm prm = {
			.root = "/rec",
			.template = rowv[i].template,
			.name = "x-1",
			.wall_ms = 1700000000000,
			.var = var,
		};
		char path[PATH_SIZE] = "";
		int got = recorder_path(path, sizeof(path), &prm);

		if (got != rowv[i].err)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_ERR(rowv[i].err, got);
		if (!got)
			CHECK_STR(rowv[i].path, path);
	}

out:
	return err;
}

/* What somebody put into the folder must not lead out of it. */
int test_record_follows_no_link(void)
{
	char root[PATH_SIZE - 100], path[PATH_SIZE], other[PATH_SIZE];
	int fd = -1, err = 0;

	(void)snprintf(root, sizeof(root), "%s/rec", test_dir());
	CHECK(!mkdir(root, 0700));
	(void)snprintf(other, sizeof(other), "%s/other", test_dir());
	CHECK(!mkdir(other, 0700));
	(void)snprintf(path, sizeof(path), "%s/link", root);
	CHECK(!symlink(other, path));

	(void)snprintf(path, sizeof(path), "%s/link/x.wav", root);
	CHECK(recorder_path_open(&fd, root, path));
	(void)snprintf(path, sizeof(path), "%s/x.wav", other);
	CHECK(access(path, F_OK));

	/* Nor is anything replaced, link or file. */
	(void)snprintf(path, sizeof(path), "%s/y.wav", root);
	CHECK(!symlink("/dev/null", path));
	CHECK_ERR(EEXIST, recorder_path_open(&fd, root, path));

	(void)snprintf(path, sizeof(path), "%s/a/b/z.wav", root);
	err = recorder_path_open(&fd, root, path);
	CHECK_ERR(0, err);
	(void)close(fd);
	CHECK_ERR(EEXIST, recorder_path_open(&fd, root, path));

out:
	return err;
}

/* clang-format off */
#define SCRIPT(template) SCRIPT_OF("yes", template, "")
#define SCRIPT_OF(words, template, more) \
	"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\"," \
	"\"asr\":{" more "\"asr_params\":\"" words "\"," \
	"\"vad_max_end_silence_time_ms\":300," \
	"\"record_template\":\"" template "\"}," \
	"\"flow\":[{\"id\":\"a\",\"action\":\"playback\"," \
	"\"playbacks\":[\"tone_stream://%(400,0,440)\"]," \
	"\"children\":[{\"flow\":\"b\",\"condition\":{\"text\":\"yes\"}}]}," \
	"{\"id\":\"b\",\"action\":\"hangup\"}]}"
/* clang-format on */

/* Ms of sound in a file below the recordings, -1: none. */
static int file_ms(const char *path)
{
	SF_INFO info = {0};
	SNDFILE *file = sf_open(path, SFM_READ, &info);

	if (!file)
		return -1;
	(void)sf_close(file);

	return (int)(info.frames * 1000 / info.samplerate);
}

static int record_of(char path[PATH_SIZE], const char *template)
{
	const struct rig_person person = {
		.speak_from_ms = 900,
		.speak_until_ms = 1500,
	};
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	if (!err)
		err = rig_call(&rig, template, &person);
	if (!err)
		err = rig_text(path, PATH_SIZE,
		               "select record from conversation where "
		               "input_args='Fyes' order by rowid desc");
	if (!err && !strstr(rig.notes, "HEARD yes"))
		err = EPROTO;
	if (!err && rig_number("select count(*) from calls where instr("
	                       "variables,'cti_asr_last_record_filename')"
	                       ">0") < 1)
		err = EPROTO;
	rig_close(&rig);

	return err;
}

int test_record_of_a_sentence(void)
{
	char path[PATH_SIZE];
	int err, ms;

	/* The sentence and 300 ms of before, not the whole call. */
	err = record_of(path, SCRIPT("said/${strftime(%Y)}"));
	CHECK_ERR(0, err);
	CHECK(strstr(path, "/recordings/said/20"));
	ms = file_ms(path);
	if (ms < 800 || ms > 1500)
		CHECK_FAIL("%s: %d ms", path, ms);

	/* Out of the folder: the call goes on, the row names the recording
	 * of the whole call. */
	err = record_of(path, SCRIPT("../../said"));
	CHECK_ERR(0, err);
	CHECK(strstr(path, "/recordings/20"));
	CHECK(file_ms(path) > 1500);

out:
	return err;
}

/* What the script calls hot words arrives where words are found. */
int test_record_hot_words_reach_the_recogniser(void)
{
	char path[PATH_SIZE];
	int err;

	err = record_of(path, SCRIPT_OF("^", "", "\"hot_word\":\"yes\","));
	CHECK_ERR(0, err);

out:
	return err;
}
