/*
 * proxy/hark.h - sound that somebody sends, cut into phrases and recognised
 *
 * Pieces are taken up at a limited pace, so that a file sent at once becomes
 * phrases as if it were spoken fast; voice activity finds the phrases, and
 * nothing is asked of a recogniser while nobody speaks. Private to proxy/.
 *
 * Threads: the control loop.
 */
#pragma once

#include "speech/asr.h"

struct hark;

struct hark_prm {
	struct asr *asr;
	const struct asr_prm *hear; /* language, words; copied by asr_open():
	                               its texts outlive the hark */
	uint32_t rate_hz;           /* of what is fed, 8000 to 48000 */
	unsigned speed;             /* times as fast as it is spoken */
	uint32_t answer_ms;         /* for the text of a phrase */
	uint32_t silence_ms;        /* that ends a phrase */
};

/* `ended` and `taken` may free the hark. */
struct hark_sink {
	void (*began)(uint32_t at_ms, void *arg); /* since the first sample */
	void (*partial)(const char *text, void *arg);
	void (*final)(const struct asr_phrase *phrase, void *arg);
	void (*trouble)(const char *why, void *arg);
	void (*taken)(void *arg); /* once for each piece */
	void (*ended)(void *arg); /* after hark_end(): all is told */
	void *arg;
};

enum {
	HARK_WAITING_S = 20, /* sound that waits: then the client has to */
};

int hark_alloc(struct hark **harkp, const struct hark_prm *prm,
               const struct hark_sink *sink);

/* One piece of 16-bit little-endian samples. ENOMEM. */
int hark_feed(struct hark *hark, const void *data, size_t bytes);

/* More waits than may. */
bool hark_is_full(const struct hark *hark);

uint64_t hark_fed_ms(const struct hark *hark); /* all so far */

/* Nothing more comes: what is under way is told, then `ended`. */
void hark_end(struct hark *hark);
