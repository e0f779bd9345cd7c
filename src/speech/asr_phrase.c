/*
 * speech/asr_phrase.c - a phrase that outlives its recogniser
 *
 * The stream that a caller holds is ours; the provider's stream is inside. We
 * keep the phrase's audio until its text is there, so that another provider
 * can hear it from the beginning when the first stalls, errs or dies. A
 * provider that failed is left alone for a while: not every phrase shall pay
 * for its time limit.
 *
 * Where one of the two is this machine's own (it has work to do at the end of a
 * phrase, and costs nothing), the next is asked before the first is given up.
 * Its text is told when the first has failed or had its part of the time.
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "speech/asr_parts.h"
#include <re_tmr.h>

enum {
	PAUSE_MS = 10000, /* a provider that failed is not asked first */
	HEARD_MAX_S = 60, /* of a phrase: what is kept for the next provider */
	HEARD_FIRST_S = 1,
	WHY_SIZE = 300,
	TEXT_SIZE = 1024,
	AID_PART = 8, /* of the time is over before another one helps */
};

/* Another recogniser beside one that is late. */
struct aid {
	struct asr_provider *provider; /* NULL: not asked yet */
	size_t at;                     /* in the list */
	const struct asr_ops *ops;
	struct asr_stream *inner; /* NULL: it has ended, or taken over */
	uint64_t from_ms;         /* its text counts; the other's did before */
	bool has_heard;           /* the phrase below, not told yet */
	struct asr_phrase phrase;
	char text[TEXT_SIZE]; /* of it */
};

/* Ours. A provider's is of its own making and only passed on. */
struct asr_stream {
	struct asr *asr;
	struct asr_list *list;
	struct asr_sink sink;
	struct asr_kept kept;
	struct asr_provider *provider;
	const struct asr_ops *ops; /* of inner */
	struct asr_stream *inner;
	size_t at;       /* of the provider in the list */
	unsigned tried;  /* a bit for each of the list */
	bool is_retried; /* on the same one, after a lost connection */
	bool is_finished;
	bool is_told;      /* its last text */
	uint64_t until_ms; /* its text has to be there; 0: some time */
	struct tmr late_tmr;
	struct aid aid;
	struct mbuf *heard; /* the phrase so far */
	uint64_t samples;   /* given to this provider */
	char why[WHY_SIZE]; /* of the provider that failed last */
};

static int inner_open(struct asr_stream *stream);

/* The provider that hears this phrase next, and its place in the list; NULL
 * when all have tried. One that failed a moment ago is better than none. */
static struct asr_provider *provider_choose(const struct asr_stream *stream,
                                            size_t *atp)
{
	const struct asr_list *list = stream->list;
	struct asr_provider *paused = NULL;
	uint64_t now_ms = clock_ms();

	for (size_t i = 0; i < list->providerc; i++) {
		size_t at = (list->next + i) % list->providerc;
		struct asr_provider *provider = list->providerv[at];

		if (stream->tried & 1U << at ||
		    !provider->ops->can(provider->engine, stream->kept.lang))
			continue;
		if (now_ms >= provider->paused_ms) {
			*atp = at;
			return provider;
		}
		if (!paused) {
			*atp = at;
			paused = provider;
		}
	}

	return paused;
}

/* --- usage -----------------------------------------------------------------
 */

static void usage_add(struct asr_stream *stream)
{
	struct asr_usage *usage = stream->kept.prm.usage;
	size_t i = 0;

	if (!usage || !stream->provider || !stream->samples)
		return;

	while (i < usage->rowc &&
	       strcmp(usage->rowv[i].service, stream->provider->name))
		i++;
	if (i == ASR_SERVICES_MAX)
		return;
	if (i == usage->rowc) {
		usage->rowc++;
		(void)text_copy(usage->rowv[i].service, ASR_NAME_SIZE,
		                stream->provider->name);
	}
	usage->rowv[i].requests++;
	usage->rowv[i].audio_ms +=
		stream->samples * 1000 / stream->kept.prm.rate_hz;
	stream->samples = 0;
}

/* --- a phrase --------------------------------------------------------------
 */

static void stream_destructor(void *arg)
{
	struct asr_stream *stream = arg;

	usage_add(stream);
	tmr_cancel(&stream->late_tmr);
	mem_deref(stream->inner);
	mem_deref(stream->aid.inner);
	asr_kept_clear(&stream->kept);
	mem_deref(stream->heard);
	mem_deref(stream->asr);
}

