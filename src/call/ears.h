/*
 * call/ears.h - finds sentences in what a leg hears and has them recognised
 *
 * The tick half decides by energy when somebody speaks and sends the sound in
 * chunks, a little of before included; the control half feeds them to a
 * recogniser's stream, one per sentence.
 *
 * Threads: everything on the control loop, except ears_tick().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "call/tickbox.h"
#include "media/endpoint.h"
#include "speech/asr.h"

struct ears;

/* One sentence, as it was understood. Times are clock_ms(). */
struct ears_sentence {
	const char *text;  /* "": heard, not understood */
	uint64_t begin_ms; /* the first sound */
	uint64_t end_ms;   /* the last sound */
	bool is_too_long;  /* cut at max_speech_ms, still speaking */
	int err;           /* of the recogniser; text is "" then */
};

struct ears_sink {
	/* Somebody began to speak; fills what the recogniser should expect. */
	void (*began)(uint64_t begin_ms, struct asr_prm *prm, void *arg);
	void (*partial)(const char *text, uint64_t begin_ms, void *arg);
	void (*heard)(const struct ears_sentence *sentence, void *arg);
	void *arg;
};

struct ears_prm {
	struct tickbox *box;
	struct asr *asr;
	uint32_t preroll_ms; /* sound from before the first voice */
	float margin_db;     /* voice is so much over the floor */
	float echo_db;       /* our own voice comes back so much weaker */
};

int ears_alloc(struct ears **earsp, const struct ears_prm *prm,
               const struct ears_sink *sink);

/* Listens from now on with these limits; NULL: not at all, and a sentence
 * under way is dropped. */
int ears_listen(struct ears *ears, const struct endpoint_prm *prm);

/* Somebody is speaking now, or was and is still being recognised. */
bool ears_is_speech(const struct ears *ears);
bool ears_is_recognising(const struct ears *ears);

/* Forgets what is being recognised: nothing more is told. */
void ears_silence(struct ears *ears);

/* n samples received (NULL: none) and sent, a tick at the rate of the
 * conversation. A sentence under way ends where that changes. */
void ears_tick(struct ears *ears, const int16_t *in, const int16_t *out,
               size_t n);
