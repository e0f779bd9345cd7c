/*
 * test/fakes/fake_voice_parts.h - the parts of the fake voices
 */
#pragma once

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
	struct list answerl;
	struct fake_voice_seen seen;
	enum fake_voice_fault fault;
	unsigned times, faultc;
	char complaint[256];
};

/* One text on its way out. */
struct answer {
	struct le le;
	struct fake_voice *fake;
	struct http_conn *conn;
	struct websock_conn *ws;
	struct fake_voice_said said;
	enum fake_voice_fault fault;
	struct tmr tmr;
	int16_t *pcm;
	size_t count, at;
	unsigned pieces;
	bool has_begun;
};

/* Sends the sound of the text that was seen last, over one of the two. */
int fake_voice_answer(struct fake_voice *fake, struct http_conn *conn,
                      struct websock_conn *ws,
                      const struct fake_voice_said *said,
                      enum fake_voice_fault fault);
