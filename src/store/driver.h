/*
 * store/driver.h - what a kind of database offers behind db.h
 *
 * A driver is one `const struct driver` and the functions that open it; its
 * connection and its statements begin with the structs below.
 */
#pragma once

#include "base/mem.h"
#include "base/vault.h"
#include "store/db.h"

enum {
	DRIVER_STATEMENTS_MAX = 256, /* different ones in the whole folder */
};

struct driver {
	/* Prepares a statement; argv tells the types of its values. It keeps
	 * sql, which is a constant. */
	int (*prepare)(struct db *db, struct db_stmt **stmtp, const char *sql,
	               const struct db_arg *argv, size_t argc);
	int (*bind)(struct db_stmt *stmt, const struct db_arg *argv,
	            size_t argc);
	int (*next)(struct db_stmt *stmt, bool *is_rowp);
	void (*rest)(struct db_stmt *stmt);

	/* As db_put() and db_settle(); NULL: each is run at once. */
	int (*put)(struct db_stmt *stmt);
	int (*gather)(struct db_stmt *stmt, const struct db_arg *argv,
	              size_t argc);
	int (*settle)(struct db *db, uint32_t *changesp);

	int64_t (*int_at)(struct db_stmt *stmt, int column);
	const char *(*text_at)(struct db_stmt *stmt, int column);

	int (*script)(struct db *db, const char *sql);
	int (*begin)(struct db *db, bool is_write);
	int (*commit)(struct db *db);
	bool (*is_within)(const struct db *db); /* NULL: always */
	uint32_t (*changes)(const struct db *db);

	bool is_server; /* speaks as PostgreSQL does */
	bool is_shared; /* several processes write at once */
};

struct db_stmt {
	struct db *db;
	const char *sql; /* compared as a pointer */
};

struct db {
	const struct driver *driver;
	char *name; /* for messages */
	struct db_stmt *keptv[DRIVER_STATEMENTS_MAX];
	size_t keptc;
	int64_t worker_id;
	char *wanted;              /* types of events, NULL: none */
	const struct vault *vault; /* NULL: nothing is sealed */
	bool has_sealed_texts;
	bool has_unlinked;
	struct db_cursor cursor;
	struct db_line line;
	bool is_begun;              /* a transaction */
	uint32_t put_changes;       /* where each is run at once */
	char fault[CFG_FAULT_SIZE]; /* of the last failure, with remedy */
};

/* Lets go of the prepared statements. */
void driver_forget(struct db *db);

enum driver_mode {
	DRIVER_OWN,   /* makes and locks it */
	DRIVER_GUEST, /* writes beside the owner */
	DRIVER_READ,
};

int driver_sqlite_open(struct db **dbp, const char *path, enum driver_mode mode,
                       char fault[CFG_FAULT_SIZE]);
int driver_pg_open(struct db **dbp, const char *url, enum driver_mode mode,
                   char fault[CFG_FAULT_SIZE]);
