/*
 * test/call/test_wish.c - whoever complains is not called again, though the
 * script knows nothing of it
 */
#include "harness.h"
#include "rig.h"
#include "tests.h"

/* A question that nothing answers, to somebody who says these words. */
#define SAID(words)                                                            \
	"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\","              \
	"\"asr\":{\"asr_params\":\"" words "\","                               \
	"\"vad_max_end_silence_time_ms\":300,"                                 \
	"\"wait_speech_timeout_ms\":2000},"                                    \
	"\"flow\":[{\"id\":\"a\",\"action\":\"playback\","                     \
	"\"playbacks\":[\"tone_stream://%(1500,0,440)\"],"                     \
	"\"children\":[{\"flow\":\"bye\",\"condition\":{\"complete\":"         \
	"\"ANY\"}}]},{\"id\":\"bye\",\"action\":\"hangup\"}]}"

/* All their numbers, before they hear us go. */
int test_wish_whole_person(void)
{
	const struct rig_person person = {
		.speak_from_ms = 500,
		.speak_until_ms = 1100,
		.others = "+15550102 +79990000001",
	};
	char text[256];
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	CHECK_ERR(0, store_events_on(rig.store, "*"));
	CHECK_ERR(0, rig_call(&rig, SAID("I will complain"), &person));
	CHECK_I64(3, rig.blocked_at_bye);
	CHECK_ERR(0, rig_text(text, sizeof(text),
	                      "select reason from do_not_call"
	                      " where number = '+79990000001'"));
	CHECK_STR("at +15550101: complained in a call: \"i will complain\"",
	          text);
	CHECK_ERR(0, rig_text(text, sizeof(text),
	                      "select count(*) || max(data) from outbox"
	                      " where type = 'number.blocked'"));
	CHECK(strstr(text, "\"numbers\":[\"+15550101\",\"+15550102\","
	                   "\"+79990000001\"]"));
	CHECK(text[0] == '1' && text[1] == '{');

out:
	rig_close(&rig);

	return err;
}

int test_wish_complaint(void)
{
	static const struct {
		const char *script;
		int64_t blocked; /* when they hear us go */
		const char *reason;
	} rowv[] = {
		/* clang-format off */
		{SAID("well then i will complain about it"), 1,
		 "complained in a call: \"i will complain\""},
		{SAID("I am not going to sue you"), 0, ""},
		{SAID("пожалуюсь на вас"), 1,
		 "complained in a call: \"пожалуюсь\""},
		{SAID("我要投诉你们"), 1, "complained in a call: \"投诉\""},
		{SAID("我不会投诉"), 0, ""},
		/* clang-format on */
	};
	const struct rig_person person = {
		.speak_from_ms = 500,
		.speak_until_ms = 1100,
	};
	struct rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		char text[128] = "";

		CHECK_ERR(0, rig_open(&rig, NULL));
		err = rig_call(&rig, rowv[i].script, &person);
		if (!err && *rowv[i].reason)
			err = rig_text(text, sizeof(text),
			               "delete from do_not_call"
			               " returning reason");
		if (!err && (rig.blocked_at_bye != rowv[i].blocked ||
		             strcmp(text, rowv[i].reason) != 0))
			err = EPROTO;
		rig_close(&rig);
		if (err)
			CHECK_FAIL("row %zu: %s; %s", i, text, strerror(err));
	}

out:
	return err;
}

/* A state of its own: whoever calls the robot names is led to where the script
 * has an answer to that. */
int test_wish_abuse(void)
{
#define ABUSE(words)                                                           \
	"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\","              \
	"\"asr\":{\"interrupt\":16,\"asr_params\":\"" words "\","              \
	"\"vad_max_end_silence_time_ms\":300},\"globalflow\":[{\"id\":"        \
	"\"abuse\",\"flow\":\"calm\",\"condition\":{\"text\":\"^F!\"}}],"      \
	"\"flow\":[{\"id\":\"a\",\"action\":\"playback\",\"globalflow\":"      \
	"\"all\",\"playbacks\":[\"tone_stream://%(400,0,440)\"],"              \
	"\"children\":[{\"flow\":\"bye\",\"condition\":{\"complete\":"         \
	"\"ANY\"}}]},{\"id\":\"bye\",\"action\":\"hangup\"},"                  \
	"{\"id\":\"calm\",\"action\":\"hangup\"}]}"
	static const struct {
		const char *script, *said, *node;
	} rowv[] = {
		/* clang-format off */
		{ABUSE("you stupid idiot"), "F!you stupid idiot", "calm"},
		{ABUSE("I am no idiot"), "FI am no idiot", ""},
		{ABUSE("ты урод"), "F!ты урод", "calm"},
		{ABUSE("你他妈的"), "F!你他妈的", "calm"},
		/* clang-format on */
	};
#undef ABUSE
	const struct rig_person person = {
		.speak_from_ms = 600,
		.speak_until_ms = 1000,
	};
	struct rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		char text[128] = "", node[64] = "";

		CHECK_ERR(0, rig_open(&rig, NULL));
		err = rig_call(&rig, rowv[i].script, &person);
		if (!err)
			err = rig_text(text, sizeof(text),
			               "select input_args from conversation "
			               "where input_type=0 order by rowid "
			               "desc limit 1");
		if (!err)
			err = rig_text(node, sizeof(node),
			               "select response_id from conversation "
			               "where input_type=0 order by rowid "
			               "desc limit 1");
		rig_close(&rig);
		CHECK_ERR(0, err);
		CHECK_STR(rowv[i].said, text);
		CHECK_STR(rowv[i].node, node);
	}

out:
	return err;
}
