/*
 * call/evidence.h - what a decision of who answered was made of, as JSON
 *
 * Pure.
 */
#pragma once

#include <jansson.h>

#include "media/who.h"

/* The same text for the same features; NULL without memory. */
json_t *evidence_json(const struct who_features *features);
