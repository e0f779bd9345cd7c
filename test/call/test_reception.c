/*
 * test/call/test_reception.c - who answered, in whole calls on loopback
 *
 * The person's voice is noise, their machine a tone; what the recogniser
 * "hears" stands in the script's asr_params.
 */
#include <jansson.h>
#include <sndfile.h>
#include "call/evidence.h"
#include "call/reception_cfg.h"
#include "harness.h"
#include "rig.h"
#include "tests.h"

enum {
	JSON_SIZE = 1024,
};

#define SCRIPT(asr)                                                            \
	"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\",\"asr\":{"     \
	"\"asr_params\":\"" asr "\",\"interrupt\":16,"                         \
	"\"wait_speech_timeout_ms\":3000},\"label\":["                         \
	"{\"label\":\"left\",\"when\":[{\"var\":\"class\",\"op\":\"==\","      \
	"\"value\":\"M\"}]},{\"label\":\"talked\"}],\"globalflow\":["          \
	"{\"id\":\"m\",\"flow\":\"message\",\"condition\":{"                   \
	"\"complete\":\"MACHINE\"}},{\"id\":\"s\",\"flow\":\"who\","           \
	"\"condition\":{\"complete\":\"SCREENING\"}}],\"flow\":["              \
	"{\"id\":\"a\",\"action\":\"playback\",\"globalflow\":\"all\","        \
	"\"playbacks\":[\"tone_stream://%(9000,0,440)\"],\"children\":["       \
	"{\"flow\":\"bye\",\"condition\":{\"text\":\"hello\"}},"               \
	"{\"flow\":\"bye\",\"condition\":{\"complete\":\"ANY\"}}]},"           \
	"{\"id\":\"message\",\"action\":\"hangup\",\"potential\":\"M\","       \
	"\"playbacks\":[\"tone_stream://%(800,0,440)\"]},"                     \
	"{\"id\":\"who\",\"action\":\"hangup\","                               \
	"\"playbacks\":[\"tone_stream://%(400,0,440)\"]},"                     \
	"{\"id\":\"bye\",\"action\":\"hangup\"}]}"

static int answerer(char text[JSON_SIZE])
{
	return rig_text(text, JSON_SIZE,
	                "select answerer from calls "
	                "order by start_ms desc limit 1");
}

/* The decision once more, from the recording. */
static int again(char text[JSON_SIZE], const struct rig *rig)
{
	struct reception_prm prm = {.is_on = false};
	char fault[CFG_FAULT_SIZE] = "";
	SF_INFO info = {.format = 0};
	short framev[2 * WHO_FRAME];
	int16_t in[WHO_FRAME], out[WHO_FRAME];
	struct who *who = NULL;
	json_t *json = NULL;
	SNDFILE *file;
	int err;

	file = sf_open(rig->recording, SFM_READ, &info);
	if (!file)
		return ENOENT;

	err = reception_prm_read(&prm, rig->cfg, fault);
	if (!err)
		err = who_alloc(&who, &prm.who, false);
	if (err)
		goto out;

	while (sf_readf_short(file, framev, WHO_FRAME) == WHO_FRAME) {
		for (size_t i = 0; i < WHO_FRAME; i++) {
			in[i] = framev[2 * i];
			out[i] = framev[2 * i + 1];
		}
		(void)who_feed(who, in, out);
	}
	json = evidence_json(who_features(who));
	text[0] = '\0';
	text[json_dumpb(json, text, JSON_SIZE - 1, JSON_COMPACT)] = '\0';

out:
	json_decref(json);
	mem_deref(who);
	reception_prm_clear(&prm);
	(void)sf_close(file);

	return err;
}

