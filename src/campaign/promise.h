/*
 * campaign/promise.h - pure: "call me back at three"
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/zone.h"

/* When the callee asked to be called: "+90m", "+2h", "+1d";
 * "2026-11-22T15:30Z"; and by their own clock "2026-11-22T15:30" (or with a
 * blank), "15:30": the next time it shows that. zone NULL: nobody knows their
 * clock. Returns false for what is none of these, for the past and for more
 * than 60 days ahead. */
bool promise_read(int64_t *at_msp, const char *text, const struct zone *zone,
                  int64_t now_ms);
