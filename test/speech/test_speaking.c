/*
 * test/speech/test_speaking.c - voices of services: the same texts through
 * every kind, settings as each service has them, and what goes wrong
 */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/text.h"
#include "harness.h"
#include "speech/speaking.h"
#include "speech_tests.h"
#include "voice_rig.h"

enum {
	PAUSES_MS = 2 * 80, /* that are left around speech */
	SLACK_MS = 30,
};

/* A voice of the service, and what the kind can set. */
static const struct kind {
	const char *kind;
	const char *voice;
	bool has_volume, has_rate, has_pitch; /* by itself */
} kindv[] = {
	/* clang-format off */
	{"http-tts",    "anna",     true,  true,  true},
	{"json-tts",    "male_2",   false, true,  false},
	{"openai-tts",  "nova",     false, true,  false},
	{"yandex-tts",  "alena",    false, true,  false},
	{"nls-tts",     "aixia",    true,  true,  true},
	{"iflytek-tts", "x_xiaoyan", true, true,  true},
	{"yandex-v3-tts", "marina", false, true,  true},
	/* clang-format on */
};

static const char *const textv[] = {
	"yes please",
	"2 + 2 = 4 & 100% of \"it\"? #1; a/b\\c",
	"Здравствуйте, это клиника",
	"你好,这里是顶顶通软件",
	"😀 ok",
};

static double length_ms(const char *text, double rate)
{
	return (double)text_length(text) * FAKE_VOICE_CHAR_MS / rate +
	       PAUSES_MS;
}

static bool is_about(double wanted, double got, double part)
{
	return fabs(got - wanted) <= fabs(wanted) * part;
}

/* What was heard is what was asked for, and nothing but. */
static bool is_well(const struct voice_rig_said *said, const char *text,
                    const struct fake_voice_seen *wanted)
{
	const struct voice_sound *sound = said->sound;
	double ms, level, tone_hz;

	if (!sound) {
		fprintf(stderr, "no sound: %s\n", said->fault);
		return false;
	}

	ms = (double)sound->count * 1000 / sound->rate_hz;
	level = voice_rig_level(sound);
	tone_hz = voice_rig_tone_hz(sound);
	if (fabs(ms - length_ms(text, wanted->rate)) <= SLACK_MS &&
	    is_about(FAKE_VOICE_LEVEL * wanted->volume / sqrt(2), level, 0.1) &&
	    is_about(FAKE_VOICE_TONE_HZ * wanted->pitch, tone_hz, 0.05))
		return true;

	fprintf(stderr, "\"%s\": %.0f ms, level %.0f, %.0f Hz\n", text, ms,
	        level, tone_hz);

	return false;
}

static int say_texts(struct voice_rig *rig, const struct kind *kind)
{
	const struct fake_voice_seen normal = {
		.volume = 1, .rate = 1, .pitch = 1};
	const struct fake_voice_seen *seen = fake_voice_seen(rig->fakev[0]);
	struct voice_rig_said said = {0};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(textv); i++) {
		const struct voice_prm prm = {.text = textv[i],
		                              .lang = "en",
		                              .name = kind->voice,
		                              .usage = rig->usage};

		err = voice_rig_say(rig, &said, &prm, i % 2);
		CHECK_ERR(0, err);
		CHECK_STR("", fake_voice_complaint(rig->fakev[0]));
		CHECK(is_well(&said, textv[i], &normal));
		CHECK_STR(textv[i], seen->text);
		CHECK_STR(kind->voice, seen->voice);
		said.sound = mem_deref(said.sound);
		said.begun = mem_deref(said.begun);
	}
	CHECK_U64(ARRAY_COUNT(textv), seen->asked);

out:
	mem_deref(said.sound);
	mem_deref(said.begun);
	return err;
}

/* 100 is twice the normal where the service has the setting; the volume is set
 * by us where it has none; what it cannot do it is not asked for. */
