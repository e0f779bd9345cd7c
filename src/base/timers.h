/*
 * base/timers.h - libre's timers, in a heap instead of a sorted list
 *
 * They are used as ever, by re_tmr.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Makes the linker take base/timers.c in front of libre; by loop_init(). */
void timers_use(void);

/* For a simulation, whose clock is set (clock_set()). Fires the first timer
 * that is due; false: none is. */
bool timers_step(void);

/* When the next one is due, on the clock of clock_ms(); UINT64_MAX = none. */
uint64_t timers_next_ms(void);
