/*
 * cli/lines.h - the lines that a command calls over
 */
#pragma once

#include "cli/env.h"

/* Of the group, else those that text names, else the first one. Waits a few
 * seconds until one of them is ready; what is wrong has been said. */
int lines_open(struct dialer_group *lines, struct env *env, const char *group,
               const char *text);
