/*
 * call/answer.h - the detectors of who answered, on both sides of the mailbox
 *
 * The tick half feeds media/who.h; what it finds comes by letter. A watch is
 * one such object: a call has one while it rings with early media, and one
 * from the answer on.
 *
 * Threads: everything on the control loop, except answer_tick().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "call/tickbox.h"
#include "media/halfband.h"
#include "media/who.h"

struct answer;

struct answer_sink {
	/* The class, which may be told again when it changes. */
	void (*decided)(const struct who_features *features, void *arg);
	void (*ready)(void *arg); /* the machine listens now */
	void *arg;
};

int answer_alloc(struct answer **answerp, struct tickbox *box,
                 const struct who_prm *prm, const struct answer_sink *sink);

/* Watches from the next tick on; what was watched before is over. */
int answer_watch(struct answer *answer, bool is_early);

/* Nothing more is told or watched. */
void answer_stop(struct answer *answer);
bool answer_is_watching(const struct answer *answer);

/* A phrase of this class was understood. */
void answer_words(struct answer *answer, enum who_class class);

/* After the last tick: what the last watch was made of. NULL: there was none.
 * is_earlyp: nobody had answered yet. */
const struct who_features *answer_features(const struct answer *answer,
                                           bool *is_earlyp);

/* n samples of a tick received (NULL: none) and sent, at 8000 or 16000 Hz. A
 * watch of an answered call begins with the first tick that is_recording. */
void answer_tick(struct answer *answer, const int16_t *in, const int16_t *out,
                 size_t n, bool is_recording);
