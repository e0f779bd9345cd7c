/*
 * test/speech/test_service_faults.c - every recogniser and every voice against
 * every way to be refused or not to be there: in its own words, somebody else
 * does the work, and nothing of it is lost
 */
#include <stdio.h>
#include "base/clock.h"
#include "base/text.h"
#include "fakes/fake.h"
#include "harness.h"
#include "net_rig.h"
#include "speech/speaking.h"
#include "speech_tests.h"
#include "voice_rig.h"

enum trouble {
	WRONG_KEY,
	EXPIRED, /* the key, or what was made from it */
	QUOTA,
	SPENT, /* our own limit of the key */
	DEAD,  /* nobody listens there */
	GONE,  /* no such name */
	CUT,   /* in the middle, on the second try as well */
};

enum {
	PHRASE_MS = 300,
	BYTES_PER_MS = 16, /* at 8 kHz */
	NEXT = 3,          /* text of the phrase */
	DAY_S = 86400,     /* a token lives */
	TOKEN_EARLY_S = 600,
};

/* clang-format off */
static const struct trouble_row {
	enum trouble trouble;
	const char *sentence;
	const char *why;    /* of the log */
	const char *or_why; /* where kinds differ; NULL: they do not */
} troublev[] = {
	{WRONG_KEY, "a wrong key",     "the key", NULL},
	{EXPIRED,   "an expired key",  "has expired: renew it", NULL},
	{QUOTA,     "a quota",         "quota is used up", NULL},
	{SPENT,     "key_day is over", "had all that key_day", NULL},
	{DEAD,      "a dead host",     "cannot connect to 127.0.0.1", NULL},
	{GONE,      "no such host",    "there is no host called host.invalid",
	 "no address is known of host.invalid"},
	{CUT,       "cut for good",    "connection was lost",
	 "without an answer"},
};

static const struct hearer {
	const char *kind, *lang;
	bool has_key; /* others have a gate in front of them that wants one */
} hearerv[] = {
	{"vosk",           "en",    false},
	{"funasr",         "zh",    false},
	{"sherpa",         "en",    false},
	{"jsonws",         "en",    true},
	{"deepgram",       "en",    true},
	{"nls",            "zh-CN", true},
	{"iflytek-iat",    "zh-CN", true},
	{"iflytek-rtasr",  "zh-CN", true},
	{"yandex-v3",      "en",    true},
	{"openai",         "en",    true},
	{"yandex-v1",      "en",    true},
	{"yandex-asr-xml", "en",    true},
	{"http",           "en",    true},
};
/* clang-format on */

/* What the operator reads. */
static bool is_told(const char *shown, const struct trouble_row *row)
{
	if (strstr(shown, "s3cret") || strstr(shown, "wrong-key") ||
	    strstr(shown, "token-"))
		return false;

	return strstr(shown, row->why) ||
	       (row->or_why && strstr(shown, row->or_why));
}

/* --- recognisers ---------------------------------------------------------- */

/* What was made from the key has grown old: given as it is, because one that
 * is made from a key would be made anew. */
static int expire(struct net_rig *rig, const struct hearer *hearer)
{
	if (strcmp(hearer->kind, "nls") != 0) {
		fake_set_fault(rig->fakev[0], FAKE_EXPIRED, 0, 0);
		return 0;
	}

	(void)net_set(rig, "first", "secret", "");

	return net_set(rig, "first", "key", "token-9");
}

static int trouble_make(struct net_rig *rig, const struct hearer *hearer,
                        enum trouble trouble)
{
	const char *scheme = fake_is_http(hearer->kind) ? "http" : "ws";
	char url[64];

	switch (trouble) {
	case WRONG_KEY:
		if (hearer->has_key)
			return net_set(rig, "first", "key", "wrong-key");
		fake_set_fault(rig->fakev[0], FAKE_REFUSE, 0, 0);
		return 0;
	case EXPIRED:
		return expire(rig, hearer);
	case QUOTA:
		fake_set_fault(rig->fakev[0], FAKE_QUOTA, 0, 0);
		return 0;
	case SPENT:
		return net_set(rig, "first", "key_day", "1");
	case CUT:
		fake_set_fault(rig->fakev[0], FAKE_CUT, 2, 0);
		return 0;
	case DEAD:
	case GONE:
		break;
	}
	(void)snprintf(url, sizeof(url), "%s://%s/", scheme,
	               trouble == DEAD ? "127.0.0.1:1" : "host.invalid");

	return net_set(rig, "first", "url", url);
}

