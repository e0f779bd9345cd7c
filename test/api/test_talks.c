/*
 * test/api/test_talks.c - talks without a telephone, and rows as JSON, also
 * where memory is short
 */
#include "api/callview.h"
#include "api/talks.h"
#include "api/tests.h"
#include "base/jmem.h"
#include "base/loop.h"
#include "harness.h"
#include "oom.h"

static const char text[] =
	"{\"version\":\"1\",\"start\":\"ask\",\"language\":\"en\",\"flow\":["
	"{\"id\":\"ask\",\"action\":\"playback\",\"playbacks\":[\"Will you "
	"come, ${name}?\"],\"children\":[{\"flow\":\"bye\",\"condition\":"
	"{\"text\":\"yes\"}}]},"
	"{\"id\":\"bye\",\"action\":\"hangup\",\"playbacks\":[\"Good.\"]}]}";

/* What is read once, for many talks. */
static int script_load(struct flow_script **scriptp)
{
	struct flow_faults *faults = NULL;
	int err;

	oom_pause();
	err = loop_init();
	if (!err)
		err = flow_faults_alloc(&faults);
	if (!err)
		err = flow_load(scriptp, "visit", text, strlen(text), faults);
	mem_deref(faults);
	oom_resume();

	return err;
}

/* The reply as text, whole or ENOMEM: never with a part of it missing. */
static int reply_take(char **replyp, json_t *json)
{
	*replyp = mem_deref(*replyp);
	*replyp = jmem_text(json);

	return *replyp ? 0 : ENOMEM;
}

int test_talks_from_first_to_last(void)
{
	static const struct flow_var var = {"name", "Anna"};
	struct talk_prm prm = {.varv = &var, .varc = 1};
	struct talks *talks = NULL;
	struct talk *talk = NULL;
	json_t *json = NULL;
	char *reply = NULL;
	int err;

	err = script_load(&prm.script);
	CHECK_ERR(0, err);
	err = talks_alloc(&talks);
	CHECK_ERR(0, err);
	err = talks_begin(&talk, talks, &prm);
	CHECK_ERR(0, err);

	err = talk_start(talk, &json);
	CHECK_ERR(0, err);
	err = reply_take(&reply, json);
	CHECK_ERR(0, err);
	CHECK(strstr(reply, "\"says\":[\"Will you come, Anna?\"]"));
	CHECK(strstr(reply, "\"is_over\":false"));

	err = talk_feed(talk, FLOW_TEXT, "Fyes", &json);
	CHECK_ERR(0, err);
	err = reply_take(&reply, json);
	CHECK_ERR(0, err);
	CHECK(strstr(reply, "\"says\":[\"Good.\"]"));
	CHECK(strstr(reply, "\"keyword\":\"yes\""));
	CHECK(strstr(reply, "\"variables\":{"));

out:
	mem_deref(reply);
	mem_deref(talks);
	mem_deref(prm.script);
	loop_close();

	return err;
}

int test_callview_rows(void)
{
	const struct store_past past = {
		.call = {.callid = "c1",
	                 .direction = "out",
	                 .number = "+15550100",
	                 .line = "main",
	                 .script = "visit",
	                 .script_version = "1",
	                 .start_ms = 1795255200000,
	                 .answer_ms = 1795255201000,
	                 .outcome = "answered",
	                 .label = "yes",
	                 .class_letter = "A",
	                 .heard = "yes",
	                 .recording = "",
	                 .variables = "{\"name\":\"Anna\"}"},
		.campaign = "",
	};
	const struct store_step step = {
		.callid = "c1",
		.createtime_ms = 1795255201000,
		.sequence = 3,
		.current_flowid = "ask",
		.input_args = "Fyes",
		.audio_ms = 250,
	};
	char *row = NULL;
	int err = 0;

	jmem_forget();
	err = reply_take(&row, callview_past(&past, true));
	CHECK_ERR(0, err);
	CHECK(strstr(row, "\"start\":\"2026-11-21T10:00:00"));
	CHECK(strstr(row, "\"end\":null"));
	CHECK(strstr(row, "\"variables\":{\"name\":\"Anna\"},\"counters\":{}"));
	CHECK(strstr(row, "\"has_recording\":false"));

	jmem_forget();
	err = reply_take(&row, store_step_json(&step, STORE_STEP_COLUMNS));
	CHECK_ERR(0, err);
	CHECK(strstr(row, "\"sequence\":3,\"current_flowid\":\"ask\""));
	CHECK(strstr(row, "\"input_start_time\":null"));
	CHECK(strstr(row, "\"response_args\":\"\""));
	CHECK(strstr(row, "\"audio_ms\":250}"));
	err = reply_take(&row, store_step_json(&step, STORE_STEP_TIMINGS));
	CHECK_ERR(0, err);
	CHECK(strstr(row, "\"heard_by\":\"\"}"));

out:
	mem_deref(row);

	return err;
}
