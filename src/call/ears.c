/*
 * call/ears.c - finds sentences in what a leg hears and has them recognised
 *
 * A stream is one sentence where we find its end, and any number of them
 * where the recogniser finds begin and end (EARS_RECOGNISER).
 */
#include <assert.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "call/ears_tick.h"

enum {
	SENTENCES_MAX = 4, /* being recognised at a time, of one call */
	TEXT_SIZE = 1024,  /* of one sentence */
	STREAM_MS_MIN = 1000,
	PAUSE_MS = 250, /* of silence: the phrase may be over */
};

struct sentence {
	struct le le;
	struct ears *ears;
	struct asr_stream *stream;
	enum ears_mode mode;
	struct ears_sentence is;
	uint64_t opened_ms;   /* where the stream's times begin */
	bool has_begun;       /* and is not told */
	bool is_paused;       /* and the recogniser knows */
	bool is_answering;    /* something came of it since the last pause */
	char text[TEXT_SIZE]; /* of phrases that came before its end */
	char service[ASR_NAME_SIZE];
	char why[TEXT_SIZE];
};

struct ears {
	struct ears_prm prm;
	struct ears_sink sink;
	struct list sentencel;
	struct sentence *speaking; /* the one that still grows */
	unsigned untold;
	uint32_t serial; /* of the last one that began */
	uint32_t turn;
	enum ears_mode mode;
	uint32_t max_speech_ms, pause_ms;
	bool has_failed; /* of EARS_RECOGNISER: not opened again this turn */

	struct denoise *denoise; /* NULL until a script asks for it */
	struct ears_wide *wide;  /* NULL at 8 kHz */
	struct ears_tick tick;
};

static void destructor(void *arg)
{
	struct ears *ears = arg;

	/* Only after the last tick: the call sees to that. */
	list_flush(&ears->sentencel);
	if (ears->tick.dropped_ms)
		log_info("call", "%zu ms of speech dropped: the loop was busy",
		         (size_t)ears->tick.dropped_ms);
	mem_deref(ears->denoise);
	mem_deref(ears->wide);
	mem_deref(ears->prm.box);
}

static mailbox_h chunk_arrived;

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
	ears_tick_init(&ears->tick, ears, prm, chunk_arrived);
	*earsp = ears;

	return 0;
}

/* --- orders to the tick --------------------------------------------------- */

static void tick_order(void *arg)
{
	struct ears_order *order = arg;

	ears_tick_order(&order->ears->tick, order);

	/* Nobody else has it: a way back could be full. */
	mem_deref(order);
}

static int order_send(struct ears *ears, enum ears_order_kind kind,
                      const struct ears_set *set)
{
	struct ears_order *order;
	int err;

	order = mem_zalloc(sizeof(*order), NULL);
	if (!order)
		return ENOMEM;

	order->ears = ears;
	order->kind = kind;
	order->turn = ears->turn;
	if (set) {
		order->set = *set;
		order->denoise =
			set->filter >= DENOISE_FILTER ? ears->denoise : NULL;
	}
	err = tickbox_send(ears->prm.box, tick_order, order);
	if (err)
		mem_deref(order);

	return err;
}

static void tick_widen(void *arg)
{
	struct ears *ears = arg;

	ears_tick_widen(&ears->tick, ears, ears->wide);
}

int ears_widen(struct ears *ears)
{
	assert(!ears->wide);

	ears->wide = mem_zalloc(sizeof(*ears->wide), NULL);
	if (!ears->wide)
		return ENOMEM;

	return tickbox_send(ears->prm.box, tick_widen, ears);
}

/* --- sentences ------------------------------------------------------------ */

static void sentence_destructor(void *arg)
{
	struct sentence *sentence = arg;

	list_unlink(&sentence->le);
	mem_deref(sentence->stream);
}

