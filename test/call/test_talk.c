/*
 * test/call/test_talk.c - whole calls on loopback
 *
 * The robot's prompts are tones of known length, so that what the person hears
 * can be measured; the recogniser "hears" the script's asr_params.
 */
#include <sndfile.h>
#include "base/wav.h"
#include "harness.h"
#include "rig.h"
#include "tests.h"

#define ASR(words, rest)                                                       \
	"\"asr\":{\"asr_params\":\"" words                                     \
	"\",\"vad_max_end_silence_time_ms\":300," rest "}"
#define TONE(ms) "\"tone_stream://%(" ms ",0,440)\""
#define HEAD     "{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\","
#define LABEL(class)                                                           \
	"{\"label\":\"" class "\",\"when\":[{\"var\":\"class\","               \
			      "\"op\":\"==\",\"value\":\"" class "\"}]}"
#define LABELS "\"label\":[" LABEL("A") "," LABEL("B") "," LABEL("E") "],"
#define BYE(id, class)                                                         \
	"{\"id\":\"" id "\",\"action\":\"hangup\",\"potential\":\"" class "\"" \
									  "}"

/* One question and two ways out: A by the word or key, B by anything else, E
 * by an error. */
#define QUESTION(prompt, more)                                                 \
	"\"flow\":[{\"id\":\"a\",\"action\":\"playback\",\"playbacks\":"       \
	"[" prompt "]," more                                                   \
	"\"children\":[{\"flow\":\"yes\",\"condition\":{\"text\":"             \
	"\"yes\",\"dtmf\":\"^D1$\"}},{\"flow\":\"err\",\"condition\":{"        \
	"\"complete\":\"ERROR\"}},{\"flow\":\"no\",\"condition\":{"            \
	"\"complete\":\"ANY\"}}]}," BYE("yes", "A") "," BYE(                   \
		"no", "B") "," BYE("err", "E") "]}"

static const char speak_yes[] = HEAD LABELS ASR(
	"yes", "\"wait_speech_timeout_ms\":2000") "," QUESTION(TONE("400"), "");

static int64_t rows(void)
{
	return rig_number("select count(*) from conversation");
}

int test_talk_answer_leads_on(void)
{
	const struct rig_person person = {
		.speak_from_ms = 900,
		.speak_until_ms = 1500,
	};
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, speak_yes, &person);
	CHECK_ERR(0, err);

	CHECK_STR("A", rig.label);
	CHECK_STR("yes", rig.heard);
	CHECK_STR("answered", outcome_name(rig.outcome));
	CHECK(rig_loud_ms(&rig, 0, 2000) >= 360); /* the greeting came */
	CHECK(rig_loud_ms(&rig, 0, 2000) <= 460);
	CHECK(strstr(rig.notes, "HEARD yes\n"));

	/* Boot, sentence, end: a row each, with times that make sense. */
	CHECK_U64(3, rig.steps);
	CHECK_I64(3, rows());
	CHECK_I64(1, rig_number("select count(*) from conversation where "
	                        "input_args='Fyes' and speech_end_ms>0 and "
	                        "text_ms>=speech_end_ms and "
	                        "decision_ms>=text_ms"));
	CHECK_I64(1, rig_number("select count(*) from conversation where "
	                        "input_type=10 and audio_ms>0"));

out:
	rig_close(&rig);

	return err;
}

int test_talk_keyword_cuts_prompt(void)
{
	static const char script[] = HEAD LABELS ASR(
		"yes", "\"interrupt\":0") "," QUESTION(TONE("8000"), "");
	const struct rig_person person = {
		.speak_from_ms = 600,
		.speak_until_ms = 1100,
	};
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, script, &person);
	CHECK_ERR(0, err);

	CHECK_STR("A", rig.label);
	CHECK(strstr(rig.notes, "HEARD! yes\n")); /* an interruption */
	CHECK(rig_loud_ms(&rig, 0, 8000) >= 1000);
	CHECK(rig_loud_ms(&rig, 0, 8000) <= 5000);
	CHECK_I64(1, rig_number("select count(*) from conversation where "
	                        "input_args='Fyes' and input_play_time>1000"));

out:
	rig_close(&rig);

	return err;
}

