/*
 * call/ears.c - finds sentences in what a leg hears and has them recognised
 *
 * A chunk goes to and fro: filled in the tick, reported to the control loop,
 * sent back empty. A call has a fixed number of them; while none is free the
 * sound is dropped and counted, the tick never allocates or waits.
 */
#include <assert.h>
#include <stdatomic.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "call/ears.h"
#include "media/level.h"
#include "media/vad.h"

enum {
	CHUNK_SAMPLES = AUDIO_WIDE_HZ / 20,
	CHUNKS = 16, /* 0.8 s at least: a pre-roll, and the loop may be late */
	PREROLL_SAMPLES = AUDIO_WIDE_HZ / 2,
	SENTENCES_MAX = 4, /* being recognised at a time, of one call */
};

struct chunk {
	struct ears *ears;
	struct chunk *next; /* of the free ones, the tick's */
	bool is_first, is_last, is_too_long;
	uint64_t voice_ms; /* first: when the voice began; last: when it
	                    * ended */
	uint32_t turn;     /* of listening: chunks of an old one are stale */
	uint32_t rate_hz;
	size_t n;
	int16_t pcm[CHUNK_SAMPLES];
};

/* An order for the tick; comes back to be freed. */
struct order {
	struct ears *ears;
	struct endpoint_prm prm;
	uint32_t turn;
	bool is_listening;
};

struct sentence {
	struct le le;
	struct ears *ears;
	struct asr_stream *stream;
	struct ears_sentence is;
	bool is_told;
};

struct ears {
	struct ears_prm prm;
	struct ears_sink sink;
	struct list sentencel;
	struct sentence *speaking; /* the one that still grows */
	unsigned untold;
	uint32_t turn;

	/* the tick's */
	uint32_t rate_hz; /* 0: no tick yet */
	struct vad vad;
	struct endpoint endpoint;
	bool is_listening;
	bool is_ending; /* the last chunk of a sentence waits for a free one */
	bool is_too_long;
	uint64_t voice_end_ms;
	uint32_t tick_turn;
	int16_t prerollv[PREROLL_SAMPLES]; /* the latest samples, a ring */
	size_t preroll;
	struct chunk *filling;
	struct chunk *freep;
	uint64_t dropped_ms;
	struct chunk chunkv[CHUNKS];
};

static void destructor(void *arg)
{
	struct ears *ears = arg;

	/* Only after the last tick: the call sees to that. */
	list_flush(&ears->sentencel);
	if (ears->dropped_ms)
		log_info("call", "%zu ms of speech dropped: the loop was busy",
		         (size_t)ears->dropped_ms);
	mem_deref(ears->prm.box);
}

int ears_alloc(struct ears **earsp, const struct ears_prm *prm,
               const struct ears_sink *sink)
{
	struct ears *ears;

	assert(earsp && prm && prm->box && prm->asr && sink);

	ears = mem_zalloc(sizeof(*ears), destructor);
	if (!ears)
		return ENOMEM;

	ears->prm = *prm;
	ears->sink = *sink;
	mem_ref(prm->box);
	vad_init(&ears->vad, &(struct vad_prm){.margin_db = prm->margin_db,
	                                       .echo_db = prm->echo_db});
	for (size_t i = 0; i < CHUNKS; i++) {
		ears->chunkv[i].ears = ears;
		ears->chunkv[i].next = ears->freep;
		ears->freep = &ears->chunkv[i];
	}
	*earsp = ears;

	return 0;
}

/* --- sentences, on the control loop --------------------------------------- */

static void sentence_destructor(void *arg)
{
	struct sentence *sentence = arg;

	list_unlink(&sentence->le);
	mem_deref(sentence->stream);
}

static void partial_handler(const char *text, void *arg)
{
	struct sentence *sentence = arg;
	const struct ears_sink *sink = &sentence->ears->sink;

	if (sink->partial)
		sink->partial(text, sentence->is.begin_ms, sink->arg);
}

static void tell(struct sentence *sentence, const char *text, int err)
{
	const struct ears_sink *sink = &sentence->ears->sink;

	if (sentence->is_told)
		return;

	sentence->is_told = true;
	sentence->is.text = text;
	sentence->is.err = err;
	sentence->ears->untold--;
	sink->heard(&sentence->is, sink->arg);
}

static void phrase_handler(const struct asr_phrase *phrase, void *arg)
{
	struct sentence *sentence = arg;

	/* A service that cuts phrases by itself may be ahead of us. */
	if (sentence->ears->speaking != sentence)
		tell(sentence, phrase->text, 0);
}

/* The end of its life: nothing of it is used after the sink was told. */
static void closed_handler(int err, void *arg)
{
	struct sentence *sentence = arg;

	if (sentence->ears->speaking == sentence)
		sentence->ears->speaking = NULL;
	mem_ref(sentence);
	tell(sentence, "", err);
	if (sentence->le.list) {
		list_unlink(&sentence->le);
		mem_deref(sentence);
	}
	mem_deref(sentence);
}

