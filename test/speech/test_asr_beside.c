/*
 * test/speech/test_asr_beside.c - this machine listens beside a service that
 * is late
 *
 * Three recognisers say what a row tells them to, when it tells them to; the
 * clock stands but where a row lets time pass.
 */
#include <stdio.h>
#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/timers.h"
#include "harness.h"
#include "speech/asr_parts.h"
#include "speech_tests.h"

enum {
	RATE_HZ = 8000,
	PIECE = RATE_HZ / 10,
	LOG_SIZE = 256,
	PROVIDERS = 3,
	LONG_MS = 60000,  /* nothing is late in that time */
	SHORT_MS = 100,   /* it will be over */
	MIDDLE_MS = 1000, /* and what has a part of it comes first */
	QUITE_MS = 4000,
	HALF_MS = 2100, /* of that, and a little */
	BIT_MS = 500,   /* more than SHORT_MS */
	GUARD_MS = 30000,
	USUAL_MS = 1,
};

struct ear;

struct asr_engine {
	struct ear *ear;
	struct asr_stream *stream; /* NULL: it is not asked just now */
	char name;
};

struct asr_stream {
	struct asr_engine *engine;
	struct asr_sink sink;
	size_t samples;
};

struct ear {
	struct work_pool *pool;
	struct cfg *cfg;
	struct asr *asr;
	struct asr_engine *enginev[PROVIDERS];
	struct asr_stream *stream;
	struct asr_usage *usage;
	size_t samples; /* spoken */
	bool frees_itself;
	bool has_all_heard; /* whoever was asked for the text, all of it */
	bool is_closed;
	char log[LOG_SIZE];
};

