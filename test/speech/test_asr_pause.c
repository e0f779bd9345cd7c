/*
 * test/speech/test_asr_pause.c - the silence behind a phrase is used to
 * recognise it
 */
#include "base/mem.h"
#include "harness.h"
#include "rig.h"
#include "speech_tests.h"

enum {
	TEXT_SIZE = 64,
	QUIET_MS = 300,
	PARTS_MAX = 4,
};

static const char *const answerv[] = {"I will come", "no thank you",
                                      "operator"};

/* What was heard, in its order. */
struct order {
	const char *saidv[PARTS_MAX];
	size_t count;
};

struct ear {
	struct asr_stream *stream;
	unsigned phrases, closed;
	char text[TEXT_SIZE];
	struct order *order; /* or NULL */
	const char *said;
};

static void phrase_handler(const struct asr_phrase *phrase, void *arg)
{
	struct ear *ear = arg;

	ear->phrases++;
	if (ear->order)
		ear->order->saidv[ear->order->count++] = ear->said;
	(void)snprintf(ear->text, sizeof(ear->text), "%s", phrase->text);
}

static void closed_handler(int err, void *arg)
{
	struct ear *ear = arg;

	ear->closed += !err;
}

static int ear_open(struct ear *ear, struct rig *rig)
{
	const struct asr_sink sink = {
		.phrase = phrase_handler,
		.closed = closed_handler,
		.arg = ear,
	};
	const struct asr_prm prm = {
		.lang = "en",
		.hintv = answerv,
		.hintc = ARRAY_COUNT(answerv),
		.is_closed = true,
		.rate_hz = RIG_LINE_HZ,
		.params = "",
	};

	*ear = (struct ear){0};

	return asr_open(&ear->stream, rig->asr, &prm, &sink);
}

/* A text, "" = silence, "P" = the pause is told, "W" = and all work done. */
static int part_feed(struct ear *ear, struct rig *rig, const char *part)
{
	static const int16_t silence[RIG_LINE_HZ * QUIET_MS / 1000];
	struct voice_sound *sound = NULL;
	int err;

	if (!strcmp(part, "P") || !strcmp(part, "W")) {
		asr_pause(ear->stream);
		if (*part == 'W') {
			work_pool_finish(rig->pool);
			mailbox_drain(rig->home);
		}
		return 0;
	}
	if (!*part)
		return asr_feed(rig->asr, ear->stream, silence,
		                ARRAY_COUNT(silence));

	err = rig_say(&sound, rig, "flite:rms", part);
	if (!err)
		err = asr_feed(rig->asr, ear->stream, sound->pcm, sound->count);
	mem_deref(sound);

	return err;
}

static int rig_make(struct rig *rig)
{
	int err;

	err = rig_open(rig);
	if (!err)
		err = voices_alloc(&rig->voices, rig->cfg, test_dir(),
		                   rig->pool, NULL, rig->fault);
	if (!err)
		err = asr_alloc(&rig->asr, "sphinx", rig->cfg, rig->pool, NULL,
		                rig->fault);

	return err;
}

int test_asr_pause(void)
{
	static const struct {
		const char *why;
		const char *partv[PARTS_MAX + 1]; /* NULL behind the last */
		const char *text;
		bool is_ready; /* its text is there at the end already */
	} rowv[] = {
		/* clang-format off */
		{"no pause is told", {"I will come", ""}, "I will come",
		 false},
		{"recognised while it is silent", {"I will come", "", "W", ""},
		 "I will come", true},
		{"the end comes first", {"I will come", "", "P", ""},
		 "I will come", false},
		{"who goes on is heard whole", {"no", "W", "thank you", ""},
		 "no thank you", false},
		{"twice silent", {"operator", "P", "", "W"}, "operator", true},
		/* clang-format on */
	};
	struct ear ear = {0};
	struct rig rig;
	int err;

	err = rig_make(&rig);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = ear_open(&ear, &rig);
		CHECK_ERR(0, err);
		for (size_t k = 0; rowv[i].partv[k]; k++) {
			err = part_feed(&ear, &rig, rowv[i].partv[k]);
			CHECK_ERR(0, err);
		}

		/* A guess is nobody's business. */
		CHECK_U64(0, ear.phrases + ear.closed);
		err = asr_finish(rig.asr, ear.stream, 0);
		CHECK_ERR(0, err);
		CHECK_U64(0, ear.closed);
		if (rowv[i].is_ready)
			mailbox_drain(rig.home);
		if (rowv[i].is_ready && !ear.closed)
			fprintf(stderr, "%s: begun anew\n", rowv[i].why);
		CHECK(!rowv[i].is_ready || ear.closed);
		CHECK(rig_wait(&rig, &ear.closed, 1));
		if (strcmp(rowv[i].text, ear.text))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(rowv[i].text, ear.text);
		CHECK_U64(1, ear.phrases);
		ear.stream = mem_deref(ear.stream);
	}

