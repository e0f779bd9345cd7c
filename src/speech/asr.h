/*
 * speech/asr.h - speech to text: what a recogniser must offer
 *
 * A provider is one `const struct asr_ops` and nothing else: no registration
 * at load time, no globals. speech/asr.c keeps the list of the built-in ones.
 * An engine is a provider with its configuration; a stream is one phrase of
 * one caller, already found by voice activity.
 *
 * Threads: every function and every sink handler runs on the control loop;
 * an engine sends what blocks to the worker pool.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cfg.h"
#include "base/work.h"

struct asr_engine;
struct asr_stream;
struct httpc;

struct asr_prm {
	const char *lang;         /* BCP 47, "en-GB"                       */
	const char *const *hintv; /* phrases likely to be said, may be NULL:
	                           * "*" inside one stands for any words   */
	size_t hintc;             /* how many of them */
	bool is_closed;           /* only the hints can have a meaning     */
	uint32_t rate_hz;         /* 8000 or 16000                         */
	const char *services;     /* the script's asrproxy_addr: who listens, as
	                           * in asr_alloc(); NULL, "" = as configured */
	const char *params;       /* the script's asr_params, "" = none    */
	const char *hot_word;     /* the script's: words to prefer, as it
	                           * wrote them; may be NULL               */
	const char *pronounce;    /* the script's: how words sound, a list of
	                           * base/pronounce.h; may be NULL         */
	struct asr_usage *usage;  /* where work is counted, may be NULL    */
};

struct asr_phrase {
	const char *text;  /* UTF-8, valid during the call back; "": heard,
	                    * not understood */
	unsigned score;    /* confidence in percent                 */
	uint32_t begin_ms; /* since open                            */
	uint32_t end_ms;
	const char *service; /* who heard it: as the configuration names it */
};

enum {
	ASR_SERVICES_MAX = 8, /* in one list of recognisers */
	ASR_NAME_SIZE = 33,
};

/* What a call cost: seconds of speech and requests, by service. */
struct asr_usage {
	struct asr_used {
		char service[ASR_NAME_SIZE];
		unsigned requests;
		uint64_t audio_ms;
	} rowv[ASR_SERVICES_MAX];
	size_t rowc;
};

/* Where a stream reports to. `closed` comes exactly once and comes last. */
struct asr_sink {
	void (*partial)(const char *text, void *arg); /* may be NULL */
	void (*phrase)(const struct asr_phrase *phrase, void *arg);
	/* Why it fails, in one sentence; comes before `closed` with an error.
	 * May be NULL. */
	void (*trouble)(const char *why, void *arg);
	void (*closed)(int err, void *arg);
	void *arg;
};

/* What an engine is made from. */
struct asr_make {
	const struct cfg *cfg;
	const char *name; /* of a service: of its section */
	struct work_pool *pool;
	struct httpc *http; /* NULL in tests of those who ask nobody */
};

struct asr_ops {
	const char *name; /* of a service: its kind */
	bool is_service;  /* has a section of the configuration */

	/* Cuts the sound into phrases by itself: one stream may report many
	 * of them, each with its end (vad_mode 1 and 2). Others report one
	 * phrase, after finish(). */
	bool has_endpoints;

	/* Makes an engine from its configuration section. On failure fault
	 * names what is missing and the remedy. */
	int (*alloc)(struct asr_engine **enginep, const struct asr_make *make,
	             char fault[CFG_FAULT_SIZE]);

	/* Whether it understands the language (BCP 47). */
	bool (*can)(const struct asr_engine *engine, const char *lang);

	/* Gets ready for a question that will be asked soon (a grammar, a
	 * connection). NULL where there is nothing to do. */
	void (*prepare)(struct asr_engine *engine, const struct asr_prm *prm);

	/* Starts a stream. Free it with mem_deref(), which is silent: after
	 * it no handler of the sink is called. */
	int (*open)(struct asr_stream **streamp, struct asr_engine *engine,
	            const struct asr_prm *prm, const struct asr_sink *sink);

	/* Takes n samples. Never blocks; EAGAIN means the provider is slower
	 * than the call and this audio was dropped and counted. */
	int (*feed)(struct asr_stream *stream, const int16_t *pcm, size_t n);

	/* Nobody speaks just now: what came so far may be all, and work that
	 * waits for the end may begin. NULL where none does. */
	void (*pause)(struct asr_stream *stream);

	/* No more audio: report what is left, then `closed`. */
	int (*finish)(struct asr_stream *stream);
};

