/*
 * base/ws_frame.h - pure: WebSocket frames (RFC 6455), of either side
 *
 * A client writes masked and reads plain, a server the other way round.
 * Reading takes what arrives in any pieces, joins fragments and refuses what
 * the other side may not send.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

enum ws_kind {
	WS_TEXT = 0x1,
	WS_BINARY = 0x2,
	WS_CLOSE = 0x8,
	WS_PING = 0x9,
	WS_PONG = 0xa,
};

enum {
	WS_HEAD_MAX = 14,         /* of a frame: its head at most */
	WS_MESSAGE_MAX = 1 << 20, /* of what may be sent at once */
};

/* One whole message or control frame. A text is not checked for UTF-8. */
struct ws_message {
	enum ws_kind kind;
	const uint8_t *data; /* valid during the call back */
	size_t n;
};

/* Returning an error ends the reading: the receiver is gone. */
typedef int(ws_message_h)(const struct ws_message *message, void *arg);

/* Appends one masked frame, as a client sends. Returns ENOMEM. */
int ws_frame_write(struct mbuf *mb, enum ws_kind kind, const void *data,
                   size_t n, uint32_t mask);

/* Appends one frame without a mask, as a server sends. Returns ENOMEM. */
int ws_frame_write_plain(struct mbuf *mb, enum ws_kind kind, const void *data,
                         size_t n);

/* Reads what a server sends; or, the second, what a client sends. Returns
 * ENOMEM. */
struct ws_reader;
int ws_reader_alloc(struct ws_reader **readerp);
int ws_reader_alloc_server(struct ws_reader **readerp);

/* Takes n bytes of the stream and reports every message that is whole.
 * Returns EPROTO for what is no frame of the other side, EMSGSIZE above
 * WS_MESSAGE_MAX, ENOMEM, or what the handler returned; then nothing more may
 * be fed. */
int ws_reader_feed(struct ws_reader *reader, const uint8_t *data, size_t n,
                   ws_message_h *handler, void *arg);
