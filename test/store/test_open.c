/*
 * test/store/test_open.c - opening: locks, older and newer files, refusals
 */
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sqlite3.h>
#include "fixture.h"
#include "store/schema.h"
#include "store/tests.h"

int test_open_second_refused(void)
{
	struct fixture fx, other;
	char pid[32];
	int err, status;
	pid_t child;

	memset(&other, 0, sizeof(other));
	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	(void)snprintf(pid, sizeof(pid), "process %d:", (int)getpid());

	/* A lock of flock() is that of the open file: a second opening stands
	 * for a second process. */
	other.pool = fx.pool;
	memcpy(other.path, fx.path, sizeof(other.path));
	CHECK_ERR(EBUSY, fixture_open(&other));
	CHECK(strstr(other.fault, pid));
	CHECK(strstr(other.fault, fx.path));

	child = fork();
	if (!child) {
		other.store = NULL;
		_exit(fixture_open(&other) == EBUSY && strstr(other.fault, pid)
		              ? 0
		              : 1);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK_I64(0, status);

	fixture_close(&fx);
	CHECK_ERR(0, fixture_open(&fx));

out:
	fixture_end(&fx);

	return err;
}

/* Rows of a database of version 1 are there after a later step. */
int test_open_migrates(void)
{
	const struct schema_step stepv[] = {
		schema_stepv[0],
		{.both = "ALTER TABLE lists ADD COLUMN note TEXT NOT NULL"
	                 " DEFAULT 'x'"},
		{.both = "UPDATE lists SET note = note || id;"
	                 "CREATE TABLE notes (id BIGINT PRIMARY KEY)"},
	};
	const struct schema_step brokenv[] = {
		stepv[0],
		stepv[1],
		stepv[2],
		{.both = "CREATE TABLE half (id BIGINT);"
	                 " SELECT * FROM nothing"},
	};
	char fault[CFG_FAULT_SIZE], text[FIXTURE_TEXT_SIZE];
	struct db *db = NULL;
	struct fixture fx;
	int err;

	err = fixture_init(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, db_open(&db, fx.path, fault));
	CHECK_ERR(0, schema_migrate(db, stepv, 1, fault));
	CHECK_ERR(0, db_script(db, "INSERT INTO lists VALUES (7, 'old', 0)"));
	CHECK_ERR(0, schema_migrate(db, stepv, 3, fault));
	CHECK_ERR(0, schema_migrate(db, stepv, 3, fault));

	/* A step that fails leaves nothing of itself. */
	CHECK_ERR(EINVAL, schema_migrate(db, brokenv, 4, fault));
	CHECK(strstr(fault, "nothing"));
	CHECK_ERR(EPROTO, schema_migrate(db, stepv, 2, fault));
	CHECK(strstr(fault, "newer version"));
	db = mem_deref(db);

	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT (SELECT note FROM lists) || ' ' || "
	                         "(SELECT sum(version) FROM migrations)",
	                         text));
	CHECK_STR("x7 6", text);
	CHECK_ERR(0, fixture_sql(&fx, "CREATE TABLE half (id INT)", text));

out:
	mem_deref(db);
	fixture_end(&fx);

	return err;
}

/* A single call of before counts unless its line failed. */
int test_open_old_calls(void)
{
	static const char old_sql[] =
		"INSERT INTO calls SELECT column1, NULL, 'out', '+15550100',"
		" 'main', '', '', column1, 0, 0, 0, '', 0, '', '', '{}',"
		" '{}', '', '{}', '', '[]', '{}', '{}', ''"
		" FROM (VALUES ('in_doubt'), ('answered'), ('line_failed'),"
		" ('identity_failed'))";
	char fault[CFG_FAULT_SIZE], text[FIXTURE_TEXT_SIZE];
	struct db *db = NULL;
	struct fixture fx;
	int err;

	err = fixture_init(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, db_open(&db, fx.path, fault));
	CHECK_ERR(0, schema_migrate(db, schema_stepv, 17, fault));
	CHECK_ERR(0, db_script(db, old_sql));
	CHECK_ERR(0, schema_migrate(db, schema_stepv, schema_stepc, fault));
	db = mem_deref(db);

	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT group_concat(outcome, ' ') FROM"
	                         " (SELECT outcome FROM calls"
	                         " WHERE is_used = 1 ORDER BY 1)",
	                         text));
	CHECK_STR("answered in_doubt", text);

out:
	mem_deref(db);
	fixture_end(&fx);

	return err;
}

static int write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "wb");

	if (!file)
		return errno;
	(void)fputs(text, file);

	return fclose(file) ? errno : 0;
}