static int say_settings(struct voice_rig *rig, const struct kind *kind)
{
	static const struct {
		int volume, speechrate, pitchrate;
	} rowv[] = {{30, 0, 0}, {0, 100, 0}, {0, 0, 25}, {50, 50, 50}};
	const char *text = "how it is said";
	const struct fake_voice_seen *seen = fake_voice_seen(rig->fakev[0]);
	struct voice_rig_said said = {0};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct voice_prm prm = {.text = text,
		                              .lang = "en",
		                              .name = kind->voice,
		                              .volume = rowv[i].volume,
		                              .speechrate = rowv[i].speechrate,
		                              .pitchrate = rowv[i].pitchrate};
		struct fake_voice_seen wanted;

		err = voice_rig_say(rig, &said, &prm, false);
		CHECK_ERR(0, err);
		CHECK_STR("", fake_voice_complaint(rig->fakev[0]));
		CHECK((seen->rate > 1.2) == (kind->has_rate && i == 1));
		CHECK((seen->pitch < 0.95) == (kind->has_pitch && i == 2));
		CHECK((seen->volume < 0.9) == (kind->has_volume && i == 0));
		wanted = *seen;
		if (!kind->has_volume && i == 0)
			wanted.volume = 0.6;
		CHECK(is_well(&said, text, &wanted));
		said.sound = mem_deref(said.sound);
	}

out:
	mem_deref(said.sound);
	return err;
}

int test_speaking_texts(void)
{
	struct voice_rig rig = {0};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(kindv); i++) {
		err = voice_rig_open(&rig, kindv[i].kind, NULL);
		CHECK_ERR(0, err);
		err = voice_rig_voices(&rig, "first");
		CHECK_ERR(0, err);
		err = say_texts(&rig, &kindv[i]);
		if (!err)
			err = say_settings(&rig, &kindv[i]);
		if (err)
			CHECK_FAIL("kind %s", kindv[i].kind);
		voice_rig_close(&rig);
	}

out:
	voice_rig_close(&rig);
	return err;
}

/* Whatever the rate and the form of the sound. */
int test_speaking_forms(void)
{
	static const struct {
		const char *why;
		enum fake_voice_pack pack;
		uint32_t rate_hz;
	} rowv[] = {
		/* clang-format off */
		{"as the telephone",         FAKE_VOICE_WAV,         8000},
		{"wide",                     FAKE_VOICE_WAV,         16000},
		{"of a record, no length",   FAKE_VOICE_WAV_ENDLESS, 22050},
		{"a model's usual",          FAKE_VOICE_WAV_ENDLESS, 24000},
		{"of a film, two channels",  FAKE_VOICE_WAV_STEREO,  48000},
		{"no header, rate told",     FAKE_VOICE_RAW,         8000},
		{"no header, high rate",     FAKE_VOICE_RAW,         44100},
		{"MP3, wide",                FAKE_VOICE_MP3,         24000},
		{"MP3, as the telephone",    FAKE_VOICE_MP3,         8000},
		{"MP3, of a record",         FAKE_VOICE_MP3,         44100},
		/* clang-format on */
	};
	const struct fake_voice_seen normal = {
		.volume = 1, .rate = 1, .pitch = 1};
	struct voice_rig_said said = {0};
	struct voice_rig rig = {0};
	int err;

	err = voice_rig_open(&rig, "http-tts", NULL);
	CHECK_ERR(0, err);
	err = voice_rig_voices(&rig, "first");
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct voice_prm prm = {
			.text = rowv[i].why, .lang = "en", .name = ""};

		fake_voice_set_pack(rig.fakev[0], rowv[i].pack,
		                    rowv[i].rate_hz);
		err = voice_rig_say(&rig, &said, &prm, false);
		CHECK_ERR(0, err);
		CHECK(is_well(&said, rowv[i].why, &normal));
		said.sound = mem_deref(said.sound);
	}

out:
	mem_deref(said.sound);
	voice_rig_close(&rig);
	return err;
}

/* Of a service that has samples as well, the type of the content tells. */
int test_speaking_mp3(void)
{
	const struct fake_voice_seen normal = {
		.volume = 1, .rate = 1, .pitch = 1};
	const struct voice_prm prm = {.text = "it has only MP3, they say",
	                              .lang = "en",
	                              .name = "nova"};
	struct voice_rig_said said = {0};
	struct voice_rig rig = {0};
	int err;

	err = voice_rig_open(&rig, "openai-tts", NULL);
	CHECK_ERR(0, err);
	err = voice_rig_set(&rig, "service.first.options",
	                    "{\"response_format\":\"mp3\"}");
	CHECK_ERR(0, err);
	err = voice_rig_voices(&rig, "first");
	CHECK_ERR(0, err);
	fake_voice_set_pack(rig.fakev[0], FAKE_VOICE_MP3, 0);
	fake_voice_set_pace(rig.fakev[0], 100);
	err = voice_rig_say(&rig, &said, &prm, true);
	CHECK_ERR(0, err);
	CHECK(is_well(&said, prm.text, &normal));
	/* It was heard while the rest was on its way. */
	CHECK(said.begun && said.begun_ms < said.done_ms);

out:
	mem_deref(said.sound);
	mem_deref(said.begun);
	voice_rig_close(&rig);
	return err;
}