int test_reception_machine(void)
{
	const struct rig_person person = {
		.speak_from_ms = 400,
		.speak_until_ms = 4400,
		.tone = "%(300,0,1000)",
		.tone_ms = 4900,
	};
	char text[JSON_SIZE], twice[JSON_SIZE];
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, SCRIPT("nothing"), &person);
	CHECK_ERR(0, err);

	CHECK_STR("machine", outcome_name(rig.outcome));
	CHECK_STR("left", rig.label);
	CHECK(strstr(rig.notes, "ANSWERER machine (greeting, 85 %)\n"));

	/* Our prompt ends when it is known; the message comes behind the
	 * beep, which ends at 5200 ms: within 300 ms, and what a busy machine
	 * adds. */
	CHECK(rig_loud_ms(&rig, 0, 2500) >= 1800);
	CHECK(rig_loud_ms(&rig, 4500, 5100) == 0);
	CHECK(rig_loud_ms(&rig, 5200, 7000) >= 200);
	CHECK(rig_loud_ms(&rig, 5200, 9000) >= 600); /* packets may be lost */

	CHECK_ERR(0, answerer(text));
	CHECK(strstr(text, "\"class\":\"machine\",\"cause\":\"greeting\""));
	CHECK(strstr(text, "\"beep_hz\":1000"));
	CHECK_ERR(0, again(twice, &rig));
	CHECK_STR(text, twice);

out:
	rig_close(&rig);

	return err;
}

int test_reception_fax(void)
{
	const struct rig_person person = {
		.tone = "%(4000,0,2100)",
		.tone_ms = 200,
	};
	char text[JSON_SIZE], twice[JSON_SIZE];
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, SCRIPT("nothing"), &person);
	CHECK_ERR(0, err);

	CHECK_STR("fax", outcome_name(rig.outcome));
	CHECK_STR("", rig.label);    /* there is nothing to conclude */
	CHECK(rig.lasted_ms < 5000); /* our prompt would go on */
	CHECK_ERR(0, answerer(text));
	CHECK(strstr(text, "\"class\":\"fax\",\"cause\":\"fax answering\""));
	CHECK_ERR(0, again(twice, &rig));
	CHECK_STR(text, twice);

out:
	rig_close(&rig);

	return err;
}

/* Before the answer: the call ends at once, not when the network gives up. */
int test_reception_early_tone(void)
{
	static const struct {
		const char *why;
		const char *tone;
		const char *outcome;
	} rowv[] = {
		{"SIT: no such number",
	         "%(380,0,985);%(274,0,1371);%(380,9000,1777)", "bad_number"},
		{"SIT: no way there",
	         "%(380,0,985);%(380,0,1428);%(380,9000,1777)",
	         "line_congested"},
		{"busy", "%(350,350,450);loops=20", "busy"},
	};
	struct rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct rig_person person = {
			.tone = rowv[i].tone,
			.is_ringing = true,
		};

		err = rig_open(&rig, NULL);
		if (!err)
			err = rig_call(&rig, SCRIPT("nothing"), &person);
		if (!err && strcmp(rowv[i].outcome, outcome_name(rig.outcome)))
			err = EPROTO;
		if (!err && strstr(rig.notes, "SAYING"))
			err = EPROTO;
		if (err)
			fprintf(stderr, "%s: %s\n%s", rowv[i].why,
			        outcome_name(rig.outcome), rig.notes);
		rig_close(&rig);
		if (err)
			break;
	}

	return err;
}

/* What is said decides: an assistant, a network, a human. */
static const struct words_row {
	const char *why;
	const char *script;
	const char *outcome, *label;
	const char *class;
} words_rowv[] = {
	{"an assistant is told who calls, and is no human",
         SCRIPT("please say your name and why you are calling"), "screening",
         "", "\"class\":\"screening\""},
	{"a network that answers has its outcome",
         SCRIPT("the number you have dialed does not exist"), "bad_number", "",
         "\"class\":\"announcement\""},
	{"a human leads the script on", SCRIPT("hello"), "answered", "talked",
         "\"understood\":true"},
	{"what humans say of others is no network's word", SCRIPT("he is busy"),
         "answered", "talked", "\"class\":\"human\""},
};