static int hear_once(struct net_rig *rig, const struct hearer *hearer,
                     const struct trouble_row *row)
{
	char shown[TEST_SHOWN_SIZE] = "";
	struct test_capture capture = {.file = NULL};
	struct net_heard heard;
	unsigned before;
	int err;

	err = net_open(rig, hearer->kind, "vosk");
	CHECK_ERR(0, err);
	err = net_service(rig, "first", 0, "spares", "0");
	if (!err)
		err = net_service(rig, "second", 1, NULL, NULL);
	if (!err)
		err = trouble_make(rig, hearer, row->trouble);
	if (!err)
		err = net_asr(rig, "*first,second");
	CHECK_ERR(0, err);

	rig->lang = hearer->lang;
	if (row->trouble == SPENT) {
		err = net_say(rig, &heard, 0, 100);
		CHECK_ERR(0, err);
		CHECK_STR("first", heard.service);
	}
	err = test_capture_open(&capture);
	CHECK_ERR(0, err);
	err = net_say(rig, &heard, NEXT, PHRASE_MS);
	test_capture_close(&capture, shown);
	CHECK_ERR(0, err);
	CHECK(is_told(shown, row));
	CHECK(strstr(shown, "trying the next"));

	/* All of the phrase, from its beginning. */
	CHECK_ERR(0, heard.err);
	CHECK_STR(net_textv[NEXT], heard.text);
	CHECK_STR("second", heard.service);
	CHECK_U64(PHRASE_MS * BYTES_PER_MS, fake_seen(rig->fakev[1])->bytes);

	/* It counts: the next phrase does not begin there. */
	before = fake_seen(rig->fakev[0])->connections;
	err = net_say(rig, &heard, 1, 100);
	CHECK_ERR(0, err);
	CHECK_STR("second", heard.service);
	CHECK_U64(before, fake_seen(rig->fakev[0])->connections);

out:
	test_capture_close(&capture, shown);
	if (err)
		fprintf(stderr, "%s: %s: %s\n", hearer->kind, row->sentence,
		        shown);
	net_close(rig);
	return err;
}

int test_faults_of_every_recogniser(void)
{
	struct net_rig rig;
	const struct asr_ops *ops;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(hearerv) && !err; i++) {
		for (size_t j = 0; j < ARRAY_COUNT(troublev) && !err; j++)
			err = hear_once(&rig, &hearerv[i], &troublev[j]);
	}
	CHECK_ERR(0, err);

	/* No kind is without its row. */
	for (size_t i = 0; (ops = asr_kind(i)); i++) {
		bool is_here = !ops->is_service;

		for (size_t j = 0; j < ARRAY_COUNT(hearerv); j++)
			is_here =
				is_here || !strcmp(ops->name, hearerv[j].kind);
		if (!is_here)
			CHECK_FAIL("%s has no row", ops->name);
	}

out:
	return err;
}

/* --- voices --------------------------------------------------------------- */

static int voice_trouble(struct voice_rig *rig, const char *kind,
                         enum trouble trouble)
{
	bool has_tokens = !strcmp(kind, "nls-tts");

	switch (trouble) {
	case WRONG_KEY:
		return voice_rig_set(rig, "service.first.key", "wrong-key");
	case EXPIRED:
		if (!has_tokens) {
			fake_voice_set_fault(rig->fakev[0], FAKE_VOICE_EXPIRED,
			                     0);
			return 0;
		}
		(void)voice_rig_set(rig, "service.first.secret", "");
		return voice_rig_set(rig, "service.first.key", "token-9");
	case QUOTA:
		fake_voice_set_fault(rig->fakev[0], FAKE_VOICE_QUOTA, 0);
		return 0;
	case DEAD:
		return voice_rig_set(rig, "service.first.url",
		                     "http://127.0.0.1:1/");
	case GONE:
		return voice_rig_set(rig, "service.first.url",
		                     "http://host.invalid/");
	case SPENT:
		return voice_rig_set(rig, "service.first.key_day", "1");
	case CUT:
		fake_voice_set_fault(rig->fakev[0], FAKE_VOICE_CUT, 1);
		break;
	}

	return 0;
}

static int text_said(struct voice_rig *rig, const char *text)
{
	const struct voice_prm prm = {.text = text, .lang = "en", .name = ""};
	struct voice_rig_said said = {.sound = NULL};
	int err;

	err = voice_rig_say(rig, &said, &prm, false);
	CHECK_ERR(0, err);
	if (!said.sound)
		CHECK_FAIL("%s: %s", text, said.fault);
	CHECK_STR(text, fake_voice_seen(rig->fakev[0])->text);

out:
	mem_deref(said.sound);
	return err;
}