static void note(struct ear *ear, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void note(struct ear *ear, const char *format, ...)
{
	size_t n = strlen(ear->log);
	va_list ap;

	if (n)
		ear->log[n++] = ' ';
	va_start(ap, format);
	(void)vsnprintf(ear->log + n, sizeof(ear->log) - n, format, ap);
	va_end(ap);
}

/* --- recognisers that do as told ------------------------------------------ */

static void told_destructor(void *arg)
{
	struct asr_stream *stream = arg;

	stream->engine->stream = NULL;
}

static int told_open(struct asr_stream **streamp, struct asr_engine *engine,
                     const struct asr_prm *prm, const struct asr_sink *sink)
{
	struct asr_stream *stream;

	(void)prm;

	stream = mem_zalloc(sizeof(*stream), told_destructor);
	if (!stream)
		return ENOMEM;

	stream->engine = engine;
	stream->sink = *sink;
	engine->stream = stream;
	note(engine->ear, "+%c", engine->name);
	*streamp = stream;

	return 0;
}

static int told_feed(struct asr_stream *stream, const int16_t *pcm, size_t n)
{
	(void)pcm;

	stream->samples += n;

	return 0;
}

static int told_finish(struct asr_stream *stream)
{
	struct ear *ear = stream->engine->ear;

	note(ear, ".%c", stream->engine->name);
	ear->has_all_heard &= stream->samples == ear->samples;

	return 0;
}

static void told_pause(struct asr_stream *stream)
{
	(void)stream;
}

static bool told_can(const struct asr_engine *engine, const char *lang)
{
	(void)engine;
	(void)lang;

	return true;
}

static const struct asr_ops service = {
	.name = "service",
	.is_service = true,
	.can = told_can,
	.open = told_open,
	.feed = told_feed,
	.finish = told_finish,
};

static const struct asr_ops local = {
	.name = "local",
	.can = told_can,
	.open = told_open,
	.feed = told_feed,
	.pause = told_pause,
	.finish = told_finish,
};

/* --- one who listens to them ---------------------------------------------- */

static void phrase_handler(const struct asr_phrase *phrase, void *arg)
{
	struct ear *ear = arg;

	note(ear, "=%s:%s", phrase->service, phrase->text);
	if (ear->frees_itself) {
		ear->stream = mem_deref(ear->stream);
		ear->is_closed = true;
	}
}

static void closed_handler(int err, void *arg)
{
	struct ear *ear = arg;

	note(ear, err ? "failed" : "end");
	ear->is_closed = true;
}

/* kinds: 's' or 'l' for a, b and c. */
static int ear_make(struct ear *ear, const char *kinds)
{
	static const struct cfg_table *const tablev[] = {&asr_sphinx_cfg_table};
	static const char *const orderv[] = {
		"mock",
		"*mock,broken-die",
		"*mock,broken-die,broken-error",
	};
	char fault[CFG_FAULT_SIZE];
	int err;

	*ear = (struct ear){0};
	clock_set(clock_wall_ms());
	err = loop_init();
	if (err)
		return err;
	err = work_pool_alloc(&ear->pool, 1, loop_mailbox());
	if (!err)
		err = cfg_load(&ear->cfg, NULL, tablev, 1, fault);
	if (!err)
		err = asr_alloc(&ear->asr, orderv[strlen(kinds) - 1], ear->cfg,
		                ear->pool, NULL, fault);
	ear->usage = mem_zalloc(sizeof(*ear->usage), NULL);
	for (size_t i = 0; !err && kinds[i]; i++) {
		struct asr_provider *provider = &ear->asr->providerv[i];
		struct asr_engine *engine;

		engine = mem_zalloc(sizeof(*engine), NULL);
		if (!engine)
			return ENOMEM;
		engine->ear = ear;
		engine->name = (char)('a' + (int)i);
		(void)snprintf(provider->name, sizeof(provider->name), "%c",
		               engine->name);
		provider->broken_engine = engine; /* the provider's now */
		provider->broken_ops = kinds[i] == 'l' ? &local : &service;
		ear->enginev[i] = engine;
	}

	return err;
}

static void ear_close(struct ear *ear)
{
	ear->stream = mem_deref(ear->stream);
	ear->asr = mem_deref(ear->asr);
	if (ear->pool)
		work_pool_finish(ear->pool);
	mailbox_drain(loop_mailbox());
	ear->pool = mem_deref(ear->pool);
	ear->usage = mem_deref(ear->usage);
	ear->cfg = mem_deref(ear->cfg);
	loop_close();
	clock_set(0);
}

/* Whether one is asked; 'T': the end is told. */
static bool has_come(const struct ear *ear, char what)
{
	if (!what)
		return false;

	return what == 'T' ? ear->is_closed
	                   : ear->enginev[what - 'a']->stream != NULL;
}

/* So much time, or less where that comes before. */
static void time_pass(const struct ear *ear, uint64_t ms, char what)
{
	const uint64_t until_ms = clock_ms() + ms;

	while (!has_come(ear, what) && clock_ms() < until_ms) {
		uint64_t next_ms = timers_next_ms();

		if (next_ms > until_ms)
			next_ms = until_ms;
		if (next_ms > clock_ms())
			clock_set((int64_t)next_ms);
		while (!has_come(ear, what) && timers_step())
			;
	}
}

/* "a=yes" a says it, "a~yes" and stays, "a=" it understood nothing, "a." it
 * heard nothing, "a!" it fails. */
static int engine_do(struct ear *ear, const char *what)
{
	struct asr_stream *stream = ear->enginev[*what - 'a']->stream;
	struct asr_sink sink;

	if (!stream)
		return ENOENT;

	sink = stream->sink;
	if (what[1] == '=' || what[1] == '~') {
		const struct asr_phrase phrase = {.text = what + 2};

		sink.phrase(&phrase, sink.arg);
		stream = ear->enginev[*what - 'a']->stream;
	}
	if (stream && what[1] != '~')
		sink.closed(what[1] == '!' ? EIO : 0, sink.arg);

	return 0;
}

static int step_do(struct ear *ear, const char *step)
{
	static const int16_t pcm[PIECE];

	switch (*step) {
	case 'S':
		ear->samples += PIECE;
		return asr_feed(ear->asr, ear->stream, pcm, PIECE);
	case 'P':
		asr_pause(ear->stream);
		return 0;
	case 'L':
		return asr_finish(ear->asr, ear->stream, LONG_MS);
	case 'M':
		return asr_finish(ear->asr, ear->stream, MIDDLE_MS);
	case 'E':
		return asr_finish(ear->asr, ear->stream, SHORT_MS);
	case 'Q':
		return asr_finish(ear->asr, ear->stream, QUITE_MS);
	case 'H':
		time_pass(ear, HALF_MS, '\0');
		return 0;
	case 'B':
		time_pass(ear, BIT_MS, '\0');
		return 0;
	case 'W':
		time_pass(ear, GUARD_MS, step[1]);
		return 0;
	default:
		return engine_do(ear, step);
	}
}

static int phrase_hear(struct ear *ear, const char *course)
{
	const struct asr_prm prm = {
		.lang = "en",
		.rate_hz = RATE_HZ,
		.params = "",
		.usage = ear->usage,
	};
	const struct asr_sink sink = {
		.phrase = phrase_handler,
		.closed = closed_handler,
		.arg = ear,
	};
	char text[LOG_SIZE], *rest, *step;
	int err;

	*ear->log = '\0';
	ear->samples = 0;
	ear->is_closed = false;
	ear->has_all_heard = true;
	(void)text_copy(text, sizeof(text), course);
	err = asr_open(&ear->stream, ear->asr, &prm, &sink);
	for (step = strtok_r(text, " ", &rest); step && !err;
	     step = strtok_r(NULL, " ", &rest)) {
		err = step_do(ear, step);
		if (err)
			fprintf(stderr, "%s, at %s: ", ear->log, step);
	}
	ear->stream = mem_deref(ear->stream);

	return err;
}

static const struct {
	const char *why, *kinds;
	bool is_proven; /* the first has answered fast before */
	const char *course, *log;
} coursev[] = {
	/* clang-format off */
	{"a service that answers is asked alone", "sl", true,
	 "S P L a=yes", "+a .a =a:yes end"},
	{"one that is not known: the pause is used", "sl", false,
	 "S P S L b=no a=yes", "+a +b .b .a =a:yes end"},
	{"no pause: its end is", "sl", false,
	 "S L Wb b=no a=yes", "+a .a +b .b =a:yes end"},
	{"it fails, this machine has heard", "sl", false,
	 "S P L b=yes a!", "+a +b .b .a =b:yes end"},
	{"it fails first", "sl", false,
	 "S P L a! b=yes", "+a +b .b .a =b:yes end"},
	{"late", "sl", false,
	 "S P E b=yes WT", "+a +b .b .a =b:yes end"},
	{"not understood here: it has the time", "sl", false,
	 "S P L b= a=yes", "+a +b .b .a =a:yes end"},
	{"and its time is over", "sl", false,
	 "S P E b= WT", "+a +b .b .a =b: end"},
	{"heard nothing, and it fails", "sl", false,
	 "S P L b. a!", "+a +b .b .a end"},
	{"neither comes", "sl", false,
	 "S P E WT", "+a +b .b .a failed"},
	{"this machine fails", "sl", false,
	 "S P L b! a=yes", "+a +b .b .a =a:yes end"},
	{"both fail", "sl", false,
	 "S P L b! a!", "+a +b .b .a failed"},
	{"both, the other way round", "sl", false,
	 "S P L a! b!", "+a +b .b .a failed"},
	{"in the middle the next takes its place", "sl", false,
	 "S P S a! S L b=yes", "+a +b +b .b =b:yes end"},
	{"slower than it was", "sl", true,
	 "S P M Wb b=yes WT", "+a .a +b .b =b:yes end"},
	{"two services: this machine last", "ssl", false,
	 "S P M c=yes WT", "+a +c .c .a +b .b =c:yes end"},
	{"the second is in time", "ssl", false,
	 "S P M c=no Wb b=yes", "+a +c .c .a +b .b =b:yes end"},
	{"services alone: one after the other", "ss", false,
	 "S P M Wb b=yes", "+a .a +b .b =b:yes end"},
	{"this machine is late: a service is asked, and believed",
	 "ls", false,
	 "S P M Wb b=yes", "+a .a +b .b =b:yes end"},
	{"this machine alone has more time than a service", "l", false,
	 "S P E B a=yes", "+a .a =a:yes end"},
	{"... but not for ever", "l", false,
	 "S P E WT", "+a .a failed"},
	{"a service alone has not", "s", false,
	 "S P E WT", "+a .a failed"},
	{"a slow service has more than half of the time", "sl", false,
	 "S Q Wb b=no H a=yes", "+a .a +b .b =a:yes end"},
	{"its text is there, its goodbye is not", "sl", false,
	 "S P E b=no a~yes WT", "+a +b .b .a =a:yes end"},
	/* clang-format on */
};

int test_beside_courses(void)
{
	struct ear ear;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(coursev) * 2; i++) {
		size_t r = i / 2;

		err = ear_make(&ear, coursev[r].kinds);
		CHECK_ERR(0, err);
		ear.frees_itself = i % 2;
		if (coursev[r].is_proven)
			ear.asr->providerv[0].usual_ms = USUAL_MS;
		err = phrase_hear(&ear, coursev[r].course);
		if (err)
			fprintf(stderr, "row %zu: %s\n", r, coursev[r].why);
		CHECK_ERR(0, err);
		/* Who hangs up at the text is told no more. */
		if (ear.frees_itself && strchr(ear.log, '='))
			note(&ear, "end");
		CHECK_STR(coursev[r].log, ear.log);
		CHECK(ear.has_all_heard);
		for (size_t k = 0; k < PROVIDERS && ear.enginev[k]; k++)
			CHECK(!ear.enginev[k]->stream);
		ear_close(&ear);
	}

	return 0;
out:
	ear_close(&ear);

	return err;
}