/* Whoever calls holds a reference: the sink may have silenced us. */
static void drop(struct sentence *sentence)
{
	if (!sentence->le.list)
		return;

	if (sentence->ears->speaking == sentence)
		sentence->ears->speaking = NULL;
	list_unlink(&sentence->le);
	mem_deref(sentence);
}

static void begin_tell(struct sentence *sentence, uint64_t begin_ms)
{
	struct ears *ears = sentence->ears;

	sentence->has_begun = true;
	sentence->is.begin_ms = begin_ms;
	sentence->is.serial = ++ears->serial;
	ears->untold++;
	ears->sink.began(begin_ms, ears->serial, ears->sink.arg);
}

static void tell(struct sentence *sentence, int err)
{
	struct ears *ears = sentence->ears;

	if (!sentence->has_begun)
		return;

	sentence->has_begun = false;
	sentence->is.text = err ? "" : sentence->text;
	sentence->is.service = sentence->service;
	sentence->is.why = sentence->why;
	sentence->is.err = err;
	ears->untold--;
	ears->sink.heard(&sentence->is, ears->sink.arg);
}

static void text_add(struct sentence *sentence, const char *text)
{
	size_t n = strlen(sentence->text);

	if (n && *text && n + 1 < sizeof(sentence->text))
		sentence->text[n++] = ' ';
	(void)text_copy(sentence->text + n, sizeof(sentence->text) - n, text);
}

static void partial_handler(const char *text, void *arg)
{
	struct sentence *sentence = arg;
	const struct ears_sink *sink = &sentence->ears->sink;

	if (!*text)
		return;

	sentence->is_answering = true;
	mem_ref(sentence);
	if (!sentence->has_begun && sentence->mode == EARS_RECOGNISER)
		begin_tell(sentence, clock_ms());
	if (sentence->has_begun && sentence->le.list && sink->partial)
		sink->partial(text, sentence->is.begin_ms, sink->arg);
	mem_deref(sentence);
}

/* One phrase of many: the stream goes on. */
static void phrase_of_many(struct sentence *sentence,
                           const struct asr_phrase *phrase)
{
	if (!sentence->has_begun && !*phrase->text)
		return;

	if (!sentence->has_begun)
		begin_tell(sentence, sentence->opened_ms + phrase->begin_ms);
	if (!sentence->le.list)
		return;

	(void)text_copy(sentence->text, sizeof(sentence->text), phrase->text);
	sentence->is.end_ms = sentence->opened_ms + phrase->end_ms;
	tell(sentence, 0);
	sentence->text[0] = '\0';
}

static void phrase_handler(const struct asr_phrase *phrase, void *arg)
{
	struct sentence *sentence = arg;
	struct ears *ears = sentence->ears;
	bool is_growing = ears->speaking == sentence;

	if (phrase->service)
		(void)text_copy(sentence->service, sizeof(sentence->service),
		                phrase->service);

	sentence->is_answering = true;
	mem_ref(sentence);
	if (sentence->mode == EARS_RECOGNISER && is_growing) {
		phrase_of_many(sentence, phrase);
		goto out;
	}

	/* It found no begin before we asked for what there is. */
	if (!sentence->has_begun && *phrase->text)
		begin_tell(sentence, sentence->opened_ms + phrase->begin_ms);

	/* A service that cuts phrases by itself may be ahead of us. */
	text_add(sentence, phrase->text);
	if (is_growing && sentence->mode == EARS_LOCAL)
		goto out;

	if (is_growing) {
		sentence->is.end_ms = sentence->opened_ms + phrase->end_ms;
		ears->speaking = NULL;
		(void)order_send(ears, EARS_NEXT, NULL);
	}
	tell(sentence, 0);
	drop(sentence);

out:
	mem_deref(sentence);
}

static void trouble_handler(const char *why, void *arg)
{
	struct sentence *sentence = arg;

	(void)text_copy(sentence->why, sizeof(sentence->why), why);
}

