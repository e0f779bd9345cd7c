/*
 * store/erase.h - what erasing does to the rows and files of one number
 *
 * Threads: as for db.h, inside a write transaction.
 */
#pragma once

#include <jansson.h>
#include "store/db.h"
#include "store/store.h"

/* What there is of a number, counted before anything is touched; "readable in
 * older copies" is what was kept in clear. NULL without memory. */
int erase_count(struct db *db, const char *number, json_t **countp,
                uint64_t *allp);

/* Deletes the files that the rows name, then overwrites the rows; name is
 * that of sealing_name(). */
int erase_rows(struct db *db, const char *number, const char *name);

/* Deletes a recording, *failedp counts those that stay. A name that is no
 * recording's is left alone. */
void erase_file(const char *path, uint64_t *failedp);

/* The name goes on the do-not-call list, the receipt where it is found again.
 */
int erase_mark(struct db *db, const char *name, const char *by,
               const char *receipt);
