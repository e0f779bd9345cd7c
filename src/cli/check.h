/*
 * cli/check.h - what is wrong with a script, before anybody is called
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/cfg.h"

struct check_prm {
	const char *path;      /* of the script */
	bool is_json;          /* one object per fault, for programs */
	const struct cfg *cfg; /* that it will run with; NULL: unknown */
};

/* The exit status. */
enum {
	CHECK_CLEAN = 0,
	CHECK_ERRORS = 1, /* it will not run */
	CHECK_WARNINGS = 3,
};
int check_run(FILE *out, const struct check_prm *prm);
