/*
 * test/speech/test_hearing.c - the streaming client against a service that is
 * good, slow, cut, mute, wrong
 */
#include "base/clock.h"
#include "base/loop.h"
#include "fakes/fake.h"
#include "harness.h"
#include "net_rig.h"
#include "speech_tests.h"

enum {
	SPOKEN_MS = 6000, /* in a tenth of it; silence is noticed before */
};

/* One row for each kind, and what it says besides the text. */
struct kind_row {
	const char *kind;
	unsigned score; /* in percent, 100: it tells none */
	bool has_times; /* of the words */
	bool is_mute;   /* without partial texts */
	const char *lang;
};

static const struct kind_row kind_rowv[] = {
	/* clang-format off */
	{"vosk",          88,  true,  false, "en"},
	{"funasr",        100, true,  false, "zh"},
	{"sherpa",        100, true,  false, "en"},
	{"jsonws",        100, false, false, "en"},
	{"deepgram",      88,  true,  false, "ru-RU"},
	{"nls",           88,  true,  false, "zh-CN"},
	{"iflytek-iat",   100, false, false, "zh-CN"},
	{"iflytek-iat",   100, false, true,  "en-GB"},
	{"iflytek-rtasr", 100, true,  false, "zh-CN"},
	{"iflytek-rtasr", 100, true,  false, "en"},
	{"yandex-v3",     88,  true,  false, "en"},
	{"openai",        75,  true,  true,  "en"},
	{"yandex-v1",     100, false, true,  "en"},
	{"yandex-asr-xml", 69, false, true,  "en"},
	{"http",          61,  false, true,  "en"},
	/* clang-format on */
};

static int row_check(const struct kind_row *row, const struct net_heard *heard,
                     const char *text)
{
	int err = 0;

	CHECK_ERR(0, heard->err);
	CHECK_STR(text, heard->text);
	CHECK_STR("first", heard->service);
	CHECK_U64(1, heard->phrases);
	CHECK_U64(row->score, heard->score);
	CHECK(row->is_mute || heard->partials > 0);
	/* The fakes put the words into the middle of the second. */
	CHECK_U64(row->has_times ? 100 : 0, heard->begin_ms);
	CHECK_U64(row->has_times ? 900 : 1000, heard->end_ms);

out:
	return err;
}

/* The same phrases through every kind against its fake; what they cost. */
static int row_run(const struct kind_row *row, struct net_rig *rig)
{
	int err;

	err = net_open(rig, row->kind, NULL);
	CHECK_ERR(0, err);
	err = net_service(rig, "first", 0, NULL, NULL);
	CHECK_ERR(0, err);
	err = net_asr(rig, "first");
	CHECK_ERR(0, err);
	rig->lang = row->lang;

	for (unsigned i = 0; i < net_textc; i++) {
		struct net_heard heard;

		err = net_say(rig, &heard, i, 1000);
		if (!err)
			err = row_check(row, &heard, net_textv[i]);
		CHECK_ERR(0, err);
	}
	CHECK_STR("", fake_complaint(rig->fakev[0]));
	CHECK_U64(net_textc, fake_seen(rig->fakev[0])->phrases);
	CHECK_U64(1, rig->usage->rowc);
	CHECK_STR("first", rig->usage->rowv[0].service);
	CHECK_U64(net_textc, rig->usage->rowv[0].requests);
	CHECK_U64(net_textc * 1000, rig->usage->rowv[0].audio_ms);

out:
	net_close(rig);
	return err;
}

int test_hearing_hears(void)
{
	struct net_rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(kind_rowv) && !err; i++) {
		err = row_run(&kind_rowv[i], &rig);
		if (err)
			fprintf(stderr, "%s: %s\n", kind_rowv[i].kind,
			        rig.fault);
	}

	return err;
}

/* Services that take mu-law hear the same in half the bytes. */
int test_hearing_mulaw(void)
{
	static const char *const kindv[] = {"deepgram", "jsonws"};
	struct net_rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(kindv); i++) {
		err = net_open(&rig, kindv[i], NULL);
		CHECK_ERR(0, err);
		err = net_service(&rig, "first", 0, "mulaw", "yes");
		CHECK_ERR(0, err);
		err = net_asr(&rig, "first");
		CHECK_ERR(0, err);

		/* The fake knows the text by how loud it is. */
		for (unsigned k = 0; k < net_textc; k++) {
			struct net_heard heard;

			err = net_say(&rig, &heard, k, 1000);
			CHECK_ERR(0, err);
			CHECK_ERR(0, heard.err);
			CHECK_STR(net_textv[k], heard.text);
		}
		CHECK_STR("", fake_complaint(rig.fakev[0]));
		CHECK(fake_seen(rig.fakev[0])->mulaw_bytes > 0);
		net_close(&rig);
	}

	return 0;

out:
	net_close(&rig);

	return err;
}

