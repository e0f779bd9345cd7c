/*
 * cli/transcript.h - a conversation as lines on the terminal
 */
#pragma once

#include <stdio.h>

#include "call/call.h"

/* One moment as one line (none for moments that say nothing new). who is
 * printed in front, "" = nothing. */
void transcript_print(FILE *out, const char *who,
                      const struct call_moment *moment);
