/*
 * store/driver_pg_put.c - writes that nobody waits for, in one piece
 *
 * A round trip for each row is most of what a row costs on a server. What is
 * put goes out in libpq's pipeline; the answers are read when the next
 * question, the commit or db_settle() has to know.
 */
#include <stdlib.h>
#include "store/pg.h"

int pg_put(struct db_stmt *base)
{
	struct pg_stmt *stmt = (struct pg_stmt *)base;
	struct pg *pg = (struct pg *)base->db;

	if (!pg->conn)
		return pg_fail_lost(pg, ECONNRESET, "the connection is lost");

	if ((!pg->putc && !PQenterPipelineMode(pg->conn)) ||
	    !PQsendQueryPrepared(pg->conn, stmt->name, stmt->argc, stmt->valuev,
	                         NULL, NULL, 0))
		return pg_fail_lost(pg, ECONNRESET, PQerrorMessage(pg->conn));

	pg->putc++;

	return 0;
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
	int err = 0, failure;

	if (!pg->putc)
		return 0;

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
