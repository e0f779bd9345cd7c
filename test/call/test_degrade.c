/*
 * test/call/test_degrade.c - recognisers and voices break in whole calls
 *
 * The person answers "yes" in the middle of which the first recogniser breaks,
 * or the greeting is a text that the first voice, or none, can speak. What
 * counts is how long the person hears nothing, and where the script goes.
 */
#include <stdlib.h>
#include "base/metrics.h"
#include "base/wav.h"
#include "harness.h"
#include "rig.h"
#include "tests.h"

enum {
	SILENCE_MS = 2000, /* nobody shall hear nothing for longer */
	SLACK_MS = 1500,   /* of a busy machine under sanitizers */
	SPEAK_FROM_MS = 900,
	SPEAK_UNTIL_MS = 1900,
	SORRY_MS = 600,
	SORRY_HZ = 8000,
	PATH_SIZE = 512,
	METRICS_SIZE = 65536,
};

#define TONE(ms) "\"tone_stream://%(" ms ",0,440)\""
#define END(id, class)                                                         \
	"{\"id\":\"" id                                                        \
	"\",\"action\":\"hangup\",\"potential\":\"" class "\",\"playbacks\":"  \
							  "[" TONE("300") "]}"
#define LABEL(class)                                                           \
	"{\"label\":\"" class "\",\"when\":[{\"var\":\"class\","               \
			      "\"op\":\"==\",\"value\":\"" class "\"}]}"
#define SCRIPT(prompt)                                                         \
	"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\",\"label\":"    \
	"[" LABEL("A") "," LABEL("B") "," LABEL(                               \
		"E") "],\"asr\":{\"asr_params\":"                              \
		     "\"yes\",\"vad_max_end_silence_time_ms\":300,"            \
		     "\"wait_speech_timeout_ms\":1500},\"flow\":[{\"id\":"     \
		     "\"a\","                                                  \
		     "\"action\":\"playback\",\"playbacks\":[" prompt          \
		     "],\"children\":["                                        \
		     "{\"flow\":\"yes\",\"condition\":{\"text\":\"yes\"}},"    \
		     "{\"flow\":\"err\",\"condition\":{\"complete\":"          \
		     "\"ERROR\"}},"                                            \
		     "{\"flow\":\"no\",\"condition\":{\"complete\":\"ANY\"}}]" \
		     "}," END("yes", "A") "," END("no", "B") "," END("err",    \
	                                                             "E") "]}"

int test_degrade_recogniser(void)
{
	static const struct {
		const char *recognisers;
		const char *label;
		const char *heard_by;
	} rowv[] = {
		{"*broken-error,mock", "A", "mock"},
		{"*broken-stall,mock", "A", "mock"},
		{"*broken-die,mock", "A", "mock"},
		{"*broken-refuse,mock", "A", "mock"},
		{"*broken-stall,broken-die,mock", "A", "mock"},
		{"broken-stall", "E", ""},
		{"*broken-stall,broken-stall", "E", ""},
		{"*broken-refuse,broken-error", "E", ""},
	};
	const struct rig_person person = {
		.speak_from_ms = SPEAK_FROM_MS,
		.speak_until_ms = SPEAK_UNTIL_MS,
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const uint32_t until_ms =
			SPEAK_UNTIL_MS + SILENCE_MS + SLACK_MS;
		char by[64] = "";
		struct rig rig;

		err = rig_open_with(&rig, rowv[i].recognisers, "");
		if (!err)
			err = rig_call(&rig, SCRIPT(TONE("400")), &person);
		if (!err && *rowv[i].heard_by)
			err = rig_text(by, sizeof(by),
			               "select heard_by from conversation "
			               "where input_args='Fyes' order by "
			               "rowid desc limit 1");
		rig_close(&rig);

		if (strcmp(rowv[i].label, rig.label) ||
		    rig_loud_ms(&rig, SPEAK_FROM_MS, until_ms) < 100)
			fprintf(stderr, "%s: %s after %llu ms\n%s",
			        rowv[i].recognisers, rig.label,
			        (unsigned long long)rig.talk_ms, rig.notes);
		CHECK_ERR(0, err);
		CHECK_STR(rowv[i].label, rig.label);
		CHECK_STR(rowv[i].heard_by, by);
		CHECK(rig_loud_ms(&rig, SPEAK_FROM_MS, until_ms) >= 100);
	}

out:
	return err;
}

/* What is counted of the recogniser so far; the metrics live as long as the
 * program. */
static int slow_texts(void)
{
	static const char name[] =
		"\ndialwright_recognition_slow_total{service=\"mock\"} ";
	static char text[METRICS_SIZE];
	FILE *out = fmemopen(text, sizeof(text), "w");
	const char *at;

	if (!out)
		return -1;
	metrics_write(out);
	(void)fclose(out);
	at = strstr(text, name);

	return at ? (int)strtol(at + sizeof(name) - 1, NULL, 10) : 0;
}

/* A text that is there only 500 ms behind its sentence is slow; where nobody
 * has spoken none is. */
