/*
 * speech/decoder.h - one pocketsphinx decoder and the grammars it knows
 *
 * All of pocketsphinx' interface is used in decoder.c alone. A decoder takes
 * 25 ms and 4 MB to make, so there is one per queue of the worker pool, not
 * one per call. It makes itself ready at its first use.
 *
 * Threads: one at a time; several decoders run side by side.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "speech/grammar.h"

enum {
	DECODER_RATE_HZ = 16000,
	DECODER_TEXT_SIZE = 512,
	DECODER_MODEL_SIZE = 4096,
};

struct decoder_prm {
	char model[DECODER_MODEL_SIZE];      /* folder of the acoustic model */
	char dictionary[DECODER_MODEL_SIZE]; /* its pronunciations */
	struct grammar_rule rule;
	size_t grammars_max; /* compiled and kept */
};

struct decoder;

/* One question: the hints, each NUL-terminated, one behind the other. */
struct decoder_question {
	char *hints;
	size_t size;
};

struct decoder_heard {
	bool is_speech; /* false: nobody spoke; the rest is empty */
	char text[DECODER_TEXT_SIZE]; /* "": spoke, but none of the hints */
	unsigned score;
	uint32_t begin_ms; /* of the speech in the sound */
	uint32_t end_ms;
};

int decoder_alloc(struct decoder **decp, const struct decoder_prm *prm);

/* Compiles the grammar of a question that will come. */
int decoder_prepare(struct decoder *dec, const struct decoder_question *q);

/* Recognises one phrase. Returns ENOENT when the model cannot be loaded,
 * ENOMEM, EPROTO when the engine refuses. */
int decoder_run(struct decoder *dec, struct decoder_heard *heard,
                const struct decoder_question *q, const int16_t *pcm,
                size_t count, uint32_t rate_hz);
