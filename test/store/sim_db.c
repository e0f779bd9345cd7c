/*
 * test/store/sim_db.c - a database server that exists in this process
 *
 * A connection here is a number, its faults, and whether it is within a
 * transaction; the statements run in the one real connection. Transactions
 * never overlap, since a job of the store runs to its end.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sqlite3.h>
#include "store/driver.h"
#include "store/sim_db.h"

enum {
	STATEMENTS_MAX = 4096,
};

struct client {
	struct db db;
	unsigned no;
	bool is_within;
};

static struct db *real;
static enum sim_db_fault faultv[SIM_DB_CLIENTS];

/* All that were ever prepared: processes come and go by the hundred. */
static struct db_stmt *stmtv[STATEMENTS_MAX];
static size_t stmtc;

static void client_destructor(void *arg)
{
	struct client *client = arg;

	if (client->is_within)
		db_rollback(real);
	driver_forget(&client->db);
	mem_deref(client->db.name);
	mem_deref(client->db.wanted);
}

/* --- faults -------------------------------------------------------------- */

static int lose(struct client *client)
{
	if (client->is_within)
		db_rollback(real);
	client->is_within = false;
	db_fault_set(&client->db, "database %s: the connection is lost",
	             client->db.name);

	return ECONNRESET;
}

/* Whether it is that fault's turn. */
static bool strikes(const struct client *client, enum sim_db_fault fault)
{
	if (faultv[client->no] != fault)
		return false;
	if (fault != SIM_DB_AWAY)
		faultv[client->no] = SIM_DB_WELL;

	return true;
}

static int tell(struct client *client, int err)
{
	if (err)
		db_fault_set(&client->db, "%s", db_fault(real));

	return err;
}

/* --- statements ---------------------------------------------------------- */

/* One that a client which is gone has left; NULL: there is none. */
static struct db_stmt *left(const char *sql)
{
	for (size_t i = 0; i < stmtc; i++) {
		if (stmtv[i]->sql != sql || mem_nrefs(stmtv[i]) > 1)
			continue;
		real->driver->rest(stmtv[i]);
		return mem_ref(stmtv[i]);
	}

	return NULL;
}

static int prepare(struct db *db, struct db_stmt **stmtp, const char *sql,
                   const struct db_arg *argv, size_t argc)
{
	struct client *client = (struct client *)db;
	struct db_stmt *stmt;
	int err = 0;

	if (strikes(client, SIM_DB_AWAY))
		return lose(client);

	stmt = left(sql);
	if (!stmt) {
		err = real->driver->prepare(real, &stmt, sql, argv, argc);
		if (!err && stmtc < STATEMENTS_MAX)
			stmtv[stmtc++] = mem_ref(stmt);
	}
	if (!err) {
		stmt->db = db;
		*stmtp = stmt;
	}

	return tell(client, err);
}

static int bind(struct db_stmt *stmt, const struct db_arg *argv, size_t argc)
{
	struct client *client = (struct client *)stmt->db;
	int err;

	if (strikes(client, SIM_DB_AWAY) ||
	    (client->is_within && strikes(client, SIM_DB_LOST_WITHIN)))
		return lose(client);

	stmt->db = real;
	err = real->driver->bind(stmt, argv, argc);
	stmt->db = &client->db;

	return tell(client, err);
}

static int next(struct db_stmt *stmt, bool *is_rowp)
{
	struct client *client = (struct client *)stmt->db;
	int err;

	stmt->db = real;
	err = real->driver->next(stmt, is_rowp);
	stmt->db = &client->db;

	return tell(client, err);
}

static void rest(struct db_stmt *stmt)
{
	real->driver->rest(stmt);
}

static int64_t int_at(struct db_stmt *stmt, int column)
{
	return real->driver->int_at(stmt, column);
}

static const char *text_at(struct db_stmt *stmt, int column)
{
	return real->driver->text_at(stmt, column);
}

static uint32_t changes(const struct db *db)
{
	(void)db;

	return db_changes(real);
}

/* --- transactions -------------------------------------------------------- */