int test_degrade_slow_text(void)
{
	static const struct {
		const char *why;
		struct rig_person person;
		int slow;
	} rowv[] = {
		{"they speak",
	         {.speak_from_ms = SPEAK_FROM_MS,
	          .speak_until_ms = SPEAK_FROM_MS + 400},
	         1},
		{"they do not", {0}, 0},
	};
	static const char script[] =
		"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\","
		"\"asr\":{\"asr_params\":\"+500yes\","
		"\"vad_max_end_silence_time_ms\":300,"
		"\"wait_speech_timeout_ms\":1500},\"flow\":[{\"id\":\"a\","
		"\"action\":\"playback\",\"playbacks\":[" TONE(
			"400") "],\"children\":[{\"flow\":\"b\","
			       "\"condition\":{\"text\":\"yes\"}},{\"flow\":"
			       "\"b\",\"condition\":{\"complete\":\"ANY\"}}]},"
			       "{\"id\":\"b\",\"action\":\"hangup\"}]}";
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		int before = slow_texts();
		struct rig rig;

		err = rig_open(&rig, NULL);
		if (!err)
			err = rig_call(&rig, script, &rowv[i].person);
		rig_close(&rig);
		if (rowv[i].slow != slow_texts() - before)
			fprintf(stderr, "%s:\n%s", rowv[i].why, rig.notes);
		CHECK_ERR(0, err);
		CHECK_I64(rowv[i].slow, slow_texts() - before);
	}

out:
	return err;
}

/* "We will call back", as noise. */
static int sorry_write(char path[PATH_SIZE])
{
	enum {
		COUNT = SORRY_HZ * SORRY_MS / 1000,
	};
	static int16_t pcm[COUNT];
	uint32_t noise = 1;

	for (size_t i = 0; i < COUNT; i++) {
		noise = noise * 1664525 + 1013904223;
		pcm[i] = (int16_t)((int32_t)(noise >> 17) - 16384) / 4;
	}
	(void)snprintf(path, PATH_SIZE, "%s/sorry.wav", test_dir());

	return wav_write(path, pcm, COUNT, SORRY_HZ);
}

int test_degrade_voice(void)
{
	static const struct {
		const char *why;
		size_t broken;
		enum voice_break how;
		bool has_offline;
		const char *label;
		unsigned loud_ms;   /* at least, in the first seconds */
		const char *script; /* its text is spoken for the first time */
	} rowv[] = {
		/* clang-format off */
		{"all work", 0, VOICE_BREAK_NONE, true, "B", 800,
		 SCRIPT("\"Good morning to you.\"")},
		{"the next voice speaks", 1, VOICE_BREAK_FAIL, true, "B", 800,
		 SCRIPT("\"Good evening to you.\"")},
		{"it does where the first stalls", 1, VOICE_BREAK_STALL, true,
		 "B", 800, SCRIPT("\"Good morning to you all.\"")},
		{"nobody speaks: the recording", 2, VOICE_BREAK_FAIL, true,
		 "E", SORRY_MS + 200, SCRIPT("\"Good evening to all.\"")},
		{"all stall: the recording", 2, VOICE_BREAK_STALL, true, "E",
		 SORRY_MS + 200, SCRIPT("\"Good night to you.\"")},
		{"without one the script's branch", 2, VOICE_BREAK_STALL,
		 false, "E", 200, SCRIPT("\"Good night to you all.\"")},
		/* clang-format on */
	};
	const struct rig_person person = {0};
	char path[PATH_SIZE];
	int err;

	err = sorry_write(path);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct rig rig;

		err = rig_open_with(&rig, "mock",
		                    rowv[i].has_offline ? path : "");
		if (!err) {
			err = voices_break(rig.voices,
			                   (1U << rowv[i].broken) - 1, 0,
			                   rowv[i].how);
			if (!err)
				err = rig_call(&rig, rowv[i].script, &person);
		}
		rig_close(&rig);

		if (strcmp(rowv[i].label, rig.label))
			fprintf(stderr, "%s:\n%s", rowv[i].why, rig.notes);
		CHECK_ERR(0, err);
		CHECK_STR(rowv[i].label, rig.label);
		CHECK(rig_loud_ms(&rig, 0, SILENCE_MS + SLACK_MS) >= 100);
		CHECK(rig_loud_ms(&rig, 0, 6000) >= rowv[i].loud_ms);
	}

out:
	return err;
}

int test_degrade_offline_prompt_missing(void)
{
	struct rig rig;
	int err;

	err = rig_open_with(&rig, "mock", "/nowhere/sorry.wav");
	CHECK(err == ENOENT);
	err = 0;

out:
	rig_close(&rig);

	return err;
}

/* No memory from the last step on, for a while: the row of the call is whole,
 * and they hear us go. */
int test_degrade_memory(void)
{
	const struct rig_person person = {
		.speak_from_ms = SPEAK_FROM_MS,
		.speak_until_ms = SPEAK_UNTIL_MS,
	};
	static const char script[] = SCRIPT(TONE("400"));
	struct rig rig;
	char text[256];
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	rig.starve_step = 3;
	CHECK_ERR(0, rig_call(&rig, script, &person));

	CHECK_U64(0, rig.starved_ended);
	CHECK_STR("A", rig.label);
	CHECK_ERR(0, rig_text(text, sizeof(text),
	                      "select outcome || label || heard ||"
	                      " (length(media) > 9) ||"
	                      " (length(counters) > 9) from calls"));
	CHECK_STR("answeredAyes11", text);
	CHECK_I64(3, rig_number("select count(*) from conversation"));

out:
	rig_close(&rig);

	return err;
}
