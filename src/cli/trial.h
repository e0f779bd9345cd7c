/*
 * cli/trial.h - one recogniser or voice, tried alone, with a watch in hand
 *
 * What `listen`, `say` and `doctor` share. Each call blocks until there is an
 * answer or the time is over.
 */
#pragma once

#include "cli/env.h"

enum {
	TRIAL_NEVER = -1, /* of a time: it did not come to that */
	TRIAL_TEXT_SIZE = 2048,
	TRIAL_WHY_SIZE = 512,
};

struct trial_hear_prm {
	const char *names; /* as program.recogniser */
	struct asr_prm hear;
	const int16_t *pcm;
	size_t count;
	uint32_t limit_ms; /* for the text, from the last sound */
};

struct trial_heard {
	char text[TRIAL_TEXT_SIZE]; /* "": nothing was understood */
	unsigned score;
	char service[ASR_NAME_SIZE];
	int connect_ms;           /* of TCP; NEVER: it is in this machine */
	int partial_ms;           /* from the first sound on */
	int final_ms;             /* from the last sound on */
	char why[TRIAL_WHY_SIZE]; /* of an error */
};

/* The sound is told as it would be spoken. An errno with why. */
int trial_hear(struct env *env, const struct trial_hear_prm *prm,
               struct trial_heard *heard);

struct trial_say_prm {
	const char *names; /* as voice.voices */
	struct voice_prm say;
	uint32_t rate_hz;
	uint32_t limit_ms;
};

struct trial_said {
	struct voice_sound *sound; /* the caller's to mem_deref() */
	int connect_ms;
	int first_ms; /* from the question on */
	int whole_ms;
	char why[TRIAL_WHY_SIZE];
};

/* Not from the cache: it is a trial. An errno with why. */
int trial_say(struct env *env, const struct trial_say_prm *prm,
              struct trial_said *said);

/* How long TCP takes to the first of the names; NEVER for what is in this
 * machine. On failure `why` says so and an errno is returned. */
int trial_connect(struct env *env, const char *names, int *msp,
                  char why[TRIAL_WHY_SIZE]);
