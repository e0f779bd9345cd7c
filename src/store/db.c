/*
 * store/db.c - SQL as the questions of this folder use it
 */
#include <assert.h>
#include <stdio.h>
#include "base/text.h"
#include "store/driver.h"

bool db_url_is_server(const char *url)
{
	return !strncmp(url, "postgresql://", strlen("postgresql://")) ||
	       !strncmp(url, "postgres://", strlen("postgres://"));
}

static int attach(struct db **dbp, const char *url, enum driver_mode mode,
                  char fault[CFG_FAULT_SIZE])
{
	assert(dbp && url && fault);

	if (db_url_is_server(url))
		return driver_pg_open(dbp, url, mode, fault);

	return driver_sqlite_open(dbp, url, mode, fault);
}

int db_open(struct db **dbp, const char *url, char fault[CFG_FAULT_SIZE])
{
	return attach(dbp, url, DRIVER_OWN, fault);
}

int db_open_reader(struct db **dbp, const char *url, char fault[CFG_FAULT_SIZE])
{
	return attach(dbp, url, DRIVER_READ, fault);
}

int db_open_guest(struct db **dbp, const char *url, char fault[CFG_FAULT_SIZE])
{
	return attach(dbp, url, DRIVER_GUEST, fault);
}

bool db_is_shared(const struct db *db)
{
	return db->driver->is_shared;
}

bool db_is_strict(const struct db *db)
{
	return db->driver->is_server;
}

const char *db_name(const struct db *db)
{
	return db->name;
}

int64_t db_worker(const struct db *db)
{
	return db->worker_id;
}

void db_worker_set(struct db *db, int64_t id)
{
	db->worker_id = id;
}

bool db_has_unlinked(const struct db *db)
{
	return db->has_unlinked;
}

void db_has_unlinked_set(struct db *db, bool has_unlinked)
{
	db->has_unlinked = has_unlinked;
}

bool db_wants(const struct db *db, const char *type)
{
	return db->wanted && (!type || text_is_listed(db->wanted, type));
}

int db_wants_set(struct db *db, const char *types)
{
	db->wanted = mem_deref(db->wanted);

	return str_dup(&db->wanted, types);
}

const struct vault *db_vault(const struct db *db)
{
	return db->vault;
}

void db_vault_set(struct db *db, const struct vault *vault, bool has_texts)
{
	db->vault = vault;
	db->has_sealed_texts = vault && has_texts;
}

const char *db_fault(const struct db *db)
{
	return db->fault;
}

void db_fault_set(struct db *db, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(db->fault, sizeof(db->fault), fmt, ap);
	va_end(ap);
}

const char *db_say(const struct db *db, const char *sqlite,
                   const char *postgresql)
{
	return db->driver->is_server ? postgresql : sqlite;
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
	case EAGAIN:
	case ESTALE:
	case ECONNRESET:
	case ECONNREFUSED:
	case ETIMEDOUT:
		return true;

	default:
		return false;
	}
}

/* --- statements ---------------------------------------------------------- */

void driver_forget(struct db *db)
{
	for (size_t i = 0; i < db->keptc; i++)
		mem_deref(db->keptv[i]);
	db->keptc = 0;
}

static int kept(struct db *db, struct db_stmt **stmtp, const char *sql,
                const struct db_arg *argv, size_t argc)
{
	struct db_stmt *stmt = NULL;
	int err;

	for (size_t i = 0; i < db->keptc; i++) {
		if (db->keptv[i]->sql == sql) {
			*stmtp = db->keptv[i];
			return 0;
		}
	}

	assert(db->keptc < DRIVER_STATEMENTS_MAX);
	err = db->driver->prepare(db, &stmt, sql, argv, argc);
	if (err)
		return err;

	db->keptv[db->keptc++] = stmt;
	*stmtp = stmt;

	return 0;
}

int db_ask(struct db *db, struct db_stmt **stmtp, const char *sql,
           const struct db_arg *argv, size_t argc)
{
	struct db_stmt *stmt = NULL;
	int err;

	assert(argc <= DB_ARGS_MAX);

	*stmtp = NULL;

	/* Outside it would be kept whatever becomes of the rest. */
	if (!db_is_within(db)) {
		db_fault_set(db, "database %s: a failure has undone it all",
		             db->name);
		return EAGAIN;
	}

	err = kept(db, &stmt, sql, argv, argc);
	if (!err)
		err = db->driver->bind(stmt, argv, argc);
	if (!err)
		*stmtp = stmt;

	return err;
}