static int say_once(struct voice_rig *rig, const char *kind,
                    const struct trouble_row *row)
{
	const struct voice_prm prm = {.text = "who says this?",
	                              .lang = "en",
	                              .name = "",
	                              .limit_ms = 100000};
	const double whole_ms =
		(double)text_length(prm.text) * FAKE_VOICE_CHAR_MS;
	char shown[TEST_SHOWN_SIZE] = "";
	struct test_capture capture = {.file = NULL};
	struct voice_rig_said said = {.sound = NULL};
	bool is_first = row->trouble == CUT; /* it is asked for the rest */
	int err;

	err = voice_rig_open(rig, kind, "json-tts");
	if (!err)
		err = voice_trouble(rig, kind, row->trouble);
	if (!err)
		err = voice_rig_voices(rig, "*first,second");
	CHECK_ERR(0, err);

	if (row->trouble == SPENT)
		CHECK_ERR(0, text_said(rig, "all of today"));
	err = test_capture_open(&capture);
	CHECK_ERR(0, err);
	err = voice_rig_say(rig, &said, &prm, true);
	test_capture_close(&capture, shown);
	CHECK_ERR(0, err);
	CHECK(is_first || is_told(shown, row));
	CHECK(is_first || strstr(shown, "second speaks in its place"));

	/* All of the text. */
	CHECK(said.sound);
	CHECK_STR(is_first ? "first" : "second", said.sound->by);
	CHECK((double)said.sound->count * 1000 / VOICE_RIG_HZ > whole_ms);
	CHECK_STR(prm.text, fake_voice_seen(rig->fakev[!is_first])->text);
	CHECK_STR("", fake_voice_complaint(rig->fakev[0]));

out:
	test_capture_close(&capture, shown);
	if (err)
		fprintf(stderr, "%s: %s: %s\n", kind, row->sentence, shown);
	mem_deref(said.sound);
	mem_deref(said.begun);
	voice_rig_close(rig);
	return err;
}

int test_faults_of_every_voice(void)
{
	const struct speaking_dialect *dialect;
	struct voice_rig rig = {.is_open = false};
	int err = 0;

	for (size_t i = 0; (dialect = speaking_kind(i)) && !err; i++) {
		for (size_t j = 0; j < ARRAY_COUNT(troublev) && !err; j++)
			err = say_once(&rig, dialect->kind, &troublev[j]);
	}

	return err;
}

/* --- the token of a voice ------------------------------------------------- */

/* One token for all texts until its time is over; one that the service has let
 * grow old before costs no text. */
int test_speaking_token(void)
{
	struct voice_rig rig = {.is_open = false};
	int err;

	err = voice_rig_open(&rig, "nls-tts", NULL);
	CHECK_ERR(0, err);
	err = voice_rig_voices(&rig, "first");
	CHECK_ERR(0, err);

	CHECK_ERR(0, text_said(&rig, "the first text"));
	CHECK_ERR(0, text_said(&rig, "and another"));
	CHECK_U64(1, fake_voice_seen(rig.fakev[0])->tokens);

	/* Not within a second: what is refused then is refused for another
	 * reason. */
	voice_rig_run_ms(1100);
	fake_voice_expire(rig.fakev[0]);
	CHECK_ERR(0, text_said(&rig, "said all the same"));
	CHECK_U64(2, fake_voice_seen(rig.fakev[0])->tokens);
	CHECK_U64(4, fake_voice_seen(rig.fakev[0])->asked);

	/* Ten minutes before its end another one is made. */
	clock_shift((int64_t)(DAY_S - TOKEN_EARLY_S + 1) * 1000);
	CHECK_ERR(0, text_said(&rig, "with a new one"));
	CHECK_U64(3, fake_voice_seen(rig.fakev[0])->tokens);
	CHECK_U64(5, fake_voice_seen(rig.fakev[0])->asked);
	CHECK_STR("", fake_voice_complaint(rig.fakev[0]));

out:
	clock_shift(0);
	voice_rig_close(&rig);
	return err;
}

/* Why there is none, in words, and without the key in them. */
int test_speaking_token_refused(void)
{
	static const struct {
		const char *path, *value, *why;
	} rowv[] = {
		{"service.first.key", "wrong-key", "no token: refuses the key"},
		{"service.first.secret", "wrong-half",
	         "no token: refuses the key"},
		{"service.first.token_url", "http://127.0.0.1:1/",
	         "no token: cannot connect to 127.0.0.1"},
	};
	struct voice_rig rig = {.is_open = false};
	struct voice_rig_said said = {.sound = NULL};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct voice_prm prm = {
			.text = "nobody says this", .lang = "en", .name = ""};

		err = voice_rig_open(&rig, "nls-tts", NULL);
		if (!err)
			err = voice_rig_set(&rig, rowv[i].path, rowv[i].value);
		if (!err)
			err = voice_rig_voices(&rig, "first");
		CHECK_ERR(0, err);
		err = voice_rig_say(&rig, &said, &prm, false);
		CHECK_ERR(0, err);
		CHECK(!said.sound);
		if (!strstr(said.fault, rowv[i].why) ||
		    strstr(said.fault, "wrong-"))
			CHECK_FAIL("row %zu: \"%s\"", i, said.fault);
		CHECK_U64(0, fake_voice_seen(rig.fakev[0])->asked);
		voice_rig_close(&rig);
	}

out:
	mem_deref(said.sound);
	voice_rig_close(&rig);
	return err;
}