static int sentence_begin(struct ears *ears, const struct chunk *chunk)
{
	struct asr_sink sink = {
		.partial = partial_handler,
		.phrase = phrase_handler,
		.closed = closed_handler,
	};
	struct asr_prm prm = {.rate_hz = chunk->rate_hz, .params = ""};
	struct sentence *sentence;
	int err;

	if (list_count(&ears->sentencel) >= SENTENCES_MAX)
		return ENOBUFS;

	sentence = mem_zalloc(sizeof(*sentence), sentence_destructor);
	if (!sentence)
		return ENOMEM;

	sentence->ears = ears;
	sentence->is.begin_ms = chunk->voice_ms;
	list_append(&ears->sentencel, &sentence->le, sentence);
	ears->untold++;
	ears->speaking = sentence;

	/* The sink may change what is listened to and so end this one. */
	mem_ref(sentence);
	ears->sink.began(chunk->voice_ms, &prm, ears->sink.arg);
	if (ears->speaking != sentence) {
		mem_deref(sentence);
		return 0;
	}
	mem_deref(sentence);

	sink.arg = sentence;
	err = asr_open(&sentence->stream, ears->prm.asr, &prm, &sink);
	if (err)
		closed_handler(err, sentence);

	return 0;
}

static void sentence_end(struct ears *ears, const struct chunk *chunk)
{
	struct sentence *sentence = ears->speaking;
	int err;

	ears->speaking = NULL;
	sentence->is.end_ms = chunk->voice_ms;
	sentence->is.is_too_long = chunk->is_too_long;

	err = asr_finish(ears->prm.asr, sentence->stream);
	if (err)
		closed_handler(err, sentence);
}

static void tick_chunk_free(void *arg)
{
	struct chunk *chunk = arg;

	chunk->next = chunk->ears->freep;
	chunk->ears->freep = chunk;
}

static void chunk_arrived(void *arg)
{
	struct chunk *chunk = arg;
	struct ears *ears = chunk->ears;

	if (chunk->turn == ears->turn) {
		if (chunk->is_first && !ears->speaking)
			(void)sentence_begin(ears, chunk);
		/* EAGAIN: this piece is lost, the sentence goes on. */
		if (ears->speaking && chunk->n)
			(void)asr_feed(ears->prm.asr, ears->speaking->stream,
			               chunk->pcm, chunk->n);
		if (ears->speaking && chunk->is_last)
			sentence_end(ears, chunk);
	}

	/* More letters than a box holds cannot be on the way. */
	(void)tickbox_send(ears->prm.box, tick_chunk_free, chunk);
}

bool ears_is_speech(const struct ears *ears)
{
	return ears->speaking != NULL;
}

bool ears_is_recognising(const struct ears *ears)
{
	return ears->untold > 0;
}

void ears_silence(struct ears *ears)
{
	/* What still comes of it has no sentence to go to. */
	ears->speaking = NULL;
	ears->untold = 0;
	list_flush(&ears->sentencel);
}

/* --- in the tick -------------------------------------------------------------
 */

static struct chunk *chunk_take(struct ears *ears)
{
	struct chunk *chunk = ears->freep;

	if (!chunk)
		return NULL;

	ears->freep = chunk->next;
	chunk->is_first = chunk->is_last = chunk->is_too_long = false;
	chunk->turn = ears->tick_turn;
	chunk->rate_hz = ears->rate_hz;
	chunk->n = 0;

	return chunk;
}

static void chunk_send(struct ears *ears)
{
	struct chunk *chunk = ears->filling;

	ears->filling = NULL;
	if (chunk && tickbox_report(chunk_arrived, chunk))
		tick_chunk_free(chunk);
}

/* --- orders -----------------------------------------------------------------
 */

static void order_done(void *arg)
{
	mem_deref(arg);
}

static void tick_order(void *arg)
{
	struct order *order = arg;
	struct ears *ears = order->ears;

	if (order->is_listening && ears->is_listening &&
	    order->turn == ears->tick_turn)
		endpoint_set(&ears->endpoint, &order->prm);
	else
		endpoint_init(&ears->endpoint, &order->prm);
	if (order->turn != ears->tick_turn) {
		/* Of a sentence that nobody waits for; it comes back free. */
		chunk_send(ears);
		ears->is_ending = false;
	}
	ears->is_listening = order->is_listening;
	ears->tick_turn = order->turn;
	if (tickbox_report(order_done, order))
		assert(!"the loop's mailbox holds all orders");
}

