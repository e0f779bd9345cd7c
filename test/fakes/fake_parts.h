/*
 * test/fakes/fake_parts.h - the parts of a fake; private to fake*.c
 */
#pragma once

#include "fakes/fake.h"
#include "fakes/fake_tokens.h"
#include <re_tmr.h>

enum {
	FAKE_TEXT_SIZE = 1024,
};

struct fake {
	const struct fake_kind *kind;
	struct fake_prm prm;
	struct http_sock *http;
	struct websock *ws;
	struct tcp_sock *grpc; /* of a kind that speaks it */
	struct list linkl;     /* its connections */
	struct list connl;
	struct fake_seen seen;
	unsigned faultc; /* phrases it was bad to */
	uint16_t port;   /* of the client that asked last */
	struct fake_tokens tokens;
	char complaint[256];
	char who[128]; /* of fake_who() */
	char text[FAKE_TEXT_SIZE];
};

struct fake_conn {
	struct le le;
	struct fake *fake;
	struct websock_conn *ws;
	struct http_conn *http; /* of a request that waits for its answer */
	struct fake_call *call; /* of gRPC, which owns this */
	struct fake_phrase phrase;
	unsigned messages; /* of the phrase */
	bool is_bad;       /* this phrase is one of the misbehaved to */
	bool is_mute;
	bool is_split;
	struct mbuf *wire; /* of a split answer: what is still to go */
	struct list sayl;
	struct tmr tmr;
};

/* A connection, or what is like one. */
struct fake_conn *fake_conn_make(struct fake *fake);

/* --- fake_grpc.c -----------------------------------------------------------
 */

int fake_grpc_listen(struct fake *fake);
