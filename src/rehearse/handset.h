/*
 * rehearse/handset.h - the audio half of a person
 *
 * Pure: hears the robot by the energy of what comes in, lets the behaviour
 * decide, and plays the sounds of its moves over the noise around. Its owner
 * feeds it the ticks of a leg's audio; it neither allocates nor blocks.
 */
#pragma once

#include "media/halfband.h"
#include "phone/phone.h"
#include "rehearse/behaviour.h"

enum {
	HANDSET_RATE_HZ = NOISE_RATE_HZ, /* of all its sounds but speech */
	HANDSET_WIDE_HZ = 2 * HANDSET_RATE_HZ,
	HANDSET_NOISE_SAMPLES = 5 * HANDSET_RATE_HZ, /* then from the start */
	HANDSET_BEEP_SAMPLES = HANDSET_RATE_HZ * 2 / 5,
	HANDSET_ECHO_SAMPLES = HANDSET_RATE_HZ / 1000 * PERSON_ECHO_MAX_MS,
};

/* The sounds that all persons share; never changes once made. */
struct handset_sounds {
	int16_t noisev[NOISE_KINDS][HANDSET_NOISE_SAMPLES];
	int16_t beepv[HANDSET_BEEP_SAMPLES];
};

struct handset {
	struct behaviour behaviour;
	const struct handset_sounds *sounds;

	const int16_t *pcm; /* sounding now */
	size_t count;
	size_t at;
	uint32_t rate_hz; /* of it, the narrow one or the wide one */
	struct halfband heard_down, speech_down, up;

	const int16_t *noise; /* NULL: quiet around */
	uint32_t noise_gain;
	size_t noise_at;

	uint32_t echo_gain; /* 0: none; else in 1/65536 */
	size_t echo_delay;  /* samples */
	size_t echo_at;
	int16_t echov[HANDSET_ECHO_SAMPLES]; /* what was heard */
};

/* Fills the shared sounds. */
void handset_sounds_make(struct handset_sounds *sounds);

/* At the answer or, with a person that sounds while it rings, before it: see
 * behaviour_init(). Person and sounds must live as long. noise_at: where in the
 * noise this call begins, so that calls do not sound alike. */
void handset_init(struct handset *handset, const struct person *person,
                  const struct handset_sounds *sounds, size_t noise_at);

/* From the tick: they answer. */
void handset_answer(struct handset *handset);

/* Handles one tick of 20 ms. Returns what is not audio and remains to be
 * done: BEHAVIOUR_KEYS (of handset->behaviour.move), BEHAVIOUR_HANGUP, or
 * BEHAVIOUR_NOTHING. */
enum behaviour_act handset_tick(struct handset *handset,
                                struct phone_tick *tick);
