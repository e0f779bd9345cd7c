/*
 * speech/oneshot.c - a recogniser that hears a phrase as a whole, over HTTP
 */
#include <assert.h>
#include "base/clock.h"
#include "base/httpc.h"
#include "base/text.h"
#include "speech/oneshot_parts.h"

enum {
	WARM_MS = 4000,  /* servers close what is idle after five seconds */
	CUT_MS = 2000,   /* within so much of a part's end it is cut */
	QUIET_MS = 100,  /* where so much of it is the quietest */
	FIRST_MS = 2000, /* room for a usual answer */
};

/* --- how a phrase ends --------------------------------------------------- */

/* The stream may be gone afterwards. */
static void stream_fail(struct asr_stream *stream, int err, const char *why)
{
	const struct asr_sink sink = stream->sink;
	uint32_t refs;

	list_flush(&stream->partl);
	tmr_cancel(&stream->tmr);
	mem_ref(stream);
	refs = mem_nrefs(stream);
	if (sink.trouble)
		sink.trouble(why, sink.arg);
	if (mem_nrefs(stream) == refs)
		sink.closed(err, sink.arg);
	mem_deref(stream);
}

/* The texts of all parts, and their confidence by length. */
static void phrase_tell(struct asr_stream *stream)
{
	struct mbuf *text = mbuf_alloc(ONESHOT_TEXT_SIZE);
	uint64_t weight = 0, sum = 0;
	struct asr_phrase phrase = {
		.text = "",
		.end_ms = (uint32_t)(stream->samples * 1000 / stream->rate_hz),
	};
	int err = text ? 0 : ENOMEM;

	for (struct le *le = list_head(&stream->partl); le && !err;
	     le = le->next) {
		const struct oneshot_part *part = le->data;

		if (!*part->text)
			continue;
		err = mbuf_printf(text, "%s%s", text->end ? " " : "",
		                  part->text);
		sum += (uint64_t)part->ms * part->score;
		if (!weight)
			phrase.begin_ms = part->begin_ms;
		phrase.end_ms = part->end_ms;
		weight += part->ms;
	}
	if (!err)
		err = mbuf_write_u8(text, 0);
	if (!err) {
		phrase.text = (char *)text->buf;
		phrase.score = weight ? (unsigned)(sum / weight) : 0;
	}
	stream->sink.phrase(&phrase, stream->sink.arg);
	mem_deref(text);
}

static bool is_answered(const struct asr_stream *stream)
{
	for (struct le *le = list_head(&stream->partl); le; le = le->next) {
		const struct oneshot_part *part = le->data;

		if (part->req)
			return false;
	}

	return stream->is_finished;
}

/* The stream may be gone afterwards. */
static void stream_done(struct asr_stream *stream)
{
	uint32_t refs;

	mem_ref(stream);
	refs = mem_nrefs(stream);
	if (stream->samples)
		phrase_tell(stream);
	if (mem_nrefs(stream) == refs)
		stream->sink.closed(0, stream->sink.arg);
	mem_deref(stream);
}

/* From the loop: never from inside feed and finish. */
static void end_handler(void *arg)
{
	struct asr_stream *stream = arg;
	char why[SERVICE_WHY_SIZE];

	if (stream->err)
		stream_fail(stream, stream->err,
		            service_unasked(stream->engine->service,
		                            stream->err, why));
	else
		stream_done(stream);
}

void oneshot_answered(struct asr_stream *stream, int err, const char *why)
{
	stream->engine->warmed_ms = clock_ms();
	if (err)
		stream_fail(stream, err, *why ? why : strerror(err));
	else if (is_answered(stream))
		stream_done(stream);
}

/* --- what is fed -----------------------------------------------------------
 */

/* Asks about the first n samples that wait; they wait no longer. Without the
 * question the phrase is lost here: the next recogniser has to hear it. */
static void part_ask(struct asr_stream *stream, size_t n)
{
	stream->err = oneshot_part_ask(stream, n);
	if (stream->err)
		tmr_start(&stream->tmr, 0, end_handler, stream);
}

/* Where the end of what waits is quietest: words are not cut in two. */
static size_t quiet_find(const struct asr_stream *stream)
{
	const int16_t *pcm = (const int16_t *)(void *)stream->audio->buf;
	size_t n = stream->audio->end / sizeof(*pcm);
	size_t step = (size_t)stream->rate_hz * QUIET_MS / 1000;
	size_t room = (size_t)stream->rate_hz * CUT_MS / 1000;
	uint64_t least = UINT64_MAX;
	size_t best = n;

	for (size_t at = n > room ? n - room : 0; at + step <= n; at += step) {
		uint64_t level = 0;

		for (size_t i = at; i < at + step; i++)
			level += (uint64_t)(pcm[i] < 0 ? -pcm[i] : pcm[i]);
		if (level < least) {
			least = level;
			best = at + step / 2;
		}
	}

	return best;
}

