/*
 * base/ws_accept.h - pure: the answer to a WebSocket's key (RFC 6455 1.3)
 */
#pragma once

enum {
	WS_KEY_SIZE = 25,    /* of 16 random bytes as base64, and the end */
	WS_ACCEPT_SIZE = 29, /* of a SHA-1 as base64, and the end */
};

/* What a server says to a client's key; a client checks the same. The key has
 * at most WS_KEY_SIZE - 1 bytes. Returns ENOMEM. */
int ws_accept_make(char accept[WS_ACCEPT_SIZE], const char *key);
