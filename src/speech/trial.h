/*
 * speech/trial.h - one recogniser or voice, tried alone, with a watch in hand
 *
 * What `dialwright listen`, `say`, `doctor` and the API share. A trial has
 * engines of its own: nothing comes from the cache, nobody else takes the place
 * of a service that fails. Free it with mem_deref() to be silent.
 *
 * Threads: the control loop; handlers never come from inside of a call here.
 */
#pragma once

#include "speech/asr.h"
#include "speech/voice.h"

enum {
	TRIAL_NEVER = -1, /* of a time: it did not come to that */
	TRIAL_TEXT_SIZE = 2048,
	TRIAL_WHY_SIZE = 512,
};

/* What it is made from; all outlive it. */
struct trial_make {
	const struct cfg *cfg;
	struct work_pool *pool;
	struct httpc *http;
};

/* --- a phrase ------------------------------------------------------------- */

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

/* Once; heard lives as long as the trial. */
typedef void(trial_heard_h)(int err, const struct trial_heard *heard,
                            void *arg);

/* The sound is told as it would be spoken. What prm points at outlives the
 * trial. */
struct trial_hear;
int trial_hear(struct trial_hear **trialp, const struct trial_make *make,
               const struct trial_hear_prm *prm, trial_heard_h *done,
               void *arg);

/* --- a text --------------------------------------------------------------- */

struct trial_say_prm {
	const char *names; /* as voice.voices */
	struct voice_prm say;
	uint32_t rate_hz;
	uint32_t limit_ms;
};

struct trial_said {
	struct voice_sound *sound; /* of the trial; NULL: none */
	int connect_ms;
	int first_ms; /* from the question on */
	int whole_ms;
	char why[TRIAL_WHY_SIZE];
};
typedef void(trial_said_h)(int err, const struct trial_said *said, void *arg);

struct trial_say;
int trial_say(struct trial_say **trialp, const struct trial_make *make,
              const struct trial_say_prm *prm, trial_said_h *done, void *arg);

/* --- the way there -------------------------------------------------------- */

/* ms: how long TCP took to the first of the names; TRIAL_NEVER for what is in
 * this machine. why: of an error. */
typedef void(trial_knocked_h)(int err, int ms, const char *why, void *arg);

struct trial_knock;
int trial_knock(struct trial_knock **knockp, const struct trial_make *make,
                const char *names, trial_knocked_h *done, void *arg);
