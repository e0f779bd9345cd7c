/*
 * api/varset.h - the variables of a body, for a script; private to api/
 */
#pragma once

#include "api/ask.h"
#include "flow/flow.h"

enum {
	VARSET_MAX = 256,
};

/* The texts stay the body's. */
struct varset {
	struct flow_var v[VARSET_MAX];
	size_t c;
};

/* Takes "variables"; false: that has been answered. */
bool varset_take(struct varset *set, struct ask *ask);
