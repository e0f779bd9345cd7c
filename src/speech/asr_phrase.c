/*
 * speech/asr_phrase.c - a phrase that outlives its recogniser
 *
 * The stream that a caller holds is ours; the provider's stream is inside. We
 * keep the phrase's audio until its text is there, so that another provider
 * can hear it from the beginning when the first stalls, errs or dies. A
 * provider that failed is left alone for a while: not every phrase shall pay
 * for its time limit.
 *
 * Where one of them is this machine's own (it has work to do at the end of a
 * phrase, and costs nothing), it listens beside a service that is late
 * (asr_aid.c). Its text is told when the services have failed or have had their
 * part of the time, which is most of it.
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "speech/asr_parts.h"
#include "speech/tally.h"
#include <re_tmr.h>

enum {
	PAUSE_MS = 10000, /* a provider that failed is not asked first */
	HEARD_FIRST_S = 1,
	WHY_SIZE = 300,
	AID_PART = 8,  /* of the time is left when the helper is believed */
	LATES_MAX = 3, /* phrases in a row before one that is late has failed */
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
	struct asr_choice choice;
	bool is_retried; /* on the same one, after a lost connection */
	bool is_finished;
	bool is_told;      /* its last text */
	uint64_t asked_ms; /* it has all of the phrase since then */
	uint64_t until_ms; /* its text has to be there; 0: some time */
	uint64_t due_ms;   /* the helper's text counts */
	struct tmr late_tmr;
	struct asr_aid *aid; /* NULL: nobody helps */
	struct tmr aid_tmr;  /* it begins, then it is due */
	struct mbuf *heard;  /* the phrase so far */
	uint64_t samples;    /* given to this provider */
	char why[WHY_SIZE];  /* of the provider that failed last */
};

static int inner_open(struct asr_stream *stream);
static void late_handler(void *arg);

/* --- usage -----------------------------------------------------------------
 */

static void usage_count(struct asr_stream *stream, const char *service,
                        uint64_t samples)
{
	if (samples)
		asr_usage_count(stream->kept.prm.usage, service,
		                samples * 1000 / stream->kept.prm.rate_hz);
}

static void usage_add(struct asr_stream *stream)
{
	if (stream->provider)
		usage_count(stream, stream->provider->name, stream->samples);
	stream->samples = 0;
}

/* --- a phrase --------------------------------------------------------------
 */

static void stream_destructor(void *arg)
{
	struct asr_stream *stream = arg;

	usage_add(stream);
	tmr_cancel(&stream->late_tmr);
	tmr_cancel(&stream->aid_tmr);
	mem_deref(stream->inner);
	mem_deref(stream->aid);
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

static void aid_drop(struct asr_stream *stream)
{
	tmr_cancel(&stream->aid_tmr);
	stream->choice.helping = 0;
	stream->aid = mem_deref(stream->aid);
}

static void phrase_tell(struct asr_stream *stream,
                        const struct asr_phrase *phrase, const char *service)
{
	struct asr_phrase told = *phrase;

	told.service = service;
	stream->is_told = stream->is_finished;
	tally_worked(service);
	stream->sink.phrase(&told, stream->sink.arg);
}

static void inner_phrase(const struct asr_phrase *phrase, void *arg)
{
	struct asr_stream *stream = arg;

	aid_drop(stream);
	/* What is told is not heard again by the next provider. */
	if (stream->is_finished)
		asr_provider_answered(stream->provider,
		                      clock_ms() - stream->asked_ms + 1);
	else
		mbuf_rewind(stream->heard);
	phrase_tell(stream, phrase, stream->provider->name);
}

static void inner_trouble(const char *why, void *arg)
{
	struct asr_stream *stream = arg;

	(void)text_copy(stream->why, sizeof(stream->why), why);
}

/* It is asked last for a while. */
static void provider_pause(struct asr_stream *stream)
{
	struct asr_provider *provider = stream->provider;
	uint64_t now_ms = clock_ms();
	bool is_news = now_ms >= provider->paused_ms;
	size_t next;

	provider->paused_ms = now_ms + PAUSE_MS;
	if (is_news)
		log_warning("speech", "recogniser %s: %s; %s", provider->name,
		            stream->why,
		            asr_choice_next(&stream->choice, &next) ||
		                            stream->aid
		                    ? "trying the next"
		                    : "no other is left");
}

/* Its part of the phrase is counted. */
static void provider_failed(struct asr_stream *stream, int err)
{
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
		         stream->provider->name, stream->why);
		return;
	}

	stream->choice.tried |= 1U << stream->choice.at;
	tally_failed(stream->provider->name, stream->why);
	provider_pause(stream);
}

