/*
 * call/ears_tick.h - the half of the ears that lives in the tick
 *
 * Private to ears. A chunk goes to and fro: filled in the tick, reported to
 * the control loop, sent back empty. A call has a fixed number of them; while
 * none is free the sound is dropped and counted, the tick never allocates or
 * waits.
 */
#pragma once

#include "call/ears.h"
#include "media/denoise.h"
#include "media/vad.h"

enum {
	EARS_CHUNK_SAMPLES = AUDIO_WIDE_HZ / 20,
	EARS_CHUNKS = 8,      /* 0.8 s at 8 kHz: a pre-roll, and a late loop */
	EARS_CHUNKS_MORE = 8, /* as long at 16 kHz */
	EARS_ANSWER_MS_MIN = 500, /* however long the end took to be found */
	EARS_PREROLL_MS = 600,
	EARS_PREROLL_SAMPLES = AUDIO_NARROW_HZ / 1000 * EARS_PREROLL_MS,
	EARS_PREROLL_SAMPLES_WIDE = AUDIO_WIDE_HZ / 1000 * EARS_PREROLL_MS,
};

struct ears_chunk {
	struct ears *ears;
	struct ears_chunk *next; /* of the free ones, the tick's */
	bool is_first, is_last, is_too_long;
	uint64_t voice_ms;   /* first: when the voice began; last: when it
	                      * ended */
	uint32_t silence_ms; /* since the last voice, at its end */
	uint32_t turn;       /* of listening: chunks of an old one are stale */
	uint32_t rate_hz;
	size_t n;
	int16_t pcm[EARS_CHUNK_SAMPLES];
};

/* What a conversation at 16 kHz needs besides. */
struct ears_wide {
	int16_t prerollv[EARS_PREROLL_SAMPLES_WIDE];
	struct ears_chunk chunkv[EARS_CHUNKS_MORE];
};

/* An order for the tick, which frees it. */
struct ears_order {
	struct ears *ears;
	enum ears_order_kind {
		EARS_HEAR, /* like `set`, and not a stale turn's speech */
		EARS_DEAFEN,
		EARS_NEXT,     /* the recogniser found the end of a sentence */
		EARS_END_HERE, /* of this one, by the silence behind it */
	} kind;
	struct ears_set set;
	struct denoise *denoise;
	uint32_t turn;
};

struct ears_tick {
	mailbox_h *arrived; /* gets a chunk, on the control loop */
	uint32_t preroll_ms;
	uint32_t answer_ms;
	uint32_t rate_hz; /* 0: no tick yet */
	struct vad vad;
	struct denoise *denoise; /* the ears'; NULL until it is asked for */
	struct endpoint endpoint;
	struct ears_set set;
	bool is_listening;
	bool is_ending; /* the last chunk of a sentence waits for a free one */
	bool is_too_long;
	uint64_t voice_end_ms;
	uint32_t turn;
	int16_t *prerollv; /* the latest, a ring */
	size_t preroll_size, preroll;
	struct ears_chunk *filling;
	struct ears_chunk *freep;
	uint64_t dropped_ms;
	int16_t narrowv[EARS_PREROLL_SAMPLES];
	struct ears_chunk chunkv[EARS_CHUNKS];
};

/* Zeroed memory, before the first tick. */
void ears_tick_init(struct ears_tick *et, struct ears *ears,
                    const struct ears_prm *prm, mailbox_h *arrived);

/* In the tick: wide stays the caller's and outlives it. */
void ears_tick_widen(struct ears_tick *et, struct ears *ears,
                     struct ears_wide *wide);

/* In the tick; prefetch before the rest of it, so that the memory has time to
 * come. */
void ears_tick_prefetch(const struct ears_tick *et);
void ears_tick_order(struct ears_tick *et, const struct ears_order *order);
void ears_tick_chunk_free(struct ears_tick *et, struct ears_chunk *chunk);
bool ears_tick_feed(struct ears_tick *et, const int16_t *in, size_t n,
                    float played_db);