int test_talk_other_words_do_not(void)
{
	static const char script[] = HEAD LABELS ASR(
		"well", "\"interrupt\":32,\"wait_speech_timeout_ms\":"
			"20000") "," QUESTION(TONE("2000"), "");
	const struct rig_person person = {
		.speak_from_ms = 300,
		.speak_until_ms = 800,
	};
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, script, &person);
	CHECK_ERR(0, err);

	/* The prompt is heard to its end; nobody waits behind it (flag 32). */
	CHECK_STR("B", rig.label);
	CHECK(rig_loud_ms(&rig, 0, 6000) >= 1940);
	CHECK(rig.lasted_ms < 12000);
	CHECK_I64(1, rig_number("select count(*) from conversation where "
	                        "input_args='DONE(F:well)'"));

out:
	rig_close(&rig);

	return err;
}

int test_talk_keys(void)
{
	static const char script[] =
		HEAD LABELS ASR("", "\"mode\":1") "," QUESTION(
			TONE("6000"), "\"filter\":{\"dtmf\":\"any\"},");
	const struct rig_person person = {.key_ms = 500, .keys = "1"};
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, script, &person);
	CHECK_ERR(0, err);

	CHECK_STR("A", rig.label);
	CHECK(strstr(rig.notes, "KEYS! 1\n"));
	CHECK(rig.lasted_ms < 5500);

out:
	rig_close(&rig);

	return err;
}

int test_talk_silence(void)
{
	static const char script[] = HEAD LABELS
		ASR("", "\"wait_speech_timeout_ms\":400") "," QUESTION(
			TONE("200"), "\"timeoutplaybacks\":[" TONE("600") "],");
	const struct rig_person person = {0};
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, script, &person);
	CHECK_ERR(0, err);

	CHECK_STR("B", rig.label);
	CHECK(strstr(rig.notes, "QUIET"));
	CHECK(rig_loud_ms(&rig, 0, 5000) >= 740);
	CHECK_I64(2, rig_number("select count(*) from conversation where "
	                        "input_args='TIMEOUT()'"));
	CHECK_I64(1, rig_number("select count(*) from conversation where "
	                        "response_type=5"));

out:
	rig_close(&rig);

	return err;
}

int test_talk_not_understood(void)
{
	static const char script[] = HEAD LABELS
		ASR("-", "\"wait_speech_timeout_ms\":2000") "," QUESTION(
			TONE("200"),
			"\"mismatchplaybacks\":[" TONE("600") "],");
	const struct rig_person person = {
		.speak_from_ms = 500,
		.speak_until_ms = 900,
	};
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, script, &person);
	CHECK_ERR(0, err);

	CHECK_I64(1, rig_number("select count(*) from conversation where "
	                        "input_args='F' and response_type=0"));
	CHECK_I64(1, rig_number("select count(*) from conversation where "
	                        "input_args='DONE()' and response_type=3"));
	CHECK(rig_loud_ms(&rig, 0, 5000) >= 740);

out:
	rig_close(&rig);

	return err;
}

/* Root mean square of one channel, 0 left, 1 right; -1: no such file. */
static double track_level(const char *path, unsigned channel)
{
	SF_INFO info = {0};
	SNDFILE *file = sf_open(path, SFM_READ, &info);
	double sum = 0;
	int16_t frame[2];
	sf_count_t n = 0;

	if (!file || info.channels != 2 || info.samplerate != 8000)
		return -1;
	while (sf_readf_short(file, frame, 1) == 1) {
		sum += (double)frame[channel] * frame[channel];
		n++;
	}
	(void)sf_close(file);

	return n ? sum / (double)n : -1;
}

int test_talk_hangup_mid_prompt(void)
{
	static const char script[] = HEAD LABELS ASR(
		"-", "\"interrupt\":0") "," QUESTION(TONE("8000"), "");
	const struct rig_person person = {
		.speak_from_ms = 200,
		.speak_until_ms = 600,
		.hangup_ms = 1500,
	};
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, script, &person);
	CHECK_ERR(0, err);

	CHECK_I64(1, rig_number("select count(*) from conversation where "
	                        "input_args='HANGUP()'"));
	CHECK_I64(1, rig_number("select count(*) from calls where "
	                        "outcome='answered'"));

	/* The recording is closed and holds both voices. */
	CHECK(rig.recording[0]);
	CHECK(track_level(rig.recording, 0) > 100 * 100);
	CHECK(track_level(rig.recording, 1) > 1000 * 1000);

out:
	rig_close(&rig);

	return err;
}

int test_talk_record_mode_0_keeps_nothing_of_them(void)
{
	static const char script[] = HEAD LABELS ASR(
		"-",
		"\"interrupt\":0,\"record_mode\":0") "," QUESTION(TONE("8000"),
	                                                          "");
	const struct rig_person person = {
		.speak_from_ms = 200,
		.speak_until_ms = 600,
		.hangup_ms = 1500,
	};
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, script, &person);
	CHECK_ERR(0, err);
	CHECK(track_level(rig.recording, 0) < 10 * 10);
	CHECK(track_level(rig.recording, 1) > 1000 * 1000);