/* Fragments that cut characters, with pings between, a few bytes at a time. */
int test_hearing_joins_pieces(void)
{
	struct net_rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(kind_rowv); i++) {
		struct net_heard heard;

		err = net_open(&rig, kind_rowv[i].kind, NULL);
		CHECK_ERR(0, err);
		err = net_service(&rig, "first", 0, NULL, NULL);
		CHECK_ERR(0, err);
		err = net_asr(&rig, "first");
		CHECK_ERR(0, err);
		fake_set_fault(rig.fakev[0], FAKE_SPLIT, 0, 0);
		rig.lang = kind_rowv[i].lang;

		err = net_say(&rig, &heard, 1, 600);
		CHECK_ERR(0, err);
		if (heard.err || strcmp(heard.text, net_textv[1]))
			CHECK_FAIL("%s: \"%s\" %s", kind_rowv[i].kind,
			           heard.text, heard.why);
		CHECK_STR("", fake_complaint(rig.fakev[0]));
		net_close(&rig);
	}

	return 0;

out:
	net_close(&rig);
	return err;
}

int test_hearing_connects_before(void)
{
	struct net_rig rig;
	struct net_heard heard;
	int err;

	err = net_open(&rig, "vosk", NULL);
	CHECK_ERR(0, err);
	err = net_service(&rig, "first", 0, "spares", "3");
	CHECK_ERR(0, err);
	err = net_asr(&rig, "first");
	CHECK_ERR(0, err);

	asr_prepare(rig.asr, &(struct asr_prm){.lang = "en", .rate_hz = 8000});
	CHECK(net_wait(&rig, &fake_seen(rig.fakev[0])->connections, 3));
	net_run_ms(&rig, 100);
	CHECK_U64(3, fake_seen(rig.fakev[0])->connections);
	CHECK_U64(0, fake_seen(rig.fakev[0])->phrases);

	err = net_say(&rig, &heard, 0, 500);
	CHECK_ERR(0, err);
	CHECK_STR(net_textv[0], heard.text);

out:
	net_close(&rig);
	return err;
}

/* A service that has so little time for one of its steps. */
static int impatient(struct net_rig *rig, const char *name, const char *limit)
{
	return net_service(rig, name, 0, limit, limit ? "200" : NULL);
}

int test_hearing_falls_to_the_next(void)
{
	static const struct {
		const char *why;
		enum fake_fault fault;
		unsigned after;
		const char *limit; /* that is reached; NULL: none */
	} rowv[] = {
		/* clang-format off */
		{"the key is refused", FAKE_REFUSE, 0, NULL},
		{"the quota is used up", FAKE_QUOTA, 0, NULL},
		{"mute from the third piece on", FAKE_STALL, 3, "answer_ms"},
		{"cut in the middle, again on the second try", FAKE_CUT, 3,
		 NULL},
		{"no protocol at all", FAKE_WRONG, 2, NULL},
		{"the text comes too late", FAKE_LATE, 0, "answer_ms"},
		{"it sends no more, but goes on reading", FAKE_HALF, 3, NULL},
		/* clang-format on */
	};
	struct net_rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct net_heard heard;
		unsigned at = (unsigned)i % net_textc;

		err = net_open(&rig, "vosk", "vosk");
		CHECK_ERR(0, err);
		err = impatient(&rig, "first", rowv[i].limit);
		CHECK_ERR(0, err);
		err = net_service(&rig, "second", 1, "reuse", "no");
		CHECK_ERR(0, err);
		err = net_asr(&rig, "*first,second");
		CHECK_ERR(0, err);
		fake_set_fault(rig.fakev[0], rowv[i].fault, rowv[i].after, 0);

		err = net_say(&rig, &heard, at, 1500);
		if (err || heard.err || strcmp(heard.service, "second") ||
		    strcmp(heard.text, net_textv[at]))
			fprintf(stderr, "row %zu: %s: %s \"%s\"\n", i,
			        rowv[i].why, heard.service, heard.text);
		CHECK_ERR(0, err);
		CHECK_ERR(0, heard.err);
		CHECK_STR(net_textv[at], heard.text);
		CHECK_STR("second", heard.service);

		/* And now it is left alone for a while. */
		err = net_say(&rig, &heard, 0, 300);
		CHECK_ERR(0, err);
		CHECK_STR("second", heard.service);
		net_close(&rig);
	}

	return 0;

out:
	net_close(&rig);
	return err;
}

/* Whatever the kind, whose phrase is heard by the next from its beginning. */
static int replaced(struct net_rig *rig, const struct kind_row *row,
                    enum fake_fault fault)
{
	struct net_heard heard;
	int err;

