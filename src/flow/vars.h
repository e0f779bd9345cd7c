/*
 * flow/vars.h - a call's variables
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "flow/flow.h"

enum {
	VARS_MAX = 1000, /* in one call */
	VARS_WARNED_MAX = 64,
};

struct vars {
	struct flow_var *v;
	size_t c, room;
	char **warnedv; /* names that were missed */
	size_t warnedc;
};

/* Sets one; copies both. Returns ENOMEM, or ENOSPC over VARS_MAX. */
int vars_set(struct vars *vars, const char *name, const char *value);

/* NULL: not set. */
const char *vars_get(const struct vars *vars, const char *name, size_t len);

/* Whether it is the first time that this name is missed. */
bool vars_miss(struct vars *vars, const char *name, size_t len);

void vars_close(struct vars *vars);
