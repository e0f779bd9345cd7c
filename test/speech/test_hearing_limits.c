/*
 * test/speech/test_hearing_limits.c - what services bear: the longest phrase,
 * connections that wait for one
 *
 * With the dialects as they are but for the limit, which would take a minute.
 */
#include "base/text.h"
#include "fakes/fake.h"
#include "harness.h"
#include "net_rig.h"
#include "speech/hearing.h"
#include "speech_tests.h"

enum {
	RATE_HZ = 8000,
	PIECE = 160,
	LONGEST_BYTES = 6400, /* 400 ms */
	STEP_MS = 20,
	STEPS_MAX = 3000, /* a minute */
};

struct ended {
	char text[NET_TEXT_SIZE];
	unsigned phrases;
	unsigned closed;
	int err;
};

static void phrase_handler(const struct asr_phrase *phrase, void *arg)
{
	struct ended *ended = arg;

	ended->phrases++;
	(void)text_copy(ended->text, sizeof(ended->text), phrase->text);
}

static void closed_handler(int err, void *arg)
{
	struct ended *ended = arg;

	ended->closed++;
	ended->err = err;
}

static int engine_make(struct asr_engine **enginep, struct net_rig *rig,
                       const struct hearing_dialect *dialect,
                       const char *spares)
{
	struct asr_make make = {.name = "first"};
	int err;

	err = net_open(rig, dialect->kind, NULL);
	if (!err)
		err = net_service(rig, "first", 0, "spares", spares);

	if (err)
		return err;

	make.cfg = rig->cfg;
	make.pool = rig->pool;
	make.http = rig->http;

	return hearing_alloc(enginep, dialect, &make, rig->fault);
}

/* Waits until the fake has seen so many connections and so much audio. */
static void wait_for(struct net_rig *rig, unsigned connections, uint64_t bytes)
{
	for (unsigned i = 0; i < STEPS_MAX; i++) {
		const struct fake_seen *seen = fake_seen(rig->fakev[0]);

		if (seen->connections >= connections && seen->bytes >= bytes)
			break;
		net_run_ms(rig, STEP_MS);
	}
}

/* What is longer than the service bears is not sent; the text of what was is
 * told when the caller ends. */
int test_hearing_longest(void)
{
	struct hearing_dialect dialect = hearing_iflytek_iat;
	struct asr_engine *engine = NULL;
	struct asr_stream *stream = NULL;
	struct ended ended = {.phrases = 0};
	const struct asr_sink sink = {
		.phrase = phrase_handler,
		.closed = closed_handler,
		.arg = &ended,
	};
	const struct asr_prm prm = {.lang = "zh", .rate_hz = RATE_HZ};
	int16_t pcm[PIECE];
	struct net_rig rig;
	int err;

	dialect.longest_ms = 400;
	for (size_t i = 0; i < PIECE; i++)
		pcm[i] = (int16_t)(i / 8 % 2 ? -3000 : 3000);
	err = engine_make(&engine, &rig, &dialect, "0");
	CHECK_ERR(0, err);

	err = hearing_open(&stream, engine, &prm, &sink);
	CHECK_ERR(0, err);
	for (unsigned i = 0; i < 50; i++) { /* a second */
		err = hearing_feed(stream, pcm, PIECE);
		CHECK_ERR(0, err);
		net_run_ms(&rig, 10);
	}
	wait_for(&rig, 1, LONGEST_BYTES);
	net_run_ms(&rig, 100);
	CHECK_U64(0, ended.phrases);
	CHECK_U64(LONGEST_BYTES, fake_seen(rig.fakev[0])->bytes);

	err = hearing_finish(stream);
	CHECK_ERR(0, err);
	for (unsigned i = 0; i < STEPS_MAX && !ended.closed; i++)
		net_run_ms(&rig, STEP_MS);
	CHECK_U64(1, ended.closed);
	CHECK_ERR(0, ended.err);
	CHECK_STR(net_textv[2], ended.text);
	CHECK_STR("", fake_complaint(rig.fakev[0]));

out:
	mem_deref(stream);
	mem_deref(engine);
	net_close(&rig);
	return err;
}

/* Where a service lets go of connections that wait, they are made anew before;
 * where a word keeps them, it is said. */
int test_hearing_spares_last(void)
{
	const struct asr_prm prm = {.lang = "en", .rate_hz = RATE_HZ};
	struct hearing_dialect dialect = hearing_iflytek_iat;
	struct asr_engine *engine = NULL;
	struct net_rig rig;
	int err;

	dialect.spare_ms = 150;
	err = engine_make(&engine, &rig, &dialect, "2");
	CHECK_ERR(0, err);
	hearing_prepare(engine, &prm);
	wait_for(&rig, 6, 0);
	CHECK(fake_seen(rig.fakev[0])->connections >= 6);
	engine = mem_deref(engine);
	net_close(&rig);

	dialect = hearing_deepgram;
	dialect.idle_ms = 60;
	err = engine_make(&engine, &rig, &dialect, "1");
	CHECK_ERR(0, err);
	hearing_prepare(engine, &prm);
	wait_for(&rig, 1, 0);
	for (unsigned i = 0;
	     i < STEPS_MAX && !strstr(fake_seen(rig.fakev[0])->asked, "Keep");
	     i++)
		net_run_ms(&rig, STEP_MS);
	CHECK_U64(1, fake_seen(rig.fakev[0])->connections);
	CHECK_STR("{\"type\":\"KeepAlive\"}", fake_seen(rig.fakev[0])->asked);
	CHECK_STR("", fake_complaint(rig.fakev[0]));

out:
	mem_deref(engine);
	net_close(&rig);
	return err;
}