extern const struct asr_ops asr_sphinx; /* pocketsphinx, English, local */
extern const struct asr_ops asr_mock;   /* hears what the test wrote    */

/* For rehearsals: each breaks in the middle of a phrase. */
extern const struct asr_ops asr_broken_error;  /* fails                    */
extern const struct asr_ops asr_broken_stall;  /* says nothing any more    */
extern const struct asr_ops asr_broken_die;    /* its connection is cut    */
extern const struct asr_ops asr_broken_refuse; /* takes no phrase at all   */

/* Over the network, each a [service NAME]. */
/* clang-format off */
extern const struct asr_ops asr_vosk;       /* Vosk server                */
extern const struct asr_ops asr_funasr;     /* FunASR                     */
extern const struct asr_ops asr_sherpa;     /* sherpa-onnx                */
extern const struct asr_ops asr_jsonws;     /* JSON and base64, D007-D010 */
extern const struct asr_ops asr_deepgram;   /* Deepgram                   */
extern const struct asr_ops asr_nls;        /* Alibaba Cloud NLS          */
extern const struct asr_ops asr_iflytek_iat;   /* iFlytek, short phrases  */
extern const struct asr_ops asr_iflytek_rtasr; /* iFlytek, long ones      */
extern const struct asr_ops asr_openai;     /* /v1/audio/transcriptions   */
extern const struct asr_ops asr_http;       /* any, by templates          */
extern const struct asr_ops asr_yandex_v1;  /* SpeechKit, REST            */
extern const struct asr_ops asr_yandex_v3;  /* SpeechKit, gRPC            */
extern const struct asr_ops asr_yandex_xml; /* asr_xml, before that       */
/* clang-format on */

extern const struct cfg_table asr_sphinx_cfg_table; /* [sphinx] */

const struct asr_ops *asr_find(const char *name); /* NULL: unknown */

/* The i-th of those there are; NULL behind the last. */
const struct asr_ops *asr_kind(size_t i);

/* Recognisers in an order: "a,b" takes them in turn, "*a,b" the first that
 * works; each is built in ("sphinx") or a service of the configuration. What
 * fails in the middle of a phrase is replaced by the next, which hears the
 * phrase from its beginning. Free with mem_deref(). */
struct asr;
int asr_alloc(struct asr **asrp, const char *names, const struct cfg *cfg,
              struct work_pool *pool, struct httpc *http,
              char fault[CFG_FAULT_SIZE]);

/* Who listens to a script: those that it names (asrproxy_addr), or those of the
 * [speech_group] that its asr_params name, "" = the configured ones. Lives as
 * long as the configuration. */
const char *asr_services(struct asr *asr, const char *services,
                         const char *params);
extern const struct cfg_table asr_group_cfg_table; /* [speech_group NAME] */

void asr_prepare(struct asr *asr, const struct asr_prm *prm);

/* A call begins: the services of the configured order connect before anybody
 * speaks. Of prm lang, rate_hz and params count. */
void asr_warm(struct asr *asr, const struct asr_prm *prm);

int asr_open(struct asr_stream **streamp, struct asr *asr,
             const struct asr_prm *prm, const struct asr_sink *sink);
int asr_feed(struct asr *asr, struct asr_stream *stream, const int16_t *pcm,
             size_t n);

/* The caller is silent; more may come or asr_finish(). */
void asr_pause(struct asr_stream *stream);

/* No more audio. All recognisers together have limit_ms for their text, who
 * stalls no more than its part of it; 0: as long as they take. */
int asr_finish(struct asr *asr, struct asr_stream *stream, uint32_t limit_ms);
const char *asr_name(const struct asr *asr);
bool asr_can(const struct asr *asr, const char *lang);

/* Whether every one of them has, of those that a script names (asr_prm). */
bool asr_has_endpoints(struct asr *asr, const char *services);

/* The i-th of the configured order; NULL behind the last. */
const char *asr_provider_name(const struct asr *asr, size_t i);

/* For rehearsals: what a recogniser does instead of hearing a phrase. */
enum asr_break {
	ASR_BREAK_NONE,
	ASR_BREAK_STALL,
	ASR_BREAK_ERROR,
	ASR_BREAK_DIE,
	ASR_BREAK_REFUSE,
};

/* From now on those of the configured order whose bit is set in `which` break
 * like that and the others work; `first` is asked first. Between calls. */
int asr_break(struct asr *asr, unsigned which, size_t first,
              enum asr_break how);
