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
#include "call/reception_cfg.h"
#include <re_tmr.h>

struct call;

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
	const char **hintv; /* for the recogniser, while it is not known */
};

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
