/*
 * test/speech/test_oneshot.c - services that hear a phrase in one request, good
 * and bad
 */
#include "base/clock.h"
#include "base/loop.h"
#include "fakes/fake.h"
#include "harness.h"
#include "net_rig.h"
#include "speech/oneshot.h"
#include "speech_tests.h"

/* What there is of them, and how each says no. */
static const char *const kindv[] = {"openai", "yandex-v1", "yandex-asr-xml",
                                    "http"};

static int open_one(struct net_rig *rig, const char *kind)
{
	int err;

	err = net_open(rig, kind, NULL);
	if (!err)
		err = net_service(rig, "first", 0, NULL, NULL);

	return err ? err : net_asr(rig, "first");
}

/* Against one that is bad; with a second that is not, or NULL. */
static int open_bad(struct net_rig *rig, const char *kind,
                    enum fake_fault fault, const char *second)
{
	bool is_slow = fault == FAKE_STALL || fault == FAKE_LATE;
	int err;

	err = net_open(rig, kind, second);
	if (!err)
		err = net_service(rig, "first", 0, is_slow ? "answer_ms" : NULL,
		                  "300");
	if (!err && second)
		err = net_service(rig, "second", 1, NULL, NULL);
	if (!err)
		err = net_asr(rig, second ? "*first,second" : "first");
	if (!err)
		fake_set_fault(rig->fakev[0], fault, 0, 0);

	return err;
}

int test_oneshot_says_why(void)
{
	static const struct {
		enum fake_fault fault;
		const char *why;
	} rowv[] = {
		{FAKE_REFUSE, "the key"},
		{FAKE_QUOTA, "quota is used up"},
		{FAKE_ERROR, "is out of order (status 500"},
		{FAKE_STALL, "no text within 300 ms of the phrase's end"},
		{FAKE_CUT, "without an answer"},
		{FAKE_WRONG, "its answer is no"},
		{FAKE_LATE, "no text within 300 ms"},
	};
	struct net_rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv) * ARRAY_COUNT(kindv); i++) {
		const char *kind = kindv[i % ARRAY_COUNT(kindv)];
		size_t row = i / ARRAY_COUNT(kindv);
		struct net_heard heard;

		err = open_bad(&rig, kind, rowv[row].fault, NULL);
		CHECK_ERR(0, err);
		err = net_say(&rig, &heard, 0, 500);
		CHECK_ERR(0, err);
		CHECK(heard.err != 0);
		CHECK_U64(0, heard.phrases);
		if (!strstr(heard.why, rowv[row].why))
			CHECK_FAIL("%s: wanted \"%s\", got \"%s\"", kind,
			           rowv[row].why, heard.why);
		CHECK(!strstr(heard.why, "s3cret"));
		net_close(&rig);
	}

	return 0;

out:
	net_close(&rig);
	return err;
}

int test_oneshot_nobody_there(void)
{
	struct net_rig rig;
	struct net_heard heard;
	int err;

	err = open_one(&rig, "openai");
	CHECK_ERR(0, err);
	rig.fakev[0] = mem_deref(rig.fakev[0]);

	err = net_say(&rig, &heard, 0, 500);
	CHECK_ERR(0, err);
	CHECK_ERR(ECONNREFUSED, heard.err);
	CHECK(strstr(heard.why, "cannot connect to 127.0.0.1"));

out:
	net_close(&rig);
	return err;
}

int test_oneshot_falls_to_the_next(void)
{
	static const enum fake_fault faultv[] = {
		FAKE_REFUSE, FAKE_QUOTA, FAKE_ERROR, FAKE_STALL,
		FAKE_CUT,    FAKE_WRONG, FAKE_LATE,
	};
	struct net_rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(faultv); i++) {
		struct net_heard heard;
		unsigned at = (unsigned)i % net_textc;

		err = open_bad(&rig, kindv[i % ARRAY_COUNT(kindv)], faultv[i],
		               "vosk");
		CHECK_ERR(0, err);

		/* All that was said is heard by the other. */
		err = net_say(&rig, &heard, at, 1500);
		CHECK_ERR(0, err);
		CHECK_ERR(0, heard.err);
		CHECK_STR(net_textv[at], heard.text);
		CHECK_STR("second", heard.service);
		CHECK_U64(2 * 1500 * 8, fake_seen(rig.fakev[1])->bytes);
		net_close(&rig);
	}

	return 0;

out:
	net_close(&rig);
	return err;
}

/* A connection that was cut is asked once more before anybody else is. */
int test_oneshot_tries_again(void)
{
	struct net_rig rig;
	struct net_heard heard;
	int err;

	err = open_one(&rig, "openai");
	CHECK_ERR(0, err);
	fake_set_fault(rig.fakev[0], FAKE_CUT, 0, 1);

	err = net_say(&rig, &heard, 1, 500);
	CHECK_ERR(0, err);
	CHECK_ERR(0, heard.err);
	CHECK_STR(net_textv[1], heard.text);
	CHECK_U64(500 * 8 * 2 * 2, fake_seen(rig.fakev[0])->bytes);

out:
	net_close(&rig);
	return err;
}

