/*
 * test/place.h - where a test's database lies
 *
 * Two files define it: place_file.c, a SQLite file in test_dir(), and
 * place_server.c, a database of a PostgreSQL server that runs for this test
 * program alone. A test program is linked with one of them, so the same tests
 * hold for both.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PLACE_TEXT_SIZE = 128,
};

/* A database of its own for each test_dir(). NULL with the reason said when
 * the server cannot be started. */
const char *place_url(void);

/* The first column of the first row, read with a connection of its own. */
int place_sql(const char *sql, char text[PLACE_TEXT_SIZE]);

/* The time that a server tells stands still at that moment, for connections
 * that are made behind the first call. A file tells none. */
int place_clock_set(int64_t wall_ms);

bool place_is_server(void);