static int file_run(const char *path, const char *sql)
{
	sqlite3 *sqlite = NULL;
	int code = sqlite3_open(path, &sqlite);

	if (code == SQLITE_OK)
		code = sqlite3_exec(sqlite, sql, NULL, NULL, NULL);
	(void)sqlite3_close(sqlite);

	return code == SQLITE_OK ? 0 : EIO;
}

int test_open_refusals(void)
{
	static const struct {
		const char *why;
		const char *name;
		const char *bytes; /* of the file; NULL: none */
		int err;
		const char *said;
	} rowv[] = {
		/* clang-format off */
		{"no such directory", "no/such/x.db", NULL, ENOENT,
		 "create the directory"},
		{"no database", "text.db",
		 "number,name\n+15550100,this is a list and not a database, "
		 "at all, long enough to be looked at by the library\n",
		 EBADMSG, "damaged or no database"},
		{"a directory", ".", NULL, EISDIR, "directory"},
		/* clang-format on */
	};
	struct fixture fx;
	int err;

	err = fixture_init(&fx);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		(void)snprintf(fx.path, sizeof(fx.path), "%s/%s", test_dir(),
		               rowv[i].name);
		if (rowv[i].bytes)
			CHECK_ERR(0, write_file(fx.path, rowv[i].bytes));
		err = fixture_open(&fx);
		if (err != rowv[i].err || !strstr(fx.fault, rowv[i].said))
			fprintf(stderr, "row %zu: %s: %s\n", i, rowv[i].why,
			        fx.fault);
		CHECK_ERR(rowv[i].err, err);
		CHECK(strstr(fx.fault, rowv[i].said));
		err = 0;
	}

	(void)snprintf(fx.path, sizeof(fx.path), "%s/other.db", test_dir());
	CHECK_ERR(0, file_run(fx.path, "CREATE TABLE moz (id)"));
	CHECK_ERR(EBADMSG, fixture_open(&fx));
	CHECK(strstr(fx.fault, "another program"));

	(void)snprintf(fx.path, sizeof(fx.path), "%s/newer.db", test_dir());
	CHECK_ERR(0, fixture_open(&fx));
	fixture_close(&fx);
	CHECK_ERR(0,
	          file_run(fx.path, "INSERT INTO migrations VALUES (99, 0)"));
	CHECK_ERR(EPROTO, fixture_open(&fx));
	CHECK(strstr(fx.fault, "newer version of this program (schema 99"));

out:
	fixture_end(&fx);

	return err;
}

/* docs/database.md names each table as a heading and each of its columns as
 * a row of a table, in order. */
static int check_table(FILE *doc, sqlite3 *sqlite, const char *table)
{
	char line[512], heading[FIXTURE_TEXT_SIZE], column[FIXTURE_TEXT_SIZE];
	sqlite3_stmt *stmt = NULL;
	int err = 0;

	(void)snprintf(heading, sizeof(heading), "## `%s`\n", table);
	rewind(doc);
	do {
		if (!fgets(line, sizeof(line), doc))
			CHECK_FAIL("docs/database.md has no %s", heading);
	} while (strcmp(line, heading));

	(void)sqlite3_prepare_v2(sqlite,
	                         "SELECT name FROM pragma_table_info(?)", -1,
	                         &stmt, NULL);
	(void)sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		(void)snprintf(column, sizeof(column), "| `%s` |",
		               sqlite3_column_text(stmt, 0));
		do {
			if (!fgets(line, sizeof(line), doc) || line[0] == '#')
				CHECK_FAIL("docs/database.md: %s lacks %s",
				           table, column);
		} while (strncmp(line, "| `", 3));
		if (strncmp(line, column, strlen(column)))
			CHECK_FAIL("docs/database.md: %s: expected %s, got %s",
			           table, column, line);
	}

out:
	(void)sqlite3_finalize(stmt);

	return err;
}

int test_open_documented(void)
{
	static const char tables_sql[] =
		"SELECT name FROM sqlite_master WHERE type = 'table'"
		" AND name NOT LIKE 'sqlite_%'";
	sqlite3_stmt *stmt = NULL;
	sqlite3 *sqlite = NULL;
	struct fixture fx;
	FILE *doc = NULL;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	fixture_close(&fx);

	doc = fopen(test_source("docs/database.md"), "r");
	CHECK(doc);
	CHECK(sqlite3_open(fx.path, &sqlite) == SQLITE_OK);
	CHECK(sqlite3_prepare_v2(sqlite, tables_sql, -1, &stmt, NULL) ==
	      SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		CHECK_ERR(0, check_table(doc, sqlite,
		                         (const char *)sqlite3_column_text(stmt,
		                                                           0)));

out:
	if (doc)
		(void)fclose(doc);
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(sqlite);
	fixture_end(&fx);

	return err;
}
