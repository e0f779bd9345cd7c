/*
 * cli/ink.h - colour where a person looks
 *
 * Only on a terminal, and not where NO_COLOR is set (no-color.org) or the
 * terminal is dumb. Everywhere else nothing is written.
 */
#pragma once

#include <stdio.h>

enum ink {
	INK_PLAIN, /* back to the usual */
	INK_FAINT,
	INK_ROBOT,
	INK_CALLEE,
	INK_BAD,
	INK_COUNT,
};

/* The sequence to write, or "". */
const char *ink(FILE *out, enum ink colour);
