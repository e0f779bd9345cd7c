/*
 * test/place_server.c - a test's database is one of a PostgreSQL server
 */
#include <libpq-fe.h>
#include "harness.h"
#include "pgserver.h"
#include "place.h"

static char url[512];
static char owner[512]; /* test_dir() that the database belongs to */
static bool is_open;

const char *place_url(void)
{
	const char *made;

	if (!is_open) {
		int err = pgserver_open(false);

		if (err) {
			fprintf(stderr,
			        "PostgreSQL cannot be started for the tests: "
			        "%s: install postgresql\n",
			        strerror(err));
			return NULL;
		}
		is_open = true;
	}
	if (!strcmp(owner, test_dir()))
		return url;

	made = pgserver_database();
	if (!made)
		return NULL;
	(void)snprintf(url, sizeof(url), "%s", made);
	(void)snprintf(owner, sizeof(owner), "%s", test_dir());

	return url;
}

bool place_is_server(void)
{
	return true;
}

/* A function of ours is found before the server's own. */
int place_clock_set(int64_t wall_ms)
{
	char sql[512], text[PLACE_TEXT_SIZE];

	(void)snprintf(sql, sizeof(sql),
	               "DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I SET"
	               " search_path = public, pg_catalog',"
	               " current_database()); END $$;"
	               " CREATE OR REPLACE FUNCTION public.clock_timestamp()"
	               " RETURNS timestamptz LANGUAGE plpgsql AS"
	               " $$ BEGIN RETURN timestamptz 'epoch' + %lld *"
	               " interval '1 millisecond'; END $$",
	               (long long)wall_ms);

	return place_sql(sql, text);
}

int place_sql(const char *sql, char text[PLACE_TEXT_SIZE])
{
	PGconn *conn = PQconnectdb(place_url());
	PGresult *result = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(result);
	int err = 0;

	text[0] = '\0';
	if (status == PGRES_TUPLES_OK && PQntuples(result))
		(void)snprintf(text, PLACE_TEXT_SIZE, "%s",
		               PQgetisnull(result, 0, 0)
		                       ? "NULL"
		                       : PQgetvalue(result, 0, 0));
	else if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		err = EIO;
	if (err)
		fprintf(stderr, "%s: %s", sql, PQerrorMessage(conn));
	PQclear(result);
	PQfinish(conn);

	return err;
}
