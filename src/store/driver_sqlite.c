/*
 * store/driver_sqlite.c - a file on this machine, through SQLite in WAL mode
 */
#include <assert.h>
#include <stdio.h>
#include <unistd.h>
#include <sqlite3.h>
#include "store/driver.h"
#include "store/lockfile.h"
#include "store/store.h"

enum {
	BUSY_MS = 2000, /* somebody looks into the file with sqlite3 */
};

struct lite {
	struct db db;
	sqlite3 *sqlite;
	int lock_fd;
};

struct lite_stmt {
	struct db_stmt base;
	sqlite3_stmt *stmt;
};

static void destructor(void *arg)
{
	struct lite *lite = arg;

	driver_forget(&lite->db);
	(void)sqlite3_close(lite->sqlite);
	mem_deref(lite->db.name);
	mem_deref(lite->db.wanted);

	/* Last: the next owner must find the file closed. */
	if (lite->lock_fd >= 0)
		(void)close(lite->lock_fd);
}

static void stmt_destructor(void *arg)
{
	struct lite_stmt *stmt = arg;

	(void)sqlite3_finalize(stmt->stmt);
}

/* --- failures ------------------------------------------------------------ */

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

static int fail(struct lite *lite, int code)
{
	int err = errno_of(lite->sqlite, code);

	db_fault_set(&lite->db, "database %s: %s: %s", lite->db.name,
	             lite->sqlite ? sqlite3_errmsg(lite->sqlite)
	                          : sqlite3_errstr(code),
	             remedy(err));

	return err;
}

/* --- statements ---------------------------------------------------------- */

static int prepare(struct db *db, struct db_stmt **stmtp, const char *sql,
                   const struct db_arg *argv, size_t argc)
{
	struct lite *lite = (struct lite *)db;
	struct lite_stmt *stmt;
	int code;

	(void)argv;
	(void)argc;

	stmt = mem_zalloc(sizeof(*stmt), stmt_destructor);
	if (!stmt)
		return ENOMEM;

	stmt->base = (struct db_stmt){.db = db, .sql = sql};
	code = sqlite3_prepare_v3(lite->sqlite, sql, -1,
	                          SQLITE_PREPARE_PERSISTENT, &stmt->stmt, NULL);
	if (code != SQLITE_OK) {
		mem_deref(stmt);
		return fail(lite, code);
	}
	*stmtp = &stmt->base;

	return 0;
}

static int bind(struct db_stmt *base, const struct db_arg *argv, size_t argc)
{
	sqlite3_stmt *stmt = ((struct lite_stmt *)base)->stmt;
	int code = SQLITE_OK;

	assert((int)argc == sqlite3_bind_parameter_count(stmt));

	for (size_t i = 0; i < argc && code == SQLITE_OK; i++) {
		int place = (int)i + 1;

		if (argv[i].is_number)
			code = sqlite3_bind_int64(stmt, place, argv[i].number);
		else
			code = sqlite3_bind_text(stmt, place, argv[i].text, -1,
			                         SQLITE_STATIC);
	}

	return code == SQLITE_OK ? 0 : fail((struct lite *)base->db, code);
}

static int next(struct db_stmt *base, bool *is_rowp)
{
	sqlite3_stmt *stmt = ((struct lite_stmt *)base)->stmt;
	int code = sqlite3_step(stmt);
	int err = 0;

	*is_rowp = code == SQLITE_ROW;
	if (code == SQLITE_ROW)
		return 0;

	if (code != SQLITE_DONE)
		err = fail((struct lite *)base->db, code);
	(void)sqlite3_reset(stmt);

	return err;
}

static void rest(struct db_stmt *base)
{
	(void)sqlite3_reset(((struct lite_stmt *)base)->stmt);
}

static int64_t int_at(struct db_stmt *base, int column)
{
	return sqlite3_column_int64(((struct lite_stmt *)base)->stmt, column);
}

/* Without memory for it a text looks like NULL. Then the statement fails when
 * it is put to rest, and takes its transaction with it: is_within(). */
