/*
 * cli/ink.c - colour where a person looks
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/ink.h"

static bool is_wanted(FILE *out)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(no && *no) && !(term && !strcmp(term, "dumb")) &&
	       isatty(fileno(out));
}

const char *ink(FILE *out, enum ink colour)
{
	static const char *const codev[INK_COUNT] = {
		[INK_PLAIN] = "\033[0m",  [INK_FAINT] = "\033[2m",
		[INK_ROBOT] = "\033[36m", [INK_CALLEE] = "\033[33m",
		[INK_BAD] = "\033[31m",
	};

	return is_wanted(out) ? codev[colour] : "";
}
