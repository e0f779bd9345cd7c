/*
 * flow/phrases.h - the texts that an expression matches, written out
 */
#pragma once

#include <stdbool.h>
#include "flow/arena.h"
#include "flow/pattern.h"

/* At most `limit` phrases as flow_session_phrases() has them, in the arena.
 * False: there are more, or some cannot be written out. */
bool phrases_of(const char *const **phrasevp, size_t *phrasecp,
                struct arena *arena, const struct pattern *pattern,
                size_t limit);
