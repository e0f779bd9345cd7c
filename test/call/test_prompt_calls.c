/*
 * test/call/test_prompt_calls.c - prompts in whole calls: files and voices
 */
#include <dirent.h>
#include <sndfile.h>
#include <sys/stat.h>
#include "base/wav.h"
#include "harness.h"
#include "rig.h"
#include "tests.h"

enum {
	RATE_HZ = 8000,
	PATH_SIZE = 512,
};

#define SCRIPT(tts, items)                                                     \
	"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\"," tts          \
	"\"flow\":[{\"id\":\"a\",\"action\":\"hangup\",\"playbacks\":[" items  \
	"]}]}"

static unsigned voice_files(void)
{
	const struct dirent *entry;
	char path[PATH_SIZE];
	unsigned n = 0;
	DIR *folder;

	(void)snprintf(path, sizeof(path), "%s/voices", test_dir());
	folder = opendir(path);
	while (folder && (entry = readdir(folder)))
		n += entry->d_name[0] != '.';
	if (folder)
		(void)closedir(folder);

	return n;
}

/* What was spoken before lies in a file for each voice. */
int test_prompts_voices_take_turns(void)
{
	static const struct {
		const char *why, *script;
		unsigned filev[4]; /* after each call */
	} rowv[] = {
		/* clang-format off */
		{"a voice for each call, then the first again",
		 SCRIPT("\"tts\":{\"voices\":[\"flite:slt\",\"flite:rms\","
		        "\"espeak:en\"]},", "\"Good bye.\""), {1, 2, 3, 3}},
		{"one voice where one is named",
		 SCRIPT("\"tts\":{\"voice\":\"flite:awb\",\"voices\":"
		        "[\"flite:slt\",\"flite:rms\"]},", "\"Good bye.\""),
		 {1, 1, 1, 1}},
		/* clang-format on */
	};
	const struct rig_person person = {0};
	struct rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		unsigned before = voice_files();

		err = rig_open(&rig, NULL);
		for (size_t k = 0; k < 4 && !err; k++) {
			rig.ended = 0;
			rig.script = mem_deref(rig.script);
			err = rig_call(&rig, rowv[i].script, &person);
			if (voice_files() - before != rowv[i].filev[k])
				fprintf(stderr, "%s: call %zu\n", rowv[i].why,
				        k);
			CHECK_U64(rowv[i].filev[k], voice_files() - before);
		}
		rig_close(&rig);
		CHECK_ERR(0, err);
	}

	return 0;

out:
	rig_close(&rig);

	return err;
}

/* ms of a tone as MP3. */
static int mp3_write(const char *path, unsigned ms)
{
	SF_INFO info = {
		.samplerate = RATE_HZ,
		.channels = 1,
		.format = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III,
	};
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);
	sf_count_t n = ms * RATE_HZ / 1000, written = 0;

	if (!file)
		return EIO;
	for (sf_count_t i = 0; i < n; i++) {
		int16_t sample = i % 16 < 8 ? 6000 : -6000;

		written += sf_write_short(file, &sample, 1);
	}

	return sf_close(file) || written != n ? EIO : 0;
}

static int wav_tone_write(const char *path, unsigned ms)
{
	int16_t pcm[RATE_HZ];
	size_t n = ms * RATE_HZ / 1000;

	for (size_t i = 0; i < n; i++)
		pcm[i] = i % 20 < 10 ? 6000 : -6000;

	return wav_write(path, pcm, n, RATE_HZ);
}

/* The person hears so much of each, with a pause between them. */
int test_prompts_files_in_a_call(void)
{
	const struct rig_person person = {0};
	char folder[PATH_SIZE], path[PATH_SIZE + 64], script[4 * PATH_SIZE];
	unsigned loud_ms;
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	(void)snprintf(folder, sizeof(folder), "%s/prompts", test_dir());
	(void)mkdir(folder, 0700);
	(void)snprintf(path, sizeof(path), "%s/hello.wav", folder);
	err = wav_tone_write(path, 500);
	CHECK_ERR(0, err);
	(void)snprintf(path, sizeof(path), "%s/bye.mp3", folder);
	err = mp3_write(path, 700);
	CHECK_ERR(0, err);

	(void)snprintf(script, sizeof(script),
	               SCRIPT("\"recordings\":\"%s\",",
	                      "\"file://hello.wav\","
	                      "\"silence_stream://400\",\"bye.mp3\","
	                      "\"silence_stream://400\",\"hello.wav\""),
	               folder);
	err = rig_call(&rig, script, &person);
	CHECK_ERR(0, err);
	loud_ms = rig_loud_ms(&rig, 0, 10000);
	if (loud_ms < 1640 || loud_ms > 1900)
		fprintf(stderr, "%u ms\n%s", loud_ms, rig.notes);
	CHECK(loud_ms >= 1640);
	CHECK(loud_ms <= 1900); /* a codec's frames are longer than it */

out:
	rig_close(&rig);

	return err;
}

/* Nothing of what a variable holds is removed or has to be encoded (C148), and
 * one may name a file. */
int test_prompts_variables_as_they_are(void)
{
	const struct rig_person person = {0};
	char folder[PATH_SIZE], path[PATH_SIZE + 64], script[4 * PATH_SIZE];
	unsigned loud_ms;
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	(void)snprintf(folder, sizeof(folder), "%s/prompts", test_dir());
	(void)mkdir(folder, 0700);
	(void)snprintf(path, sizeof(path), "%s/hello you!.wav", folder);
	err = wav_tone_write(path, 500);
	CHECK_ERR(0, err);

	(void)snprintf(script, sizeof(script),
	               SCRIPT("\"recordings\":\"%s\",\"variables\":{"
	                      "\"what\":\"Really? You & me! All of us!\","
	                      "\"file\":\"hello you!.wav\"},",
	                      "\"${what}\",\"file://${file}\""),
	               folder);
	err = rig_call(&rig, script, &person);
	CHECK_ERR(0, err);
	CHECK(strstr(rig.notes, "Really? You & me! All of us!"));
	CHECK(!strstr(rig.notes, "TROUBLE"));
	loud_ms = rig_loud_ms(&rig, 0, 10000);
	CHECK(loud_ms >= 480 + 500);

out:
	rig_close(&rig);

	return err;
}
