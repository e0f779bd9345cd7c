/*
 * store/driver_pg_put.c - writes that nobody waits for, in one piece
 *
 * A round trip for each row is most of what a row costs on a server. What is
 * put goes out in libpq's pipeline; the answers are read when the next
 * question, the commit or db_settle() has to know.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include "base/text.h"
#include "store/pg.h"

enum {
	GATHER_MAX = 1000, /* rows in one statement */
	INT8_OID = 20,
	TEXT_OID = 25,
	AT_COUNT = 12, /* in the head of an array */
	IS_BINARY = 1,
};

static int in_pipeline(struct pg *pg, bool is_sent)
{
	if (!is_sent)
		return pg_fail_lost(pg, ECONNRESET, PQerrorMessage(pg->conn));

	pg->putc++;

	return 0;
}

static bool pipeline(struct pg *pg)
{
	return pg->putc || PQenterPipelineMode(pg->conn);
}

/* --- many rows as arrays -------------------------------------------------- */

static int number_put(struct mbuf *mb, uint32_t number)
{
	return mbuf_write_u32(mb, htonl(number));
}

/* As array_recv() of the server takes it: one dimension, no NULL, the type, how
 * many, the first is 1. */
static int array_begin(struct mbuf *mb, uint32_t type)
{
	const uint32_t headv[] = {1, 0, type, 0, 1};
	int err = 0;

	mbuf_rewind(mb);
	for (size_t i = 0; i < ARRAY_COUNT(headv) && !err; i++)
		err = number_put(mb, headv[i]);

	return err;
}

static int array_number(struct mbuf *mb, int64_t number)
{
	uint64_t bits = (uint64_t)number;
	int err;

	err = number_put(mb, sizeof(bits));
	if (!err)
		err = number_put(mb, (uint32_t)(bits >> 32));

	return err ? err : number_put(mb, (uint32_t)bits);
}

/* As pg_bind() repairs it. */
static int array_text(struct mbuf *mb, const char *text)
{
	size_t len = strlen(text);
	char *repaired = NULL;
	int err = 0;

	if (!text_is_utf8(text, len)) {
		err = str_dup(&repaired, text);
		if (err)
			return err;
		text = text_repair(repaired);
		len = strlen(text);
	}
	err = number_put(mb, (uint32_t)len);
	if (!err)
		err = mbuf_write_mem(mb, (const uint8_t *)text, len);
	mem_deref(repaired);

	return err;
}

static int array_add(struct pg_stmt *stmt, size_t i, const struct db_arg *arg)
{
	struct mbuf *mb = stmt->arrayv[i];
	int err = 0;

	assert(arg->is_number || arg->text);
	if (!mb)
		mb = stmt->arrayv[i] = mbuf_alloc(1024);
	if (!mb)
		return ENOMEM;

	if (!stmt->gatherc)
		err = array_begin(mb, arg->is_number ? INT8_OID : TEXT_OID);
	if (err)
		return err;

	return arg->is_number ? array_number(mb, arg->number)
	                      : array_text(mb, arg->text);
}

static int gathered_send(struct pg *pg)
{
	struct pg_stmt *stmt = pg->gathering;
	const char *valuev[DB_ARGS_MAX];
	int lenv[DB_ARGS_MAX], formatv[DB_ARGS_MAX];

	if (!stmt)
		return 0;

	pg->gathering = NULL;
	for (int i = 0; i < stmt->argc; i++) {
		struct mbuf *mb = stmt->arrayv[i];

		mb->pos = AT_COUNT;
		(void)number_put(mb, stmt->gatherc); /* over the one there */
		valuev[i] = (const char *)mb->buf;
		lenv[i] = (int)mb->end;
		formatv[i] = IS_BINARY;
	}

	return in_pipeline(pg, pipeline(pg) &&
	                               PQsendQueryPrepared(pg->conn, stmt->name,
	                                                   stmt->argc, valuev,
	                                                   lenv, formatv, 0));
}

int pg_gather(struct db_stmt *base, const struct db_arg *argv, size_t argc)
{
	struct pg_stmt *stmt = (struct pg_stmt *)base;
	struct pg *pg = (struct pg *)base->db;
	int err = 0;

	if (!pg->conn)
		return pg_fail_lost(pg, ECONNRESET, "the connection is lost");

	if (pg->gathering != stmt) {
		err = gathered_send(pg);
		stmt->gatherc = 0;
		stmt->argc = (int)argc;
	}
	for (size_t i = 0; i < argc && !err; i++)
		err = array_add(stmt, i, &argv[i]);

	/* Half a row: whoever fails here undoes the others too. */
	pg->gathering = err ? NULL : stmt;
	if (err)
		return err;

	return ++stmt->gatherc < GATHER_MAX ? 0 : gathered_send(pg);
}

/* --- one after the other -------------------------------------------------- */

int pg_put(struct db_stmt *base)
{
	struct pg_stmt *stmt = (struct pg_stmt *)base;
	struct pg *pg = (struct pg *)base->db;
	int err;

	if (!pg->conn)
		return pg_fail_lost(pg, ECONNRESET, "the connection is lost");

	err = gathered_send(pg);
	if (err)
		return err;

	return in_pipeline(pg, pipeline(pg) &&
	                               PQsendQueryPrepared(
					       pg->conn, stmt->name, stmt->argc,
					       stmt->valuev, NULL, NULL, 0));
}

/* Takes the answer of one of them; is_lastp: of the mark behind the last. */
static int take(struct pg *pg, const PGresult *result, bool *is_lastp)
{
	switch (PQresultStatus(result)) {

	case PGRES_PIPELINE_SYNC:
		*is_lastp = true;
		return 0;

	case PGRES_COMMAND_OK:
		pg->put_changes += (uint32_t)strtoul(
			PQcmdTuples((PGresult *)(uintptr_t)result), NULL, 10);
		return 0;

	/* Behind one that failed. */
	case PGRES_PIPELINE_ABORTED:
		return 0;

	default:
		return pg_fail(pg, result);
	}
}

int pg_settle(struct pg *pg)
{
	bool is_last = false;
	PGresult *result;
	int err, failure;

	err = gathered_send(pg);
	if (err || !pg->putc)
		return err;

	pg->putc = 0;
	if (!PQpipelineSync(pg->conn))
		return pg_fail_lost(pg, ECONNRESET, PQerrorMessage(pg->conn));

	while (!is_last) {
		failure = pg_wait(pg);
		if (failure)
			return err ? err : failure;

		/* NULL stands between two of them. */
		result = PQgetResult(pg->conn);
		if (!result)
			continue;
		failure = take(pg, result, &is_last);
		PQclear(result);
		err = err ? err : failure;
		if (!pg->conn)
			return err;
	}
	if (!PQexitPipelineMode(pg->conn))
		return pg_fail_lost(pg, ECONNRESET, PQerrorMessage(pg->conn));

	return err;
}