/* With little time for what that fault makes late, and all for the rest. */
static int bad_voices(struct voice_rig *rig, enum fake_voice_fault fault)
{
	bool is_late = fault == FAKE_VOICE_LATE;
	int err;

	err = voice_rig_set(rig, "service.first.stall_ms",
	                    fault == FAKE_VOICE_STALL ? "200" : "60000");
	if (!err)
		err = voice_rig_set(rig, "service.first.answer_ms",
		                    is_late ? "200" : "60000");
	if (!err)
		err = voice_rig_set(rig, "service.first.connect_ms",
		                    is_late ? "500" : "60000");

	return err ? err : voice_rig_voices(rig, "first");
}

static int say_faults(struct voice_rig *rig, const char *kind)
{
	static const struct {
		enum fake_voice_fault fault;
		const char *says;
		const char *over_ws, *over_grpc; /* NULL: the same */
	} rowv[] = {
		/* clang-format off */
		{FAKE_VOICE_REFUSE, "first: refuses the key", NULL, NULL},
		{FAKE_VOICE_QUOTA,  "its quota is used up",   NULL, NULL},
		{FAKE_VOICE_BROKEN, "is out of order",        NULL, NULL},
		{FAKE_VOICE_STALL,  "silent for 200 ms in the middle", NULL,
		 NULL},
		{FAKE_VOICE_LATE,   "no sound within",        NULL, NULL},
		{FAKE_VOICE_CUT,    "first: ",                NULL, NULL},
		{FAKE_VOICE_TYPE,   "(text/html): <html>sold</html>",
		 "not an answer of iFlytek", "not an answer of SpeechKit v3"},
		{FAKE_VOICE_WORDS,  "nothing for", "does not like our request",
		 "INVALID_ARGUMENT"},
		{FAKE_VOICE_EMPTY,  "no sound at all", "first: ", NULL},
		/* clang-format on */
	};
	bool is_ws = strstr(kind, "iflytek") != NULL;
	bool is_grpc = strstr(kind, "-v3") != NULL;
	struct voice_rig_said said = {0};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const char *says = rowv[i].says;
		char text[64];
		const struct voice_prm prm = {.text = text,
		                              .lang = "en",
		                              .name = "",
		                              .limit_ms = 100000};

		if (is_ws && rowv[i].over_ws)
			says = rowv[i].over_ws;
		if (is_grpc && rowv[i].over_grpc)
			says = rowv[i].over_grpc;
		(void)snprintf(text, sizeof(text), "fault number %zu", i);
		err = bad_voices(rig, rowv[i].fault);
		CHECK_ERR(0, err);
		fake_voice_set_fault(rig->fakev[0], rowv[i].fault, 0);
		err = voice_rig_say(rig, &said, &prm, true);
		CHECK_ERR(0, err);
		CHECK(!said.sound);
		said.begun = mem_deref(said.begun);
		if (!strstr(said.fault, says))
			CHECK_FAIL("row %zu: %s", i, said.fault);
		CHECK(strlen(said.fault) > 20);
		CHECK(!strstr(said.fault, "s3cret"));
	}

	/* It works again: so does the voice. */
	fake_voice_set_fault(rig->fakev[0], FAKE_VOICE_GOOD, 0);
	err = bad_voices(rig, FAKE_VOICE_GOOD);
	CHECK_ERR(0, err);
	err = voice_rig_say(rig, &said,
	                    &(struct voice_prm){.text = "as if nothing",
	                                        .lang = "en",
	                                        .name = ""},
	                    false);
	CHECK_ERR(0, err);
	CHECK(said.sound);

out:
	mem_deref(said.sound);
	mem_deref(said.begun);
	return err;
}

