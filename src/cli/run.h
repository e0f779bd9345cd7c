/*
 * cli/run.h - calling a list: what `run` and `demo` share
 */
#pragma once

#include <stdbool.h>

#include "cli/env.h"
#include "cli/report.h"

struct run_prm {
	const char *list;     /* path of the CSV */
	const char *script;   /* path of the JSON */
	const char *campaign; /* NULL: made of list and script */
	const char *country;  /* NULL: as configured */
	const char *lines;    /* "main, spare"; NULL: the first one */
	const char *group;    /* NULL: lines */
	long calls_max;       /* at once; 0: as configured */
	bool is_watched;      /* conversations on standard output */
	bool is_scored;
	enum report_format format;
	const char *output; /* file for the results, NULL: standard output */
};

/* Imports the list, calls who is due, prints the results. The env has
 * configuration and store. Returns 0 when the whole list was worked through
 * (EBADMSG when it was scored and someone was not understood), EINTR after
 * Ctrl-C, or an errno whose reason has been said. */
int run_list(struct env *env, const struct run_prm *prm);

/* Says who would be called and why not; writes nothing. */
int run_preview(struct env *env, const struct run_prm *prm);

extern const struct args_command run_command, call_command, talk_command,
	check_command, people_command, demo_command, doctor_command,
	describe_command;
