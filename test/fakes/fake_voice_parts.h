/*
 * test/fakes/fake_voice_parts.h - the parts of the fake voices
 */
#pragma once

#include "fakes/fake_tokens.h"
#include "fakes/fake_voice.h"
#include <re_sa.h>
#include <re_tcp.h>
#include <re_tmr.h>
#include <re_msg.h>
#include <re_http.h>
#include <re_websock.h>

struct fake_voice {
	const struct fake_voice_kind *kind;
	struct fake_voice_prm prm;
	struct http_sock *http;
	struct websock *ws;
	struct fake *rpc; /* of a kind that speaks gRPC */
	struct list answerl;
	struct fake_voice_seen seen;
	enum fake_voice_fault fault;
	unsigned times, faultc;
	struct fake_tokens tokens;
	uint16_t port; /* of the client that asked last */
	char complaint[256];
};

enum {
	FAKE_VOICE_NO_SIZE = 256,
};

/* Over which of them a sound goes out. */
struct fake_voice_way {
	struct http_conn *conn;
	struct websock_conn *ws;
	struct fake_conn *rpc;
};

/* One text on its way out. */
struct answer {
	struct le le;
	struct fake_voice *fake;
	struct fake_voice_way way;
	struct fake_voice_said said;
	enum fake_voice_fault fault;
	struct tmr tmr;
	int16_t *pcm;
	size_t count, at;
	unsigned pieces;
	bool has_begun;
};

/* Sends the sound of the text that was seen last. */
int fake_voice_answer(struct fake_voice *fake, const struct fake_voice_way *way,
                      const struct fake_voice_said *said,
                      enum fake_voice_fault fault);

/* What it does to the next text. */
enum fake_voice_fault fake_voice_fault_next(struct fake_voice *fake);

/* A refusal, which repeats the key: a client must not pass that on. */
const char *fake_voice_no(char words[FAKE_VOICE_NO_SIZE],
                          const struct fake_voice *fake,
                          enum fake_voice_fault fault);

/* The client has gone from a way: what was to be sent is sent no more. */
void fake_voice_gone(struct fake_voice *fake, const struct fake_voice_way *way);
