/*
 * speech/websocket.h - a WebSocket to a service (RFC 6455), over TCP or TLS
 *
 * Own, over libre's TCP and TLS, because a service says in the refused
 * handshake what is wrong with the key, and libre's client keeps that to
 * itself.
 *
 * Threads: the control loop.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ws_frame.h"
#include "speech/url.h"

struct sa;
struct tls;
struct websocket;

enum {
	WEBSOCKET_WHY_SIZE = 300,
};

/* Why it is over. */
struct websocket_end {
	int err;         /* 0: the service closed in order (1000, 1001) */
	unsigned status; /* HTTP status of a refused handshake, else 0 */
	unsigned code;   /* of the service's close frame, else 0 */
	char why[WEBSOCKET_WHY_SIZE]; /* in words, the service's among them */
};

/* No handler is called from inside websocket_open() and websocket_send(), and
 * none after mem_deref(). */
struct websocket_sink {
	void (*opened)(void *arg);
	void (*message)(const struct ws_message *message, void *arg);
	/* Once and last; what is to be done is mem_deref(). */
	void (*closed)(const struct websocket_end *end, void *arg);
	void *arg;
};

struct websocket_prm {
	const struct url *url;   /* copied */
	const char *headers;     /* whole lines, "" = none; copied */
	const struct url *proxy; /* through which; NULL: straight; copied */
	const struct sa *peer;   /* where url->host is, or the proxy's */
	struct tls *tls;         /* for a secure url: with the trusted CAs */
};

int websocket_open(struct websocket **wsp, const struct websocket_prm *prm,
                   const struct websocket_sink *sink);

/* Once it is open. Returns ENOMEM, or ENOBUFS when the service takes nothing
 * any more and as much waits as may. */
int websocket_send(struct websocket *ws, enum ws_kind kind, const void *data,
                   size_t n);

/* Bytes that wait because the service is slow. */
size_t websocket_waiting(const struct websocket *ws);

bool websocket_is_open(const struct websocket *ws);

/* clock_ms() of the last byte that came; of its beginning before. */
uint64_t websocket_heard_ms(const struct websocket *ws);