int ears_listen(struct ears *ears, const struct endpoint_prm *prm)
{
	struct order *order;
	int err;

	order = mem_zalloc(sizeof(*order), NULL);
	if (!order)
		return ENOMEM;

	if (!prm) {
		ears_silence(ears);
		ears->turn++;
	}
	order->ears = ears;
	order->is_listening = prm != NULL;
	order->turn = ears->turn;
	if (prm)
		order->prm = *prm;

	err = tickbox_send(ears->prm.box, tick_order, order);
	if (err)
		mem_deref(order);

	return err;
}

/* --- in the tick -------------------------------------------------------------
 */

static void speech_add(struct ears *ears, const int16_t *pcm, size_t n)
{
	while (n) {
		struct chunk *chunk;
		size_t part;

		if (!ears->filling)
			ears->filling = chunk_take(ears);
		chunk = ears->filling;
		if (!chunk) {
			ears->dropped_ms += n * 1000 / ears->rate_hz;
			return;
		}

		part = CHUNK_SAMPLES - chunk->n;
		if (part > n)
			part = n;
		memcpy(chunk->pcm + chunk->n, pcm, part * sizeof(*pcm));
		chunk->n += part;
		pcm += part;
		n -= part;
		if (chunk->n == CHUNK_SAMPLES)
			chunk_send(ears);
	}
}

static void preroll_add(struct ears *ears, const int16_t *pcm, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ears->prerollv[ears->preroll] = pcm[i];
		ears->preroll = (ears->preroll + 1) % PREROLL_SAMPLES;
	}
}

/* The ring holds the frame that made it speech as well. */
static void speech_begin(struct ears *ears)
{
	uint32_t onset_ms = endpoint_onset_ms(&ears->endpoint);
	size_t n = (size_t)(onset_ms + ears->prm.preroll_ms) *
	           (ears->rate_hz / 1000);
	size_t from;

	ears->filling = chunk_take(ears);
	if (!ears->filling) {
		/* Nobody would know of the end of a sentence that has no
		 * beginning. */
		endpoint_init(&ears->endpoint, &ears->endpoint.prm);
		return;
	}
	ears->filling->is_first = true;
	ears->filling->voice_ms = clock_ms() - onset_ms;

	if (n > PREROLL_SAMPLES)
		n = PREROLL_SAMPLES;
	from = (ears->preroll + PREROLL_SAMPLES - n) % PREROLL_SAMPLES;
	if (from + n > PREROLL_SAMPLES) {
		speech_add(ears, ears->prerollv + from, PREROLL_SAMPLES - from);
		speech_add(ears, ears->prerollv, from + n - PREROLL_SAMPLES);
	}
	else {
		speech_add(ears, ears->prerollv + from, n);
	}
}

/* Without its end a sentence would never be over: where no chunk is free, the
 * next ticks try again. */
static void end_send(struct ears *ears)
{
	if (!ears->filling)
		ears->filling = chunk_take(ears);
	if (!ears->filling)
		return;

	ears->filling->is_last = true;
	ears->filling->is_too_long = ears->is_too_long;
	ears->filling->voice_ms = ears->voice_end_ms;
	ears->is_ending = false;
	chunk_send(ears);
}

static void speech_end(struct ears *ears, bool is_too_long)
{
	ears->is_ending = true;
	ears->is_too_long = is_too_long;
	ears->voice_end_ms = clock_ms();
	if (!is_too_long)
		ears->voice_end_ms -= ears->endpoint.prm.end_silence_ms;
	end_send(ears);
}

/* What was heard so far is of another rate. */
static void rate_change(struct ears *ears, uint32_t rate_hz)
{
	if (ears->endpoint.is_speech) {
		speech_end(ears, false);
		endpoint_init(&ears->endpoint, &ears->endpoint.prm);
	}
	memset(ears->prerollv, 0, sizeof(ears->prerollv));
	ears->rate_hz = rate_hz;
}

void ears_tick(struct ears *ears, const int16_t *in, const int16_t *out,
               size_t n)
{
	const uint32_t rate_hz = (uint32_t)n * AUDIO_TICKS_S;
	bool is_voiced;

	if (ears->rate_hz != rate_hz)
		rate_change(ears, rate_hz);
	if (!in)
		return;

	is_voiced = vad_feed(&ears->vad, level_db(in, n), level_db(out, n));
	preroll_add(ears, in, n);
	if (ears->is_ending)
		end_send(ears);
	if (!ears->is_listening || ears->is_ending)
		return;

	if (ears->endpoint.is_speech)
		speech_add(ears, in, n);
	switch (endpoint_feed(&ears->endpoint, is_voiced)) {
	case ENDPOINT_NONE:
		break;
	case ENDPOINT_START:
		speech_begin(ears);
		break;
	case ENDPOINT_END:
		speech_end(ears, false);
		break;
	case ENDPOINT_TOO_LONG:
		speech_end(ears, true);
		break;
	}
}
