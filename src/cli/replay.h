/*
 * cli/replay.h - held calls once more, with another version of their script
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include "flow/flow.h"

struct replay_sum {
	size_t calls;
	size_t countv[FLOW_PARTING_COUNT]; /* by the gravest parting */
	size_t strangers;                  /* of other scripts, left out */
};

struct replay_report {
	FILE *out;
	bool is_json;   /* an object for each call that parts, and the sum */
	FILE *copy;     /* of the calls as they were, NULL: none */
	bool takes_all; /* calls of scripts of other names too */
	struct flow_script *script;
	const char *callid; /* this one only, NULL: all */
	struct replay_sum sum;
};

/* Replays one call and prints where it parts. */
int replay_call(struct replay_report *report, const struct flow_call *call);

/* Prints the sum. Returns the exit status: 0 no difference, 3 some. */
int replay_end(const struct replay_report *report);
