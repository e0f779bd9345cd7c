/*
 * speech/live_parts.h - the parts of the streaming client; private to live*.c
 *
 * A link is one connection: spare, or serving the stream of one phrase, which
 * owns it then.
 */
#pragma once

#include "base/resample.h"
#include "speech/live.h"
#include "speech/websocket.h"
#include <re_tmr.h>

enum {
	LIVE_WANTED_MS = 30000, /* spares are kept so long after a call */
};

struct live_link {
	struct le le; /* of the spares */
	struct asr_engine *engine;
	struct asr_stream *stream; /* NULL: spare */
	struct websocket *ws;
	uint64_t pinged_ms;
};

struct asr_engine {
	const struct live_dialect *dialect;
	struct service *service;
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
	struct live_link *link;
	struct live_talk talk;
	struct resample *resample; /* NULL: sent as it comes */
	struct mbuf *begin;        /* the text that begins; NULL: none */
	struct mbuf *held;         /* audio that could not be sent yet */
	struct asr_prm prm;        /* of the connection; only while opening */
	char lang[16];
	uint32_t rate_hz; /* of the caller */
	uint64_t samples; /* that came */
	uint32_t told_ms; /* the end of the sentence told last */
	uint64_t begin_ms;
	uint64_t asked_ms; /* since when an answer is due; 0: none is */
	uint64_t ended_ms; /* the caller has finished; 0: not yet */
	bool is_started;
	bool is_ready;
	bool is_over; /* the service wants no more of this phrase */
	bool is_told; /* a sentence of it at least */
};

/* --- live_link.c ---------------------------------------------------------- */

/* Connects. EINPROGRESS while the name is being looked up. */
int live_link_open(struct live_link **linkp, struct asr_engine *engine,
                   const struct asr_prm *prm);

/* An open spare, the caller's now; NULL: there is none. */
struct live_link *live_link_take(struct asr_engine *engine);

/* Becomes a spare again, where the service can have another phrase. */
void live_link_give_back(struct asr_stream *stream);

/* Keeps as many spares as are wanted, alive. */
void live_link_tend(struct asr_engine *engine, uint64_t now_ms);

/* --- live_send.c ---------------------------------------------------------- */

/* The link is open: begins the phrase. */
int live_send_begin(struct asr_stream *stream);

/* Takes audio at the service's rate: sends whole pieces, holds the rest.
 * Returns EAGAIN where too much is held. */
int live_send_audio(struct asr_stream *stream, const int16_t *pcm, size_t n);

/* Sends what is held and may be sent, and the end once it is due. */
int live_send_held(struct asr_stream *stream);

size_t live_send_piece_samples(const struct asr_stream *stream);

/* --- live.c: what links tell ---------------------------------------------- */

void live_opened(void *arg);
void live_message(const struct ws_message *message, void *arg);
void live_closed(const struct websocket_end *end, void *arg);
