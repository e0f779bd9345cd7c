/*
 * store/driver_pg_stmt.c - the statements of a PostgreSQL server
 */
#include <stdio.h>
#include <stdlib.h>
#include "base/text.h"
#include "store/pg.h"

enum {
	INT8_OID = 20,
};

void pg_rest(struct db_stmt *base)
{
	struct pg_stmt *stmt = (struct pg_stmt *)base;

	PQclear(stmt->result);
	stmt->result = NULL;
	for (int i = 0; i < stmt->argc; i++)
		stmt->repairedv[i] = mem_deref(stmt->repairedv[i]);
}

static void stmt_destructor(void *arg)
{
	struct pg_stmt *stmt = arg;

	pg_rest(&stmt->base);
	for (size_t i = 0; i < DB_ARGS_MAX; i++)
		mem_deref(stmt->arrayv[i]);
}

/* `?` and `?2` become `$1` and `$2`; texts in quotes stay. */
static int translate(char **textp, const char *sql)
{
	size_t size = 2 * strlen(sql) + 1, n = 0;
	unsigned place = 0;
	bool is_quoted = false;
	char *text;

	text = mem_zalloc(size, NULL);
	if (!text)
		return ENOMEM;

	for (const char *p = sql; *p; p++) {
		if (*p == '\'')
			is_quoted = !is_quoted;
		if (*p != '?' || is_quoted)
			text[n++] = *p;
		else if (p[1] >= '0' && p[1] <= '9')
			text[n++] = '$';
		else
			n += (size_t)snprintf(text + n, size - n, "$%u",
			                      ++place);
	}
	*textp = text;

	return 0;
}

int pg_prepare(struct db *db, struct db_stmt **stmtp, const char *sql,
               const struct db_arg *argv, size_t argc)
{
	struct pg *pg = (struct pg *)db;
	struct pg_stmt *stmt;
	PGresult *result = NULL;
	Oid typev[DB_ARGS_MAX];
	char *text = NULL;
	int err;

	err = pg_ready(pg);
	if (err)
		return err;

	stmt = mem_zalloc(sizeof(*stmt), stmt_destructor);
	if (!stmt)
		return ENOMEM;

	stmt->base = (struct db_stmt){.db = db, .sql = sql};
	(void)snprintf(stmt->name, sizeof(stmt->name), "s%zu", db->keptc);
	err = translate(&text, sql);
	if (err)
		goto out;

	/* The type of a text is that of the place where it stands. */
	for (size_t i = 0; i < argc; i++)
		typev[i] = argv[i].is_number ? INT8_OID : 0;
	err = pg_answer(
		pg, PQsendPrepare(pg->conn, stmt->name, text, (int)argc, typev),
		&result);
	PQclear(result);

out:
	mem_deref(text);
	if (err)
		mem_deref(stmt);
	else
		*stmtp = &stmt->base;

	return err;
}

/* A text that came over the network may be no UTF-8, which a server refuses
 * together with its row. */
static int bind_text(struct pg_stmt *stmt, size_t i, const char *text)
{
	int err;

	stmt->valuev[i] = text;
	if (!text || text_is_utf8(text, strlen(text)))
		return 0;

	err = str_dup(&stmt->repairedv[i], text);
	if (!err)
		stmt->valuev[i] = text_repair(stmt->repairedv[i]);

	return err;
}

int pg_bind(struct db_stmt *base, const struct db_arg *argv, size_t argc)
{
	struct pg_stmt *stmt = (struct pg_stmt *)base;
	int err = 0;

	pg_rest(base);
	stmt->argc = (int)argc;
	for (size_t i = 0; i < argc && !err; i++) {
		if (argv[i].is_number) {
			(void)snprintf(stmt->numberv[i], PG_NUMBER_SIZE, "%lld",
			               (long long)argv[i].number);
			stmt->valuev[i] = stmt->numberv[i];
		}
		else {
			err = bind_text(stmt, i, argv[i].text);
		}
	}

	return err;
}

static int execute(struct pg_stmt *stmt)
{
	struct pg *pg = (struct pg *)stmt->base.db;
	int err;

	err = pg_ready(pg);
	if (err)
		return err;

	err = pg_answer(pg,
	                PQsendQueryPrepared(pg->conn, stmt->name, stmt->argc,
	                                    stmt->valuev, NULL, NULL, 0),
	                &stmt->result);
	if (err)
		return err;

	pg->changes = (uint32_t)strtoul(PQcmdTuples(stmt->result), NULL, 10);
	stmt->row = -1;

	return 0;
}

int pg_next(struct db_stmt *base, bool *is_rowp)
{
	struct pg_stmt *stmt = (struct pg_stmt *)base;
	int err;

	*is_rowp = false;
	if (!stmt->result) {
		err = execute(stmt);
		if (err) {
			pg_rest(base);
			return err;
		}
	}

	*is_rowp = ++stmt->row < PQntuples(stmt->result);
	if (!*is_rowp)
		pg_rest(base);

	return 0;
}

const char *pg_text_at(struct db_stmt *base, int column)
{
	struct pg_stmt *stmt = (struct pg_stmt *)base;

	if (PQgetisnull(stmt->result, stmt->row, column))
		return NULL;

	return PQgetvalue(stmt->result, stmt->row, column);
}

int64_t pg_int_at(struct db_stmt *base, int column)
{
	const char *text = pg_text_at(base, column);

	if (!text)
		return 0;

	return *text == 't' ? 1 : strtoll(text, NULL, 10);
}
