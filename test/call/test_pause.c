/*
 * test/call/test_pause.c - a silence in a prompt, heard
 */
#include "harness.h"
#include "rig.h"
#include "tests.h"

enum {
	PAUSE_MS = 1500,
	/* Two tones of 200 ms, the pause, and the wait for an answer. */
	WHOLE_MS = 200 + PAUSE_MS + 200 + 300,
	TICK_MS = 20,
	SLACK_MS = 5000, /* of a busy machine under sanitizers */
};

static const char script[] =
	"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\",\"asr\":"
	"{\"asr_params\":\"\",\"wait_speech_timeout_ms\":300},\"flow\":["
	"{\"id\":\"a\",\"action\":\"playback\",\"playbacks\":["
	"\"tone_stream://%(200,0,440)\",\"silence_stream://1500\","
	"\"tone_stream://%(200,0,440)\"],\"children\":[{\"flow\":\"b\","
	"\"condition\":{\"complete\":\"ANY\"}}]},"
	"{\"id\":\"b\",\"action\":\"hangup\"}]}";

/* It lasts as long as it says (C146). */
int test_pause_lasts(void)
{
	const struct rig_person person = {0};
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, script, &person);
	CHECK_ERR(0, err);

	CHECK(rig.talk_ms >= WHOLE_MS - TICK_MS);
	CHECK(rig.lasted_ms && rig.lasted_ms < WHOLE_MS + SLACK_MS);
	CHECK(rig_loud_ms(&rig, 0, 700) >= 140);
	CHECK_U64(0, rig_loud_ms(&rig, 700, PAUSE_MS));
	CHECK(rig_loud_ms(&rig, PAUSE_MS, 5000) >= 140);

out:
	rig_close(&rig);

	return err;
}
