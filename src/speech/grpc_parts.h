/*
 * speech/grpc_parts.h - the parts of the gRPC client; private to grpc*.c
 *
 * A link is one connection with its HTTP/2 session. It owns nothing but that:
 * calls belong to who opened them and only hang on it.
 */
#pragma once

#include <nghttp2/nghttp2.h>

#include "base/mem.h"
#include "speech/grpc.h"
#include <re_tmr.h>

enum {
	GRPC_SAID_SIZE = 256, /* of a service's own words */
	GRPC_HEAD_BYTES = 5,  /* in front of a message */
};

struct grpc {
	struct service *service;
	struct list linkl;
	uint64_t warmed_ms;
	struct tmr tmr; /* closes what was not used for long */
};

struct grpc_link {
	struct le le;
	struct grpc *grpc; /* NULL: let go of */
	struct tcp_conn *tcp;
	struct tls_conn *tls;
	struct ws_proxy *proxy; /* NULL: straight */
	nghttp2_session *session;
	struct list calll;
	uint64_t heard_ms;
	uint64_t used_ms;
	bool is_connected;
	bool is_leaving; /* takes no more calls */
	bool is_over;
	bool is_inside; /* nghttp2 is running */
	int err;        /* of sending: it will fail */
	struct tmr tmr;
};

/* What a service says at the end of a call. */
struct grpc_said {
	int status;           /* GRPC_NONE */
	unsigned http_status; /* of the response, 0: none came */
	bool is_grpc;         /* by its content type */
	char message[GRPC_SAID_SIZE];
};

struct grpc_call {
	struct le le;
	struct grpc_link *link; /* NULL: over */
	struct grpc_sink sink;
	int32_t id; /* of the HTTP/2 stream */
	struct mbuf *out;
	struct mbuf *in; /* a message that is not whole yet */
	struct grpc_said said;
	struct tmr tmr; /* tells that it is open */
	bool is_told;   /* that it is open */
	bool is_finished;
	bool is_over;
};

/* --- grpc_link.c -----------------------------------------------------------
 */

/* Connects. EINPROGRESS while the name is being looked up. */
int grpc_link_open(struct grpc_link **linkp, struct grpc *grpc);

/* Begins the HTTP/2 stream of a call, with the header lines. */
int grpc_link_begin(struct grpc_link *link, struct grpc_call *call,
                    const char *path, const char *headers);

/* The call has more to send, or is at its end; it may be in a handler. */
void grpc_link_resume(struct grpc_link *link, struct grpc_call *call);

/* Nobody wants its answers any more. */
void grpc_link_cancel(struct grpc_link *link, struct grpc_call *call);

/* Whether it takes one more call. */
bool grpc_link_has_room(const struct grpc_link *link);

/* --- grpc.c: what links tell -----------------------------------------------
 */

/* The connection stands. The call may be gone afterwards. */
void grpc_call_opened(struct grpc_call *call);

void grpc_call_header(struct grpc_call *call, const char *name,
                      const char *value);

/* A piece of the answers. The call may be gone afterwards. */
void grpc_call_data(struct grpc_call *call, const uint8_t *data, size_t n);

/* Its HTTP/2 stream is closed. The call may be gone afterwards. */
void grpc_call_closed(struct grpc_call *call, uint32_t code);

/* Its link is lost. The call may be gone afterwards. */
void grpc_call_lost(struct grpc_call *call, int err, const char *why);

/* --- grpc_said.c: pure -----------------------------------------------------
 */

void grpc_said_header(struct grpc_said *said, const char *name,
                      const char *value);

/* What it all meant; code is of the HTTP/2 stream. */
void grpc_said_end(struct grpc_end *end, const struct grpc_said *said,
                   uint32_t code);

/* The length of a message from its head. EPROTO for a compressed one or a
 * length above the limit. */
int grpc_head_read(size_t *np, const uint8_t head[GRPC_HEAD_BYTES]);
