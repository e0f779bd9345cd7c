/*
 * speech/hearing_open.c - the streaming client's engines and streams: made,
 * fed, let go of
 */
#include <assert.h>
#include "base/clock.h"
#include "base/text.h"
#include "speech/hearing_parts.h"

enum {
	RESAMPLE_QUALITY = 3,
};

static void engine_destructor(void *arg)
{
	struct asr_engine *engine = arg;

	assert(list_isempty(&engine->streaml));
	tmr_cancel(&engine->tmr);
	list_flush(&engine->sparel);
	mem_deref(engine->grpc);
	mem_deref(engine->hot_word);
	mem_deref(engine->lease);
	mem_deref(engine->memory);
	mem_deref(engine->service);
}

int hearing_alloc(struct asr_engine **enginep,
                  const struct hearing_dialect *dialect,
                  const struct asr_make *make, char fault[CFG_FAULT_SIZE])
{
	struct asr_engine *engine;
	int err;

	engine = mem_zalloc(sizeof(*engine), engine_destructor);
	if (!engine)
		return ENOMEM;

	tmr_init(&engine->tmr);
	engine->dialect = dialect;
	err = service_alloc(&engine->service, make->cfg, make->name,
	                    dialect->url, make->pool, fault);
	if (!err && dialect->langs && !*engine->service->lang)
		engine->service->lang = dialect->langs;
	if (!err && dialect->rpc)
		err = grpc_alloc(&engine->grpc, engine->service);
	if (!err && dialect->setup)
		err = dialect->setup(&engine->memory, engine->service, make,
		                     fault);
	if (err)
		mem_deref(engine);
	else
		*enginep = engine;

	return err;
}

/* What spares are opened for. */
static void remember(struct asr_engine *engine, const struct asr_prm *prm)
{
	(void)text_copy(engine->lang, sizeof(engine->lang),
	                prm->lang ? prm->lang : "");
	engine->rate_hz = prm->rate_hz;
	engine->hot_word = mem_deref(engine->hot_word);
	/* Without memory a phrase has a connection of its own. */
	if (prm->hot_word && *prm->hot_word)
		(void)str_dup(&engine->hot_word, prm->hot_word);
}

void hearing_prepare(struct asr_engine *engine, const struct asr_prm *prm)
{
	engine->wanted_ms = clock_ms();
	remember(engine, prm);
	if (engine->service->spares)
		hearing_tick_want(engine);
}

bool hearing_can(const struct asr_engine *engine, const char *lang)
{
	return service_can(engine->service, lang);
}

static void stream_destructor(void *arg)
{
	struct asr_stream *stream = arg;

	list_unlink(&stream->le);
	mem_deref(stream->link);
	mem_deref(stream->resample);
	mem_deref(stream->begin);
	mem_deref(stream->held);
	mem_deref(stream->hot_word);
	mem_deref(stream->talk.memory);
	mem_deref(stream->engine);
}

static int stream_fill(struct asr_stream *stream, const struct asr_prm *prm)
{
	const struct hearing_dialect *dialect = stream->engine->dialect;
	struct hearing_talk *talk = &stream->talk;
	int err = 0;

	talk->service = stream->engine->service;
	talk->rate_hz = dialect->rate_hz ? dialect->rate_hz : prm->rate_hz;
	if (talk->rate_hz != prm->rate_hz)
		err = resample_alloc(&stream->resample, prm->rate_hz,
		                     talk->rate_hz, RESAMPLE_QUALITY);
	stream->held = mbuf_alloc(hearing_send_piece_samples(stream) *
	                          sizeof(int16_t));
	if (!stream->held)
		err = ENOMEM;
	if (err || !dialect->begin)
		return err;

	stream->begin = mbuf_alloc(256);
	if (!stream->begin)
		return ENOMEM;
	err = dialect->begin(stream->begin, talk, prm);
	if (!err && !stream->begin->end)
		stream->begin = mem_deref(stream->begin);

	return err;
}

int hearing_open(struct asr_stream **streamp, struct asr_engine *engine,
                 const struct asr_prm *prm, const struct asr_sink *sink)
{
	struct asr_stream *stream;
	int err = 0;

	stream = mem_zalloc(sizeof(*stream), stream_destructor);
	if (!stream)
		return ENOMEM;

	stream->engine = mem_ref(engine);
	stream->sink = *sink;
	stream->rate_hz = prm->rate_hz;
	stream->begin_ms = engine->wanted_ms = clock_ms();
	(void)snprintf(stream->lang, sizeof(stream->lang), "%s",
	               prm->lang ? prm->lang : "");
	remember(engine, prm);
	if (prm->hot_word && *prm->hot_word)
		err = str_dup(&stream->hot_word, prm->hot_word);
	stream->prm = (struct asr_prm){
		.lang = stream->lang,
		.rate_hz = prm->rate_hz,
		.params = "",
		.hot_word = stream->hot_word,
		.hintv = prm->hintv,
		.hintc = prm->hintc,
	};
	if (!err)
		err = stream_fill(stream, &stream->prm);
	/* The phrases are not ours: the beginning alone may tell of them. */
	stream->prm.hintv = NULL;
	stream->prm.hintc = 0;
	if (err)
		goto out;

	stream->link = hearing_link_take(engine, &stream->prm);
	if (stream->link) {
		stream->link->stream = stream;
		err = hearing_send_begin(stream);
	}
	else {
		err = hearing_link_open(&stream->link, engine, &stream->prm);
		if (!err)
			stream->link->stream = stream;
		else if (err != ENOMEM)
			err = 0; /* the tick tries again and says why */
	}

out:
	if (err) {
		mem_deref(stream);
		return err;
	}
	list_append(&engine->streaml, &stream->le, stream);
	hearing_tick_want(engine);
	*streamp = stream;

	return 0;
}

static int feed_resampled(struct asr_stream *stream, const int16_t *pcm,
                          size_t n)
{
	int16_t outv[640];
	int err = 0;

	while (n && !err) {
		size_t inc = n, outc = ARRAY_COUNT(outv);

		err = resample_feed(stream->resample, pcm, &inc, outv, &outc);
		if (!err && outc)
			err = hearing_send_audio(stream, outv, outc);
		pcm += inc;
		n -= inc;
		if (!inc && !outc)
			break;
	}

	return err;
}

int hearing_feed(struct asr_stream *stream, const int16_t *pcm, size_t n)
{
	stream->samples += n;
	if (stream->is_over || stream->talk.is_end_sent)
		return 0;

	return stream->resample ? feed_resampled(stream, pcm, n)
	                        : hearing_send_audio(stream, pcm, n);
}

int hearing_finish(struct asr_stream *stream)
{
	assert(!stream->ended_ms);

	stream->ended_ms = clock_ms();

	return stream->is_over || stream->talk.is_end_sent
	               ? 0
	               : hearing_send_held(stream);
}