bool db_fetch(struct db_stmt *stmt, int *errp)
{
	bool is_row = false;

	if (!*errp)
		*errp = stmt->db->driver->next(stmt, &is_row);
	else if (stmt)
		db_rest(stmt);

	return is_row && !*errp;
}

void db_rest(struct db_stmt *stmt)
{
	stmt->db->driver->rest(stmt);
}

int64_t db_int_at(struct db_stmt *stmt, int column)
{
	return stmt->db->driver->int_at(stmt, column);
}

const char *db_text_at(struct db_stmt *stmt, int column)
{
	const char *text = stmt->db->driver->text_at(stmt, column);

	return text ? text : "";
}

bool db_is_null_at(struct db_stmt *stmt, int column)
{
	return !stmt->db->driver->text_at(stmt, column);
}

int db_run(struct db *db, const char *sql, const struct db_arg *argv,
           size_t argc)
{
	struct db_stmt *stmt;
	bool is_row;
	int err;

	err = db_ask(db, &stmt, sql, argv, argc);
	is_row = db_fetch(stmt, &err);
	assert(!is_row);
	(void)is_row;

	return err;
}

int db_put(struct db *db, const char *sql, const struct db_arg *argv,
           size_t argc)
{
	struct db_stmt *stmt;
	int err;

	if (!db->driver->put) {
		err = db_run(db, sql, argv, argc);
		db->put_changes += err ? 0 : db_changes(db);
		return err;
	}

	err = db_ask(db, &stmt, sql, argv, argc);

	return err ? err : db->driver->put(stmt);
}

int db_gather(struct db *db, const char *sql, const struct db_arg *argv,
              size_t argc)
{
	static const struct db_arg arrayv[DB_ARGS_MAX];
	struct db_stmt *stmt;
	int err;

	assert(argc <= DB_ARGS_MAX && db->driver->gather);

	err = kept(db, &stmt, sql, arrayv, argc);

	return err ? err : db->driver->gather(stmt, argv, argc);
}

int db_settle(struct db *db, uint32_t *changesp)
{
	uint32_t changes = db->put_changes;
	int err = 0;

	db->put_changes = 0;
	if (db->driver->settle)
		err = db->driver->settle(db, &changes);
	if (changesp)
		*changesp = changes;

	return err;
}

uint32_t db_changes(const struct db *db)
{
	return db->driver->changes(db);
}

int db_get_int(struct db *db, int64_t *valuep, const char *sql,
               const struct db_arg *argv, size_t argc)
{
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, sql, argv, argc);
	if (!db_fetch(stmt, &err))
		return err ? err : ENOENT;

	*valuep = db_int_at(stmt, 0);
	db_rest(stmt);

	return 0;
}

int db_script(struct db *db, const char *sql)
{
	return db->driver->script(db, sql);
}

/* --- transactions -------------------------------------------------------- */

static void quietly(struct db *db, const char *sql)
{
	char fault[CFG_FAULT_SIZE];

	memcpy(fault, db->fault, sizeof(fault));
	(void)db_script(db, sql);
	memcpy(db->fault, fault, sizeof(fault));
}

struct db_cursor *db_cursor(struct db *db)
{
	return &db->cursor;
}

struct db_line *db_line(struct db *db)
{
	return &db->line;
}

int db_begin(struct db *db, bool is_write)
{
	int err;

	memset(&db->cursor, 0, sizeof(db->cursor));
	memset(&db->line, 0, sizeof(db->line));
	db->put_changes = 0;
	db->is_begun = false;
	err = db->driver->begin(db, is_write);
	db->is_begun = !err;

	return err;
}

int db_commit(struct db *db)
{
	int err = db->driver->commit(db);

	db->is_begun = db->is_begun && err;

	return err;
}

void db_rollback(struct db *db)
{
	db->is_begun = false;
	quietly(db, "ROLLBACK");
}

bool db_is_within(const struct db *db)
{
	return !db->is_begun || !db->driver->is_within ||
	       db->driver->is_within(db);
}

int db_part_begin(struct db *db)
{
	return db_run(db, "SAVEPOINT part", NULL, 0);
}

int db_part_end(struct db *db)
{
	return db_run(db, "RELEASE SAVEPOINT part", NULL, 0);
}

void db_part_undo(struct db *db)
{
	quietly(db, "ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part");

	/* The rows that were read ahead may be others' again. */
	memset(&db->cursor, 0, sizeof(db->cursor));
}

int db_migrating(struct db *db)
{
	return db_script(db,
	                 db_say(db, "", "SELECT pg_advisory_lock(2606211120)"));
}

void db_migrated(struct db *db)
{
	quietly(db, db_say(db, "", "SELECT pg_advisory_unlock(2606211120)"));
}
