/*
 * speech/decoder.h - hears one phrase, guided by the answers expected
 *
 * A decoder takes 50 ms and 8 MB to make, so there is one per queue of the
 * worker pool, not one per call. It makes itself ready at its first use.
 *
 * Threads: one at a time; several decoders run side by side.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "speech/asked.h"
#include "speech/grammar.h"
#include "speech/judge.h"
#include "speech/level.h"
#include "speech/wordbook.h"

enum {
	DECODER_TEXT_SIZE = 512,
	DECODER_MODEL_SIZE = 4096,
};

struct decoder_prm {
	char model[DECODER_MODEL_SIZE];      /* folder of the acoustic model */
	char dictionary[DECODER_MODEL_SIZE]; /* its pronunciations */
	struct grammar_rule rule;
	size_t grammars_max;         /* compiled and kept */
	const struct wordbook *book; /* the caller's, outlives it; or NULL */
};

struct decoder;

struct decoder_sound {
	const int16_t *pcm;
	size_t count;
	uint32_t rate_hz;
	/* Another thread may set it: then the next search is not begun.
	 * NULL: nobody does. */
	const atomic_bool *is_unwanted;
};

struct decoder_heard {
	bool is_speech; /* false: nobody spoke; the rest is empty */
	char text[DECODER_TEXT_SIZE]; /* "": spoke, but none of the hints */
	unsigned score;               /* percent; 0: nothing was found */
	struct judge_evidence evidence;
	uint32_t begin_ms; /* of the speech in the sound */
	uint32_t end_ms;
};

int decoder_alloc(struct decoder **decp, const struct decoder_prm *prm);

/* Compiles the grammar of a question that will come. */
int decoder_prepare(struct decoder *dec, const struct asked *q);

/* Pure: where the speech of a phrase is; begin == end: nobody spoke. */
void decoder_span(struct level_span *span, const int16_t *pcm, size_t count,
                  uint32_t rate_hz);

/* Recognises one phrase. Returns ENOENT when the model cannot be loaded (or
 * espeak-ng is missing, which says how other languages than English sound),
 * ENOMEM, EPROTO when the engine refuses, ECANCELED when it became unwanted. */
int decoder_run(struct decoder *dec, struct decoder_heard *heard,
                const struct asked *q, const struct decoder_sound *sound);