/* --- the recogniser's operations ---------------------------------------- */

static void engine_destructor(void *arg)
{
	struct asr_engine *engine = arg;

	mem_deref(engine->memory);
	mem_deref(engine->service);
	mem_deref(engine->http);
}

/* Where only a host is given, the path is the kind's. */
static void path_fill(struct service *service, const char *url)
{
	struct url usual;

	if (!strcmp(service->url.path, "/") && url && !url_parse(&usual, url))
		(void)text_copy(service->url.path, sizeof(service->url.path),
		                usual.path);
}

int oneshot_alloc(struct asr_engine **enginep,
                  const struct oneshot_dialect *dialect,
                  const struct asr_make *make, char fault[CFG_FAULT_SIZE])
{
	struct asr_engine *engine;
	int err;

	assert(make->http);

	engine = mem_zalloc(sizeof(*engine), engine_destructor);
	if (!engine)
		return ENOMEM;

	engine->dialect = dialect;
	engine->http = mem_ref(make->http);
	err = service_alloc(&engine->service, make->cfg, make->name,
	                    dialect->url, make->pool, fault);
	if (err)
		goto out;

	path_fill(engine->service, dialect->url);
	engine->ca_file = engine->service->url.is_secure
	                          ? cfg_named_text(make->cfg, "service",
	                                           make->name, "ca_file")
	                          : NULL;
	if (dialect->setup)
		err = dialect->setup(&engine->memory, engine->service, make,
		                     fault);

out:
	if (err)
		mem_deref(engine);
	else
		*enginep = engine;

	return err;
}

bool oneshot_can(const struct asr_engine *engine, const char *lang)
{
	return service_can(engine->service, lang);
}

/* While somebody speaks there is time to connect. */
static void warm(struct asr_engine *engine)
{
	char root[SERVICE_ROOT_SIZE];
	uint64_t now_ms = clock_ms();

	if (!engine->service->spares ||
	    (engine->warmed_ms && now_ms < engine->warmed_ms + WARM_MS))
		return;

	engine->warmed_ms = now_ms;
	httpc_warm(engine->http, service_root(engine->service, root),
	           engine->ca_file);
}

void oneshot_prepare(struct asr_engine *engine, const struct asr_prm *prm)
{
	(void)prm;

	warm(engine);
}

static void stream_destructor(void *arg)
{
	struct asr_stream *stream = arg;

	tmr_cancel(&stream->tmr);
	list_flush(&stream->partl);
	mem_deref(stream->audio);
	mem_deref(stream->lang);
	mem_deref(stream->hot_word);
	mem_deref(stream->engine);
}

int oneshot_open(struct asr_stream **streamp, struct asr_engine *engine,
                 const struct asr_prm *prm, const struct asr_sink *sink)
{
	struct asr_stream *stream;
	int err;

	stream = mem_zalloc(sizeof(*stream), stream_destructor);
	if (!stream)
		return ENOMEM;

	tmr_init(&stream->tmr);
	stream->engine = mem_ref(engine);
	stream->sink = *sink;
	stream->rate_hz = prm->rate_hz;
	stream->audio = mbuf_alloc((size_t)prm->rate_hz * FIRST_MS / 1000 *
	                           sizeof(int16_t));
	err = stream->audio ? 0 : ENOMEM;
	if (!err)
		err = str_dup(&stream->lang, prm->lang ? prm->lang : "");
	if (!err)
		err = str_dup(&stream->hot_word,
		              prm->hot_word ? prm->hot_word : "");
	if (err) {
		mem_deref(stream);
		return err;
	}
	warm(engine);
	*streamp = stream;

	return 0;
}

int oneshot_feed(struct asr_stream *stream, const int16_t *pcm, size_t n)
{
	struct mbuf *audio = stream->audio;
	size_t limit = (size_t)stream->engine->dialect->limit_ms *
	               stream->rate_hz / 1000;
	int err = 0;

	assert(!stream->is_finished);

	stream->samples += n;
	while (n && !err && !stream->err) {
		size_t room = limit - audio->end / sizeof(*pcm);
		size_t take = n < room ? n : room;

		err = mbuf_write_mem(audio, (const uint8_t *)pcm,
		                     take * sizeof(*pcm));
		pcm += take;
		n -= take;
		if (!err && audio->end / sizeof(*pcm) == limit)
			part_ask(stream, quiet_find(stream));
	}

	return err;
}

int oneshot_finish(struct asr_stream *stream)
{
	size_t n = stream->audio->end / sizeof(int16_t);

	assert(!stream->is_finished);

	stream->is_finished = true;
	if (n && !stream->err)
		part_ask(stream, n);
	else if (is_answered(stream))
		tmr_start(&stream->tmr, 0, end_handler, stream);

	return 0;
}