out:
	rig_close(&rig);

	return err;
}

int test_talk_missing_file(void)
{
	static const char script[] = HEAD LABELS ASR(
		"", "\"mode\":1") ","
				  "\"recordings\":\"prompts\"," QUESTION(
					  "\"none.wav\"", "");
	const struct rig_person person = {0};
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, script, &person);
	CHECK_ERR(0, err);

	CHECK_STR("E", rig.label);
	CHECK(strstr(rig.notes, "none.wav"));
	CHECK_I64(1, rig_number("select count(*) from conversation where "
	                        "input_args='ERROR()'"));

out:
	rig_close(&rig);

	return err;
}

/* A path out of the folder is refused, though there is such a sound. */
int test_talk_file_outside(void)
{
	static const char *const itemv[] = {"/secret.wav",
	                                    "/prompts/../secret.wav"};
	static const int16_t pcm[8000];
	const struct rig_person person = {0};
	char path[512], item[600], script[4096];
	struct rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(itemv); i++) {
		err = rig_open(&rig, NULL);
		CHECK_ERR(0, err);
		(void)snprintf(path, sizeof(path), "%s/secret.wav", test_dir());
		err = wav_write(path, pcm, ARRAY_COUNT(pcm), 8000);
		CHECK_ERR(0, err);

		(void)snprintf(item, sizeof(item), "%s%s", test_dir(),
		               itemv[i]);
		(void)snprintf(script, sizeof(script),
		               "%s\"recordings\":\"prompts\","
		               "\"variables\":{\"sound\":\"%s\"},%s",
		               HEAD LABELS, item,
		               QUESTION("\"file://${sound}\"", ""));
		err = rig_call(&rig, script, &person);
		CHECK_ERR(0, err);
		CHECK_STR("E", rig.label);
		rig_close(&rig);
	}

	return 0;

out:
	rig_close(&rig);

	return err;
}

int test_talk_no_recording(void)
{
	const struct rig_person person = {
		.speak_from_ms = 900,
		.speak_until_ms = 1500,
	};
	struct rig rig;
	int err;

	/* The folder is a file: no recording can be written. */
	err = rig_open(&rig, "calls.db");
	CHECK_ERR(0, err);
	err = rig_call(&rig, speak_yes, &person);
	CHECK_ERR(0, err);

	CHECK_STR("A", rig.label);
	CHECK_STR("", rig.recording);
	CHECK(strstr(rig.notes, "the call goes on"));

out:
	rig_close(&rig);

	return err;
}

int test_talk_busy(void)
{
	const struct rig_person person = {.refuse_code = 486};
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, speak_yes, &person);
	CHECK_ERR(0, err);

	CHECK_STR("busy", outcome_name(rig.outcome));
	CHECK_I64(1, rig_number("select count(*) from calls where "
	                        "outcome='busy'"));
	CHECK_I64(0, rows());

out:
	rig_close(&rig);

	return err;
}

int test_talk_spoken_text(void)
{
	static const char script[] = HEAD LABELS
		ASR("", "\"wait_speech_timeout_ms\":200") "," QUESTION(
			"\"Good morning.\"," TONE("200"), "");
	const struct rig_person person = {0};
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, script, &person);
	CHECK_ERR(0, err);

	CHECK_STR("B", rig.label);
	CHECK(strstr(rig.notes, "SAYING Good morning."));
	CHECK(rig_loud_ms(&rig, 0, 8000) >= 400);

out:
	rig_close(&rig);

	return err;
}

int test_talk_no_agents_yet(void)
{
	static const char script[] = HEAD LABELS
		"\"flow\":[{\"id\":\"a\",\"action\":\"transfer\","
		"\"extension\":\"100\",\"children\":[{\"flow\":\"err\","
		"\"condition\":{\"complete\":\"ERROR\"}}]}," BYE("err",
	                                                         "E") "]}";
	const struct rig_person person = {0};
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, script, &person);
	CHECK_ERR(0, err);

	CHECK_STR("E", rig.label);
	CHECK(strstr(rig.notes, "TROUBLE"));

out:
	rig_close(&rig);

	return err;
}

/* The wish is on the disk when the person hears us go: whether it was keyed or
 * said, in the middle of a prompt or behind it. */
static int check_wish(const char *script, const struct rig_person *person)
{
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, script, person);
	CHECK_ERR(0, err);

	CHECK_I64(1, rig.blocked_at_bye);
	CHECK_I64(1, rig_number("select count(*) from do_not_call where "
	                        "number='+15550101'"));

