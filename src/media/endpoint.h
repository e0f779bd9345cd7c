/*
 * media/endpoint.h - where a sentence begins and ends
 *
 * Pure: one call per 20 ms frame with what voice activity says of it. Speech
 * starts after enough voice (a click is none), ends after enough silence, or
 * when it has gone on for too long.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct endpoint_prm {
	uint32_t min_active_ms;  /* voice before it is speech */
	uint32_t end_silence_ms; /* silence before it is over */
	uint32_t max_speech_ms;  /* 0: without limit */
};

enum endpoint_event {
	ENDPOINT_NONE,
	ENDPOINT_START,
	ENDPOINT_END,      /* silent for long enough */
	ENDPOINT_TOO_LONG, /* still speaking at the limit; idle again */
};

/* Belongs to whoever embeds it; all zero is idle. */
struct endpoint {
	struct endpoint_prm prm;
	bool is_speech;
	bool was_voiced;
	uint32_t active_ms;  /* idle: voice seen, less silence since */
	uint32_t onset_ms;   /* since the first voice of it */
	uint32_t silence_ms; /* in speech: since the last voice */
};

void endpoint_init(struct endpoint *ep, const struct endpoint_prm *prm);

/* Other limits from now on; speech under way stays speech. */
void endpoint_set(struct endpoint *ep, const struct endpoint_prm *prm);

/* One frame. With ENDPOINT_START, endpoint_onset_ms() tells how long ago the
 * voice began. */
enum endpoint_event endpoint_feed(struct endpoint *ep, bool is_voiced);

/* Length so far: since the first voice, the silence at its end included. */
uint32_t endpoint_onset_ms(const struct endpoint *ep);
