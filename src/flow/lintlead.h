/*
 * flow/lintlead.h - how an expression begins, for the linter
 *
 * The letter in front of an input is part of what is matched: "Fyes", "D1". So
 * `^yes` meets nothing, and `\byes` not the first word of a sentence.
 */
#pragma once

#include "flow/rx.h"

enum lintlead {
	LINTLEAD_FREE, /* nothing is wrong */
	LINTLEAD_LATE, /* never meets the first word */
	LINTLEAD_DEAD, /* never meets anything */
};

/* letters are those that an input may begin with. One alternative that meets
 * nothing is enough to say so. */
enum lintlead lintlead_of(const struct rx *rx, const char *letters);
