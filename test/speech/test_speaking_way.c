/*
 * test/speech/test_speaking_way.c - voices of services: when connections are
 * made, when they are let go, and who is left alone
 */
#include <stdlib.h>
#include "base/clock.h"
#include "harness.h"
#include "speech_tests.h"
#include "voice_rig.h"

enum {
	STEPS_MAX = 600, /* of a tenth of a second */
};

static void unheard(struct voice_sound *sound, const char *fault, void *arg)
{
	(void)sound;
	(void)arg;
	fprintf(stderr, "nobody waited: %s\n", fault ? fault : "a sound");
	abort();
}

/* The sound is there while the service is still speaking, and what nobody
 * waits for is not paid to its end. */
int test_speaking_is_played_early(void)
{
	struct voice_prm prm = {
		.text = "a long text that takes its time to be spoken",
		.lang = "en",
		.name = ""};
	const struct fake_voice_seen *seen;
	struct voice_rig_said said = {0};
	struct voice_request *req = NULL;
	struct voice_rig rig = {0};
	int err;

	err = voice_rig_open(&rig, "http-tts", NULL);
	CHECK_ERR(0, err);
	err = voice_rig_voices(&rig, "first");
	CHECK_ERR(0, err);

	/* 3.9 s of sound, a piece each 20 ms. */
	seen = fake_voice_seen(rig.fakev[0]);
	fake_voice_set_pace(rig.fakev[0], 20);
	err = voice_rig_say(&rig, &said, &prm, true);
	CHECK_ERR(0, err);
	CHECK(said.begun && said.begun == said.sound);
	CHECK(said.done_ms > said.begun_ms + 300);
	CHECK(atomic_load(&said.sound->is_whole));
	CHECK_U64(said.sound->count, atomic_load(&said.sound->ready));
	CHECK_U64(1, seen->whole);

	/* From the cache it is whole at once, and the same. */
	said.begun = mem_deref(said.begun);
	{
		struct voice_sound *first = said.sound;

		err = voice_rig_say(&rig, &said, &prm, true);
		CHECK_ERR(0, err);
		CHECK(said.sound && !said.begun);
		CHECK_U64(first->count, said.sound->count);
		CHECK(!memcmp(first->pcm, said.sound->pcm,
		              first->count * sizeof(*first->pcm)));
		mem_deref(first);
	}
	CHECK_U64(1, seen->asked);

	prm.text = "a text that is interrupted after a while, and not paid for";
	err = voices_get(&req, rig.voices, &prm, VOICE_RIG_HZ, unheard, NULL);
	CHECK_ERR(0, err);
	CHECK(voice_rig_wait(&seen->asked, 2));
	voice_rig_settle();
	req = mem_deref(req);
	CHECK(voice_rig_wait(&seen->abandoned, 1));
	voice_rig_settle();
	CHECK_U64(2, seen->asked);
	CHECK_U64(1, seen->whole);
	CHECK_U64(1, seen->abandoned);
	CHECK_U64(0, voices_pending(rig.voices));

out:
	mem_deref(req);
	mem_deref(said.sound);
	mem_deref(said.begun);
	voice_rig_close(&rig);
	return err;
}

/* Waits for so many, and a little longer: no more come. */
static void connected(struct voice_rig *rig, unsigned n)
{
	for (unsigned i = 0; i < STEPS_MAX; i++) {
		voice_rig_settle();
		if (fake_voice_seen(rig->fakev[0])->connections >= n)
			break;
	}
	voice_rig_settle();
}

/* A connection stands before the first text, and texts share it; where each has
 * one of its own, none is opened in vain. */
int test_speaking_warm(void)
{
	static const struct {
		const char *kind;
		unsigned before, after;
	} rowv[] = {
		{"http-tts", 1, 1},
		{"yandex-v3-tts", 1, 1},
		{"iflytek-tts", 0, 2},
	};
	struct voice_rig_said said = {0};
	struct voice_rig rig = {0};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = voice_rig_open(&rig, rowv[i].kind, NULL);
		CHECK_ERR(0, err);
		err = voice_rig_voices(&rig, "first");
		CHECK_ERR(0, err);
		voices_warm(rig.voices);
		voices_warm(rig.voices);
		connected(&rig, rowv[i].before);
		CHECK_U64(rowv[i].before,
		          fake_voice_seen(rig.fakev[0])->connections);
		CHECK_U64(0, fake_voice_seen(rig.fakev[0])->asked);
		for (size_t k = 0; k < 2; k++) {
			const struct voice_prm prm = {.text = k ? "and more"
			                                        : "this",
			                              .lang = "en",
			                              .name = ""};

			err = voice_rig_say(&rig, &said, &prm, false);
			CHECK_ERR(0, err);
			CHECK(said.sound);
			said.sound = mem_deref(said.sound);
		}
		CHECK_U64(rowv[i].after,
		          fake_voice_seen(rig.fakev[0])->connections);
		CHECK_STR("", fake_voice_complaint(rig.fakev[0]));
		voice_rig_close(&rig);
	}

out:
	mem_deref(said.sound);
	voice_rig_close(&rig);
	return err;
}

/* A script that names the address of its voice has the service that is
 * configured there; one that nobody has is not asked. */
