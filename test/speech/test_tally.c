/*
 * test/speech/test_tally.c - what services did, in calls and beside them
 */
#include "base/clock.h"
#include "base/text.h"
#include "harness.h"
#include "net_rig.h"
#include "speech/keys.h"
#include "speech/tally.h"
#include "speech_tests.h"
#include "voice_rig.h"

/* What a service of that name did before: the table is the program's. */
static struct tally before(const char *name)
{
	const struct tally *tally = tally_find(name);

	return tally ? *tally : (struct tally){.failures = 0};
}

static int said(struct voice_rig *rig, const char *text, bool in_call)
{
	const struct voice_prm prm = {
		.text = text,
		.lang = "en",
		.name = "",
		.usage = in_call ? rig->usage : NULL,
	};
	struct voice_rig_said said = {.sound = NULL};
	int err;

	err = voice_rig_say(rig, &said, &prm, false);
	mem_deref(said.sound);

	return err;
}

/* A prompt that is made before its call is paid for as well; one that comes
 * from the cache is not. */
int test_tally_of_prompts(void)
{
	const char text[] = "made before anybody is called";
	struct voice_rig rig = {.is_open = false};
	const struct tally_sum *beside;
	struct tally was;
	struct tally_sum sum;
	size_t at = 0;
	int err;

	err = voice_rig_open(&rig, "http-tts", NULL);
	CHECK_ERR(0, err);
	err = voice_rig_voices(&rig, "first");
	CHECK_ERR(0, err);
	was = before("first");
	CHECK_ERR(0, said(&rig, text, false));
	CHECK_ERR(0, said(&rig, text, false));
	CHECK_ERR(0, said(&rig, "and in a call", true));

	beside = &tally_find("first")->sumv[TALLY_BESIDE];
	CHECK_U64(was.sumv[TALLY_BESIDE].requests + 1, beside->requests);
	CHECK_U64(was.sumv[TALLY_BESIDE].chars + text_length(text),
	          beside->chars);
	CHECK(beside->audio_ms >=
	      was.sumv[TALLY_BESIDE].audio_ms +
	              text_length(text) * FAKE_VOICE_CHAR_MS);
	CHECK_U64(was.sumv[TALLY_CALL].requests + 1,
	          tally_find("first")->sumv[TALLY_CALL].requests);
	CHECK_U64(1, rig.usage->rowv[0].requests);

	/* Whoever keeps it is told each thing once. */
	while (strcmp(tally_at(at)->name, "first") != 0)
		at++;
	CHECK(tally_take(at, TALLY_BESIDE, &sum));
	CHECK(sum.requests > 0);
	CHECK(!tally_take(at, TALLY_BESIDE, &sum));
	CHECK_ERR(0, said(&rig, "one more", false));
	CHECK(tally_take(at, TALLY_BESIDE, &sum));
	CHECK_U64(1, sum.requests);
	CHECK_U64(8, sum.chars);

out:
	voice_rig_close(&rig);
	return err;
}

/* How it is: the last trouble in words, since when it works again, what is left
 * of its keys. */
int test_tally_of_state(void)
{
	struct net_rig rig;
	struct net_heard heard;
	struct keys_look look;
	const struct tally *tally;
	struct tally was;
	int err;

	err = net_open(&rig, "deepgram", NULL);
	CHECK_ERR(0, err);
	err = net_service(&rig, "first", 0, "key_day", "100");
	if (!err)
		err = net_set(&rig, "first", "spares", "0");
	if (!err)
		err = net_asr(&rig, "first");
	CHECK_ERR(0, err);

	was = before("first");
	fake_set_fault(rig.fakev[0], FAKE_REFUSE, 0, 0);
	err = net_say(&rig, &heard, 0, 200);
	CHECK_ERR(0, err);
	tally = tally_find("first");
	CHECK(tally);
	CHECK_U64(was.failures + 1, tally->failures);
	CHECK(tally->failed_ms > 0);
	CHECK(strstr(tally->why, "refuses the key"));
	CHECK(!strstr(tally->why, "s3cret"));
	CHECK(tally->keys);
	CHECK(keys_look(tally->keys, 0, clock_ms(), clock_wall_ms(), &look));
	CHECK_U64(100, look.day_max);
	CHECK_U64(1, look.asked);
	CHECK(look.rests_ms > 0 && look.rests_ms <= KEYS_REST_MS);
	CHECK(!keys_look(tally->keys, 1, clock_ms(), clock_wall_ms(), &look));

	fake_set_fault(rig.fakev[0], FAKE_GOOD, 0, 0);
	err = net_say(&rig, &heard, 0, 200);
	CHECK_ERR(0, err);
	CHECK_ERR(0, heard.err);
	CHECK(tally->worked_ms >= tally->failed_ms);
	CHECK_U64(was.failures + 1, tally->failures);
	CHECK(tally->sumv[TALLY_CALL].audio_ms >=
	      was.sumv[TALLY_CALL].audio_ms + 200);

out:
	net_close(&rig);
	/* Closed: nobody asks for what is gone. */
	if (!err && tally_find("first")->keys)
		err = EPROTO;
	return err;
}
