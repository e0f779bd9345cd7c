/*
 * cli/verbs.h - what the words behind `dialwright campaign` share
 */
#pragma once

#include "cli/env.h"

struct verb {
	struct env *env;
	const char *name; /* of the campaign */
	struct env_answer answer;
};

/* For the store; arg is the verb. */
void verb_done(int err, void *arg);

/* Waits for verb_done() as env_await() does. */
int verb_wait(struct verb *verb, int err);

/* The same, and what went wrong is said. */
int verb_await(struct verb *verb, int err);

/* A file, or "-" for standard input; as file_read(). */
int verb_file_read(char **textp, const char *path, size_t limit_bytes);

/* Each opens the store as it needs it. */
int verb_create(struct verb *verb);
int verb_start(struct verb *verb);
int verb_list(struct verb *verb);
int verb_show(struct verb *verb);
int verb_foresee(struct verb *verb);
int verb_report(struct verb *verb);
