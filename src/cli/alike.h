/*
 * cli/alike.h - which answers of a script the recogniser cannot tell apart
 *
 * Some voices say every answer that a question expects, and the recogniser
 * hears them: what it takes for another answer, or not at all, people will
 * have to repeat. Found before the first call instead of after it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/env.h"

struct alike_prm {
	struct env *env;  /* with speech open */
	const char *path; /* of a script that loads */
	bool is_json;     /* one object per warning, as check has them */
};

/* Writes the warnings and counts them. Progress goes to standard error where
 * that is a terminal. */
int alike_run(FILE *out, size_t *foundp, const struct alike_prm *prm);
