/*
 * speech/ws_hello.h - pure: how a WebSocket begins (RFC 6455 section 4)
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/ws_accept.h"
#include "speech/url.h"

enum {
	WS_HELLO_MAX = 16384, /* bytes of an answer */
	WS_WHY_SIZE = 200,
};

/* What a server answered. */
struct ws_hello {
	unsigned status;       /* of HTTP; 101 is the wanted one */
	bool is_accepted;      /* 101 with the right key */
	char why[WS_WHY_SIZE]; /* otherwise: what its body says, "" */
	size_t used;           /* bytes of the head; frames may be behind */
};

/* Writes the request. `headers` are whole lines ("Name: value\r\n"). */
int ws_hello_write(struct mbuf *mb, const struct url *url, const char *headers,
                   const char *key);

/* The status of an answer and the bytes of its head. EAGAIN while that is not
 * complete, EPROTO when it is none. */
int ws_hello_status(const char *data, size_t n, unsigned *statusp,
                    size_t *usedp);

/* Reads an answer from its first byte on. Returns EAGAIN while its head is not
 * complete, EPROTO when it is none. Where the status is not 101, `why` has what
 * came of the body. */
int ws_hello_read(struct ws_hello *hello, const char *data, size_t n,
                  const char *key);
