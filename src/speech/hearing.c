/*
 * speech/hearing.c - the streaming client: a recogniser over a WebSocket
 *
 * One timer of the engine looks after all time limits, because libre keeps
 * timers in a sorted list and a thousand of them would be dear.
 */
#include <assert.h>
#include "base/clock.h"
#include "base/jmem.h"
#include "base/text.h"
#include "speech/hearing_parts.h"

enum {
	TICK_MS = 50,
	PAUSE_MS = 1000, /* after a spare was lost */
	STATUS_UNAUTHORIZED = 401,
	STATUS_FORBIDDEN = 403,
	RESAMPLE_QUALITY = 3,
};

static void tick_handler(void *arg);

/* --- how a phrase ends --------------------------------------------------- */

/* Whether its owner, who had let it live with so many references before a
 * handler was called, did not let go of it meanwhile. */
static bool is_owned(struct asr_stream *stream, uint32_t refs)
{
	return mem_nrefs(stream) == refs;
}

/* The stream may be gone afterwards. */
static void stream_fail(struct asr_stream *stream, int err, const char *why)
{
	const struct asr_sink sink = stream->sink;
	uint32_t refs;

	stream->link = mem_deref(stream->link);
	list_unlink(&stream->le);
	mem_ref(stream);
	refs = mem_nrefs(stream);
	if (sink.trouble)
		sink.trouble(why, sink.arg);
	if (is_owned(stream, refs))
		sink.closed(err, sink.arg);
	mem_deref(stream);
}

/* The service's own times, where they can be: some count from the beginning of
 * a connection that had other phrases before. */
static void times_take(struct asr_phrase *phrase,
                       const struct hearing_talk *talk)
{
	if (!talk->end_ms || talk->begin_ms < phrase->begin_ms ||
	    talk->end_ms < talk->begin_ms || talk->end_ms > phrase->end_ms)
		return;

	phrase->begin_ms = talk->begin_ms;
	phrase->end_ms = talk->end_ms;
}

/* One sentence of the stream; it may be gone afterwards. */
static void phrase_tell(struct asr_stream *stream, const char *text)
{
	struct hearing_talk *talk = &stream->talk;
	struct asr_phrase phrase = {
		.text = text,
		.score = talk->has_score ? talk->score
	                 : *text         ? 100
	                                 : 0,
		.begin_ms = stream->told_ms,
		.end_ms = (uint32_t)(stream->samples * 1000 / stream->rate_hz),
	};

	times_take(&phrase, talk);
	stream->is_told = true;
	stream->told_ms = phrase.end_ms;
	talk->begin_ms = talk->end_ms = 0;
	stream->sink.phrase(&phrase, stream->sink.arg);
}

/* Everything is said and was asked for. The stream may be gone afterwards. */
static void stream_done(struct asr_stream *stream)
{
	char text[HEARING_TEXT_SIZE];
	uint32_t refs;

	(void)hearing_text(&stream->talk, text);
	hearing_link_give_back(stream);
	list_unlink(&stream->le);
	mem_ref(stream);
	refs = mem_nrefs(stream);
	if (stream->samples && (*text || !stream->is_told))
		phrase_tell(stream, text);
	if (is_owned(stream, refs))
		stream->sink.closed(0, stream->sink.arg);
	mem_deref(stream);
}

/* --- what comes ----------------------------------------------------------- */

void hearing_opened(void *arg)
{
	struct hearing_link *link = arg;
	int err;

	link->engine->paused_ms = 0;
	if (!link->stream)
		return;

	err = hearing_send_begin(link->stream);
	if (err)
		stream_fail(link->stream, err, strerror(err));
}

/* Where we find the end, what is certain before it is only a part. */
static void sentence_tell(struct asr_stream *stream)
{
	char text[HEARING_TEXT_SIZE];

	(void)text_copy(text, sizeof(text), stream->talk.final);
	stream->talk.final[0] = '\0';
	stream->talk.is_sentence_new = stream->talk.is_partial_new = false;
	phrase_tell(stream, text);
}

