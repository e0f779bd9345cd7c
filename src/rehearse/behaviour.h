/*
 * rehearse/behaviour.h - pure: what a person does when
 *
 * A person knows of the robot only whether it is making sound. Each tick of
 * PHONE_TICK_MS they hear that, and do at most one thing.
 */
#pragma once

#include <stdbool.h>

#include "rehearse/person.h"

enum {
	/* A robot that says nothing for so long is taken for a dead line. */
	BEHAVIOUR_PATIENCE_MS = 30000,
};

enum behaviour_act {
	BEHAVIOUR_NOTHING,
	BEHAVIOUR_NOISE, /* start the background of the move */
	BEHAVIOUR_TONE,
	BEHAVIOUR_SAY, /* play its sound, from the beginning */
	BEHAVIOUR_BEEP,
	BEHAVIOUR_KEYS,
	BEHAVIOUR_HANGUP, /* nothing comes after it */
};

struct behaviour {
	const struct person *person;
	const struct move *move; /* under way; NULL: listening */
	int stage;               /* of the move */
	size_t next;             /* move to come */
	bool is_ringing;         /* nobody listens yet */

	uint32_t moved_ms;  /* since the move began */
	uint32_t talked_ms; /* since it first spoke */

	uint32_t prompt_ms; /* since the robot began to speak; 0: has not */
	uint32_t voiced_ms; /* of that with sound */
	uint32_t quiet_ms;  /* since the robot's last sound */
};

/* The person must live as long. Where they sound while it still rings, this
 * is the beginning of that, and behaviour_answer() the answer; else it is the
 * answer. */
void behaviour_init(struct behaviour *behaviour, const struct person *person);
void behaviour_answer(struct behaviour *behaviour);

/* One tick. is_robot_speaking: sound came in. is_busy: what an earlier act
 * started is still sounding. After an act, behaviour->move is its move. */
enum behaviour_act behaviour_step(struct behaviour *behaviour,
                                  bool is_robot_speaking, bool is_busy);
