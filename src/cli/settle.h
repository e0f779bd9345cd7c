/*
 * cli/settle.h - a command's word holds when the command returns
 */
#pragma once

#include "cli/env.h"

/* Waits until nothing that was claimed before can be dialled any more: of the
 * campaign (NULL: all) and the numbers that begin so (NULL: all). */
int settle(struct env *env, const char *campaign, const char *number);
