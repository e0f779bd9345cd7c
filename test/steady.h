/*
 * test/steady.h - a clock that stands still with the machine
 *
 * Conversations are held in real time: a machine that stands still for a
 * second tears a phrase and makes a person's silence too long, and a test of
 * something else fails. So the time in which a test program was not let run
 * does not pass for it: its own clock_gettime() stands in front of the C
 * library's, for libre, libcurl and all other libraries alike, and leaves such
 * a stall out of the clocks that never jump. The wall clock has it as a jump.
 *
 * Stalls as the product sees them belong to bench/, to tests that set the clock
 * and to most of test/e2e: there only calls whose words are what is tested have
 * it, on both sides (libsteady.so).
 */
#pragma once

/* From now on; time passes as ever in a child that is forked. */
int steady_begin(void);
