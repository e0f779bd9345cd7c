/*
 * test/rehearse/rig.h - people behind one phone and robots that call them
 *
 * A robot knows two tones and when to play them; it notes what it hears. All
 * times are milliseconds of its audio, so since the answer.
 */
#pragma once

#include "base/mem.h"
#include "rehearse/rehearse.h"
#include <re_tmr.h>

enum {
	RIG_KEYS_SIZE = 16,
	RIG_PATH_SIZE = 512,
	RIG_NEVER_MS = UINT32_MAX,

	/* What every robot does: two prompts, then it hangs up. */
	RIG_PROMPT_MS = 3000,
	RIG_SECOND_FROM_MS = 6000,
	RIG_SECOND_TO_MS = 7000,
	RIG_HANGUP_MS = 9500,
};

struct rig;

/* One call, and what came of it. */
struct rig_robot {
	const char *number;
	uint32_t cancel_ms; /* hangs up before the answer; 0: waits for it */

	struct rig *rig;
	struct tmr tmr;
	struct phone_leg *leg;
	struct phone_end end;
	char keys[RIG_KEYS_SIZE];

	/* by the tick */
	_Atomic uint32_t now_ms;
	uint32_t first_ms;  /* of voice, RIG_NEVER_MS: none */
	uint32_t second_ms; /* of voice after the second prompt */
	uint32_t voiced_ms;
	uint32_t beep_ms;    /* longest run of a 1 kHz tone */
	uint32_t beeping_ms; /* the run under way */
	double noise_sum;    /* squares in the first second */
};

/* The loop, workers, voices, both phones, and the people of the file (NULL:
 * built-in), ready to be called. */
int rig_open(struct rig **rigp, const char *path);
struct people *rig_people(struct rig *rig);

/* Calls one number after another, all at once, and returns when all calls
 * have ended and their audio is detached. */
int rig_call(struct rig *rig, struct rig_robot *robotv, size_t robotc);

/* What people_alloc() says of a text that it refuses, with its errno. */
int rig_refusal(const char *json, char fault[CFG_FAULT_SIZE]);

/* Writes the text to a file of test_dir(); path has RIG_PATH_SIZE bytes. */
int rig_write(char *path, const char *text);

/* Closes everything in the order in which a program has to. */
void rig_close(struct rig *rig);
