/*
 * test/oom_place.h - the places of the program that allocate
 *
 * A place is the innermost call of the program's own code on the way to an
 * allocation; what lies between is a library's. With DIALWRIGHT_OOM_TABLE (a
 * file of OOM_TABLE_SIZE bytes) each one that was reached or refused memory is
 * counted there, so the counts survive any end of the process. Further
 * variables, which tools/oom.py sets:
 *
 *   DIALWRIGHT_OOM_THROUGH  spans of code that only hand on, "BEGIN-END,…": the
 *                           place is then their caller
 *   DIALWRIGHT_OOM_SPARED   spans of code that no library survives to fail in
 *   DIALWRIGHT_OOM_AT       the place whose allocations fail; numbers are
 *                           hexadecimal and count from the program's beginning
 *   DIALWRIGHT_OOM_SKIP     so many of them do not, of all threads; without a
 *                           place so many of the whole program's
 *   DIALWRIGHT_OOM_COUNT    how many fail, one after another (1)
 *
 * Without AT and SKIP nothing fails but what oom_arm() says, and with
 * DIALWRIGHT_OOM_REFUSED only that is counted, which is quicker.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* One row of the table; offset 0: empty. */
struct oom_place {
	_Atomic uint64_t offset;
	_Atomic uint32_t reached, refused;
	_Atomic uint32_t spared; /* reached through a library that dies of it */
	uint32_t unused;
};

enum {
	OOM_PLACES = 1 << 14,
	OOM_TABLE_SIZE = OOM_PLACES * 24,
};
_Static_assert(sizeof(struct oom_place) * OOM_PLACES == OOM_TABLE_SIZE,
               "tools/oom_table.py reads it");

/* Whether an allocation must fail; caller: the return address of malloc(). */
bool oom_place_must_fail(void *caller, bool is_due);
