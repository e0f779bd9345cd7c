/*
 * store/legs.h - legs of calls that no campaign placed, within the store
 *
 * Threads: as for db.h, inside a write transaction.
 */
#pragma once

#include "store/db.h"
#include "store/store.h"

/* The call is over: nobody has to end its legs any more. Its will stays until
 * it is carried out. */
int legs_forget(struct db *db, const char *callid);