/* Late is not dead: who answers most phrases in time keeps the next. */
static void provider_late(struct asr_stream *stream)
{
	struct asr_provider *provider = stream->provider;

	(void)text_copy(stream->why, sizeof(stream->why), "no text in time");
	usage_add(stream);
	stream->is_retried = false;
	tally_failed(provider->name, stream->why);
	stream->choice.tried |= 1U << stream->choice.at;
	if (++provider->lates < LATES_MAX)
		log_info("speech", "%s: %s", provider->name, stream->why);
	else
		provider_pause(stream);
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

static uint64_t left_ms(const struct asr_stream *stream)
{
	uint64_t now_ms = clock_ms();

	return now_ms < stream->until_ms ? stream->until_ms - now_ms : 0;
}

/* --- the one that helps ----------------------------------------------------
 */

/* What it heard is all that comes. The stream may be gone afterwards. */
static void aid_tell(struct asr_stream *stream)
{
	struct asr_aid *aid = stream->aid;

	tmr_cancel(&stream->late_tmr);
	tmr_cancel(&stream->aid_tmr);
	usage_add(stream);
	stream->inner = mem_deref(stream->inner);
	mem_ref(stream);
	if (aid->has_phrase)
		phrase_tell(stream, &aid->phrase, aid->provider->name);
	if (mem_nrefs(stream) > 1)
		stream->sink.closed(0, stream->sink.arg);
	mem_deref(stream);
}

/* Where it has not understood, the other may do so until time is up. */
static bool aid_is_due(const struct asr_stream *stream)
{
	const struct asr_aid *aid = stream->aid;

	return aid && aid->is_over && aid->has_phrase && *aid->phrase.text &&
	       stream->is_finished && clock_ms() >= stream->due_ms;
}

static void aid_due_handler(void *arg)
{
	struct asr_stream *stream = arg;

	if (!aid_is_due(stream))
		return;

	provider_late(stream);
	aid_tell(stream);
}

static void aid_failed(struct asr_stream *stream)
{
	stream->choice.tried |= stream->choice.helping;
	aid_drop(stream);
}

static void aid_over_handler(void *arg)
{
	struct asr_stream *stream = arg;
	struct asr_aid *aid = stream->aid;

	if (!aid->err && !stream->inner) {
		aid_tell(stream);
		return;
	}
	if (!aid->err) {
		aid_due_handler(stream);
		return;
	}

	aid_failed(stream);
	if (!stream->inner)
		give_up(stream, ETIMEDOUT);
}

static void aid_end(struct asr_stream *stream)
{
	const struct asr_provider *provider = stream->aid->provider;
	const uint64_t now_ms = clock_ms();

	if (asr_aid_finish(stream->aid)) {
		aid_failed(stream);
		return;
	}
	usage_count(stream, provider->name,
	            stream->heard->end / sizeof(int16_t));

	/* What a service has said is paid for, and this machine is late. */
	if (!asr_provider_is_local(provider))
		stream->due_ms = now_ms;
	tmr_start(&stream->aid_tmr,
	          stream->due_ms > now_ms ? stream->due_ms - now_ms : 0,
	          aid_due_handler, stream);
}

/* It hears the phrase from its beginning. */
static void aid_begin(struct asr_stream *stream)
{
	const int16_t *pcm = (const int16_t *)(void *)stream->heard->buf;
	struct asr_provider *provider;
	size_t at;

	provider = asr_choice_helper(&stream->choice, &at);
	if (!provider || asr_aid_open(&stream->aid, provider, &stream->kept.prm,
	                              aid_over_handler, stream))
		return;

	stream->choice.helping = 1U << at;
	if (asr_aid_feed(stream->aid, pcm,
	                 stream->heard->end / sizeof(int16_t)))
		aid_failed(stream);
}

static void aid_handler(void *arg)
{
	struct asr_stream *stream = arg;

	aid_begin(stream);
	if (stream->aid)
		aid_end(stream);
}

/* Nothing is known of it, or nothing good. */
static bool is_doubtful(const struct asr_provider *provider)
{
	return !provider->usual_ms || provider->lates;
}

/* A service beside this machine costs; this machine has many calls to do, and
 * is spared where a service is as fast as ever. */
static uint64_t aid_wait_ms(const struct asr_stream *stream)
{
	const struct asr_provider *provider = stream->provider;
	const uint64_t left = left_ms(stream);
	uint64_t wait_ms = provider->usual_ms * 3 / 2;

	if (asr_provider_is_local(provider))
		return left / 2;
	if (is_doubtful(provider))
		return 0;
	if (wait_ms < left / AID_PART)
		wait_ms = left / AID_PART;

	return wait_ms < left / 2 ? wait_ms : left / 2;
}

/* --- its end ----------------------------------------------------------------
 */

/* Returns false where nobody helps. */
static bool aid_go_on(struct asr_stream *stream)
{
	if (!stream->aid)
		return false;

	if (stream->aid->is_over)
		aid_tell(stream);
	else
		tmr_start(&stream->late_tmr, left_ms(stream), late_handler,
		          stream);

	return true;
}

static void move_on(struct asr_stream *stream, int err)
{
	if (inner_open(stream) && !aid_go_on(stream))
		give_up(stream, err);
}

static void inner_closed(int err, void *arg)
{
	struct asr_stream *stream = arg;

	tmr_cancel(&stream->late_tmr);
	stream->inner = mem_deref(stream->inner);
	if (!err || stream->is_told) {
		aid_drop(stream);
		usage_add(stream);
		stream->sink.closed(0, stream->sink.arg);
		return;
	}

	/* In the middle of the phrase it takes the place. */
	if (!stream->is_finished)
		aid_drop(stream);
	provider_failed(stream, err);
	move_on(stream, err);
}

static void late_handler(void *arg)
{
	struct asr_stream *stream = arg;

	if (!stream->inner) {
		give_up(stream, ETIMEDOUT);
		return;
	}
	if (stream->is_told) {
		inner_closed(0, stream);
		return;
	}

	stream->inner = mem_deref(stream->inner);
	provider_late(stream);
	move_on(stream, ETIMEDOUT);
}

static void limit_start(struct asr_stream *stream)
{
	bool has_helper;
	size_t at;

	stream->asked_ms = clock_ms();
	if (!stream->until_ms)
		return;

	has_helper = asr_choice_helper(&stream->choice, &at);
	tmr_start(&stream->late_tmr,
	          asr_choice_turn_ms(&stream->choice, left_ms(stream)),
	          late_handler, stream);
	if (has_helper)
		tmr_start(&stream->aid_tmr, aid_wait_ms(stream), aid_handler,
		          stream);
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
	                           : asr_choice_next(&stream->choice,
	                                             &stream->choice.at))) {
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
	tmr_init(&stream->aid_tmr);
	stream->asr = mem_ref(asr);
	stream->list = asr_list_of(asr, prm->services);
	stream->sink = *sink;
	err = asr_keep(&stream->kept, prm);
	stream->choice.list = stream->list;
	stream->choice.lang = stream->kept.lang;
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

int asr_feed(struct asr *asr, struct asr_stream *stream, const int16_t *pcm,
             size_t n)
{
	(void)asr;

	asr_heard_keep(stream->heard, &stream->kept.prm, pcm, n);
	if (stream->aid && asr_aid_feed(stream->aid, pcm, n))
		aid_failed(stream);
	if (!stream->inner)
		return 0;

	stream->samples += n;

	return stream->ops->feed(stream->inner, pcm, n);
}

/* One that may not come is not waited for before this machine begins. */
void asr_pause(struct asr_stream *stream)
{
	if (!stream->inner)
		return;

	if (stream->ops->pause)
		stream->ops->pause(stream->inner);
	else if (!stream->aid && is_doubtful(stream->provider))
		aid_begin(stream);
	if (stream->aid)
		asr_aid_pause(stream->aid);
}

int asr_finish(struct asr *asr, struct asr_stream *stream, uint32_t limit_ms)
{
	(void)asr;
	assert(!stream->is_finished && stream->inner);

	stream->is_finished = true;
	if (limit_ms) {
		stream->until_ms = clock_ms() + limit_ms;
		stream->due_ms = stream->until_ms - limit_ms / AID_PART;
	}
	limit_start(stream);
	if (!limit_ms)
		aid_drop(stream);
	if (stream->aid)
		aid_end(stream);

	return stream->ops->finish(stream->inner);
}