out:
	mem_deref(ear.stream);
	rig_close(&rig);

	return err;
}

int test_asr_pause_freed(void)
{
	struct ear earv[2] = {{0}};
	struct rig rig;
	int err;

	err = rig_make(&rig);
	CHECK_ERR(0, err);

	/* While the guess is made, and when it is there. */
	for (size_t i = 0; i < ARRAY_COUNT(earv); i++) {
		err = ear_open(&earv[i], &rig);
		CHECK_ERR(0, err);
		err = part_feed(&earv[i], &rig, "operator");
		CHECK_ERR(0, err);
		err = part_feed(&earv[i], &rig, i ? "W" : "P");
		CHECK_ERR(0, err);
		earv[i].stream = mem_deref(earv[i].stream);
	}
	work_pool_finish(rig.pool);
	mailbox_drain(rig.home);
	CHECK_U64(0, earv[0].phrases + earv[0].closed);
	CHECK_U64(0, earv[1].phrases + earv[1].closed);

out:
	for (size_t i = 0; i < ARRAY_COUNT(earv); i++)
		mem_deref(earv[i].stream);
	rig_close(&rig);

	return err;
}

/* --- many at once --------------------------------------------------------- */

/* One decoder; the first phrase has it, the others came meanwhile. */
int test_asr_short_before_long(void)
{
	static const char *const saidv[] = {
		"I will come if the weather is fine", /* has the decoder */
		"no thank you I have no time for that today",
		"I will come", /* a guess */
		"operator",
	};
	struct order order = {.count = 0};
	struct ear earv[ARRAY_COUNT(saidv)] = {{0}};
	struct voice_sound *soundv[ARRAY_COUNT(saidv)] = {NULL};
	struct rig rig;
	int err;

	err = rig_make(&rig);
	CHECK_ERR(0, err);
	rig.asr = mem_deref(rig.asr);
	err = cfg_set(rig.cfg, "sphinx.decoders", "1", rig.fault);
	CHECK_ERR(0, err);
	err = asr_alloc(&rig.asr, "sphinx", rig.cfg, rig.pool, NULL, rig.fault);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(saidv); i++) {
		err = rig_say(&soundv[i], &rig, "flite:rms", saidv[i]);
		CHECK_ERR(0, err);
	}
	for (size_t i = 0; i < ARRAY_COUNT(saidv); i++) {
		struct ear *ear = &earv[i];

		err = ear_open(ear, &rig);
		CHECK_ERR(0, err);
		ear->said = saidv[i];
		ear->order = &order;
		err = asr_feed(rig.asr, ear->stream, soundv[i]->pcm,
		               soundv[i]->count);
		CHECK_ERR(0, err);
		if (i == 2)
			asr_pause(ear->stream);
		else
			err = asr_finish(rig.asr, ear->stream, 0);
		CHECK_ERR(0, err);
	}
	CHECK(rig_wait(&rig, &earv[1].closed, 1));
	CHECK_U64(3, order.count);
	CHECK_STR(saidv[0], order.saidv[0]);
	CHECK_STR(saidv[3], order.saidv[1]);
	CHECK_STR(saidv[1], order.saidv[2]);

	/* Who stood behind them all is heard too. */
	err = asr_finish(rig.asr, earv[2].stream, 0);
	CHECK_ERR(0, err);
	CHECK(rig_wait(&rig, &earv[2].closed, 1));
	CHECK_STR(saidv[2], order.saidv[3]);

out:
	for (size_t i = 0; i < ARRAY_COUNT(saidv); i++) {
		mem_deref(earv[i].stream);
		mem_deref(soundv[i]);
	}
	rig_close(&rig);

	return err;
}