static int words_check(const struct words_row *row)
{
	const struct rig_person person = {
		.speak_from_ms = 400,
		.speak_until_ms = 1300,
	};
	char text[JSON_SIZE] = "";
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, row->script, &person);
	CHECK_ERR(0, err);
	CHECK_STR(row->outcome, outcome_name(rig.outcome));
	CHECK_STR(row->label, rig.label);
	CHECK_ERR(0, answerer(text));
	CHECK(strstr(text, row->class));

out:
	if (err)
		fprintf(stderr, "%s: %s\n%s", row->why, text, rig.notes);
	rig_close(&rig);

	return err;
}

int test_reception_words(void)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(words_rowv) && !err; i++)
		err = words_check(&words_rowv[i]);

	return err;
}

/* --- sayings ----------------------------------------------------------------
 */

int test_sayings_table(void)
{
	static const struct {
		const char *why;
		const char *lang, *text;
		bool is_early;
		const char *meaning; /* class or outcome, NULL: nothing */
	} rowv[] = {
		/* clang-format off */
		{"the words inside a sentence, capitals and commas",
		 "en-GB", "Hi! Please leave a message, after the tone.",
		 false, "machine"},
		{"any words between", "en", "say the reason for calling now",
		 false, "screening"},
		{"of the network before the answer", "en",
		 "the person is busy", true, "busy"},
		{"the same from a human", "en", "he is busy", false, NULL},
		{"a machine before the answer is none", "en",
		 "leave a message", true, NULL},
		{"no part of a word", "en", "believe a messages", false, NULL},
		{"Cyrillic capitals", "ru-RU",
		 "АБОНЕНТ ВРЕМЕННО НЕДОСТУПЕН", true, "unreachable"},
		{"yo is ye", "ru", "Ваш звонок принял ВИРТУАЛЬНЫЙ СЕКРЕТАРЬ",
		 false, "screening"},
		{"no blanks in Chinese", "zh-CN",
		 "您好,您拨打的号码是空号,请核对",
		 true, "bad_number"},
		{"nothing said", "en", "", true, NULL},
		{"a language without a table", "fr", "leave a message", false,
		 NULL},
		/* clang-format on */
	};
	char fault[CFG_FAULT_SIZE] = "";
	struct sayings *sayings = NULL;
	int err;

	err = sayings_alloc(&sayings, "", fault);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct saying *saying = sayings_find(
			sayings, rowv[i].lang, rowv[i].is_early, rowv[i].text);
		const char *meaning = NULL;

		if (saying)
			meaning = saying->class == WHO_ANNOUNCEMENT
			                  ? outcome_name(saying->outcome)
			                  : who_name(saying->class);
		if (!meaning != !rowv[i].meaning ||
		    (meaning && strcmp(meaning, rowv[i].meaning)))
			CHECK_FAIL("%s: %s", rowv[i].why,
			           meaning ? meaning : "nothing");
	}

out:
	mem_deref(sayings);

	return err;
}

int test_sayings_refused(void)
{
	static const struct {
		const char *json, *fault;
	} rowv[] = {
		{"[]", "the file: must be an object of languages"},
		{"{\"en\":[]}", "en: a language is like"},
		{"{\"en\":{\"robot\":[]}}", "robot: is neither"},
		{"{\"en\":{\"busy\":\"x\"}}", "busy: must be a list"},
		{"{\"en\":{\"busy\":[\" * \"]}}", "busy: a phrase is"},
		{"{", "the file: "},
	};
	char fault[CFG_FAULT_SIZE] = "";
	struct sayings *sayings = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		CHECK_ERR(EINVAL, sayings_load(&sayings, rowv[i].json,
		                               strlen(rowv[i].json), fault));
		if (strncmp(fault, rowv[i].fault, strlen(rowv[i].fault)))
			CHECK_FAIL("%s: %s", rowv[i].json, fault);
	}

out:
	return err;
}
