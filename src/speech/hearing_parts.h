/*
 * speech/hearing_parts.h - the parts of the streaming client; private to
 * hearing*.c
 *
 * A link is one connection: spare, or serving the stream of one phrase, which
 * owns it then.
 */
#pragma once

#include "base/resample.h"
#include "speech/grpc.h"
#include "speech/hearing.h"
#include "speech/websocket.h"
#include <re_tmr.h>

enum {
	HEARING_WANTED_MS = 30000, /* spares are kept so long after a call */
	HEARING_LANG_SIZE = 36,
};

struct hearing_link {
	struct le le; /* of the spares */
	struct asr_engine *engine;
	struct asr_stream *stream; /* NULL: spare */
	struct websocket *ws;      /* one of the two */
	struct grpc_call *call;    /* with the service's one call */
	struct keys_lease *lease;  /* of the key that it was opened with */
	uint64_t greeted_ms;
	uint64_t pinged_ms;
	char lang[HEARING_LANG_SIZE]; /* of its url */
	uint32_t rate_hz;
	char *hot_word; /* likewise; NULL: none */
	bool is_ready;  /* it was greeted */
};

struct asr_engine {
	const struct hearing_dialect *dialect;
	struct service *service;
	struct grpc *grpc;            /* NULL: WebSockets */
	void *memory;                 /* the dialect's */
	struct keys_lease *lease;     /* of a connection that waits for what
	                               * it is greeted with */
	char lang[HEARING_LANG_SIZE]; /* of the latest phrase, and so of spares
	                               */
	char *hot_word;               /* NULL: none */
	uint32_t rate_hz;
	struct list sparel;
	struct list streaml;
	struct tmr tmr;
	uint64_t wanted_ms; /* when a call was last to be expected */
	uint64_t paused_ms; /* no spare is opened before */
};

struct asr_stream {
	struct le le;
	struct asr_engine *engine;
	struct asr_sink sink;
	struct hearing_link *link;
	struct hearing_talk talk;
	struct resample *resample; /* NULL: sent as it comes */
	struct mbuf *begin;        /* the text that begins; NULL: none */
	struct mbuf *held;         /* audio that could not be sent yet */
	struct asr_prm prm;        /* for the connection */
	char *hot_word;            /* NULL: none */
	char lang[HEARING_LANG_SIZE];
	uint32_t rate_hz; /* of the caller */
	uint64_t samples; /* that came */
	uint32_t told_ms; /* the end of the sentence told last */
	uint64_t begin_ms;
	uint64_t ready_ms; /* when audio could be sent first */
	uint64_t asked_ms; /* since when an answer is due; 0: none is */
	uint64_t ended_ms; /* the caller has finished; 0: not yet */
	bool is_started;
	bool is_ready;
	bool is_over; /* the service wants no more of this phrase */
	bool is_told; /* a sentence of it at least */
};

/* --- hearing_link.c ----------------------------------------------------------
 */

/* Connects. EINPROGRESS while the name is being looked up. */
int hearing_link_open(struct hearing_link **linkp, struct asr_engine *engine,
                      const struct asr_prm *prm);

/* An open spare that fits, the caller's now; NULL: there is none. */
struct hearing_link *hearing_link_take(struct asr_engine *engine,
                                       const struct asr_prm *prm);

/* Becomes a spare again, where the service can have another phrase. */
void hearing_link_give_back(struct asr_stream *stream);

/* Keeps as many spares as are wanted, alive. */
void hearing_link_tend(struct asr_engine *engine, uint64_t now_ms);

/* --- hearing_wire.c: a WebSocket and a gRPC call behind one face -------------
 */

int hearing_wire_open(struct hearing_link *link, const struct url *url,
                      const char *headers, const struct sa *peer);
int hearing_wire_send(struct hearing_link *link, enum ws_kind kind,
                      const void *data, size_t n);

/* Of a gRPC call: no more from us. */
int hearing_wire_finish(struct hearing_link *link);
size_t hearing_wire_waiting(const struct hearing_link *link);
bool hearing_wire_is_open(const struct hearing_link *link);
uint64_t hearing_wire_heard_ms(const struct hearing_link *link);

/* --- hearing_send.c ----------------------------------------------------------
 */

/* The link is open: begins the phrase. */
int hearing_send_begin(struct asr_stream *stream);

/* Takes audio at the service's rate: sends whole pieces, holds the rest.
 * Returns EAGAIN where too much is held. */
int hearing_send_audio(struct asr_stream *stream, const int16_t *pcm, size_t n);

/* Sends what is held and may be sent, and the end once it is due. */
int hearing_send_held(struct asr_stream *stream);

size_t hearing_send_piece_samples(const struct asr_stream *stream);

/* --- hearing.c: time limits; what links tell
 * ----------------------------------------------
 */

/* Starts the engine's timer. */
void hearing_tick_want(struct asr_engine *engine);

void hearing_opened(void *arg);
void hearing_message(const struct ws_message *message, void *arg);
void hearing_closed(const struct websocket_end *end, void *arg);