static const char *text_at(struct db_stmt *base, int column)
{
	sqlite3_stmt *stmt = ((struct lite_stmt *)base)->stmt;

	return (const char *)sqlite3_column_text(stmt, column);
}

static int script(struct db *db, const char *sql)
{
	struct lite *lite = (struct lite *)db;
	int code = sqlite3_exec(lite->sqlite, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : fail(lite, code);
}

static int begin(struct db *db, bool is_write)
{
	return db_run(db, is_write ? "BEGIN IMMEDIATE" : "BEGIN", NULL, 0);
}

static int commit(struct db *db)
{
	return db_run(db, "COMMIT", NULL, 0);
}

/* A statement without memory, or of a disk that fails, takes the whole
 * transaction with it, be it but a question. */
static bool is_within(const struct db *db)
{
	return !sqlite3_get_autocommit(((const struct lite *)db)->sqlite);
}

static uint32_t changes(const struct db *db)
{
	return (uint32_t)sqlite3_changes(((const struct lite *)db)->sqlite);
}

static const struct driver driver = {
	.prepare = prepare,
	.bind = bind,
	.next = next,
	.rest = rest,
	.int_at = int_at,
	.text_at = text_at,
	.script = script,
	.begin = begin,
	.commit = commit,
	.is_within = is_within,
	.changes = changes,
};

/* --- opening ------------------------------------------------------------- */

static int become_wal(struct db *db)
{
	struct db_stmt *stmt;
	bool is_wal;
	int err;

	err = db_ask(db, &stmt, "PRAGMA journal_mode = WAL", NULL, 0);
	is_wal = db_fetch(stmt, &err) && !strcmp(db_text_at(stmt, 0), "wal");
	if (err)
		return err;

	if (!is_wal) {
		db_fault_set(db,
		             "database %s: its file system cannot share "
		             "memory (WAL): put it on a local disk",
		             db->name);
		err = ENOTSUP;
	}
	db_rest(stmt);

	return err;
}

static int connect_file(struct lite *lite, const char *path,
                        enum driver_mode mode)
{
	static const int flagv[] = {
		[DRIVER_OWN] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
		[DRIVER_GUEST] = SQLITE_OPEN_READWRITE,
		[DRIVER_READ] = SQLITE_OPEN_READONLY,
	};
	int code, err;

	code = sqlite3_open_v2(path, &lite->sqlite,
	                       flagv[mode] | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK)
		return fail(lite, code);

	(void)sqlite3_busy_timeout(lite->sqlite, BUSY_MS);
	if (mode == DRIVER_READ)
		return 0;

	err = become_wal(&lite->db);
	if (err)
		return err;

	/* The pages of the indices of a long list stay in memory, and are
	 * written into the file once for many rows. */
	return db_script(&lite->db, "PRAGMA synchronous = FULL;"
	                            "PRAGMA foreign_keys = ON;"
	                            "PRAGMA cache_size = -65536;"
	                            "PRAGMA wal_autocheckpoint = 8000;");
}

uint64_t store_memory(void)
{
	return (uint64_t)sqlite3_memory_used();
}

int driver_sqlite_open(struct db **dbp, const char *path, enum driver_mode mode,
                       char fault[CFG_FAULT_SIZE])
{
	struct lite *lite;
	int err;

	lite = mem_zalloc(sizeof(*lite), destructor);
	if (!lite)
		return ENOMEM;

	lite->db.driver = &driver;
	lite->lock_fd = -1;
	err = str_dup(&lite->db.name, path);
	if (err)
		goto out;

	if (mode == DRIVER_OWN) {
		err = lockfile_take(&lite->lock_fd, path, lite->db.fault);
		if (err)
			goto out;
	}

	err = connect_file(lite, path, mode);

out:
	if (err) {
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s",
		               lite->db.fault[0] ? lite->db.fault
		                                 : strerror(err));
		mem_deref(lite);
	}
	else {
		*dbp = &lite->db;
	}

	return err;
}