	err = net_open(rig, row->kind, "vosk");
	CHECK_ERR(0, err);
	err = net_service(rig, "first", 0, "answer_ms", "200");
	CHECK_ERR(0, err);
	err = net_set(rig, "first", "stall_ms", "200");
	CHECK_ERR(0, err);
	err = net_service(rig, "second", 1, NULL, NULL);
	CHECK_ERR(0, err);
	err = net_asr(rig, "*first,second");
	CHECK_ERR(0, err);
	fake_set_fault(rig->fakev[0], fault, 2, 0);

	rig->lang = row->lang;
	err = net_say(rig, &heard, 3, 500);
	CHECK_ERR(0, err);
	CHECK_ERR(0, heard.err);
	CHECK_STR(net_textv[3], heard.text);
	CHECK_STR("second", heard.service);
	/* All of it, at 8 kHz. */
	CHECK_U64(500 * 16, fake_seen(rig->fakev[1])->bytes);

out:
	net_close(rig);
	return err;
}

int test_hearing_every_kind_is_replaced(void)
{
	static const enum fake_fault faultv[] = {FAKE_CUT, FAKE_WRONG,
	                                         FAKE_STALL};
	struct net_rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(kind_rowv) && !err; i++) {
		const struct kind_row *row = &kind_rowv[i];

		if (fake_is_http(row->kind) ||
		    (i && !strcmp(row->kind, row[-1].kind)))
			continue;
		for (size_t j = 0; j < ARRAY_COUNT(faultv) && !err; j++) {
			err = replaced(&rig, row, faultv[j]);
			if (err)
				fprintf(stderr, "%s, fault %u\n", row->kind,
				        faultv[j]);
		}
	}

	return err;
}

int test_hearing_says_why(void)
{
	static const struct {
		enum fake_fault fault;
		unsigned after;
		const char *limit;
		const char *why;
	} rowv[] = {
		{FAKE_REFUSE, 0, NULL, "refuses the key"},
		{FAKE_QUOTA, 0, NULL, "quota"},
		{FAKE_STALL, 2, "stall_ms", "silent for"},
		{FAKE_CUT, 2, NULL, "connection was lost"},
		{FAKE_WRONG, 2, NULL, "not an answer of a Vosk server"},
		{FAKE_LATE, 0, "answer_ms", "no text within"},
	};
	struct net_rig rig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct net_heard heard;

		err = net_open(&rig, "vosk", NULL);
		CHECK_ERR(0, err);
		err = impatient(&rig, "first", rowv[i].limit);
		CHECK_ERR(0, err);
		err = net_asr(&rig, "first");
		CHECK_ERR(0, err);
		fake_set_fault(rig.fakev[0], rowv[i].fault, rowv[i].after, 0);

		err = net_say(&rig, &heard, 0, SPOKEN_MS);
		CHECK_ERR(0, err);
		CHECK(heard.err != 0);
		if (!strstr(heard.why, rowv[i].why))
			CHECK_FAIL("row %zu: wanted \"%s\", got \"%s\"", i,
			           rowv[i].why, heard.why);
		CHECK(!strstr(heard.why, "s3cret"));
		net_close(&rig);
	}

	return 0;

out:
	net_close(&rig);
	return err;
}

int test_hearing_tries_again(void)
{
	struct net_rig rig;
	struct net_heard heard;
	int err;

	err = net_open(&rig, "vosk", NULL);
	CHECK_ERR(0, err);
	err = net_service(&rig, "first", 0, "reuse", "no");
	CHECK_ERR(0, err);
	err = net_asr(&rig, "first");
	CHECK_ERR(0, err);
	fake_set_fault(rig.fakev[0], FAKE_CUT, 4, 1);

	/* Cut once in the middle: the phrase is whole all the same. */
	err = net_say(&rig, &heard, 1, 1500);
	CHECK_ERR(0, err);
	CHECK_ERR(0, heard.err);
	CHECK_STR(net_textv[1], heard.text);
	CHECK_U64(2, rig.usage->rowv[0].requests);

out:
	net_close(&rig);
	return err;
}

int test_hearing_takes_turns(void)
{
	struct net_rig rig;
	struct net_heard heard;
	int err;

	err = net_open(&rig, "vosk", "vosk");
	CHECK_ERR(0, err);
	err = net_service(&rig, "first", 0, "reuse", "yes");
	CHECK_ERR(0, err);
	err = net_service(&rig, "second", 1, "reuse", "yes");
	CHECK_ERR(0, err);
	err = net_asr(&rig, "first, second");
	CHECK_ERR(0, err);

	for (unsigned i = 0; i < 6; i++) {
		err = net_say(&rig, &heard, i % net_textc, 400);
		CHECK_ERR(0, err);
		CHECK_STR(net_textv[i % net_textc], heard.text);
		CHECK_STR(i % 2 ? "second" : "first", heard.service);
	}
	CHECK_U64(2, rig.usage->rowc);
	CHECK_U64(3, rig.usage->rowv[0].requests);
	CHECK_U64(1200, rig.usage->rowv[0].audio_ms);

out:
	net_close(&rig);
	return err;
}
