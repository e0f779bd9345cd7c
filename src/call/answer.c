/*
 * call/answer.c - the detectors of who answered, on both sides of the mailbox
 *
 * The tick owns a watch from the letter that brings it to its last tick;
 * control reads it again after that only. Letters to control are made with the
 * watch, since a tick takes no memory: there are as many as there can be news.
 */
#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include "base/mem.h"
#include "call/answer.h"

enum {
	WATCHES = 2, /* early, answered */
	LETTERS = 8, /* changes of class, and ready */
	WORDS = 16,  /* phrases of a call that say who answered */
};

struct watch;

/* From the tick: what it found. */
struct letter {
	struct watch *watch;
	unsigned news;
	struct who_features features;
};

struct watch {
	struct answer *answer;
	struct who *who;
	bool is_early;
	struct letter letterv[LETTERS];
	size_t letterc; /* used */
};

/* To the tick: what was understood. */
struct words {
	struct watch *watch;
	enum who_class class;
};

struct answer {
	struct tickbox *box;
	struct who_prm prm;
	struct answer_sink sink;
	struct watch *watchv[WATCHES];
	size_t watchc;
	struct words wordsv[WORDS];
	size_t wordsc;          /* used */
	struct watch *watching; /* NULL: nothing is told */
	atomic_bool is_stopped; /* the tick may save its work */

	/* the tick's */
	struct watch *ticking;
	struct halfband in_down, out_down;
};

static void watch_destructor(void *arg)
{
	struct watch *watch = arg;

	mem_deref(watch->who);
}

static void destructor(void *arg)
{
	struct answer *answer = arg;

	for (size_t i = 0; i < answer->watchc; i++)
		mem_deref(answer->watchv[i]);
	mem_deref(answer->box);
}

int answer_alloc(struct answer **answerp, struct tickbox *box,
                 const struct who_prm *prm, const struct answer_sink *sink)
{
	struct answer *answer;

	assert(answerp && box && prm && sink && sink->decided && sink->ready);

	answer = mem_zalloc(sizeof(*answer), destructor);
	if (!answer)
		return ENOMEM;

	answer->box = mem_ref(box);
	answer->prm = *prm;
	answer->sink = *sink;
	atomic_init(&answer->is_stopped, false);
	*answerp = answer;

	return 0;
}

/* --- watching ---------------------------------------------------------------
 */

static void tick_watch(void *arg)
{
	struct watch *watch = arg;

	watch->answer->ticking = watch;
}

static void watch_left(void *arg)
{
	struct watch *watch = arg;

	who_rest(watch->who);
	mem_deref(watch);
}

static void tick_leave(void *arg)
{
	struct watch *watch = arg;

	if (watch->answer->ticking == watch)
		watch->answer->ticking = NULL;
	(void)tickbox_report(watch_left, watch);
}

void answer_stop(struct answer *answer)
{
	struct watch *watch = answer->watching;

	answer->watching = NULL;
	atomic_store(&answer->is_stopped, true);

	/* Its tone detectors are a tenth of a call's memory. */
	if (watch && tickbox_send(answer->box, tick_leave, mem_ref(watch)))
		mem_deref(watch);
}

int answer_watch(struct answer *answer, bool is_early)
{
	struct watch *watch;
	int err;

	assert(answer->watchc < WATCHES);

	answer_stop(answer);

	watch = mem_zalloc(sizeof(*watch), watch_destructor);
	if (!watch)
		return ENOMEM;

	watch->answer = answer;
	watch->is_early = is_early;
	err = who_alloc(&watch->who, &answer->prm, is_early);
	if (!err)
		err = tickbox_send(answer->box, tick_watch, watch);
	if (err) {
		mem_deref(watch);
		return err;
	}

	answer->watchv[answer->watchc++] = watch;
	answer->watching = watch;
	atomic_store(&answer->is_stopped, false);

	return 0;
}

bool answer_is_watching(const struct answer *answer)
{
	return answer->watching != NULL;
}

const struct who_features *answer_features(const struct answer *answer,
                                           bool *is_earlyp)
{
	const struct watch *watch;

	if (!answer->watchc)
		return NULL;

	watch = answer->watchv[answer->watchc - 1];
	*is_earlyp = watch->is_early;

	return who_features(watch->who);
}

/* --- letters ----------------------------------------------------------------
 */

static void letter_arrived(void *arg)
{
	const struct letter *letter = arg;
	struct answer *answer = letter->watch->answer;

	if (answer->watching == letter->watch && letter->news & WHO_DECIDED)
		answer->sink.decided(&letter->features, answer->sink.arg);
	if (answer->watching == letter->watch && letter->news & WHO_READY)
		answer->sink.ready(answer->sink.arg);
}

static void tick_tell(struct watch *watch, unsigned news)
{
	struct letter *letter;

	if (!news || watch->letterc == LETTERS)
		return;

	letter = &watch->letterv[watch->letterc++];
	letter->watch = watch;
	letter->news = news;
	letter->features = *who_features(watch->who);
	(void)tickbox_report(letter_arrived, letter);
}

static void tick_words(void *arg)
{
	const struct words *words = arg;
	struct watch *watch = words->watch;

	if (watch->answer->ticking == watch)
		tick_tell(watch, who_words(watch->who, words->class));
}

void answer_words(struct answer *answer, enum who_class class)
{
	struct words *words;

	if (!answer->watching || answer->wordsc == WORDS)
		return;

	words = &answer->wordsv[answer->wordsc++];
	words->watch = answer->watching;
	words->class = class;
	(void)tickbox_send(answer->box, tick_words, words);
}

void answer_tick(struct answer *answer, const int16_t *in, const int16_t *out,
                 size_t n, bool is_recording)
{
	struct watch *watch = answer->ticking;
	int16_t inv[WHO_FRAME], outv[WHO_FRAME];

	if (!watch ||
	    atomic_load_explicit(&answer->is_stopped, memory_order_relaxed))
		return;
	/* From the recording's first sample on, so that it can be tried again
	 * on the recording. */
	if (!watch->is_early && !is_recording)
		return;

	assert(n == WHO_FRAME || n == 2 * WHO_FRAME);
	if (n > WHO_FRAME) {
		if (in)
			halfband_down(&answer->in_down, inv, in, WHO_FRAME);
		halfband_down(&answer->out_down, outv, out, WHO_FRAME);
		in = in ? inv : NULL;
		out = outv;
	}
	tick_tell(watch, who_feed(watch->who, in, out));
}
