/*
 * rehearse/tape.h - what a person said and heard
 *
 * What a robot sounds like is measured where it is heard. A tape has its whole
 * room from the beginning, because a tick allocates nothing.
 *
 * Threads: tape_add() in the tick, the rest on the control loop before and
 * after it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	TAPE_RATE_HZ = 8000,
	TAPE_MAX_S = 120, /* of a call; what comes behind is not kept */
};

struct tape;

int tape_alloc(struct tape **tapep);

/* n samples of each, as a tick has them: a multiple of 160; heard NULL:
 * nothing came. */
void tape_add(struct tape *tape, const int16_t *said, const int16_t *heard,
              size_t n);

/* PREFIX.said.wav and, when that is there, PREFIX.heard.wav. Blocking. */
int tape_write(const struct tape *tape, const char *prefix);
