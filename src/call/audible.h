/*
 * call/audible.h - how a call sounded, in words and as JSON
 *
 * Pure; private to call/, but for what call.h declares.
 */
#pragma once

#include "call/call.h"

/* The JSON text of a call's row; the caller's to mem_deref(). NULL without
 * memory. */
char *audible_json(const struct phone_leg_stats *stats);

/* One sentence with the remedy where somebody must have suffered, else NULL.
 * text has CALL_SOUND_SIZE bytes. */
const char *audible_trouble(char *text, const struct phone_leg_stats *stats);