/* One that closes whenever it is opened must not be opened ten times a
 * second. */
static bool is_short_lived(const struct sentence *sentence)
{
	return clock_ms() < sentence->opened_ms + STREAM_MS_MIN;
}

/* The end of its life: nothing of it is used after the sink was told. */
static void closed_handler(int err, void *arg)
{
	struct sentence *sentence = arg;
	struct ears *ears = sentence->ears;

	mem_ref(sentence);
	if (ears->speaking == sentence) {
		ears->speaking = NULL;
		ears->has_failed |= err || is_short_lived(sentence);
	}
	/* Nobody spoke, but somebody has to know. */
	if (err && !sentence->has_begun) {
		sentence->has_begun = true;
		sentence->is.begin_ms = clock_ms();
		sentence->is.serial = ++ears->serial;
		ears->untold++;
	}
	tell(sentence, err);
	drop(sentence);
	mem_deref(sentence);
}

static int sentence_begin(struct ears *ears, const struct ears_chunk *chunk)
{
	struct asr_sink sink = {
		.partial = partial_handler,
		.phrase = phrase_handler,
		.trouble = trouble_handler,
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
	sentence->mode = ears->mode;
	sentence->opened_ms = clock_ms() - chunk->n * 1000 / chunk->rate_hz;
	list_append(&ears->sentencel, &sentence->le, sentence);
	ears->speaking = sentence;

	mem_ref(sentence);
	ears->sink.expect(&prm, ears->sink.arg);
	sink.arg = sentence;
	err = asr_open(&sentence->stream, ears->prm.asr, &prm, &sink);
	if (sentence->mode != EARS_RECOGNISER)
		begin_tell(sentence, chunk->voice_ms);
	if (err && sentence->le.list)
		closed_handler(err, sentence);
	mem_deref(sentence);

	return 0;
}

/* What is left of the silence that a callee may hear: they waited already
 * while we were not sure that they had ended. */
static uint32_t answer_left_ms(const struct ears *ears, uint64_t end_ms)
{
	const uint64_t until_ms = end_ms + ears->prm.answer_ms;
	const uint64_t now_ms = clock_ms();

	return until_ms > now_ms + EARS_ANSWER_MS_MIN
	               ? (uint32_t)(until_ms - now_ms)
	               : EARS_ANSWER_MS_MIN;
}

static void sentence_end(struct ears *ears, uint64_t end_ms, bool is_too_long)
{
	struct sentence *sentence = ears->speaking;
	int err;

	ears->speaking = NULL;
	sentence->is.end_ms = end_ms;
	sentence->is.is_too_long = is_too_long;

	err = asr_finish(ears->prm.asr, sentence->stream,
	                 answer_left_ms(ears, end_ms));
	if (err)
		closed_handler(err, sentence);
}

/* A voice has been silent for longer than the recogniser may take to find that
 * out: it has told the phrase, or it is asked for it. */
static bool is_told(struct sentence *sentence)
{
	const bool was_answering = sentence->is_answering;

	sentence->is_answering = false;

	return sentence->mode == EARS_RECOGNISER && !sentence->has_begun &&
	       was_answering;
}

/* Where the recogniser finds the end, we still find what is too long. */
static bool is_too_long(const struct ears *ears)
{
	const struct sentence *sentence = ears->speaking;

	return sentence->mode == EARS_RECOGNISER && sentence->has_begun &&
	       ears->max_speech_ms &&
	       clock_ms() >= sentence->is.begin_ms + ears->max_speech_ms;
}

static void sound_tell(struct ears *ears, const struct ears_chunk *chunk)
{
	const struct sentence *sentence = ears->speaking;

	if (sentence->has_begun && ears->sink.sound)
		ears->sink.sound(sentence->is.serial, chunk->pcm, chunk->n,
		                 chunk->rate_hz, ears->sink.arg);
}

/* The recogniser may begin while we wait whether somebody goes on. */
static void pause_tell(struct ears *ears, const struct ears_chunk *chunk)
{
	struct sentence *sentence = ears->speaking;
	bool is_paused = chunk->silence_ms >= ears->pause_ms;

	if (is_paused && !sentence->is_paused && sentence->mode == EARS_LOCAL)
		asr_pause(sentence->stream);
	sentence->is_paused = is_paused;
}

static void chunk_take(struct ears *ears, const struct ears_chunk *chunk)
{
	bool is_first = chunk->is_first ||
	                (ears->mode == EARS_RECOGNISER && !ears->has_failed);

	if (is_first && !ears->speaking)
		(void)sentence_begin(ears, chunk);
	if (ears->speaking && chunk->n)
		sound_tell(ears, chunk);
	/* EAGAIN: this piece is lost, the sentence goes on. */
	if (ears->speaking && chunk->n)
		(void)asr_feed(ears->prm.asr, ears->speaking->stream,
		               chunk->pcm, chunk->n);
	if (ears->speaking && chunk->is_last && !is_told(ears->speaking))
		sentence_end(ears, chunk->voice_ms, chunk->is_too_long);
	else if (ears->speaking && is_too_long(ears))
		sentence_end(ears, clock_ms(), true);
	else if (ears->speaking)
		pause_tell(ears, chunk);
}

static void tick_chunk_free(void *arg)
{
	struct ears_chunk *chunk = arg;

	ears_tick_chunk_free(&chunk->ears->tick, chunk);
}

static void chunk_arrived(void *arg)
{
	struct ears_chunk *chunk = arg;
	struct ears *ears = chunk->ears;

	if (chunk->turn == ears->turn)
		chunk_take(ears, chunk);

	/* More letters than a box holds cannot be on the way. */
	(void)tickbox_send(ears->prm.box, tick_chunk_free, chunk);
}

/* --- listening ------------------------------------------------------------ */

bool ears_is_speech(const struct ears *ears)
{
	return ears->speaking && ears->speaking->has_begun;
}

bool ears_is_recognising(const struct ears *ears)
{
	return ears->untold > 0;
}

void ears_silence(struct ears *ears)
{
	/* Its end would be left to a recogniser that is not asked any more. */
	if (ears->speaking && ears->speaking->mode == EARS_LOCAL_START)
		(void)order_send(ears, EARS_END_HERE, NULL);

	/* What still comes of it has no sentence to go to. */
	ears->speaking = NULL;
	ears->untold = 0;
	list_flush(&ears->sentencel);
}

int ears_listen(struct ears *ears, const struct ears_set *set)
{
	struct ears_set to;

	ears->has_failed = false;
	if (!set) {
		ears_silence(ears);
		ears->turn++;
		return order_send(ears, EARS_DEAFEN, NULL);
	}

	to = *set;
	/* Without memory for it the level itself has to do. */
	if (to.filter >= DENOISE_FILTER && !ears->denoise)
		(void)denoise_alloc(&ears->denoise);
	if (!asr_has_endpoints(ears->prm.asr, set->services))
		to.mode = EARS_LOCAL;
	if (to.mode != ears->mode) {
		/* What began in the other way has no end in this one. */
		ears_silence(ears);
		ears->turn++;
	}
	ears->mode = to.mode;
	ears->max_speech_ms = to.endpoint.max_speech_ms;
	ears->pause_ms = to.endpoint.end_silence_ms / 2;
	if (ears->pause_ms > PAUSE_MS)
		ears->pause_ms = PAUSE_MS;

	return order_send(ears, EARS_HEAR, &to);
}

void ears_prefetch(const struct ears *ears)
{
	ears_tick_prefetch(&ears->tick);
}

bool ears_tick(struct ears *ears, const int16_t *in, size_t n, float played_db)
{
	return ears_tick_feed(&ears->tick, in, n, played_db);
}
