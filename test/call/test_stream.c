/*
 * test/call/test_stream.c - prompts that a service speaks while they play
 *
 * The fake service speaks as slowly as life: who waited for the whole sound
 * would leave the person in silence for as long as the text is.
 */
#include "base/text.h"
#include "fakes/fake_voice.h"
#include "harness.h"
#include "rig.h"
#include "tests.h"

enum {
	PACE_MS = 95, /* for 100 ms of sound */
	SOON_MS = 2000,
	URL_SIZE = 64,
};

/* 50 characters are four seconds of tone. */
#define TEXT "Good morning, this is a text of some four seconds."
#define SCRIPT                                                                 \
	"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\",\"label\":"    \
	"[{\"label\":\"E\",\"when\":[{\"var\":\"class\",\"op\":\"==\","        \
	"\"value\":\"E\"}]}],"                                                 \
	"\"asr\":{\"asr_params\":\"-\",\"interrupt\":17,"                      \
	"\"vad_max_end_silence_time_ms\":300,"                                 \
	"\"wait_speech_timeout_ms\":300},"                                     \
	"\"flow\":[{\"id\":\"a\",\"action\":\"playback\",\"playbacks\":"       \
	"[\"" TEXT "\"],\"children\":[{\"flow\":\"err\",\"condition\":"        \
	"{\"complete\":\"ERROR\"}},{\"flow\":\"end\",\"condition\":"           \
	"{\"text\":\".*\"}},{\"flow\":\"end\",\"condition\":"                  \
	"{\"complete\":\"ANY\"}}]},{\"id\":\"end\",\"action\":\"hangup\"},"    \
	"{\"id\":\"err\",\"action\":\"hangup\",\"potential\":\"E\"}]}"

static int stage(struct rig *rig, struct fake_voice **fakep,
                 enum fake_voice_fault fault)
{
	const struct fake_voice_prm prm = {
		.kind = "http-tts", .rate_hz = 16000, .pace_ms = PACE_MS};
	char url[URL_SIZE];
	int err;

	*rig = (struct rig){0};
	err = fake_voice_open(fakep, &prm);
	if (err)
		return err;

	fake_voice_set_fault(*fakep, fault, 0);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/tts",
	               fake_voice_port(*fakep));

	return rig_open_voice(rig, url);
}

/* Heard to its end, begun at once, paid and written down. */
int test_stream_plays_early(void)
{
	const struct rig_person person = {.ring_ms = 1000};
	struct fake_voice *fake = NULL;
	char services[256] = "";
	struct rig rig;
	unsigned loud_ms;
	int err;

	err = stage(&rig, &fake, FAKE_VOICE_GOOD);
	CHECK_ERR(0, err);
	err = rig_call(&rig, SCRIPT, &person);
	CHECK_ERR(0, err);

	CHECK_STR("", fake_voice_complaint(fake));
	CHECK_STR(TEXT, fake_voice_seen(fake)->text);
	CHECK_U64(1, fake_voice_seen(fake)->whole);
	/* Connected to while it rang. */
	CHECK_U64(1, fake_voice_seen(fake)->warmed);
	CHECK_U64(1, fake_voice_seen(fake)->connections);
	CHECK(rig_loud_ms(&rig, 0, SOON_MS) > 0);
	loud_ms = rig_loud_ms(&rig, 0, 12000);
	if (loud_ms < 3900 || loud_ms > 4100)
		fprintf(stderr, "%u ms were heard\n%s", loud_ms, rig.notes);
	CHECK(loud_ms >= 3900 && loud_ms <= 4100);

	err = rig_text(services, sizeof(services),
	               "select services from calls");
	CHECK_ERR(0, err);
	CHECK(strstr(services, "\"served\""));
	CHECK(strstr(services, "\"characters\":50"));

out:
	mem_deref(fake);
	rig_close(&rig);

	return err;
}

/* Nobody waits for what was interrupted: the service is let go. */
int test_stream_is_cut(void)
{
	const struct rig_person person = {.speak_from_ms = 1500,
	                                  .speak_until_ms = 1900};
	struct fake_voice *fake = NULL;
	struct rig rig;
	int err;

	err = stage(&rig, &fake, FAKE_VOICE_GOOD);
	CHECK_ERR(0, err);
	err = rig_call(&rig, SCRIPT, &person);
	CHECK_ERR(0, err);

	CHECK(rig_loud_ms(&rig, 0, 12000) > 200);
	CHECK(rig_loud_ms(&rig, 0, 12000) < 3500);
	CHECK_U64(1, fake_voice_seen(fake)->abandoned);
	CHECK_U64(0, fake_voice_seen(fake)->whole);

out:
	mem_deref(fake);
	rig_close(&rig);

	return err;
}

/* Silent in the middle: what was begun ends, the script's branch decides. */
int test_stream_stalls(void)
{
	const struct rig_person person = {0};
	struct fake_voice *fake = NULL;
	struct rig rig;
	int err;

	err = stage(&rig, &fake, FAKE_VOICE_STALL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, SCRIPT, &person);
	CHECK_ERR(0, err);

	CHECK(rig_loud_ms(&rig, 0, SOON_MS) > 0);
	CHECK(rig_loud_ms(&rig, 0, 12000) < 500);
	CHECK_STR("E", rig.label);
	CHECK(strstr(rig.notes, "silent for 1000 ms in the middle"));

out:
	mem_deref(fake);
	rig_close(&rig);

	return err;
}
