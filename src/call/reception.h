/*
 * call/reception.h - who answered, and what a call does about it
 *
 * Private to call/. The detectors say a class (call/answer.h), the recogniser
 * phrases (call/sayings.h); section [answer] says what follows from them. An
 * author takes over by a global flow whose `complete` condition names MACHINE
 * (an answering machine listens now) or SCREENING (an assistant has asked).
 *
 * Threads: the control loop.
 */
#pragma once

#include <stdbool.h>
#include <jansson.h>

#include "base/mem.h"
#include "call/sayings.h"
#include "speech/asr.h"
#include <re_tmr.h>

struct call;
struct calls;
struct cfg;

enum {
	RECEPTION_PHRASE_SIZE = 128,
	RECEPTION_HINTS_MAX = 1500,
};

enum reception_do {
	RECEPTION_TALK,   /* as to a human */
	RECEPTION_SCRIPT, /* the script's global flow; without one, hang up */
	RECEPTION_HANGUP,
};

/* Section [answer]. */
struct reception_prm {
	bool is_on;
	struct who_prm who;
	struct sayings *sayings;
	uint32_t wait_ms; /* before the first prompt, at most */
	enum reception_do on_machine, on_fax, on_announcement, on_screening;
};

/* Of one call; all zero: not looked at. */
struct reception {
	struct tmr tmr;     /* of wait_ms */
	bool is_waiting;    /* the script has not begun */
	bool is_holding;    /* for the machine to listen */
	bool has_left;      /* hung up, since nobody was there to talk to */
	bool is_understood; /* a human said or pressed something */
	enum who_class class;
	enum outcome outcome; /* of an announcement */
	char phrase[RECEPTION_PHRASE_SIZE];
	const char *hintv[RECEPTION_HINTS_MAX];
};

int reception_prm_read(struct reception_prm *prm, const struct cfg *cfg,
                       char fault[CFG_FAULT_SIZE]);
void reception_prm_clear(struct reception_prm *prm);

/* Adds the phrases of the table to what a recogniser expects; hintv has room
 * for RECEPTION_HINTS_MAX and takes both. */
void reception_hints(const struct reception_prm *prm, struct asr_prm *asr,
                     bool is_early, const char **hintv);

/* A call that is made. */
int reception_alloc(struct call *call);
void reception_close(struct call *call);

void reception_ringing(struct call *call, bool has_early_media);

/* Begins the script, now or when it is known who is there. */
void reception_answered(struct call *call);

/* What the recogniser should expect: the session's phrases, and those of the
 * table while it is not known who is there. */
void reception_expect(struct call *call, struct asr_prm *prm);

/* A sentence. Whether it was none for the session. */
bool reception_heard(struct call *call, const char *text);

/* The session understood an answer: a human is there. */
void reception_understood(struct call *call);

/* How the attempt ended, by what is known of who answered. */
enum outcome reception_outcome(const struct call *call, enum outcome outcome);

/* Whether there is nothing to conclude from the talk. */
bool reception_is_void(const struct call *call);

/* After the last tick: what the decision was made of, for the store; NULL
 * without memory. */
json_t *reception_json(const struct call *call);
