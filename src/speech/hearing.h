/*
 * speech/hearing.h - the streaming client: a recogniser over a WebSocket or a
 * gRPC call
 *
 * One engine for all services that take audio while somebody speaks. What
 * differs between them is a dialect: how a connection is asked for, what is
 * sent, what the answers mean. The rest is here, once: spare connections that
 * are open before they are needed, audio in pieces, bounded waiting, time
 * limits, a clear word for every way to fail.
 *
 * A connection serves one phrase, or many where the service can. Nothing is
 * sent while nobody speaks.
 *
 * Threads: the control loop.
 */
#pragma once

#include <jansson.h>

#include "base/mem.h"
#include "base/ws_frame.h"
#include "speech/asr.h"
#include "speech/service.h"

enum {
	HEARING_TEXT_SIZE = 2048, /* of one phrase */
	HEARING_HEADERS_SIZE = 4096,
};

/* One phrase as the service knows it: what was sent, what came. */
struct hearing_talk {
	const struct service *service;
	uint32_t rate_hz; /* of what is sent */
	unsigned sent;    /* pieces of audio */
	unsigned replies; /* messages that came */
	bool is_end_sent;
	bool is_partial_new;             /* the handler has to be told */
	bool is_sentence_new;            /* the final text is whole */
	char final[HEARING_TEXT_SIZE];   /* sentences that are certain */
	char partial[HEARING_TEXT_SIZE]; /* what may still change */
	unsigned score;
	bool has_score;
	uint32_t begin_ms, end_ms; /* of what is final, as the service says */
	void *memory;              /* the dialect's, of this phrase */
};

/* What one message meant. */
struct hearing_heard {
	bool is_ready; /* audio may come now */
	bool is_over;  /* nothing more of this phrase */
	int err;       /* the service failed, and why in words */
	char why[SERVICE_WHY_SIZE];
};

/* Whether a connection serves another phrase. */
enum hearing_reuse {
	HEARING_ONCE,
	HEARING_IF_ASKED, /* `reuse = yes` */
	HEARING_ALWAYS,
};

struct hearing_dialect {
	const char *kind;
	const char *url;   /* where it usually is, NULL: must be given */
	const char *rpc;   /* "/package.Service/Method" of gRPC: greet() says
	                    * its metadata, messages are binary, the end of ours
	                    * is the end; NULL: a WebSocket */
	const char *langs; /* it knows, where `lang` names none; NULL: any */
	uint32_t piece_ms; /* audio in one message */
	uint32_t rate_hz;  /* the only one it takes; 0: 8000 and 16000 */
	bool has_to_start; /* audio waits until it is ready */
	bool is_greeted;   /* it says so to a new connection, unasked */
	bool answers_each; /* so silence is a stall even while speech goes on */
	bool ends_by_close;
	enum hearing_reuse reuse;
	bool is_paced;     /* it wants audio at the speed of life */
	bool is_url_bound; /* language and rate are part of the url */
	const char *idle;  /* a text that keeps a spare alive; NULL: ping */
	uint32_t idle_ms;
	uint32_t spare_ms; /* a spare is let go of so soon; 0: pings keep it */
	uint32_t longest_ms; /* of a phrase: the rest is not sent; 0: any */

	/* What the engine keeps for greet(); NULL: nothing. */
	int (*setup)(void **memoryp, struct service *service,
	             const struct asr_make *make, char fault[CFG_FAULT_SIZE]);

	/* The key of a connection that was greeted at that time was refused.
	 * Whether what was derived from it is made anew, so that another try
	 * makes sense. May be NULL. */
	bool (*refused)(void *memory, uint64_t greeted_ms);

	/* Header lines and the path with its query for a new connection;
	 * NULL: no headers, the path as configured. EINPROGRESS: ask again. */
	int (*greet)(struct url *url, char headers[HEARING_HEADERS_SIZE],
	             const struct service *service, const struct asr_prm *prm,
	             void *memory);

	/* Why greet() failed, in words; NULL: there are none. */
	const char *(*trouble)(const void *memory);

	/* Writes the text that begins a phrase; writes nothing: there is none.
	 * May be NULL. */
	int (*begin)(struct mbuf *mb, struct hearing_talk *talk,
	             const struct asr_prm *prm);