static void inner_partial(const char *text, void *arg)
{
	struct asr_stream *stream = arg;

	if (stream->sink.partial)
		stream->sink.partial(text, stream->sink.arg);
}

static void inner_phrase(const struct asr_phrase *phrase, void *arg)
{
	struct asr_stream *stream = arg;
	struct asr_phrase told = *phrase;

	told.service = stream->provider->name;
	stream->is_told = stream->is_finished;
	/* What is told is not heard again by the next provider. */
	if (!stream->is_finished)
		mbuf_rewind(stream->heard);
	stream->sink.phrase(&told, stream->sink.arg);
}

static void inner_trouble(const char *why, void *arg)
{
	struct asr_stream *stream = arg;

	(void)text_copy(stream->why, sizeof(stream->why), why);
}

/* The provider failed: it gets a pause, its part of the phrase is counted. */
static void provider_failed(struct asr_stream *stream, int err)
{
	struct asr_provider *provider = stream->provider;
	uint64_t now_ms = clock_ms();
	bool is_news = now_ms >= provider->paused_ms;
	size_t next;
	bool was_lost =
		(err == ECONNRESET || err == ESTALE) && !stream->is_retried;

	if (!stream->why[0])
		(void)snprintf(stream->why, sizeof(stream->why), "%s",
		               strerror(err));
	usage_add(stream);

	/* A connection may be cut by whatever is between, a token may have
	 * expired: worth a second try before the phrase goes elsewhere. */
	stream->is_retried = was_lost;
	if (was_lost) {
		log_info("speech", "%s: %s; asking it once more",
		         provider->name, stream->why);
		return;
	}

	stream->tried |= 1U << stream->at;
	provider->paused_ms = now_ms + PAUSE_MS;
	if (is_news)
		log_warning("speech", "recogniser %s: %s; %s", provider->name,
		            stream->why,
		            provider_choose(stream, &next)
		                    ? "trying the next"
		                    : "no other is left");
}

static void give_up(struct asr_stream *stream, int err)
{
	const struct asr_sink sink = stream->sink;
	char why[WHY_SIZE + ASR_NAME_SIZE + 2];

	(void)snprintf(why, sizeof(why), "%s: %s",
	               stream->provider ? stream->provider->name : "recogniser",
	               stream->why);
	mem_ref(stream);
	if (sink.trouble)
		sink.trouble(why, sink.arg);
	if (mem_nrefs(stream) > 1)
		sink.closed(err, sink.arg);
	mem_deref(stream);
}

/* --- the one that helps ----------------------------------------------------
 */

/* It goes on in the other's place. */
static void aid_take_over(struct asr_stream *stream)
{
	struct aid *aid = &stream->aid;

	usage_add(stream);
	mem_deref(stream->inner);
	stream->inner = aid->inner;
	stream->provider = aid->provider;
	stream->ops = aid->ops;
	stream->at = aid->at;
	stream->samples = stream->heard->end / sizeof(int16_t);
	aid->inner = NULL;
}

/* What it heard is all that comes. The stream may be gone afterwards. */
static void aid_tell(struct asr_stream *stream)
{
	const struct aid *aid = &stream->aid;

	usage_add(stream);
	stream->inner = mem_deref(stream->inner);
	stream->provider = aid->provider;
	stream->samples = stream->heard->end / sizeof(int16_t);
	usage_add(stream);
	mem_ref(stream);
	inner_phrase(&aid->phrase, stream);
	if (mem_nrefs(stream) > 1)
		stream->sink.closed(0, stream->sink.arg);
	mem_deref(stream);
}

static void aid_phrase(const struct asr_phrase *phrase, void *arg)
{
	struct asr_stream *stream = arg;
	struct aid *aid = &stream->aid;

	if (!aid->inner) {
		inner_phrase(phrase, stream);
		return;
	}

	(void)text_copy(aid->text, sizeof(aid->text), phrase->text);
	aid->phrase = *phrase;
	aid->phrase.text = aid->text;
	aid->has_heard = true;
}

static void inner_closed(int err, void *arg);

/* Where it has not understood, the other may do so until time is up. */
static bool aid_is_due(const struct asr_stream *stream)
{
	const struct aid *aid = &stream->aid;

	return aid->has_heard && *aid->text && !stream->is_told &&
	       clock_ms() >= aid->from_ms;
}

