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

struct asr_prm {
	const char *lang;         /* BCP 47, "en-GB"                       */
	const char *const *hintv; /* phrases likely to be said, may be NULL:
	                           * "*" inside one stands for any words   */
	size_t hintc;             /* how many of them */
	bool is_closed;           /* only the hints can have a meaning     */
	uint32_t rate_hz;         /* 8000 or 16000                         */
	const char *params;       /* the script's asr_params, "" = none    */
	const char *hot_word;     /* the script's: words to prefer, as it
	                           * wrote them; may be NULL               */
};

struct asr_phrase {
	const char *text;  /* UTF-8, valid during the call back; "": heard,
	                    * not understood */
	unsigned score;    /* confidence in percent                 */
	uint32_t begin_ms; /* since open                            */
	uint32_t end_ms;
};

/* Where a stream reports to. `closed` comes exactly once and comes last. */
struct asr_sink {
	void (*partial)(const char *text, void *arg); /* may be NULL */
	void (*phrase)(const struct asr_phrase *phrase, void *arg);
	void (*closed)(int err, void *arg);
	void *arg;
};

struct asr_ops {
	const char *name;

	/* Cuts the sound into phrases by itself: one stream may report many
	 * of them, each with its end (vad_mode 1 and 2). Others report one
	 * phrase, after finish(). */
	bool has_endpoints;

	/* Makes an engine from its configuration section. On failure fault
	 * names what is missing and the remedy. */
	int (*alloc)(struct asr_engine **enginep, const struct cfg *cfg,
	             struct work_pool *pool, char fault[CFG_FAULT_SIZE]);

	/* Whether it understands the language (BCP 47). */
	bool (*can)(const char *lang);

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

	/* No more audio: report what is left, then `closed`. */
	int (*finish)(struct asr_stream *stream);
};

extern const struct asr_ops asr_sphinx; /* pocketsphinx, English, local */
extern const struct asr_ops asr_mock;   /* hears what the test wrote    */

extern const struct cfg_table asr_sphinx_cfg_table; /* [sphinx] */

const struct asr_ops *asr_find(const char *name); /* NULL: unknown */

/* An engine with its provider. Free with mem_deref(). */
struct asr;
int asr_alloc(struct asr **asrp, const char *name, const struct cfg *cfg,
              struct work_pool *pool, char fault[CFG_FAULT_SIZE]);
void asr_prepare(struct asr *asr, const struct asr_prm *prm);
int asr_open(struct asr_stream **streamp, struct asr *asr,
             const struct asr_prm *prm, const struct asr_sink *sink);
int asr_feed(struct asr *asr, struct asr_stream *stream, const int16_t *pcm,
             size_t n);
int asr_finish(struct asr *asr, struct asr_stream *stream);
const char *asr_name(const struct asr *asr);
bool asr_can(const struct asr *asr, const char *lang);
bool asr_has_endpoints(const struct asr *asr);
