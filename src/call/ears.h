/*
 * call/ears.h - finds sentences in what a leg hears and has them recognised
 *
 * The tick half (ears_tick.h) decides by energy when somebody speaks and sends
 * the sound in chunks, a little of before included; the control half feeds
 * them to a recogniser's stream, one per sentence. Where the settings leave
 * begin or end of speech to the recogniser (C033), a stream reports them.
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

/* vad_mode (C033): who finds where speech begins and ends. */
enum ears_mode {
	EARS_LOCAL = 0,      /* we do, both */
	EARS_RECOGNISER = 1, /* the recogniser does, both */
	EARS_LOCAL_START = 2,
};

/* How to listen. */
struct ears_set {
	enum ears_mode mode;
	struct endpoint_prm endpoint;
	float filter;         /* vad_filter, 0 to 1 */
	const char *services; /* who listens, as in asr_prm */
};

/* One sentence, as it was understood. Times are clock_ms(). */
struct ears_sentence {
	uint32_t serial;     /* in this call, from 1 */
	const char *text;    /* "": heard, not understood */
	uint64_t begin_ms;   /* the first sound */
	uint64_t end_ms;     /* the last sound */
	bool is_too_long;    /* cut at max_speech_ms, still speaking */
	int err;             /* of the recogniser; text is "" then */
	const char *why;     /* it failed, in words; "" unknown */
	const char *service; /* who heard it, "" nobody */
};

struct ears_sink {
	/* A stream is opened: what the recogniser should expect. */
	void (*expect)(struct asr_prm *prm, void *arg);
	/* Somebody began to speak. */
	void (*began)(uint64_t begin_ms, uint32_t serial, void *arg);
	/* More of the sentence that grows; may be NULL. */
	void (*sound)(uint32_t serial, const int16_t *pcm, size_t n,
	              uint32_t rate_hz, void *arg);
	void (*partial)(const char *text, uint64_t begin_ms, void *arg);
	void (*heard)(const struct ears_sentence *sentence, void *arg);
	void *arg;
};

struct ears_prm {
	struct tickbox *box;
	struct asr *asr;
	uint32_t preroll_ms; /* sound from before the first voice */
	uint32_t answer_ms;  /* for a text, from the last sound of the phrase;
	                      * what needs longer has failed */
	float margin_db;     /* voice is so much over the floor */
	float echo_db;       /* our own voice comes back so much weaker */
};

int ears_alloc(struct ears **earsp, const struct ears_prm *prm,
               const struct ears_sink *sink);

/* Once, before the conversation is one at 16 kHz. Without memory for it the
 * first word of a sentence may be clipped. */
int ears_widen(struct ears *ears);

/* Listens from now on like this; NULL: not at all, and a sentence under way is
 * dropped. A mode that the recogniser cannot serve is EARS_LOCAL. */
int ears_listen(struct ears *ears, const struct ears_set *set);

/* Somebody is speaking now, or was and is still being recognised. */
bool ears_is_speech(const struct ears *ears);
bool ears_is_recognising(const struct ears *ears);

/* Forgets what is being recognised: nothing more is told. */
void ears_silence(struct ears *ears);

/* Before ears_tick(): asks for its memory. */
void ears_prefetch(const struct ears *ears);

/* n samples received (NULL: none), a tick at the rate of the conversation, and
 * the level of what was sent in the tick before. Whether somebody just began to
 * speak. A sentence under way ends where the rate changes. */
bool ears_tick(struct ears *ears, const int16_t *in, size_t n, float played_db);