static void aid_closed(int err, void *arg)
{
	struct asr_stream *stream = arg;

	if (!stream->aid.inner) {
		inner_closed(err, stream);
		return;
	}

	stream->aid.inner = mem_deref(stream->aid.inner);
	stream->tried |= 1U << stream->aid.at;
	if (aid_is_due(stream))
		aid_tell(stream);
}

/* Who would help; NULL: nobody, or both are services and each costs. */
static struct asr_provider *aid_find(const struct asr_stream *stream,
                                     size_t *atp)
{
	struct asr_stream other = *stream;
	struct asr_provider *provider;

	if (!stream->is_finished || stream->aid.provider)
		return NULL;

	other.tried |= 1U << stream->at;
	provider = provider_choose(&other, atp);
	if (provider && !stream->ops->pause &&
	    !asr_provider_ops(provider)->pause)
		return NULL;

	return provider;
}

static void late_handler(void *arg);
static uint64_t left_ms(const struct asr_stream *stream);

/* The other has had its part of the time. */
static void aid_due_handler(void *arg)
{
	struct asr_stream *stream = arg;

	if (aid_is_due(stream))
		aid_tell(stream);
	else
		tmr_start(&stream->late_tmr, left_ms(stream), late_handler,
		          stream);
}

static void aid_handler(void *arg)
{
	struct asr_stream *stream = arg;
	const struct asr_sink sink = {
		.phrase = aid_phrase,
		.closed = aid_closed,
		.arg = stream,
	};
	struct aid *aid = &stream->aid;
	size_t n = stream->heard->end / sizeof(int16_t);
	int err;

	tmr_start(&stream->late_tmr, left_ms(stream) / 2, aid_due_handler,
	          stream);
	aid->from_ms = clock_ms() + left_ms(stream) / 2;
	aid->provider = aid_find(stream, &aid->at);
	if (!aid->provider)
		return;

	aid->ops = asr_provider_ops(aid->provider);
	err = aid->ops->open(&aid->inner, asr_provider_engine(aid->provider),
	                     &stream->kept.prm, &sink);
	if (!err)
		err = aid->ops->feed(
			aid->inner, (const int16_t *)(void *)stream->heard->buf,
			n);
	if (!err)
		err = aid->ops->finish(aid->inner);
	if (err)
		aid->inner = mem_deref(aid->inner);
}

/* The other has failed. Returns false where nobody helps. */
static bool aid_go_on(struct asr_stream *stream)
{
	if (stream->is_retried)
		return false;

	if (stream->aid.has_heard) {
		aid_tell(stream);
		return true;
	}
	if (!stream->aid.inner)
		return false;

	aid_take_over(stream);
	tmr_start(&stream->late_tmr, left_ms(stream), late_handler, stream);

	return true;
}

/* --- its end ----------------------------------------------------------------
 */

static void inner_closed(int err, void *arg)
{
	struct asr_stream *stream = arg;

	tmr_cancel(&stream->late_tmr);
	stream->inner = mem_deref(stream->inner);
	if (!err || stream->is_told) {
		usage_add(stream);
		stream->sink.closed(0, stream->sink.arg);
		return;
	}

	provider_failed(stream, err);
	if (!aid_go_on(stream) && inner_open(stream))
		give_up(stream, err);
}

static void late_handler(void *arg)
{
	struct asr_stream *stream = arg;

	(void)text_copy(stream->why, sizeof(stream->why), "no text in time");
	inner_closed(ETIMEDOUT, stream);
}

static uint64_t left_ms(const struct asr_stream *stream)
{
	uint64_t now_ms = clock_ms();

	return now_ms < stream->until_ms ? stream->until_ms - now_ms : 0;
}

/* This provider's part of the time: the others need theirs, but for those who
 * failed a moment ago. */
static void limit_start(struct asr_stream *stream)
{
	const struct asr_list *list = stream->list;
	uint64_t now_ms = clock_ms();
	unsigned others = 0;
	size_t at;

	if (!stream->until_ms)
		return;
	if (aid_find(stream, &at)) {
		/* A service beside this machine costs: not at once. */
		tmr_start(&stream->late_tmr,
		          left_ms(stream) / (stream->ops->pause ? 2 : AID_PART),
		          aid_handler, stream);
		return;
	}

	for (size_t i = 0; i < list->providerc; i++) {
		const struct asr_provider *provider = list->providerv[i];

		others +=
			provider != stream->provider &&
			!(stream->tried & 1U << i) &&
			now_ms >= provider->paused_ms &&
			provider->ops->can(provider->engine, stream->kept.lang);
	}
	tmr_start(&stream->late_tmr, left_ms(stream) / (others + 1),
	          late_handler, stream);
}

