/*
 * test/speech/test_mock.c - the recogniser that hears what a test wrote
 *
 * Whole-call tests lean on it: its language is held to here.
 */
#include <math.h>
#include "harness.h"
#include "rig.h"
#include "speech_tests.h"

enum {
	FRAME = RIG_LINE_HZ / 50,
	LOG_SIZE = 256,
};

struct told {
	char log[LOG_SIZE];
	unsigned closed;
};

static void note(struct told *told, const char *kind, const char *text)
{
	size_t n = strlen(told->log);

	(void)snprintf(told->log + n, sizeof(told->log) - n, "%s%s%s",
	               n ? " " : "", kind, text);
}

static void partial_handler(const char *text, void *arg)
{
	note(arg, "i:", text);
}

static void phrase_handler(const struct asr_phrase *phrase, void *arg)
{
	note(arg, "s:", phrase->text);
}

static void closed_handler(int err, void *arg)
{
	struct told *told = arg;

	if (err)
		note(told, "e", "");
	told->closed++;
}

/* 400 ms of a tone between two silences, then the end. */
static int hear(struct told *told, struct rig *rig, const char *params,
                double hz)
{
	const struct asr_prm prm = {
		.lang = "en",
		.rate_hz = RIG_LINE_HZ,
		.params = params,
		.hot_word = "hot",
	};
	const struct asr_sink sink = {
		.partial = partial_handler,
		.phrase = phrase_handler,
		.closed = closed_handler,
		.arg = told,
	};
	struct asr_stream *stream;
	int err;

	*told = (struct told){.closed = 0};
	err = asr_open(&stream, rig->asr, &prm, &sink);
	for (size_t f = 0; f < 40 && !err; f++) {
		int16_t pcm[FRAME] = {0};

		for (size_t i = 0; i < FRAME && f >= 10 && f < 30; i++)
			pcm[i] = (int16_t)(5000 * sin(6.2831853 * hz *
			                              (double)(f * FRAME + i) /
			                              RIG_LINE_HZ));
		err = asr_feed(rig->asr, stream, pcm, FRAME);
	}
	if (err)
		return err;

	if (!told->closed)
		err = asr_finish(rig->asr, stream, 0);
	if (!err && !rig_wait(rig, &told->closed, 1))
		err = ETIMEDOUT;
	mem_deref(stream);

	return err;
}

int test_mock_courses(void)
{
	static const struct {
		const char *why, *params;
		double hz;
		const char *log;
	} rowv[] = {
		/* clang-format off */
		{"a word", "yes", 400, "s:yes"},
		{"the low sound is the first", "yes;well", 400, "s:yes"},
		{"the higher one the second", "yes;well", 800, "s:well"},
		{"higher still, the last", "yes;well", 2000, "s:well"},
		{"not understood", "-", 400, "s:"},
		{"words so far", "200:we|well", 400, "i:we s:well"},
		{"after its time only", "500:we|well", 400, "s:well"},
		{"a phrase that ends by itself", "200=one|two", 400,
		 "s:one s:two"},
		{"it fails in the middle", "200!", 400, "e"},
		{"or at the end", "!", 400, "e"},
		{"hot words", "^", 400, "s:hot"},
		/* clang-format on */
	};
	struct rig rig;
	int err;

	err = rig_open(&rig);
	CHECK_ERR(0, err);
	err = asr_alloc(&rig.asr, "mock", rig.cfg, rig.pool, NULL, rig.fault);
	CHECK_ERR(0, err);
	CHECK(asr_has_endpoints(rig.asr, ""));

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct told told;

		err = hear(&told, &rig, rowv[i].params, rowv[i].hz);
		if (err || strcmp(rowv[i].log, told.log))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_ERR(0, err);
		CHECK_STR(rowv[i].log, told.log);
	}

out:
	rig_close(&rig);

	return err;
}

/* A script's own order, and one that cannot be had. */
int test_mock_services_of_a_script(void)
{
	static const struct {
		const char *services;
		bool is_heard;
	} rowv[] = {
		{"", false},
		{"mock", true},
		{"*broken-error,mock", true},
		{"mock,broken-error", true}, /* in turn: the first phrase */
		{"10.0.0.1:9988", false},    /* no host: as configured */
		{"*mock,nobody", false},
	};
	struct rig rig;
	int err;

	err = rig_open(&rig);
	CHECK_ERR(0, err);
	err = asr_alloc(&rig.asr, "broken-refuse", rig.cfg, rig.pool, NULL,
	                rig.fault);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct asr_prm prm = {
			.lang = "en",
			.rate_hz = RIG_LINE_HZ,
			.params = "yes",
			.services = rowv[i].services,
		};
		struct told told = {.closed = 0};
		const struct asr_sink sink = {
			.partial = partial_handler,
			.phrase = phrase_handler,
			.closed = closed_handler,
			.arg = &told,
		};
		struct asr_stream *stream = NULL;

		/* The configured one refuses, the others take it. */
		err = asr_open(&stream, rig.asr, &prm, &sink);
		mem_deref(stream);
		if (rowv[i].is_heard != !err)
			fprintf(stderr, "%s\n", rowv[i].services);
		CHECK(rowv[i].is_heard == !err);
		err = 0;
	}

out:
	rig_close(&rig);

	return err;
}
