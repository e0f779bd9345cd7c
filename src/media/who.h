/*
 * media/who.h - who answered: one decision from rhythm, tones and words
 *
 * Pure. Gets every 20 ms of a call what came in and what we sent, and from
 * time to time what the recogniser understood; the same frames and words give
 * the same decision, bit for bit, which is how a stored one is tried again.
 *
 * The rhythm is app_amd's (media/amd.h), with its parameters. Its word for a
 * machine is taken for a suspicion: a human stops when nobody answers, a
 * greeting goes on to confirm_ms of voice. Silence at the beginning is no
 * machine: people listen to what we say. Unsure counts as human.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/amd.h"
#include "media/tones.h"
#include "media/vad.h"

enum {
	WHO_RATE_HZ = 8000,
	WHO_FRAME = WHO_RATE_HZ / 50,
	WHO_FRAME_MS = 20,
};

enum who_class {
	WHO_UNKNOWN, /* not yet */
	WHO_HUMAN,
	WHO_UNSURE, /* time is up: counts as human */
	WHO_MACHINE,
	WHO_FAX,
	WHO_ANNOUNCEMENT, /* of the network: tones or words */
	WHO_SCREENING,    /* an assistant asks who calls and why */
	WHO_CLASSES,
};

const char *who_name(enum who_class class); /* "machine" */

struct who_prm {
	struct amd_prm amd;
	uint32_t confirm_ms;     /* of voice: surely a greeting */
	uint32_t end_silence_ms; /* behind a greeting without a beep */
	uint32_t watch_ms;       /* tones count so long; then a machine
	                          * listens in any case */
	const char *countries;   /* tones_alloc() */
	struct vad_prm vad;
};

extern const struct who_prm who_defaults;

/* What the decision is made of, and what is stored with it. */
struct who_features {
	enum who_class class;
	const char *cause; /* "greeting", "beep", "words", "SIT vacant code" */
	float confidence;  /* 0..1 */
	uint32_t decide_ms;
	uint32_t initial_silence_ms;
	uint32_t voice_ms; /* until it was decided */
	uint32_t words;
	enum amd_verdict amd; /* of app_amd alone */
	uint32_t amd_ms;
	int tone; /* enum tones_kind of the last one, -1: none */
	uint32_t beep_ms;
	float beep_hz;
	uint32_t beep_end_ms;
	enum who_class words_class; /* WHO_UNKNOWN: none understood */
	uint32_t words_ms;
};

struct who;

/* is_early: the network sounds, nobody has answered: rhythm says nothing. */
int who_alloc(struct who **whop, const struct who_prm *prm, bool is_early);

enum who_news {
	WHO_NO_NEWS = 0,
	WHO_DECIDED = 1, /* class of the features; may come again */
	WHO_READY = 2,   /* a machine listens now: beep or silence */
};

/* A frame of WHO_FRAME samples at WHO_RATE_HZ; in = NULL: nothing came.
 * Returns enum who_news, several as a sum. Takes no memory. */
unsigned who_feed(struct who *who, const int16_t *in, const int16_t *out);

/* A phrase of this class was understood. */
unsigned who_words(struct who *who, enum who_class class);

/* Nothing will be fed any more: lets go of all but the features. */
void who_rest(struct who *who);

const struct who_features *who_features(const struct who *who);
