/*
 * speech/speaking_parts.h - the parts of the voice client; private to
 * speaking*.c
 */
#pragma once

#include "speech/soundfeed.h"
#include "speech/speaking.h"
#include <re_tmr.h>

enum {
	SPEAKING_LINES_SIZE = SPEAKING_HEADER_SIZE + 1024,
};

struct speaking_engine {
	const struct speaking_dialect *dialect;
	struct service *service;
	struct httpc *http;
	struct grpc *grpc; /* NULL: it does not speak that */
	const char *ca_file;
	char *version;
	void *memory; /* of the dialect */
	uint64_t warmed_ms;
};

/* One text. */
struct speaking {
	struct speaking_engine *engine;
	struct speaking_sink sink;
	struct voice_prm prm; /* its texts are the next three */
	char *text, *lang, *name;
	uint32_t rate_hz;
	uint32_t first_ms; /* for the first sound */
	uint64_t until_ms; /* for an address and a token */
	uint64_t asked_ms;
	struct tmr tmr;
	struct httpc_request *req;
	struct keys_lease *lease;
	struct websocket *ws;
	struct grpc_call *call;
	char *message; /* what is said when the WebSocket is open */
	struct soundfeed *feed;
	struct mbuf *words; /* an answer that is no sound */
	struct mbuf *room;
	uint64_t given; /* samples */
	uint64_t skip;  /* of the second try: they were given */
	bool is_begun;  /* the answer */
	bool is_words;
	bool is_retried;
};

/* Takes sound of the service. False: it is over, speaking may be gone. */
bool speaking_hear(struct speaking *speaking, const uint8_t *bytes, size_t n);

/* The service has said all. */
void speaking_end(struct speaking *speaking);

/* It failed; a connection that was cut is tried once more. */
void speaking_fail(struct speaking *speaking, int err, const char *why);

/* What a service said about a failure, as words. Returns its own number for
 * it, 0 where there is none. */
long speaking_words(char said[SERVICE_WHY_SIZE], const char *body, size_t n);

/* It said no: with another key once more, or that was it. */
void speaking_refused(struct speaking *speaking, unsigned status,
                      const char *said);

/* A message of a WebSocket or gRPC. Speaking may be gone afterwards. */
void speaking_message(struct speaking *speaking, bool is_text, const char *data,
                      size_t n);

/* The headers of HTTP as lines. False: they are too long. */
bool speaking_lines(char text[SPEAKING_LINES_SIZE],
                    const struct speaking_ask *ask);

int speaking_grpc_start(struct speaking *speaking, struct speaking_ask *ask);
int speaking_ws_start(struct speaking *speaking, struct speaking_ask *ask);
