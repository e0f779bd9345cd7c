/*
 * speech/asr_mock.c - a recogniser that hears what the test wrote
 *
 * The words are the params of the stream, else its first hint; params of "-"
 * are speech that is not understood. A stream without a sample hears nothing.
 */
#include <assert.h>
#include "base/mem.h"
#include "speech/asr.h"

enum {
	JOBS_MAX = 1000,
};

struct asr_engine {
	struct work_queue *queue;
};

/* On its way through the pool, so that answers come from the loop. */
struct answer {
	struct asr_stream *stream; /* NULL: nobody waits any more */
};

struct asr_stream {
	struct asr_engine *engine;
	struct asr_sink sink;
	char *words;
	uint32_t rate_hz;
	size_t count;
	struct answer *answer; /* finished */
};

static void engine_destructor(void *arg)
{
	struct asr_engine *engine = arg;

	mem_deref(engine->queue);
}

static int mock_alloc(struct asr_engine **enginep, const struct cfg *cfg,
                      struct work_pool *pool, char fault[CFG_FAULT_SIZE])
{
	struct asr_engine *engine;
	int err;

	(void)cfg;

	engine = mem_zalloc(sizeof(*engine), engine_destructor);
	if (!engine)
		return ENOMEM;

	err = work_queue_alloc(&engine->queue, pool, JOBS_MAX);
	if (err) {
		(void)snprintf(fault, CFG_FAULT_SIZE, "mock: %s",
		               strerror(err));
		mem_deref(engine);
		return err;
	}
	*enginep = engine;

	return 0;
}

static void stream_destructor(void *arg)
{
	struct asr_stream *stream = arg;

	if (stream->answer)
		stream->answer->stream = NULL;
	mem_deref(stream->words);
	mem_deref(stream->engine);
}

static int mock_open(struct asr_stream **streamp, struct asr_engine *engine,
                     const struct asr_prm *prm, const struct asr_sink *sink)
{
	const char *words = prm->hintc ? prm->hintv[0] : "";
	struct asr_stream *stream;
	int err;

	stream = mem_zalloc(sizeof(*stream), stream_destructor);
	if (!stream)
		return ENOMEM;

	stream->engine = mem_ref(engine);
	stream->sink = *sink;
	stream->rate_hz = prm->rate_hz;
	if (prm->params && prm->params[0])
		words = strcmp(prm->params, "-") ? prm->params : "";
	err = str_dup(&stream->words, words);
	if (err)
		mem_deref(stream);
	else
		*streamp = stream;

	return err;
}

static int mock_feed(struct asr_stream *stream, const int16_t *pcm, size_t n)
{
	(void)pcm;

	stream->count += n;

	return 0;
}

static void nothing_to_do(void *arg)
{
	(void)arg;
}

static void report(void *arg)
{
	struct answer *answer = arg;
	struct asr_stream *stream = answer->stream;
	struct asr_phrase phrase;

	if (stream && stream->count) {
		phrase = (struct asr_phrase){
			.text = stream->words,
			.score = stream->words[0] ? 100 : 0,
			.end_ms = (uint32_t)(stream->count * 1000 /
		                             stream->rate_hz),
		};
		stream->sink.phrase(&phrase, stream->sink.arg);
	}

	/* The handler may have freed the stream. */
	stream = answer->stream;
	if (stream) {
		stream->answer = NULL;
		stream->sink.closed(0, stream->sink.arg);
	}
	mem_deref(answer);
}

static int mock_finish(struct asr_stream *stream)
{
	struct answer *answer;
	int err;

	assert(!stream->answer);

	answer = mem_zalloc(sizeof(*answer), NULL);
	if (!answer)
		return ENOMEM;

	answer->stream = stream;
	err = work_submit(stream->engine->queue, nothing_to_do, report, answer);
	if (err)
		mem_deref(answer);
	else
		stream->answer = answer;

	return err;
}

static bool mock_can(const char *lang)
{
	(void)lang;

	return true;
}

const struct asr_ops asr_mock = {
	.name = "mock",
	.alloc = mock_alloc,
	.can = mock_can,
	.open = mock_open,
	.feed = mock_feed,
	.finish = mock_finish,
};
