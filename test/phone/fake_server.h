/*
 * test/phone/fake_server.h - a server that answers exactly what a test says
 *
 * Plain UDP on 127.0.0.1; messages are taken apart by libre, answers are put
 * together as text, so that they may be as wrong as a test wants.
 */
#pragma once

#include <re_types.h>
#include "phone/sip/ua.h"

enum {
	FAKE_SEEN_MAX = 64,
	FAKE_TEXT_SIZE = 4096,
};

struct fake;

/* A request or response that came in. */
typedef void(fake_h)(struct fake *fake, const struct sip_msg *msg);

struct fake {
	struct udp_sock *socket;
	struct sa addr;
	struct sa peer; /* of the last message */
	fake_h *handler;
	void *arg;
	unsigned invites, acks, byes, cancels, registers, infos, others;
	unsigned keepalives;         /* empty lines */
	unsigned oks;                /* 2xx answers to our own requests */
	char last[FAKE_TEXT_SIZE];   /* request of theirs, as text */
	char invite[FAKE_TEXT_SIZE]; /* the last INVITE */
	char call_id[128];
	char dialog[512]; /* From, To, Call-ID lines for requests to them */
	char target[128]; /* their Contact */
};

int fake_open(struct fake *fake, fake_h *handler, void *arg);
void fake_close(struct fake *fake);

/* Answers a request. extra: header lines with CRLF, or ""; sdp: a body with
 * audio on that port, 0: none. */
void fake_reply(struct fake *fake, const struct sip_msg *msg, unsigned code,
                const char *reason, const char *extra, uint16_t sdp_port);

/* Sends a request within the dialog that the last INVITE made. */
void fake_request(struct fake *fake, const char *method, unsigned seq,
                  const char *extra, const char *body);

/* Sends any text to the phone. */
void fake_send(struct fake *fake, const struct sa *to, const char *text,
               size_t len);

/* Whether the text has a line that begins with these words. */
bool fake_has_line(const char *text, const char *words);