static void partial_tell(struct asr_stream *stream)
{
	char text[HEARING_TEXT_SIZE];

	stream->talk.is_partial_new = false;
	if (stream->sink.partial)
		stream->sink.partial(hearing_text(&stream->talk, text),
		                     stream->sink.arg);
}

/* Whether an answer is still due after this one. */
static void asked_update(struct asr_stream *stream)
{
	const struct hearing_talk *talk = &stream->talk;
	bool is_due = stream->engine->dialect->answers_each &&
	              talk->replies < talk->sent;

	if (!talk->is_end_sent)
		stream->asked_ms = is_due ? clock_ms() : 0;
}

/* ESTALE where another try makes sense: a token may expire between the phrases
 * of a call, which is no reason to lose one. */
static int refusal(const struct asr_engine *engine, int err)
{
	return engine->dialect->refused &&
	                       engine->dialect->refused(engine->memory)
	               ? ESTALE
	               : err;
}

static void hear(struct hearing_heard *heard, struct hearing_talk *talk,
                 const struct hearing_link *link,
                 const struct ws_message *message)
{
	const struct hearing_dialect *dialect = link->engine->dialect;

	*heard = (struct hearing_heard){.err = 0};
	jmem_forget();
	jmem_pool_open();
	dialect->hear(heard, talk, (const char *)message->data, message->n);
	jmem_pool_close();
	if (jmem_has_failed())
		hearing_fail(heard, ENOMEM, "no memory for an answer");
	if (heard->err == EACCES)
		heard->err = refusal(link->engine, EACCES);
}

/* Nobody speaks on this connection; what it is greeted with counts later. */
static void spare_message(struct hearing_link *link,
                          const struct ws_message *message)
{
	struct hearing_talk talk = {.service = link->engine->service};
	struct hearing_heard heard;

	if (!link->engine->dialect->is_greeted)
		return; /* of a phrase that nobody waits for any more */

	hear(&heard, &talk, link, message);
	link->is_ready = link->is_ready || heard.is_ready;
}

void hearing_message(const struct ws_message *message, void *arg)
{
	struct hearing_link *link = arg;
	struct asr_stream *stream = link->stream;
	struct hearing_heard heard;
	char why[SERVICE_WHY_SIZE];
	int err = 0;

	if (!stream) {
		spare_message(link, message);
		return;
	}

	stream->talk.replies++;
	hear(&heard, &stream->talk, link, message);
	if (heard.err) {
		(void)service_why(link->engine->service, 0, heard.why, why);
		stream_fail(stream, heard.err, why);
		return;
	}

	asked_update(stream);
	stream->is_over = stream->is_over || heard.is_over;
	mem_ref(stream);
	if (stream->talk.is_sentence_new && !stream->ended_ms)
		sentence_tell(stream);
	else if (stream->talk.is_partial_new)
		partial_tell(stream);
	if (mem_nrefs(stream) == 1 || !stream->link)
		goto out;

	if (heard.is_ready && !stream->is_ready) {
		stream->is_ready = true;
		stream->ready_ms = clock_ms();
		err = hearing_send_held(stream);
	}
	if (err)
		stream_fail(stream, err, strerror(err));
	else if (stream->is_over && stream->ended_ms)
		stream_done(stream);

out:
	mem_deref(stream);
}

void hearing_closed(const struct websocket_end *end, void *arg)
{
	struct hearing_link *link = arg;
	struct asr_engine *engine = link->engine;
	struct asr_stream *stream = link->stream;
	char why[SERVICE_WHY_SIZE];
	int err = end->err ? end->err : ECONNRESET;

	if (end->status == STATUS_UNAUTHORIZED ||
	    end->status == STATUS_FORBIDDEN)
		err = refusal(engine, err);
	if (!stream) {
		engine->paused_ms = clock_ms() + PAUSE_MS;
		mem_deref(link);
		return;
	}

	/* A service that has heard the end says all it has to say and goes. */
	if (!end->err && stream->talk.is_end_sent &&
	    engine->dialect->ends_by_close)
		stream->is_over = true;
	if (stream->is_over && stream->ended_ms) {
		stream_done(stream);
		return;
	}
	if (stream->is_over)
		return; /* its text is there and will be asked for */

	(void)service_why(engine->service, end->status, end->why, why);
	stream_fail(stream, err, why);
}

