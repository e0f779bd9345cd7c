/*
 * api/repeat.h - a request that is done once, however often it comes
 */
#pragma once

#include "api/ask.h"

/* Calls the handler of the route, or answers as the first time; key is what
 * Idempotency-Key says. */
void repeat_begin(struct ask *ask, const char *key);
