/*
 * test/place_file.c - a test's database is a SQLite file in test_dir()
 */
#include <sqlite3.h>
#include "harness.h"
#include "place.h"

enum {
	BUSY_MS = 20000,
};

static char path[512];

const char *place_url(void)
{
	(void)snprintf(path, sizeof(path), "%s/test.db", test_dir());

	return path;
}

bool place_is_server(void)
{
	return false;
}

int place_clock_set(int64_t wall_ms)
{
	(void)wall_ms;

	return 0;
}

int place_sql(const char *sql, char text[PLACE_TEXT_SIZE])
{
	sqlite3 *sqlite = NULL;
	sqlite3_stmt *stmt = NULL;
	const unsigned char *value;
	int err = EIO;

	text[0] = '\0';
	if (sqlite3_open(place_url(), &sqlite) != SQLITE_OK)
		goto out;
	(void)sqlite3_busy_timeout(sqlite, BUSY_MS);
	if (sqlite3_prepare_v2(sqlite, sql, -1, &stmt, NULL) != SQLITE_OK)
		goto out;

	switch (sqlite3_step(stmt)) {

	case SQLITE_ROW:
		value = sqlite3_column_text(stmt, 0);
		(void)snprintf(text, PLACE_TEXT_SIZE, "%s",
		               value ? (const char *)value : "NULL");
		err = 0;
		break;

	case SQLITE_DONE:
		err = 0;
		break;

	default:
		break;
	}

out:
	if (err)
		fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(sqlite));
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(sqlite);

	return err;
}