static int script(struct db *db, const char *sql)
{
	struct client *client = (struct client *)db;

	if (!*sql)
		return 0;
	if (strikes(client, SIM_DB_AWAY))
		return lose(client);
	if (!strcmp(sql, "ROLLBACK")) {
		if (client->is_within)
			db_rollback(real);
		client->is_within = false;
		return 0;
	}

	return tell(client, db_script(real, sql));
}

static int begin(struct db *db, bool is_write)
{
	struct client *client = (struct client *)db;
	int err;

	if (strikes(client, SIM_DB_AWAY))
		return lose(client);

	err = db_begin(real, is_write);
	client->is_within = !err;

	return tell(client, err);
}

static int commit(struct db *db)
{
	struct client *client = (struct client *)db;
	int err;

	if (!client->is_within || strikes(client, SIM_DB_AWAY) ||
	    strikes(client, SIM_DB_LOST_BEFORE))
		return lose(client);
	if (strikes(client, SIM_DB_FULL)) {
		db_fault_set(db, "database %s: its disk is full", db->name);
		return ENOSPC;
	}

	err = db_commit(real);
	client->is_within = err != 0;
	if (!err && strikes(client, SIM_DB_LOST_BEHIND))
		return lose(client);

	return tell(client, err);
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
	.changes = changes,
	.is_shared = true,
};

/* In place of the one that speaks to a server. */
int driver_pg_open(struct db **dbp, const char *url, enum driver_mode mode,
                   char fault[CFG_FAULT_SIZE])
{
	struct client *client;
	int err;

	(void)mode;

	client = mem_zalloc(sizeof(*client), client_destructor);
	if (!client)
		return ENOMEM;

	client->db.driver = &driver;
	client->no = (unsigned)strtoul(strrchr(url, '/') + 1, NULL, 10);
	assert(real && client->no < SIM_DB_CLIENTS);
	err = str_dup(&client->db.name, url);
	if (!err && faultv[client->no] == SIM_DB_AWAY)
		err = lose(client);

	if (err) {
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s", client->db.fault);
		mem_deref(client);
	}
	else {
		*dbp = &client->db;
	}

	return err;
}

/* --- from outside -------------------------------------------------------- */

int sim_db_init(const char *path)
{
	char fault[CFG_FAULT_SIZE];
	int err;

	/* There is one thread, and nobody asks how much memory it takes. */
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	memset(faultv, 0, sizeof(faultv));
	err = driver_sqlite_open(&real, path, DRIVER_OWN, fault);
	if (err)
		fprintf(stderr, "%s\n", fault);

	/* It is about our crashes, not those of this machine. */
	return err ? err
	           : db_script(real, "PRAGMA synchronous = OFF;"
	                             "PRAGMA locking_mode = EXCLUSIVE;"
	                             "PRAGMA journal_mode = MEMORY");
}

void sim_db_close(void)
{
	while (stmtc)
		mem_deref(stmtv[--stmtc]);
	real = mem_deref(real);
}

const char *sim_db_url(char url[SIM_DB_URL_SIZE], unsigned client)
{
	(void)snprintf(url, SIM_DB_URL_SIZE, "postgresql://sim/%u", client);

	return url;
}

void sim_db_set(unsigned client, enum sim_db_fault fault)
{
	faultv[client] = fault;
}

enum sim_db_fault sim_db_fault(unsigned client)
{
	return faultv[client];
}

int sim_db_script(const char *sql)
{
	return db_script(real, sql);
}

int sim_db_number(int64_t *np, const char *sql, const struct db_arg *argv,
                  size_t argc)
{
	return db_get_int(real, np, sql, argv, argc);
}

int sim_db_rows(const char *sql, const struct db_arg *argv, size_t argc,
                sim_db_row_h *handler, void *arg)
{
	int64_t numberv[SIM_DB_COLUMNS];
	struct db_stmt *stmt;
	int err;

	err = db_ask(real, &stmt, sql, argv, argc);
	while (db_fetch(stmt, &err)) {
		for (int i = 0; i < SIM_DB_COLUMNS; i++)
			numberv[i] = db_int_at(stmt, i);
		handler(numberv, arg);
	}

	return err;
}