int test_speaking_says_why(void)
{
	struct voice_rig rig = {0};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(kindv); i++) {
		err = voice_rig_open(&rig, kindv[i].kind, NULL);
		CHECK_ERR(0, err);
		err = say_faults(&rig, kindv[i].kind);
		if (err)
			CHECK_FAIL("kind %s", kindv[i].kind);
		voice_rig_close(&rig);
	}

out:
	voice_rig_close(&rig);
	return err;
}

/* A script's choice of configuration and engine reaches the service. */
int test_speaking_config(void)
{
	static const struct {
		const char *options, *config, *wanted;
	} rowv[] = {
		/* clang-format off */
		{"",                          NULL,    ""},
		{"",                          "vip",   "vip"},
		{"{\"config\":\"default\"}", "",      "default"},
		{"{\"config\":\"default\"}", "vip",   "vip"},
		/* clang-format on */
	};
	struct voice_rig_said said = {0};
	struct voice_rig rig = {0};
	int err;

	err = voice_rig_open(&rig, "http-tts", NULL);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct voice_prm prm = {.text = "one text for all",
		                              .lang = "en",
		                              .name = "",
		                              .config = rowv[i].config,
		                              .engine = "1"};

		err = voice_rig_set(&rig, "service.first.options",
		                    rowv[i].options);
		CHECK_ERR(0, err);
		err = voice_rig_voices(&rig, "first");
		CHECK_ERR(0, err);
		err = voice_rig_say(&rig, &said, &prm, false);
		CHECK_ERR(0, err);
		CHECK(said.sound);
		said.sound = mem_deref(said.sound);
		/* Another configuration is another sound. */
		CHECK_U64(i + 1, fake_voice_seen(rig.fakev[0])->asked);
		CHECK_STR(rowv[i].wanted, fake_voice_seen(rig.fakev[0])->model);
		CHECK_STR("1", fake_voice_seen(rig.fakev[0])->engine);
	}

out:
	mem_deref(said.sound);
	voice_rig_close(&rig);
	return err;
}

/* Cut once in the middle: the text is asked for again and goes on where it
 * was. */
int test_speaking_goes_on(void)
{
	const struct fake_voice_seen normal = {
		.volume = 1, .rate = 1, .pitch = 1};
	const struct voice_prm prm = {
		.text = "cut in the middle", .lang = "en", .name = ""};
	struct voice_rig_said said = {0};
	struct voice_rig rig = {0};
	int err;

	err = voice_rig_open(&rig, "http-tts", NULL);
	CHECK_ERR(0, err);
	err = voice_rig_voices(&rig, "first");
	CHECK_ERR(0, err);

	fake_voice_set_fault(rig.fakev[0], FAKE_VOICE_CUT, 1);
	err = voice_rig_say(&rig, &said, &prm, true);
	CHECK_ERR(0, err);
	CHECK(is_well(&said, prm.text, &normal));
	CHECK_U64(2, fake_voice_seen(rig.fakev[0])->asked);

out:
	mem_deref(said.sound);
	mem_deref(said.begun);
	voice_rig_close(&rig);
	return err;
}

