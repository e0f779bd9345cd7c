/*
 * test/call/crowd.h - many people at once, each with a course of their own
 *
 * People act by the clock of what they hear: 0 is the first sound of the
 * robot. A course is words separated by blanks:
 *   "yes@600-1000"  a sound of 400 Hz, which the mock recogniser's first
 *                   course hears; "well" is 800 Hz, "noise" 1200 Hz
 *   "7@600"         a key, by RFC 4733; "~7@600" by its two tones only
 *   "hiss"          noise 15 dB below the sounds, all the time
 *   "echo"          what comes in goes back, 20 dB weaker and 60 ms late
 */
#pragma once

#include "rig.h"

enum {
	CROWD_PARTS = 8,
	CROWD_EVENTS = 8,
	CROWD_MAX = 64,
	CROWD_LOG_SIZE = 512,
};

struct crowd_event {
	char key; /* '\0': a sound */
	bool is_in_band;
	bool is_sent;
	uint32_t from_ms, until_ms;
	uint32_t hz;
};

struct crowd_talk {
	char script[4096];
	const char *course;

	/* what came of it */
	char log[CROWD_LOG_SIZE];    /* inputs of node "a" */
	uint32_t partv[CROWD_PARTS]; /* ms of the robot, between silences */
	size_t partc;
	int jump;         /* largest step between two samples */
	bool has_made_up; /* some were lost: their steps are not ours */

	/* the person's */
	struct crowd_event eventv[CROWD_EVENTS];
	size_t eventc;
	bool has_hiss, has_echo;
	struct phone_leg *leg;
	bool has_begun; /* the robot was heard */
	int16_t last;   /* sample of theirs */
	uint32_t ms;
	uint32_t quiet_ms;
	uint32_t noise;
	int16_t pastv[3][PHONE_SAMPLES_MAX];
	unsigned past;

	struct flow_script *loaded;
};

/* Calls all of them at once and returns when all calls are over. */
int crowd_run(struct rig *rig, struct crowd_talk *talkv, size_t talkc);
