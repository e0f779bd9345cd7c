/*
 * store/db.h - SQL as the questions of this folder use it
 *
 * One door to SQLite and PostgreSQL. A statement is a constant text with `?`
 * or `?1`, `?2`, … for its values; it is prepared at its first use and kept.
 * Values are bound, never pasted. Where the two speak differently, db_say()
 * chooses. Every failure comes back as an errno with the words of it in
 * db_fault().
 *
 * Threads: a connection is used by one thread at a time (the jobs of the
 * store's queue; at start and end the control loop).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/cfg.h"
#include "base/vault.h"

enum {
	DB_ARGS_MAX = 40, /* values of one statement */
};

struct db;
struct db_stmt; /* a statement and its rows */

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

/* Opens a database: of PostgreSQL where url begins with "postgresql://" or
 * "postgres://", else the SQLite file of that path, which is made where it is
 * missing and locked against other processes (EBUSY). Each commit is on the
 * disk when it returns. On failure fault says what and the remedy. */
int db_open(struct db **dbp, const char *url, char fault[CFG_FAULT_SIZE]);

/* The same for a database that is there, to read only: beside those who
 * write. */
int db_open_reader(struct db **dbp, const char *url,
                   char fault[CFG_FAULT_SIZE]);

/* The same to write beside the process that owns it, whose lock is left
 * alone. */
int db_open_guest(struct db **dbp, const char *url, char fault[CFG_FAULT_SIZE]);

bool db_url_is_server(const char *url);

/* Whether several processes may write at once. */
bool db_is_shared(const struct db *db);

/* What to call the database in a message: no password in it. */
const char *db_name(const struct db *db);

/* The words of the last failure, with remedy. */
const char *db_fault(const struct db *db);
void db_fault_set(struct db *db, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The row of `workers` that stands for this process; 0: it only reads. */
int64_t db_worker(const struct db *db);
void db_worker_set(struct db *db, int64_t id);

/* Whether calls that are over may wait for their link (links.h). */
bool db_has_unlinked(const struct db *db);
void db_has_unlinked_set(struct db *db, bool has_unlinked);

/* Whether facts leave events of that type in the outbox; NULL: of any. */
bool db_wants(const struct db *db, const char *type);
int db_wants_set(struct db *db, const char *types);

/* The keys of persons; NULL: there are none. has_texts: rows are sealed. */
const struct vault *db_vault(const struct db *db);
void db_vault_set(struct db *db, const struct vault *vault, bool has_texts);

/* The text for this kind of database. */
const char *db_say(const struct db *db, const char *sqlite,
                   const char *postgresql);

/* Makes the statement ready for db_fetch(); NULL where it fails. */
int db_ask(struct db *db, struct db_stmt **stmtp, const char *sql,
           const struct db_arg *argv, size_t argc);

/* Whether there is a next row. Where there is none, or it fails, or the caller
 * has failed already, the statement is at rest again. Who leaves earlier calls
 * db_rest().
 *
 *	err = db_ask(db, &stmt, sql, argv, argc);
 *	while (db_fetch(stmt, &err))
 *		err = row_read(task, stmt);
 */
bool db_fetch(struct db_stmt *stmt, int *errp);
void db_rest(struct db_stmt *stmt);

/* Of the row at hand; columns from 0. A truth value is 0 or 1. */
int64_t db_int_at(struct db_stmt *stmt, int column);

/* Never NULL; valid until the next step of the statement. */
const char *db_text_at(struct db_stmt *stmt, int column);
bool db_is_null_at(struct db_stmt *stmt, int column);

/* Runs a statement that gives no rows. */
int db_run(struct db *db, const char *sql, const struct db_arg *argv,
           size_t argc);

/* Rows that the last db_run() touched. */
uint32_t db_changes(const struct db *db);

/* The same for a row that nobody asks about: a server gets many of them in one
 * piece. What it failed with is told by whoever comes next: a question,
 * db_settle() or db_commit(). */
int db_put(struct db *db, const char *sql, const struct db_arg *argv,
           size_t argc);

/* The same for rows of one kind of which there are many in a transaction: only
 * for a server, which gets them all in one statement. `sql` takes an array for
 * each value, `unnest(?1::bigint[], ?2::text[])`; no value is NULL. */
int db_gather(struct db *db, const char *sql, const struct db_arg *argv,
              size_t argc);

/* Waits for them; changes: rows that all since the last db_settle() of this
 * transaction touched, NULL: nobody wants to know. */
int db_settle(struct db *db, uint32_t *changesp);

/* The first column of the first row; ENOENT without a row. */
int db_get_int(struct db *db, int64_t *valuep, const char *sql,
               const struct db_arg *argv, size_t argc);

/* Several statements without values: migrations and settings. */
int db_script(struct db *db, const char *sql);

/* Where the last claim of this transaction stood among those that are due, and
 * the rows behind it that were read with it; begins empty (owner 0) with each
 * transaction. */
struct db_cursor {
	int64_t owner; /* the campaign */
	int64_t rank, due_ms, contact_id;
	int64_t read_ms;       /* the instant of that question, wall */
	struct db_stmt *ahead; /* NULL: none were read */
};
struct db_cursor *db_cursor(struct db *db);

/* The line that this transaction has looked at last, and whether it is slowed
 * (allot_line.c); begins empty with each transaction. */
struct db_line {
	char name[64];
	int64_t rate; /* thousandths of a call a second; 0: it is not */
	int64_t at_ms, rest_until_ms; /* wall */
};
struct db_line *db_line(struct db *db);

/* A transaction. A connection that was lost is made anew by db_begin(). */
int db_begin(struct db *db, bool is_write);
int db_commit(struct db *db);

/* Lets the words of the failure survive. */
void db_rollback(struct db *db);

/* Whether it goes on as far as we know: a failure may have ended it, and what
 * is asked then is not carried out (EAGAIN). */
bool db_is_within(const struct db *db);

/* A part of a transaction that can be undone alone. */
int db_part_begin(struct db *db);
int db_part_end(struct db *db);
void db_part_undo(struct db *db);

/* Whether a statement that failed spoils its whole transaction. */
bool db_is_strict(const struct db *db);

/* Holds off other processes that would migrate at the same time; ends with
 * db_migrated(). */
int db_migrating(struct db *db);
void db_migrated(struct db *db);

/* Whether the failure is of the disk, the server or the file and not of the
 * row, so that the same write may work later. */
bool db_is_outage(int err);
