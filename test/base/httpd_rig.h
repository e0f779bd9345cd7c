/*
 * test/base/httpd_rig.h - a server with routes for everything, and clients
 *
 * The server runs on the control loop of the test; what a client does runs in
 * a thread of its own, with plain blocking sockets, and then ends the loop.
 */
#pragma once

#include "base/httpd.h"
#include "harness.h"
#include <re_tmr.h>

enum {
	HTTPD_RIG_ANSWER = 1 << 20, /* bytes of an answer that are kept */
	HTTPD_RIG_HELD = 40,
	HTTPD_RIG_IDLE = 1000,
};

struct httpd_rig {
	struct httpd *server;
	uint16_t port;
	char fault[HTTPD_FAULT_SIZE];
	struct httpd_prm prm;
	int err; /* of the client */

	/* what handlers hold and count */
	struct httpd_request *heldv[HTTPD_RIG_HELD];
	size_t heldc;
	struct httpd_request *idlev[HTTPD_RIG_IDLE];
	size_t idlec;
	struct httpd_request *stream;
	struct list talkl; /* WebSockets */
	_Atomic unsigned asked, gone, drained, chokes, closed;
	unsigned checked, closed_code;
	size_t stream_left;
	bool is_drained;
	int fdv[8]; /* connections that a client leaves */
	size_t fdc;
	struct tmr tmr;
	int (*client)(struct httpd_rig *rig);
};

/* The loop and the server; prm may have been changed before. */
int httpd_rig_init(struct httpd_rig *rig);
void httpd_rig_end(struct httpd_rig *rig);

/* Runs the client beside the loop; what it returns. */
int httpd_rig_run(struct httpd_rig *rig, int (*client)(struct httpd_rig *rig));

/* Whether the first WebSocket does nothing any more. */
bool httpd_rig_is_cut(const struct httpd_rig *rig);

/* For clients: lets the loop answer all whom it holds. */
void client_release(struct httpd_rig *rig);

/* Waits until so much was counted; false after a minute. */
bool client_sees(const _Atomic unsigned *count, unsigned n);

/* A connection, -1 without; patience is a minute for each read. */
int client_open(const struct httpd_rig *rig);
int client_write(int fd, const char *data, size_t n);

/* What is there, as recv(). */
ssize_t client_recv(int fd, char *text, size_t size);

/* Reads until the server closes, or until what was read has n bytes (0: all).
 * NUL behind it; returns how many. */
size_t client_read(int fd, char *text, size_t size, size_t n);

/* One request on a connection of its own, the whole answer. */
int client_ask(const struct httpd_rig *rig, const char *request, char *answer,
               size_t size);
