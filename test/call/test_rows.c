/*
 * test/call/test_rows.c - what a call leaves in the tables
 */
#include <stdio.h>
#include <unistd.h>
#include "crowd.h"
#include "harness.h"
#include "tests.h"

enum {
	PATH_SIZE = 1024,
};

/* clang-format off */
#define HEAD(more) "{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\"," \
	"\"asr\":{\"vad_max_end_silence_time_ms\":300," more "},"
#define FLOW(more) "\"flow\":[{\"id\":\"a\",\"action\":\"playback\"," more \
	"\"playbacks\":[\"tone_stream://%(400,0,440)\"],\"children\":[" \
	"{\"flow\":\"b\",\"condition\":{\"text\":\"^.yes$\"}}," \
	"{\"flow\":\"b\",\"condition\":{\"complete\":\"ANY\"}}]}," \
	"{\"id\":\"b\",\"action\":\"hangup\"}]}"
/* clang-format on */

/* Several sentences of one action have one recording, other inputs none. */
int test_rows_record_of_inputs(void)
{
	static struct crowd_talk talk = {
		.script = HEAD("\"asr_params\":\"yes;well\","
	                       "\"interrupt\":0,"
	                       "\"wait_speech_timeout_ms\":60000") FLOW(""),
		.course = "well@600-900 yes@1500-1800",
	};
	char path[PATH_SIZE];
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = crowd_run(&rig, &talk, 1);
	CHECK_ERR(0, err);
	CHECK_STR("Fwell Fyes", talk.log);

	CHECK_I64(2, rig_number("select count(*) from conversation where "
	                        "input_type=0"));
	CHECK_I64(1, rig_number("select count(distinct record) from "
	                        "conversation where input_type=0"));
	CHECK_I64(0, rig_number("select count(*) from conversation where "
	                        "input_type<>0 and record<>''"));
	err = rig_text(path, sizeof(path),
	               "select record from conversation join calls using "
	               "(callid) where input_args='Fyes' and "
	               "record=recording");
	CHECK_ERR(0, err);
	CHECK(!access(path, R_OK));

out:
	rig_close(&rig);

	return err;
}

/* What is cut off at its longest has been recognised, and is paid for. */
int test_rows_cut_speech_is_billed(void)
{
	/* What is said behind it is too short to be another sentence. */
	static const char script[] =
		HEAD("\"asr_params\":\"well\",\"max_speech_time_ms\":600,"
	             "\"vad_min_active_time_ms\":400") FLOW("");
	const struct rig_person person = {
		.speak_from_ms = 500,
		.speak_until_ms = 1400,
	};
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, script, &person);
	CHECK_ERR(0, err);

	CHECK_I64(1, rig_number("select count(*) from conversation where "
	                        "input_args='TIMEOUT(S:well)'"));
	CHECK_I64(1, rig_number("select json_extract(services,"
	                        "'$.mock.requests') from calls"));
	CHECK(rig_number("select json_extract(services,'$.mock.audio_ms') "
	                 "from calls") >= 500);

out:
	rig_close(&rig);

	return err;
}

/* The alert's node is a variable of the call. */
int test_rows_trigger(void)
{
	static const char script[] =
		HEAD("\"mode\":0") FLOW("\"triggernotify\":1,");
	const struct rig_person person = {0};
	char trigger[64];
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, script, &person);
	CHECK_ERR(0, err);
	err = rig_text(trigger, sizeof(trigger),
	               "select json_extract(variables,'$.trigger_flow') from "
	               "calls");
	CHECK_ERR(0, err);
	CHECK_STR("test[a]", trigger);

out:
	rig_close(&rig);

	return err;
}
