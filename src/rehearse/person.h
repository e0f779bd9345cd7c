/*
 * rehearse/person.h - a simulated person as data
 *
 * Private to rehearse/ and its tests. Read from the people file; only `sound`
 * is added later, by people_prepare(). Nothing here changes while calls go on.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "rehearse/keys.h"
#include "rehearse/noise.h"
#include "speech/voice.h"

enum {
	PERSON_MOVES_MAX = 200, /* longer than any conversation */
	PERSON_TEXT_MAX = 1000, /* bytes of one text: a minute of speech */
	PERSON_VARS_MAX = 100,  /* columns of a list */
	PERSON_ECHO_MAX_MS = 500,
};

/* One turn of a person. What is set happens in the order of the members. */
struct move {
	uint32_t wait_ms; /* thinking, before anything else */

	/* Does not wait for the robot to end, but starts when it has spoken
	 * for that long. */
	uint32_t interrupt_ms;
	bool has_interrupt;

	bool is_silence; /* lets the turn pass */
	bool has_noise;  /* from now on to the end of the call */
	enum noise_kind noise;
	int noise_db; /* of full scale */

	struct voice_sound *tone; /* NULL: none */
	char *say;                /* NULL: nothing */
	uint32_t talk_ms;         /* says it again and again for that long */
	bool has_beep;            /* of an answering machine */
	char *keys;               /* NULL: none */
	bool has_hangup;

	struct voice_sound *sound; /* of `say`, NULL before people_prepare() */
};

struct person_var {
	char *name;
	char *value;
};

struct person {
	char *number; /* '?' stands for any one character */
	char *name;
	char *about;
	char *voice;
	char *lang;
	char *truth;
	char *outcome;

	uint32_t ring_ms; /* before the answer or refusal */
	unsigned refuse;  /* SIP code, 0: answers */
	uint32_t retry_after_s;
	bool is_never_answering;

	uint32_t turn_ms;    /* silence of the robot that makes it their turn */
	struct move *early;  /* while it rings (183), NULL: nothing is heard */
	bool is_early_gated; /* not before a packet of the caller came */
	uint32_t echo_ms; /* their handset gives back what it hears, 0: not */
	int echo_db;
	struct move *pickup; /* at once after the answer, NULL: listens */
	struct move *movev;
	size_t movec;
	bool is_repeating; /* the last move, for ever; else silence */

	struct person_var *varv;
	size_t varc;
};

/* Reads one entry of the file into zeroed memory. On failure too person must
 * go through person_clear(). Returns EINVAL with the reader's fault, ENOMEM. */
int person_read(struct keys_reader *reader, const json_t *value,
                struct person *person);

/* Lets go of everything in it, but not of itself. */
void person_clear(struct person *person);