/* The next of the list speaks when the first does not; or they take turns. */
int test_speaking_falls_to_the_next(void)
{
	struct voice_prm prm = {.text = "who speaks?",
	                        .lang = "en",
	                        .name = "",
	                        .limit_ms = 100000};
	struct voice_rig_said said = {0};
	struct voice_rig rig = {0};
	int err;

	err = voice_rig_open(&rig, "http-tts", "json-tts");
	CHECK_ERR(0, err);
	prm.usage = rig.usage;
	err = voice_rig_voices(&rig, "*first,second,flite");
	CHECK_ERR(0, err);
	CHECK_U64(1, voices_turns(rig.voices));

	fake_voice_set_fault(rig.fakev[0], FAKE_VOICE_BROKEN, 0);
	err = voice_rig_say(&rig, &said, &prm, true);
	CHECK_ERR(0, err);
	CHECK(said.sound);
	said.sound = mem_deref(said.sound);
	said.begun = mem_deref(said.begun);
	CHECK_U64(1, fake_voice_seen(rig.fakev[1])->whole);

	/* What it cost, by service. */
	CHECK_U64(2, rig.usage->rowc);
	CHECK_STR("second", rig.usage->rowv[1].service);
	CHECK_U64(1, rig.usage->rowv[1].requests);
	CHECK_U64(text_length(prm.text), rig.usage->rowv[1].chars);
	CHECK(rig.usage->rowv[1].audio_ms > 800 &&
	      rig.usage->rowv[1].audio_ms < 1500);

	/* Named ones are heeded. */
	prm.name = "second:female_9";
	err = voice_rig_say(&rig, &said, &prm, false);
	CHECK_ERR(0, err);
	CHECK(said.sound);
	said.sound = mem_deref(said.sound);
	CHECK_STR("female_9", fake_voice_seen(rig.fakev[1])->voice);
	prm.name = "flite:kal16";
	err = voice_rig_say(&rig, &said, &prm, false);
	CHECK_ERR(0, err);
	CHECK(said.sound);
	said.sound = mem_deref(said.sound);
	CHECK_U64(2, fake_voice_seen(rig.fakev[1])->asked);

	/* A voice of this machine that is not in the list: the list speaks. */
	prm.name = "espeak:en";
	prm.text = "for somebody else";
	err = voice_rig_say(&rig, &said, &prm, false);
	CHECK_ERR(0, err);
	CHECK(said.sound);
	said.sound = mem_deref(said.sound);
	CHECK_U64(3, fake_voice_seen(rig.fakev[1])->asked);
	CHECK_STR("female_1", fake_voice_seen(rig.fakev[1])->voice);

	/* Turns: each call its own. */
	fake_voice_set_fault(rig.fakev[0], FAKE_VOICE_GOOD, 0);
	prm.name = "";
	prm.text = "taking turns";
	err = voice_rig_voices(&rig, "first,second");
	CHECK_ERR(0, err);
	CHECK_U64(2, voices_turns(rig.voices));
	for (prm.turn = 0; prm.turn < 4; prm.turn++) {
		err = voice_rig_say(&rig, &said, &prm, false);
		CHECK_ERR(0, err);
		CHECK(said.sound);
		said.sound = mem_deref(said.sound);
	}
	CHECK_U64(3, fake_voice_seen(rig.fakev[0])->asked);
	CHECK_U64(4, fake_voice_seen(rig.fakev[1])->asked);

out:
	mem_deref(said.sound);
	mem_deref(said.begun);
	voice_rig_close(&rig);
	return err;
}

/* One cell of the table in docs/speech/voices.md. */
static const char *scale_cell(char cell[128],
                              const struct speaking_scale *scale,
                              const char *without)
{
	if (!scale->name)
		(void)snprintf(cell, 128, "%s", without);
	else if (scale->is_ratio)
		(void)snprintf(cell, 128, "`%s` %g to %g times", scale->name,
		               scale->least, scale->most);
	else
		(void)snprintf(cell, 128, "`%s` %g to %g, normal %g",
		               scale->name, scale->least, scale->most,
		               scale->normal);

	return cell;
}

/* Every kind has its row of settings and its page, and they are true. */
int test_speaking_page(void)
{
	static char page[32768];
	const struct speaking_dialect *dialect;
	char path[1024], row[512], volume[128], rate[128], pitch[128];
	FILE *file;
	int err = 0;

	file = fopen(test_source("docs/speech/voices.md"), "r");
	CHECK(file);
	page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
	(void)fclose(file);

	for (size_t i = 0; (dialect = speaking_kind(i)); i++) {
		(void)snprintf(row, sizeof(row), "| `%s` | %s | %s | %s |\n",
		               dialect->kind,
		               scale_cell(volume, &dialect->volume,
		                          "by us, a tenth to double"),
		               scale_cell(rate, &dialect->rate, "not"),
		               scale_cell(pitch, &dialect->pitch, "not"));
		if (!strstr(page, row))
			CHECK_FAIL("docs/speech/voices.md has no row %s", row);
		(void)snprintf(path, sizeof(path), "docs/speech/%s.md",
		               dialect->kind);
		CHECK(!access(test_source(path), R_OK));
	}
	/* And no kind is without its test. */
	CHECK(!speaking_kind(ARRAY_COUNT(kindv)));
	CHECK(speaking_kind(ARRAY_COUNT(kindv) - 1));

out:
	return err;
}
