/*
 * test/oom.h - allocations that fail when a test wants them to
 *
 * The test program's own malloc(), calloc() and realloc() stand in front of
 * the C library's and the address sanitizer's alike, so what libre, SQLite and
 * all other libraries allocate is counted too. Only the thread that armed is
 * counted: what others allocate meanwhile must not change the order.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The allocation after the next `skip` ones fails, once. */
void oom_arm(size_t skip);

/* From here on every allocation fails. */
void oom_refuse(void);

/* In between, nothing fails and nothing counts: for what a library cannot
 * survive. A test that needs it says what and why. */
void oom_pause(void);
void oom_resume(void);

/* Ends it. Returns whether an allocation has failed. */
bool oom_disarm(void);
