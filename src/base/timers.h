/*
 * base/timers.h - libre's timers, in a heap instead of a sorted list
 *
 * They are used as ever, by re_tmr.h.
 */
#pragma once

/* Makes the linker take base/timers.c in front of libre; by loop_init(). */
void timers_use(void);
