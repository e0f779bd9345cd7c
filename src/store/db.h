/*
 * store/db.h - SQLite as the questions of this folder use it
 *
 * A statement is a constant text; it is prepared at its first use and kept.
 * Values are bound, never pasted. Every failure comes back as an errno with
 * the words of it in the connection.
 *
 * Threads: a connection is used by one thread at a time (the jobs of the
 * store's queue; at start and end the control loop).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sqlite3.h>
#include "base/cfg.h"

enum {
	DB_STATEMENTS_MAX = 64, /* different ones in the whole folder */
};

struct db_kept {
	const char *sql; /* compared as a pointer */
	sqlite3_stmt *stmt;
};

struct db {
	sqlite3 *sqlite;
	char *path;
	struct db_kept keptv[DB_STATEMENTS_MAX];
	size_t keptc;

	/* Attempts up to this one were begun by an earlier process. */
	int64_t old_attempt_id;

	char fault[CFG_FAULT_SIZE]; /* of the last failure, with remedy */
};

/* A value to bind. */
struct db_arg {
	const char *text;
	int64_t number;
	bool is_number;
};

static inline struct db_arg db_int(int64_t number)
{
	return (struct db_arg){.number = number, .is_number = true};
}

/* NULL is stored as NULL. The text must live until the row is written. */
static inline struct db_arg db_text(const char *text)
{
	return (struct db_arg){.text = text};
}

/* Opens or creates the file in WAL mode; each commit is on the disk when it
 * returns. On failure fault says what and the remedy. */
int db_open(struct db **dbp, const char *path, char fault[CFG_FAULT_SIZE]);

/* The same for a file that is there, to read only: beside the process that
 * owns it. */
int db_open_reader(struct db **dbp, const char *path,
                   char fault[CFG_FAULT_SIZE]);

/* Makes the statement ready for db_next(). */
int db_ask(struct db *db, sqlite3_stmt **stmtp, const char *sql,
           const struct db_arg *argv, size_t argc);

/* The next row; without one the statement is at rest again. Who leaves
 * earlier calls sqlite3_reset(). */
int db_next(struct db *db, sqlite3_stmt *stmt, bool *is_rowp);

/* Runs a statement that gives no rows. */
int db_run(struct db *db, const char *sql, const struct db_arg *argv,
           size_t argc);

/* The first column of the first row; ENOENT without a row. */
int db_get_int(struct db *db, int64_t *valuep, const char *sql,
               const struct db_arg *argv, size_t argc);

/* Several statements without values: migrations and pragmas. */
int db_script(struct db *db, const char *sql);

/* Rows that the last db_run() touched. */
uint32_t db_changes(const struct db *db);

/* Never NULL; valid until the next step of the statement. */
const char *db_text_at(sqlite3_stmt *stmt, int column);

/* Whether the failure is of the disk or the file and not of the row, so that
 * the same write may work later. */
bool db_is_outage(int err);
