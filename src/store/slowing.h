/*
 * store/slowing.h - pure: how fast a line may go that asked for fewer calls
 *
 * Multiplicative decrease, additive increase (spec/dialer.md 1.4: a 503 is
 * first of all our own fault). The rate climbs by the clock, so that one row of
 * the database tells it to every process and only refusals write.
 */
#pragma once

#include <stdint.h>

/* Calls a second behind a refusal at that rate. */
double slowing_cut(double calls_per_s);

/* So long behind the rest that followed the cut; 0: slowed no more. */
double slowing_rate(double cut_calls_per_s, int64_t for_ms);