/* --- time limits -----------------------------------------------------------
 */

static void stream_check(struct asr_stream *stream, uint64_t now_ms)
{
	const struct service *service = stream->engine->service;
	char why[SERVICE_WHY_SIZE];
	int err = 0;

	if (stream->is_over) {
		if (stream->ended_ms)
			stream_done(stream);
		return;
	}

	if (!stream->link) {
		err = hearing_link_open(&stream->link, stream->engine,
		                        &stream->prm);
		if (stream->link)
			stream->link->stream = stream;
		if (err && err != EINPROGRESS) {
			(void)snprintf(why, sizeof(why), "%s: %s",
			               service->url.host, strerror(err));
			stream_fail(stream, err, why);
			return;
		}
	}

	err = hearing_send_held(stream);
	if (err) {
		stream_fail(stream, err, strerror(err));
		return;
	}

	if (!stream->is_ready &&
	    now_ms > stream->begin_ms + service->connect_ms)
		(void)snprintf(why, sizeof(why), "no connection within %u ms",
		               service->connect_ms);
	else if (stream->ended_ms &&
	         now_ms > stream->ended_ms + service->answer_ms)
		(void)snprintf(why, sizeof(why),
		               "no text within %u ms of the phrase's end",
		               service->answer_ms);
	else if (stream->asked_ms && !stream->talk.is_end_sent &&
	         stream->engine->dialect->answers_each &&
	         now_ms > stream->asked_ms + service->stall_ms)
		(void)snprintf(why, sizeof(why), "silent for %u ms",
		               service->stall_ms);
	else
		return;

	stream_fail(stream, ETIMEDOUT, why);
}

static void tick_handler(void *arg)
{
	struct asr_engine *engine = arg;
	uint64_t now_ms = clock_ms();
	struct le *le = list_head(&engine->streaml);

	mem_ref(engine);
	while (le) {
		struct asr_stream *stream = le->data;

		/* Its end may free others, never the engine. */
		mem_ref(stream);
		stream_check(stream, now_ms);
		le = stream->le.list ? stream->le.next
		                     : list_head(&engine->streaml);
		mem_deref(stream);
	}
	hearing_link_tend(engine, now_ms);

	if (mem_nrefs(engine) > 1 &&
	    (!list_isempty(&engine->streaml) ||
	     !list_isempty(&engine->sparel) ||
	     now_ms < engine->wanted_ms + HEARING_WANTED_MS))
		tmr_start(&engine->tmr, TICK_MS, tick_handler, engine);
	mem_deref(engine);
}

static void tick_want(struct asr_engine *engine)
{
	if (!tmr_isrunning(&engine->tmr))
		tmr_start(&engine->tmr, 1, tick_handler, engine);
}

/* --- the recogniser's operations ---------------------------------------- */

static void engine_destructor(void *arg)
{
	struct asr_engine *engine = arg;

	assert(list_isempty(&engine->streaml));
	tmr_cancel(&engine->tmr);
	list_flush(&engine->sparel);
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
}

void hearing_prepare(struct asr_engine *engine, const struct asr_prm *prm)
{
	engine->wanted_ms = clock_ms();
	remember(engine, prm);
	if (engine->service->spares)
		tick_want(engine);
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
	};
	if (!err)
		err = stream_fill(stream, &stream->prm);
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
		else if (err == EINPROGRESS)
			err = 0;
	}

out:
	if (err) {
		mem_deref(stream);
		return err;
	}
	list_append(&engine->streaml, &stream->le, stream);
	tick_want(engine);
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