	/* Writes n samples as one message of that kind; NULL: as they are. */
	int (*audio)(struct mbuf *mb, enum ws_kind *kindp,
	             struct hearing_talk *talk, const int16_t *pcm, size_t n);

	/* Writes the text that ends a phrase. NULL: there is none; the last
	 * answer to a piece is the end. */
	int (*end)(struct mbuf *mb, struct hearing_talk *talk);

	/* Pure: what a message means. */
	void (*hear)(struct hearing_heard *heard, struct hearing_talk *talk,
	             const char *data, size_t n);
};

/* For dialects: the text so far. A new partial takes the place of the last;
 * a final is added to the sentences before it. */
void hearing_partial(struct hearing_talk *talk, const char *text);
void hearing_append(struct hearing_talk *talk, const char *text);
void hearing_final(struct hearing_talk *talk, const char *text);

/* What was final so far is a whole sentence. */
void hearing_sentence(struct hearing_talk *talk);
void hearing_fail(struct hearing_heard *heard, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* An error number of the service as ours: EACCES (key), EDQUOT (quota), …,
 * with a sentence for each. */
void hearing_fail_code(struct hearing_heard *heard, int err, long code,
                       const char *said);

/* Reads one message, in the JSON parser's pool; ENOMEM where it had too little
 * memory, whatever the message says. */
void hearing_hear(struct hearing_heard *heard, struct hearing_talk *talk,
                  const struct hearing_dialect *dialect, const char *data,
                  size_t n);

/* Puts the service's own settings over those of the message. */
int hearing_options(json_t *msg, const struct service *service);

/* Adds "name=value" to the query. ENAMETOOLONG. */
int hearing_query(struct url *url, const char *name, const char *value);

/* The next of a script's hot words, which commas, semicolons and lines divide.
 * Returns where to go on, NULL behind the last. */
const char *hearing_hot_word(char *word, size_t size, const char *at);

/* Appends n samples as the service is configured to want them. */
int hearing_samples(struct mbuf *mb, const struct service *service,
                    const int16_t *pcm, size_t n);

/* Base64 of n bytes, the caller's to mem_deref(); NULL: no memory. */
char *hearing_base64(const void *data, size_t n);

/* Appends the message, which is taken; NULL is ENOMEM. */
int hearing_json(struct mbuf *mb, json_t *msg);

/* When the words that are final were said, since the connection's first audio;
 * of several parts of a sentence the first begins and the last ends it. */
void hearing_times(struct hearing_talk *talk, double begin_ms, double end_ms);

/* A confidence between 0 and 1; any other is none. */
void hearing_score(struct hearing_talk *talk, double sure);

/* Both together, as it would be if the phrase ended now. Returns text. */
const char *hearing_text(const struct hearing_talk *talk,
                         char text[HEARING_TEXT_SIZE]);

/* The dialects, each in its asr_KIND.c. */
extern const struct hearing_dialect hearing_deepgram;
extern const struct hearing_dialect hearing_funasr;
extern const struct hearing_dialect hearing_iflytek_iat;
extern const struct hearing_dialect hearing_iflytek_rtasr;
extern const struct hearing_dialect hearing_yandex_v3;
extern const struct hearing_dialect hearing_jsonws;
extern const struct hearing_dialect hearing_nls;
extern const struct hearing_dialect hearing_sherpa;
extern const struct hearing_dialect hearing_vosk;

/* What asr_ops wants of each; `alloc` of a kind calls the first. */
int hearing_alloc(struct asr_engine **enginep,
                  const struct hearing_dialect *dialect,
                  const struct asr_make *make, char fault[CFG_FAULT_SIZE]);
bool hearing_can(const struct asr_engine *engine, const char *lang);
void hearing_prepare(struct asr_engine *engine, const struct asr_prm *prm);
int hearing_open(struct asr_stream **streamp, struct asr_engine *engine,
                 const struct asr_prm *prm, const struct asr_sink *sink);
int hearing_feed(struct asr_stream *stream, const int16_t *pcm, size_t n);
int hearing_finish(struct asr_stream *stream);
