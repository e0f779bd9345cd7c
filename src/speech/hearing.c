/*
 * speech/hearing.c - the streaming client: a recogniser over a WebSocket
 *
 * One timer of the engine looks after all time limits, because libre keeps
 * timers in a sorted list and a thousand of them would be dear.
 */
#include "base/clock.h"
#include "base/text.h"
#include "speech/hearing_parts.h"

enum {
	TICK_MS = 50,
	PAUSE_MS = 1000, /* after a spare was lost */
	STATUS_UNAUTHORIZED = 401,
	STATUS_FORBIDDEN = 403,
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

	/* Who is asked once more has another key. */
	if (stream->link && service_key_judge(stream->engine->service,
	                                      stream->link->lease, err))
		err = ECONNRESET;
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
 * of a call, which is no reason to lose one. Other spares have the old one. */
static int refusal(const struct hearing_link *link, int err)
{
	struct asr_engine *engine = link->engine;
	struct le *le = list_head(&engine->sparel);

	if (!engine->dialect->refused ||
	    !engine->dialect->refused(engine->memory, link->greeted_ms))
		return err;

	while (le) {
		struct hearing_link *spare = le->data;

		le = le->next;
		if (spare != link)
			mem_deref(spare);
	}

	return ESTALE;
}

static void hear(struct hearing_heard *heard, struct hearing_talk *talk,
                 const struct hearing_link *link,
                 const struct ws_message *message)
{
	hearing_hear(heard, talk, link->engine->dialect,
	             (const char *)message->data, message->n);
	if (heard->err == EACCES)
		heard->err = refusal(link, EACCES);
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
	    end->status == STATUS_FORBIDDEN) {
		err = service_key_judge(engine->service, link->lease, EACCES)
		              ? ECONNRESET
		              : refusal(link, err);
	}
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

/* In words, why there is no connection. */
static void unreachable(char why[SERVICE_WHY_SIZE],
                        const struct asr_engine *engine, int err)
{
	const struct hearing_dialect *dialect = engine->dialect;
	const char *trouble =
		dialect->trouble ? dialect->trouble(engine->memory) : "";

	if (*trouble)
		(void)text_copy(why, SERVICE_WHY_SIZE, trouble);
	else
		(void)service_unasked(engine->service, err, why);
}

/* Sends what waits: for a connection, for the service's pace. */
static int stream_push(struct asr_stream *stream, char why[SERVICE_WHY_SIZE])
{
	int err = 0;

	if (!stream->link) {
		err = hearing_link_open(&stream->link, stream->engine,
		                        &stream->prm);
		if (stream->link)
			stream->link->stream = stream;
		if (err && err != EINPROGRESS) {
			unreachable(why, stream->engine, err);
			return err;
		}
	}

	err = hearing_send_held(stream);
	if (err)
		(void)snprintf(why, SERVICE_WHY_SIZE, "%s", strerror(err));

	return err;
}

/* Whether a time limit has passed, and which. */
static bool is_late(const struct asr_stream *stream, uint64_t now_ms,
                    char why[SERVICE_WHY_SIZE])
{
	const struct service *service = stream->engine->service;

	if (!stream->is_ready &&
	    now_ms > stream->begin_ms + service->connect_ms)
		(void)snprintf(why, SERVICE_WHY_SIZE,
		               "no connection within %u ms",
		               service->connect_ms);
	else if (stream->ended_ms &&
	         now_ms > stream->ended_ms + service->answer_ms)
		(void)snprintf(why, SERVICE_WHY_SIZE,
		               "no text within %u ms of the phrase's end",
		               service->answer_ms);
	else if (stream->asked_ms && !stream->talk.is_end_sent &&
	         stream->engine->dialect->answers_each &&
	         now_ms > stream->asked_ms + service->stall_ms)
		(void)snprintf(why, SERVICE_WHY_SIZE, "silent for %u ms",
		               service->stall_ms);
	else
		return false;

	return true;
}

static void stream_check(struct asr_stream *stream, uint64_t now_ms)
{
	char why[SERVICE_WHY_SIZE];
	int err;

	if (stream->is_over) {
		if (stream->ended_ms)
			stream_done(stream);
		return;
	}

	err = stream_push(stream, why);
	if (!err && is_late(stream, now_ms, why))
		err = ETIMEDOUT;
	if (err)
		stream_fail(stream, err, why);
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

void hearing_tick_want(struct asr_engine *engine)
{
	if (!tmr_isrunning(&engine->tmr))
		tmr_start(&engine->tmr, 1, tick_handler, engine);
}