int test_speaking_at_address(void)
{
	static const struct {
		const char *why, *behind, *name, *by;
	} rowv[] = {
		{"the address as configured", "/tts", "", "first"},
		{"with a query of its own", "/tts?config=a&x=1", "", "first"},
		{"another path", "/say", "", "second"},
		{"a voice's name leaves no choice", "/tts", "second:female_9",
	         "second"},
		{"a voice of whoever speaks", "/tts", "anna", "first"},
	};
	char base[64], url[128], config[128], shown[TEST_SHOWN_SIZE] = "";
	struct test_capture capture = {.file = NULL};
	struct voice_rig_said said = {0};
	struct voice_rig rig = {0};
	int err;

	err = voice_rig_open(&rig, "http-tts", "json-tts");
	CHECK_ERR(0, err);
	err = voice_rig_voices(&rig, "*second,first");
	CHECK_ERR(0, err);
	(void)snprintf(base, sizeof(base), "http://127.0.0.1:%u",
	               fake_voice_port(rig.fakev[0]));

	err = test_capture_open(&capture);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct voice_prm prm = {.text = rowv[i].why,
		                              .lang = "en",
		                              .name = rowv[i].name,
		                              .url = url};

		(void)snprintf(url, sizeof(url), "%s%s", base, rowv[i].behind);
		err = voice_rig_say(&rig, &said, &prm, false);
		CHECK_ERR(0, err);
		CHECK(said.sound);
		CHECK_STR(rowv[i].by, said.sound->by);
		said.sound = mem_deref(said.sound);
	}

	/* Said once, without what else an address may hold. */
	CHECK_ERR(0, voice_rig_say(&rig, &said,
	                           &(struct voice_prm){
					   .text = "a stranger's",
					   .lang = "en",
					   .name = "",
					   .url = "http://else.example.org"
						  "/tts?key=s3cret"},
	                           false));
	CHECK_STR("second", said.sound->by);
	test_capture_close(&capture, shown);
	CHECK(strstr(shown, "no service of voice.voices is there"));
	CHECK(!strstr(strstr(shown, "no service of") + 1, "no service of"));
	CHECK(!strstr(shown, "s3cret"));

	(void)snprintf(config, sizeof(config), "%s/tts?x=2", base);
	CHECK_STR("first", voices_service_at(rig.cfg, config));
	CHECK(!voices_service_at(rig.cfg, "http://else.example.org/tts"));
	CHECK(!voices_service_at(rig.cfg, "no address"));
	err = voice_rig_voices(&rig, "second");
	CHECK_ERR(0, err);
	CHECK(!voices_service_at(rig.cfg, config));

out:
	test_capture_close(&capture, shown);
	mem_deref(said.sound);
	voice_rig_close(&rig);
	return err;
}

/* A service that refuses its key is not asked with each prompt; what it made
 * before is still its own. */
int test_speaking_rests_after_a_refused_key(void)
{
	static const char *const morev[] = {"one more?", "and two?",
	                                    "and three?"};
	struct voice_prm prm = {.text = "who speaks?",
	                        .lang = "en",
	                        .name = "",
	                        .limit_ms = 100000};
	struct voice_rig_said said = {0};
	struct voice_rig rig = {0};
	int err;

	err = voice_rig_open(&rig, "http-tts", "json-tts");
	CHECK_ERR(0, err);
	err = voice_rig_voices(&rig, "*first,second");
	CHECK_ERR(0, err);
	CHECK_ERR(0, voice_rig_say(&rig, &said, &prm, false));
	CHECK_STR("first", said.sound->by);
	said.sound = mem_deref(said.sound);

	fake_voice_set_fault(rig.fakev[0], FAKE_VOICE_REFUSE, 0);
	for (size_t i = 0; i < ARRAY_COUNT(morev); i++) {
		prm.text = morev[i];
		CHECK_ERR(0, voice_rig_say(&rig, &said, &prm, false));
		CHECK(said.sound);
		CHECK_STR("second", said.sound->by);
		said.sound = mem_deref(said.sound);
	}
	CHECK_U64(2, fake_voice_seen(rig.fakev[0])->asked);

	prm.text = "who speaks?";
	CHECK_ERR(0, voice_rig_say(&rig, &said, &prm, false));
	CHECK_STR("first", said.sound->by);
	said.sound = mem_deref(said.sound);

	/* Where nobody else speaks it is asked all the same: the key may be
	 * good again. */
	fake_voice_set_fault(rig.fakev[0], FAKE_VOICE_GOOD, 0);
	prm.name = "first";
	prm.text = "are you back?";
	prm.limit_ms = 0;
	CHECK_ERR(0, voice_rig_say(&rig, &said, &prm, false));
	CHECK(said.sound);
	CHECK_STR("first", said.sound->by);
	said.sound = mem_deref(said.sound);
	prm.name = "";
	prm.text = "for good?";
	prm.limit_ms = 100000;
	CHECK_ERR(0, voice_rig_say(&rig, &said, &prm, false));
	CHECK_STR("first", said.sound->by);

out:
	mem_deref(said.sound);
	mem_deref(said.begun);
	voice_rig_close(&rig);

	return err;
}
