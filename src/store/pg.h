/*
 * store/pg.h - what the parts of the PostgreSQL driver share; private to
 * driver_pg*.c
 */
#pragma once

#include <libpq-fe.h>
#include "store/driver.h"

enum {
	PG_NUMBER_SIZE = 24,
	PG_STATEMENT_NAME_SIZE = 16,
};

struct pg {
	struct db db;
	PGconn *conn; /* NULL: lost */
	char *url;
	bool is_writer;
	uint32_t changes;
	unsigned putc; /* statements on their way that nobody asked about */
	struct pg_stmt *gathering; /* has rows that are not on their way yet */
	uint32_t put_changes;      /* rows of those that came through */
};

struct pg_stmt {
	struct db_stmt base;
	char name[PG_STATEMENT_NAME_SIZE];
	const char *valuev[DB_ARGS_MAX];
	char numberv[DB_ARGS_MAX][PG_NUMBER_SIZE];
	char *repairedv[DB_ARGS_MAX]; /* texts that were no UTF-8 */
	int argc;
	struct mbuf *arrayv[DB_ARGS_MAX]; /* of what is gathered */
	uint32_t gatherc;
	PGresult *result; /* NULL: not asked yet */
	int row;          /* at hand, -1 before the first */
};

/* Both leave the words in db_fault() and return the errno. */
int pg_fail(struct pg *pg, const PGresult *result);
int pg_fail_lost(struct pg *pg, int err, const char *words);

/* Sends what is left and waits until an answer can be read. */
int pg_wait(struct pg *pg);

/* For a question: what was put before it has come through. */
int pg_ready(struct pg *pg);

/* The last result of what was sent; the caller clears it. */
int pg_answer(struct pg *pg, bool is_sent, PGresult **resultp);

/* Of struct driver. */
int pg_prepare(struct db *db, struct db_stmt **stmtp, const char *sql,
               const struct db_arg *argv, size_t argc);
int pg_bind(struct db_stmt *base, const struct db_arg *argv, size_t argc);
int pg_next(struct db_stmt *base, bool *is_rowp);
const char *pg_text_at(struct db_stmt *base, int column);
int64_t pg_int_at(struct db_stmt *base, int column);
void pg_rest(struct db_stmt *base);
int pg_put(struct db_stmt *stmt);
int pg_gather(struct db_stmt *stmt, const struct db_arg *argv, size_t argc);

/* Waits for all that pg_put() and pg_gather() took; the first failure is
 * told. */
int pg_settle(struct pg *pg);
