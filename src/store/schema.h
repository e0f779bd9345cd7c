/*
 * store/schema.h - the tables, and how an older database becomes ours
 *
 * A step is never changed once it was released: a new wish is a new step.
 */
#pragma once

#include "store/db.h"

/* One step: a text that both kinds of database take (TEXT, BIGINT, ALTER TABLE
 * … ADD COLUMN), or one for each. */
struct schema_step {
	const char *both;
	const char *sqlite, *postgresql;
};

/* Brings the database to the last step of stepv, each step in a transaction
 * of its own. Refuses with EPROTO a database of a newer program and with
 * EBADMSG one of another program; fault says so with the remedy. */
int schema_migrate(struct db *db, const struct schema_step *stepv, size_t stepc,
                   char fault[CFG_FAULT_SIZE]);

/* Whether the database stands at step stepc. Refuses with ENOENT an empty
 * one, with EPROTO any other version, with EBADMSG a database of another
 * program. */
int schema_require(struct db *db, size_t stepc, char fault[CFG_FAULT_SIZE]);

/* The steps of this program. */
extern const struct schema_step schema_stepv[];
extern const size_t schema_stepc;
