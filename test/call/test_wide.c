/*
 * test/call/test_wide.c - conversations at 16 kHz
 *
 * The same call over each codec: what is said and heard does not depend on
 * it, what is recorded has the call's rate.
 */
#include <sndfile.h>
#include "base/loop.h"
#include "harness.h"
#include "rig.h"
#include "tests.h"

static const char script[] =
	"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\","
	"\"asr\":{\"asr_params\":\"yes\",\"vad_max_end_silence_time_ms\":300,"
	"\"wait_speech_timeout_ms\":2000},"
	"\"flow\":[{\"id\":\"a\",\"action\":\"playback\",\"playbacks\":["
	"\"tone_stream://%(800,0,440)\"],"
	"\"children\":[{\"flow\":\"yes\",\"condition\":{\"text\":\"yes\"}},"
	"{\"flow\":\"no\",\"condition\":{\"complete\":\"ANY\"}}]},"
	"{\"id\":\"yes\",\"action\":\"hangup\"},"
	"{\"id\":\"no\",\"action\":\"hangup\"}]}";

static int recorded_rate(const char *path)
{
	SF_INFO info = {0};
	SNDFILE *file = sf_open(path, SFM_READ, &info);

	if (!file)
		return 0;
	(void)sf_close(file);

	return info.samplerate;
}

int test_wide_call(void)
{
	static const struct {
		const char *why;
		const char *codecs;
		int rate_hz;
	} rowv[] = {
		{"G.711 is held at 8 kHz", "pcmu", 8000},
		{"G.722 is held at 16 kHz", "g722", 16000},
		{"Opus is held at 16 kHz", "opus", 16000},
	};
	const struct rig_person person = {
		.speak_from_ms = 1300,
		.speak_until_ms = 1900,
	};
	struct rig rig;
	int err;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		unsigned loud_ms;

		err = rig_open(&rig, NULL);
		if (!err)
			err = rig_line(&rig, "other", rowv[i].codecs);
		if (!err)
			err = rig_call(&rig, script, &person);
		if (err)
			goto out;

		loud_ms = rig_loud_ms(&rig, 0, 3000);
		if (rig.recording[0] &&
		    rowv[i].rate_hz == recorded_rate(rig.recording) &&
		    !strcmp("yes", rig.heard) && loud_ms >= 740 &&
		    loud_ms <= 860) {
			rig_close(&rig);
			continue;
		}
		fprintf(stderr, "%s: %d Hz, heard \"%s\", %u ms\n", rowv[i].why,
		        recorded_rate(rig.recording), rig.heard, loud_ms);
		err = EPROTO;
		goto out;
	}

	return 0;

out:
	rig_close(&rig);

	return err;
}

static void ready(const char *fault, void *arg)
{
	struct rig *rig = arg;

	(void)snprintf(rig->notes, sizeof(rig->notes), "%s",
	               fault ? fault : "ready");
	loop_stop();
}

/* What was made ready for a wideband line is there when it is called. */
int test_wide_call_ready(void)
{
	static const char spoken[] =
		"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\","
		"\"flow\":[{\"id\":\"a\",\"action\":\"hangup\","
		"\"playbacks\":[\"good bye\"]}]}";
	const struct rig_person person = {0};
	struct flow_faults *faults = NULL;
	struct flow_script *flow = NULL;
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_line(&rig, "wide", "g722,pcma");
	CHECK_ERR(0, err);
	err = flow_faults_alloc(&faults);
	CHECK_ERR(0, err);
	err = flow_load(&flow, "test", spoken, strlen(spoken), faults);
	CHECK_ERR(0, err);
	err = calls_prepare(rig.calls, flow, 16000, NULL, ready, &rig);
	CHECK_ERR(0, err);
	(void)loop_run();
	CHECK_STR("ready", rig.notes);

	err = rig_call(&rig, spoken, &person);
	CHECK_ERR(0, err);
	CHECK(rig_loud_ms(&rig, 0, 5000) > 200);
	CHECK_I64(16000, recorded_rate(rig.recording));

out:
	mem_deref(flow);
	mem_deref(faults);
	rig_close(&rig);

	return err;
}
