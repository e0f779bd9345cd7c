/*
 * store/db.c - SQLite as the questions of this folder use it
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include "base/mem.h"
#include "store/db.h"

enum {
	BUSY_MS = 2000, /* somebody looks into the file with sqlite3 */
};

static void destructor(void *arg)
{
	struct db *db = arg;

	for (size_t i = 0; i < db->keptc; i++)
		(void)sqlite3_finalize(db->keptv[i].stmt);
	(void)sqlite3_close(db->sqlite);
	mem_deref(db->path);
}

static bool is_no_space(int system_err)
{
	return system_err == ENOSPC || system_err == EDQUOT ||
	       system_err == EFBIG;
}

static int errno_of(sqlite3 *sqlite, int code)
{
	int system_err = sqlite ? sqlite3_system_errno(sqlite) : 0;

	switch (code & 0xff) {

	case SQLITE_FULL:
		return ENOSPC;

	case SQLITE_IOERR:
		return is_no_space(system_err) ? ENOSPC : EIO;

	case SQLITE_READONLY:
	case SQLITE_PERM:
		return EROFS;

	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return EBADMSG;

	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return EBUSY;

	case SQLITE_NOMEM:
		return ENOMEM;

	case SQLITE_CANTOPEN:
		return system_err ? system_err : EACCES;

	case SQLITE_CONSTRAINT:
		return EEXIST;

	default:
		return EINVAL;
	}
}

bool db_is_outage(int err)
{
	switch (err) {

	case ENOSPC:
	case EIO:
	case EROFS:
	case EBADMSG:
	case EBUSY:
	case ENOMEM:
	case EACCES:
	case EMFILE:
		return true;

	default:
		return false;
	}
}

static const char *remedy(int err)
{
	switch (err) {

	case ENOSPC:
		return "free space on its disk";

	case EROFS:
	case EACCES:
		return "let this user write the file and its directory";

	case ENOENT:
		return "create its directory or set store.path";

	case EISDIR:
		return "name a file in store.path, not a directory";

	case EBADMSG:
		return "it is damaged or no database: move it away and "
		       "restore a copy, or try sqlite3 with .recover";

	case EBUSY:
		return "another program holds it: close that one";

	case EMFILE:
		return "raise the limit of open files (ulimit -n)";

	default:
		return "check its disk";
	}
}

static int fail(struct db *db, int code)
{
	int err = errno_of(db->sqlite, code);

	(void)snprintf(
		db->fault, sizeof(db->fault), "database %s: %s: %s", db->path,
		db->sqlite ? sqlite3_errmsg(db->sqlite) : sqlite3_errstr(code),
		remedy(err));

	return err;
}

static int become_wal(struct db *db)
{
	sqlite3_stmt *stmt;
	bool is_row;
	int err;

	err = db_ask(db, &stmt, "PRAGMA journal_mode = WAL", NULL, 0);
	if (err)
		return err;

	err = db_next(db, stmt, &is_row);
	if (err)
		return err;

	if (!is_row || strcmp(db_text_at(stmt, 0), "wal")) {
		(void)snprintf(db->fault, sizeof(db->fault),
		               "database %s: its file system cannot share "
		               "memory (WAL): put it on a local disk",
		               db->path);
		err = ENOTSUP;
	}
	(void)sqlite3_reset(stmt);

	return err;
}

static int attach(struct db **dbp, const char *path, int flags,
                  char fault[CFG_FAULT_SIZE])
{
	bool is_writer = flags & SQLITE_OPEN_READWRITE;
	struct db *db;
	int code, err;

	assert(dbp && path && fault);

	db = mem_zalloc(sizeof(*db), destructor);
	if (!db)
		return ENOMEM;

	err = str_dup(&db->path, path);
	if (err)
		goto out;

	code = sqlite3_open_v2(path, &db->sqlite, flags | SQLITE_OPEN_NOMUTEX,
	                       NULL);
	if (code != SQLITE_OK) {
		err = fail(db, code);
		goto out;
	}

	(void)sqlite3_busy_timeout(db->sqlite, BUSY_MS);
	if (!is_writer)
		goto out;

	err = become_wal(db);
	if (err)
		goto out;

	err = db_script(db, "PRAGMA synchronous = FULL;"
	                    "PRAGMA foreign_keys = ON;");

out:
	if (err) {
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s",
		               db->fault[0] ? db->fault : strerror(err));
		mem_deref(db);
	}
	else {
		*dbp = db;
	}

	return err;
}

