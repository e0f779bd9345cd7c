/*
 * test/place_server.h - the PostgreSQL server of a test program
 */
#pragma once

/* Kills the server as a crash would, and starts it again. */
int place_server_stop(void);
int place_server_start(void);

/* Freezes it and lets it go on. */
int place_server_freeze(void);
int place_server_thaw(void);