/* A late phrase now and then costs a service nothing; the third in a row does,
 * and an error does at once. */
int test_beside_pauses(void)
{
	static const struct {
		const char *course, *log;
		bool is_paused;
	} rowv[] = {
		{"S P E b=x WT", "+a +b .b .a =b:x end", false},
		{"S P E b=x WT", "+a +b .b .a =b:x end", false},
		{"S P L b=x a=y", "+a +b .b .a =a:y end", false},
		{"S P L a=y", "+a .a =a:y end", false},
		{"S P E Wb b=x WT", "+a .a +b .b =b:x end", false},
		{"S P E b=x WT", "+a +b .b .a =b:x end", false},
		{"S P E b=x WT", "+a +b .b .a =b:x end", true},
		{"S P L b=x", "+b .b =b:x end", true},
	};
	struct asr_provider *provider;
	struct ear ear;
	int err;

	err = ear_make(&ear, "sl");
	CHECK_ERR(0, err);
	provider = ear.asr->providerv;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = phrase_hear(&ear, rowv[i].course);
		CHECK_ERR(0, err);
		if (strcmp(rowv[i].log, ear.log))
			fprintf(stderr, "phrase %zu\n", i);
		CHECK_STR(rowv[i].log, ear.log);
		CHECK((provider->paused_ms > clock_ms()) == rowv[i].is_paused);
	}

	/* Whoever was asked for a text is in what the call cost. */
	CHECK_U64(2, ear.usage->rowc);
	CHECK_STR("b", ear.usage->rowv[0].service);
	CHECK_U64(7, ear.usage->rowv[0].requests);
	CHECK_U64(7, ear.usage->rowv[1].requests);
	CHECK_U64(700, ear.usage->rowv[1].audio_ms);

	provider->paused_ms = 0;
	provider->lates = 0;
	err = phrase_hear(&ear, "S a! L b=x");
	CHECK_ERR(0, err);
	CHECK_STR("+a +b .b =b:x end", ear.log);
	CHECK(provider->paused_ms > clock_ms());

out:
	ear_close(&ear);

	return err;
}