int db_open(struct db **dbp, const char *path, char fault[CFG_FAULT_SIZE])
{
	return attach(dbp, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
	              fault);
}

int db_open_reader(struct db **dbp, const char *path,
                   char fault[CFG_FAULT_SIZE])
{
	return attach(dbp, path, SQLITE_OPEN_READONLY, fault);
}

static int kept(struct db *db, sqlite3_stmt **stmtp, const char *sql)
{
	int code;

	for (size_t i = 0; i < db->keptc; i++) {
		if (db->keptv[i].sql == sql) {
			*stmtp = db->keptv[i].stmt;
			return 0;
		}
	}

	assert(db->keptc < DB_STATEMENTS_MAX);
	code = sqlite3_prepare_v3(db->sqlite, sql, -1,
	                          SQLITE_PREPARE_PERSISTENT, stmtp, NULL);
	if (code != SQLITE_OK)
		return fail(db, code);

	db->keptv[db->keptc++] = (struct db_kept){sql, *stmtp};

	return 0;
}

int db_ask(struct db *db, sqlite3_stmt **stmtp, const char *sql,
           const struct db_arg *argv, size_t argc)
{
	sqlite3_stmt *stmt = NULL;
	int code = SQLITE_OK, err;

	err = kept(db, &stmt, sql);
	if (err)
		return err;

	assert((int)argc == sqlite3_bind_parameter_count(stmt));

	for (size_t i = 0; i < argc && code == SQLITE_OK; i++) {
		int place = (int)i + 1;

		if (argv[i].is_number)
			code = sqlite3_bind_int64(stmt, place, argv[i].number);
		else
			code = sqlite3_bind_text(stmt, place, argv[i].text, -1,
			                         SQLITE_STATIC);
	}
	if (code != SQLITE_OK)
		return fail(db, code);

	*stmtp = stmt;

	return 0;
}

int db_next(struct db *db, sqlite3_stmt *stmt, bool *is_rowp)
{
	int code = sqlite3_step(stmt);
	int err = 0;

	*is_rowp = code == SQLITE_ROW;
	if (code == SQLITE_ROW)
		return 0;

	if (code != SQLITE_DONE)
		err = fail(db, code);
	(void)sqlite3_reset(stmt);

	return err;
}

int db_run(struct db *db, const char *sql, const struct db_arg *argv,
           size_t argc)
{
	sqlite3_stmt *stmt;
	bool is_row;
	int err;

	err = db_ask(db, &stmt, sql, argv, argc);
	if (err)
		return err;

	err = db_next(db, stmt, &is_row);
	assert(err || !is_row);

	return err;
}

int db_get_int(struct db *db, int64_t *valuep, const char *sql,
               const struct db_arg *argv, size_t argc)
{
	sqlite3_stmt *stmt;
	bool is_row;
	int err;

	err = db_ask(db, &stmt, sql, argv, argc);
	if (err)
		return err;

	err = db_next(db, stmt, &is_row);
	if (err)
		return err;
	if (!is_row)
		return ENOENT;

	*valuep = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_reset(stmt);

	return 0;
}

int db_script(struct db *db, const char *sql)
{
	int code = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : fail(db, code);
}

uint32_t db_changes(const struct db *db)
{
	return (uint32_t)sqlite3_changes(db->sqlite);
}

const char *db_text_at(sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return text ? text : "";
}