/* What was said so far, for a provider that comes in later. */
static int replay(struct asr_stream *stream)
{
	const struct asr_ops *ops = stream->ops;
	size_t n = stream->heard->end / sizeof(int16_t);
	int err = 0;

	if (n)
		err = ops->feed(stream->inner,
		                (const int16_t *)(void *)stream->heard->buf, n);
	stream->samples = n;
	if (!err && stream->is_finished)
		err = ops->finish(stream->inner);

	return err;
}

/* Opens the phrase at the next provider that can be had. Returns the error of
 * the last when there is none. */
static int inner_open(struct asr_stream *stream)
{
	const struct asr_sink sink = {
		.partial = inner_partial,
		.phrase = inner_phrase,
		.trouble = inner_trouble,
		.closed = inner_closed,
		.arg = stream,
	};
	struct asr_provider *provider;
	int err = ENOENT;

	while ((provider = stream->is_retried
	                           ? stream->provider
	                           : provider_choose(stream, &stream->at))) {
		stream->provider = provider;
		stream->ops = asr_provider_ops(provider);
		err = stream->ops->open(&stream->inner,
		                        asr_provider_engine(provider),
		                        &stream->kept.prm, &sink);
		if (!err)
			err = replay(stream);
		if (!err) {
			stream->why[0] = '\0';
			limit_start(stream);
			return 0;
		}

		stream->inner = mem_deref(stream->inner);
		stream->why[0] = '\0';
		/* Here nothing was cut that could be whole again. */
		stream->is_retried = true;
		provider_failed(stream, err);
	}

	return err;
}

int asr_open(struct asr_stream **streamp, struct asr *asr,
             const struct asr_prm *prm, const struct asr_sink *sink)
{
	struct asr_stream *stream;
	int err;

	assert(streamp && prm && sink && sink->phrase && sink->closed);

	stream = mem_zalloc(sizeof(*stream), stream_destructor);
	if (!stream)
		return ENOMEM;

	tmr_init(&stream->late_tmr);
	stream->asr = mem_ref(asr);
	stream->list = asr_list_of(asr, prm->services);
	stream->sink = *sink;
	err = asr_keep(&stream->kept, prm);
	if (!err) {
		stream->heard = mbuf_alloc(HEARD_FIRST_S * prm->rate_hz *
		                           sizeof(int16_t));
		err = stream->heard ? 0 : ENOMEM;
	}
	if (!err)
		err = inner_open(stream);
	if (stream->list->is_rotating)
		stream->list->next =
			(stream->list->next + 1) % stream->list->providerc;

	if (err)
		mem_deref(stream);
	else
		*streamp = stream;

	return err;
}

/* Keeps what another provider may have to hear. Where the recogniser finds
 * begin and end, a stream lasts as long as a silence: the oldest half goes. */
static void keep(struct asr_stream *stream, const int16_t *pcm, size_t n)
{
	size_t bytes = n * sizeof(*pcm);
	struct mbuf *heard = stream->heard;
	size_t half = (size_t)HEARD_MAX_S / 2 * stream->kept.prm.rate_hz *
	              sizeof(*pcm);

	if (heard->end + bytes > 2 * half && heard->end > half) {
		memmove(heard->buf, heard->buf + half, heard->end - half);
		heard->end -= half;
		heard->pos = heard->end;
	}
	if (heard->end + bytes > heard->size &&
	    mbuf_resize(heard, heard->size * 2 + bytes))
		return;

	(void)mbuf_write_mem(heard, (const uint8_t *)pcm, bytes);
}

int asr_feed(struct asr *asr, struct asr_stream *stream, const int16_t *pcm,
             size_t n)
{
	(void)asr;

	keep(stream, pcm, n);
	if (!stream->inner)
		return 0;

	stream->samples += n;

	return stream->ops->feed(stream->inner, pcm, n);
}

void asr_pause(struct asr_stream *stream)
{
	if (stream->inner && stream->ops->pause)
		stream->ops->pause(stream->inner);
}

int asr_finish(struct asr *asr, struct asr_stream *stream, uint32_t limit_ms)
{
	(void)asr;
	assert(!stream->is_finished && stream->inner);

	stream->is_finished = true;
	if (limit_ms)
		stream->until_ms = clock_ms() + limit_ms;
	limit_start(stream);

	return stream->ops->finish(stream->inner);
}
