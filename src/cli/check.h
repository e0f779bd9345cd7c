/*
 * cli/check.h - what is wrong with a script, before anybody is called
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct check_prm {
	const char *path; /* of the script */
	bool is_json;     /* one object per fault, for programs */
};

/* Returns the exit status: 0 nothing is wrong, 1 errors: it will not run, 3
 * warnings only. */
int check_run(FILE *out, const struct check_prm *prm);
