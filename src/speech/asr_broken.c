/*
 * speech/asr_broken.c - recognisers that break on purpose, for rehearsals
 *
 * Each breaks in its own way, and in the middle of what is said: half a second
 * of sound is taken first, where it is not refused at once.
 */
#include <assert.h>
#include "base/mem.h"
#include "speech/asr.h"
#include <re_tmr.h>

enum {
	BREAK_MS = 500, /* of the phrase are heard */
};

struct asr_engine {
	int err; /* it breaks with; 0: it says nothing any more */
};

struct asr_stream {
	struct asr_engine *engine;
	struct asr_sink sink;
	struct tmr tmr;
	uint64_t left; /* samples until it breaks */
	bool is_broken;
};

static const struct {
	const char *name;
	int err;
} brokenv[] = {
	{"broken-error", EIO},
	{"broken-stall", 0},
	{"broken-die", ECONNRESET},
	{"broken-refuse", ECONNREFUSED},
};

static int broken_alloc(struct asr_engine **enginep,
                        const struct asr_make *make, char fault[CFG_FAULT_SIZE])
{
	struct asr_engine *engine;

	(void)fault;

	engine = mem_zalloc(sizeof(*engine), NULL);
	if (!engine)
		return ENOMEM;

	for (size_t i = 0; i < ARRAY_COUNT(brokenv); i++) {
		if (!strcmp(make->name, brokenv[i].name))
			engine->err = brokenv[i].err;
	}
	*enginep = engine;

	return 0;
}

static bool broken_can(const struct asr_engine *engine, const char *lang)
{
	(void)engine;
	(void)lang;

	return true;
}

static void destructor(void *arg)
{
	struct asr_stream *stream = arg;

	tmr_cancel(&stream->tmr);
	mem_deref(stream->engine);
}

static int broken_open(struct asr_stream **streamp, struct asr_engine *engine,
                       const struct asr_prm *prm, const struct asr_sink *sink)
{
	struct asr_stream *stream;

	if (engine->err == ECONNREFUSED)
		return ECONNREFUSED;

	stream = mem_zalloc(sizeof(*stream), destructor);
	if (!stream)
		return ENOMEM;

	tmr_init(&stream->tmr);
	stream->engine = mem_ref(engine);
	stream->sink = *sink;
	stream->left = (uint64_t)BREAK_MS * prm->rate_hz / 1000;
	*streamp = stream;

	return 0;
}

/* The handler may free the stream. */
static void break_handler(void *arg)
{
	struct asr_stream *stream = arg;

	stream->sink.closed(stream->engine->err, stream->sink.arg);
}

/* From the loop, as what comes over a network. */
static void break_now(struct asr_stream *stream)
{
	if (!stream->is_broken && stream->engine->err)
		tmr_start(&stream->tmr, 0, break_handler, stream);
	stream->is_broken = true;
}

static int broken_feed(struct asr_stream *stream, const int16_t *pcm, size_t n)
{
	(void)pcm;

	stream->left -= stream->left < n ? stream->left : n;
	if (!stream->left)
		break_now(stream);

	return 0;
}

static int broken_finish(struct asr_stream *stream)
{
	break_now(stream);

	return 0;
}

/* clang-format off */
const struct asr_ops asr_broken_error = {
	.name = "broken-error", .alloc = broken_alloc, .can = broken_can,
	.open = broken_open, .feed = broken_feed, .finish = broken_finish,
};
const struct asr_ops asr_broken_stall = {
	.name = "broken-stall", .alloc = broken_alloc, .can = broken_can,
	.open = broken_open, .feed = broken_feed, .finish = broken_finish,
};
const struct asr_ops asr_broken_die = {
	.name = "broken-die", .alloc = broken_alloc, .can = broken_can,
	.open = broken_open, .feed = broken_feed, .finish = broken_finish,
};
const struct asr_ops asr_broken_refuse = {
	.name = "broken-refuse", .alloc = broken_alloc, .can = broken_can,
	.open = broken_open, .feed = broken_feed, .finish = broken_finish,
};
/* clang-format on */