out:
	rig_close(&rig);

	return err;
}

int test_talk_do_not_call(void)
{
	/* clang-format off */
	static const char script[] = HEAD
		ASR("stop", "\"wait_speech_timeout_ms\":2000") ","
		"\"globalflow\":[{\"id\":\"g\",\"flow\":\"set\","
		"\"condition\":{\"text\":\"stop\",\"dtmf\":\"^D9$\"}}],"
		"\"flow\":[{\"id\":\"a\",\"action\":\"playback\","
		"\"playbacks\":[" TONE("3000") "],\"globalflow\":\"all\","
		"\"filter\":{\"dtmf\":\"any\"},\"children\":["
		"{\"flow\":\"bye\",\"condition\":{\"complete\":\"ANY\"}}]},"
		"{\"id\":\"set\",\"action\":\"set\","
		"\"variables\":{\"do_not_call\":\"1\"},\"children\":["
		"{\"flow\":\"bye\",\"condition\":{\"complete\":\"ANY\"}}]},"
		BYE("bye", "A") "]}";
	/* clang-format on */
	const struct rig_person keyed = {.key_ms = 500, .keys = "9"};
	const struct rig_person said = {
		.speak_from_ms = 500,
		.speak_until_ms = 1100,
	};
	int err = 0;

	CHECK_ERR(0, check_wish(script, &keyed));
	CHECK_ERR(0, check_wish(script, &said));

out:
	return err;
}

/* Settings of barge-in, each with one situation that tells it from the rest. */
int test_talk_barge_in_table(void)
{
	static const struct {
		const char *why;
		const char *settings;
		struct rig_person person;
		const char *label;
		unsigned loud_from_ms, loud_until_ms;
		const char *note; /* NULL: any */
	} rowv[] = {
		/* clang-format off */
		{"1: any sound cuts, though nothing is understood",
		 ASR("-", "\"interrupt\":17"), {.speak_from_ms = 500,
		 .speak_until_ms = 900}, "B", 480, 1200, "HEARD"},
		{"3: a sentence cuts", ASR("well", "\"interrupt\":19"),
		 {.speak_from_ms = 500, .speak_until_ms = 900}, "B", 1000, 1900,
		 "HEARD! well"},
		{"64: a cough holds the prompt, no more",
		 ASR("-", "\"interrupt\":64,\"wait_speech_timeout_ms\":200"),
		 {.speak_from_ms = 500, .speak_until_ms = 900}, "B", 2400, 2700,
		 NULL},
		{"mode 2: nobody listens while it plays",
		 ASR("yes", "\"mode\":2,\"wait_speech_timeout_ms\":200"),
		 {.speak_from_ms = 500, .speak_until_ms = 900}, "B", 2400, 2600,
		 "QUIET"},
		{"mode 0: words are nothing",
		 ASR("yes", "\"mode\":0,\"wait_speech_timeout_ms\":200"),
		 {.speak_from_ms = 500, .speak_until_ms = 900}, "B", 2400, 2600,
		 NULL},
		{"speech over the prompt's end is waited for",
		 ASR("yes", "\"wait_speech_timeout_ms\":200"),
		 {.speak_from_ms = 2200, .speak_until_ms = 3200}, "A", 2400,
		 2600, "HEARD yes"},
		{"too long after the prompt is a time-out of its own",
		 ASR("well", "\"max_speech_time_ms\":600"),
		 {.speak_from_ms = 2800, .speak_until_ms = 5000}, "B", 2400,
		 2600, NULL},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		char script[4096];
		struct rig rig;
		unsigned loud_ms;

		(void)snprintf(script, sizeof(script), "%s%s,%s", HEAD LABELS,
		               rowv[i].settings, QUESTION(TONE("2500"), ""));
		err = rig_open(&rig, NULL);
		if (!err)
			err = rig_call(&rig, script, &rowv[i].person);
		loud_ms = rig_loud_ms(&rig, 0, 12000);
		if (err || strcmp(rig.label, rowv[i].label) ||
		    loud_ms + 60 < rowv[i].loud_from_ms ||
		    loud_ms > rowv[i].loud_until_ms ||
		    (rowv[i].note && !strstr(rig.notes, rowv[i].note))) {
			fprintf(stderr, "row %zu: %s: label %s, %u ms\n%s", i,
			        rowv[i].why, rig.label, loud_ms, rig.notes);
			err = err ? err : EPROTO;
		}
		rig_close(&rig);
		if (err)
			return err;
	}

	return err;
}
