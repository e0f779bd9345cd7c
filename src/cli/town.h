/*
 * cli/town.h - simulated people in a process of their own
 *
 * This binary again, so that the calls between them and the robot are what
 * calls are: SIP and RTP packets. They end when we close their standard input,
 * or are gone.
 */
#pragma once

#include <stdio.h>
#include <sys/types.h>

#include "cli/env.h"

struct town {
	pid_t pid; /* 0 = none */
	FILE *out; /* what they print */
	int life;  /* our end of their standard input, -1 = none */
	unsigned port;
};

struct town_prm {
	const char *data;   /* their directory */
	const char *people; /* who they are; NULL: the built-in ones */
	const char *list;   /* the list that calls them, to be written; NULL */
	const char *tapes;  /* folder of what each says and hears; NULL */
};

/* Starts them, waits until they answer, and makes the line "people" that leads
 * to them, with SIP and audio on free ports of this machine alone. On failure
 * too town_close() has to follow. */
int town_open(struct town *town, struct env *env, const struct town_prm *prm);
void town_close(struct town *town);
