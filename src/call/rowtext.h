/*
 * call/rowtext.h - what a call's row in the store says as JSON
 *
 * Each text is the caller's to mem_deref(); NULL without memory.
 */
#pragma once

#include "flow/flow.h"
#include "speech/asr.h"
#include "speech/voice.h"

char *rowtext_variables(const struct flow_var *varv, size_t varc);
char *rowtext_counters(const struct flow_counters *c);

/* What each service was asked for. */
char *rowtext_services(const struct asr_usage *usage,
                       const struct voice_usage *voices);