/* The connection is there before the phrase ends, and serves the next. */
int test_oneshot_keeps_its_connection(void)
{
	struct net_rig rig;
	struct net_heard heard;
	int err;

	err = open_one(&rig, "openai");
	CHECK_ERR(0, err);
	asr_prepare(rig.asr, &(struct asr_prm){.lang = "en", .rate_hz = 8000});
	CHECK(net_wait(&rig, &fake_seen(rig.fakev[0])->connections, 1));
	net_settle(&rig);
	CHECK_U64(0, fake_seen(rig.fakev[0])->phrases);
	CHECK_U64(1, fake_seen(rig.fakev[0])->connections);

	for (unsigned i = 0; i < 3; i++) {
		err = net_say(&rig, &heard, i, 500);
		CHECK_ERR(0, err);
		CHECK_STR(net_textv[i], heard.text);
		CHECK_U64(75, heard.score);
	}
	CHECK_U64(3, fake_seen(rig.fakev[0])->phrases);
	CHECK_U64(1, fake_seen(rig.fakev[0])->connections);

out:
	net_close(&rig);
	return err;
}

/* Longer than the service takes: in parts, and nothing of it is lost. */
int test_oneshot_long_phrase(void)
{
	static const char wanted[] = "call me later call me later";
	enum {
		LONG_MS = 40000
	};
	struct net_rig rig;
	struct net_heard heard;
	int err;

	err = open_one(&rig, "yandex-v1");
	CHECK_ERR(0, err);
	rig.every_ms = 0;

	err = net_say(&rig, &heard, 3, LONG_MS);
	CHECK_ERR(0, err);
	CHECK_ERR(0, heard.err);
	CHECK_U64(1, heard.phrases);
	CHECK_STR(wanted, heard.text);
	CHECK_U64(2, fake_seen(rig.fakev[0])->phrases);
	CHECK_U64((uint64_t)LONG_MS * 8 * 2, fake_seen(rig.fakev[0])->bytes);

out:
	net_close(&rig);
	return err;
}

int test_oneshot_silence_costs_nothing(void)
{
	struct net_rig rig;
	struct net_heard heard;
	int err;

	err = open_one(&rig, "openai");
	CHECK_ERR(0, err);

	err = net_say(&rig, &heard, 0, 0);
	CHECK_ERR(0, err);
	CHECK_ERR(0, heard.err);
	CHECK_U64(0, heard.phrases);
	CHECK_U64(0, fake_seen(rig.fakev[0])->phrases);
	CHECK_U64(0, rig.usage->rowc);

out:
	net_close(&rig);
	return err;
}

/* A template that cannot work is found before the first call. */
int test_oneshot_bad_templates(void)
{
	static const struct {
		const char *key;
		const char *value;
		const char *fault;
	} rowv[] = {
		{"headers", "X-Key: ${kye}", "headers: there is no ${kye}"},
		{"body", "{\"a\":\"${audio\"}", "body: there is no ${audio"},
		{"body", "flac", "body: wanted wav, raw"},
		{"text_at", "text: (", "is neither a JSON pointer"},
		{"options", "{", "options: wanted a JSON object"},
	};
	struct net_rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = net_open(&rig, "http", NULL);
		CHECK_ERR(0, err);
		err = net_service(&rig, "first", 0, rowv[i].key, rowv[i].value);
		CHECK_ERR(0, err);
		CHECK_ERR(EINVAL, net_asr(&rig, "first"));
		if (!strstr(rig.fault, rowv[i].fault))
			CHECK_FAIL("row %zu: \"%s\"", i, rig.fault);
		net_close(&rig);
	}

	return 0;

out:
	net_close(&rig);
	return err;
}

int test_oneshot_said(void)
{
	static const struct {
		const char *body;
		const char *said;
	} rowv[] = {
		{"{\"error\":{\"message\":\"no money\",\"code\":1}}",
	         "no money"},
		{"{\"error\":\"busy\"}", "busy"},
		{"{\"error_code\":\"X\",\"error_message\":\"bad folder\"}",
	         "bad folder"},
		{"{\"detail\":\"not found\"}", "not found"},
		{"out of\r\norder", "out of  order"},
		{"{\"other\":1}", "{\"other\":1}"},
		{"\xff\xfe", ""},
		{"", ""},
	};
	char said[SERVICE_WHY_SIZE];
	char longest[2000];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++)
		CHECK_STR(
			rowv[i].said,
			oneshot_said(rowv[i].body, strlen(rowv[i].body), said));

	memset(longest, 'x', sizeof(longest));
	CHECK_U64(160, strlen(oneshot_said(longest, sizeof(longest), said)));

out:
	return err;
}
