/*
 * test/pgserver.h - a PostgreSQL server of one's own, for tests and benches
 *
 * Made in a directory of its own; it ends with the program that opened it,
 * whatever ends that. It listens on a Unix socket alone. As root it runs as
 * the user `postgres`, since it refuses root.
 */
#pragma once

#include <stdbool.h>

/* Makes and starts it. Commits wait for the disk only where it is_durable: a
 * test is about our crash or the server's, not the machine's. ENOENT: none is
 * installed. */
int pgserver_open(bool is_durable);

/* A new database; the URL is valid until the next call. NULL: it said why. */
const char *pgserver_database(void);

/* Kills the server as a crash would, and starts it again unless it runs. */
void pgserver_stop(void);
int pgserver_start(void);

/* Freezes it, so that it takes what is asked and answers nothing, and lets it
 * go on. */
int pgserver_freeze(void);
int pgserver_thaw(void);
