/*
 * speech/oneshot.h - a recogniser that hears a phrase as a whole, over HTTP
 *
 * One engine for all services that take one POST per phrase. What differs
 * between them is a dialect: what is asked, what the answer means. The rest is
 * here, once: the phrase is kept while it is spoken and posted at its end, on a
 * connection that was opened meanwhile; one that is longer than the service
 * takes goes in parts, cut where it is quiet, and nothing is lost of it; every
 * way to fail has its own clear word.
 *
 * Threads: the control loop.
 */
#pragma once

#include <jansson.h>

#include "base/mem.h"
#include "speech/asr.h"
#include "speech/service.h"

struct httpc_header;

enum {
	ONESHOT_TEXT_SIZE = 2048, /* of one part of a phrase */
	ONESHOT_HEADERS_MAX = 16,
	ONESHOT_TYPE_SIZE = 128,
	ONESHOT_OPTION_SIZE = 32,
};

/* What is asked about one part; the dialect fills in the second half. */
struct oneshot_question {
	const struct service *service;
	const char *lang;     /* BCP 47 */
	const char *hot_word; /* "" = none */
	uint32_t rate_hz;
	const int16_t *pcm;
	size_t n;

	struct url url;     /* at first the service's */
	const char *method; /* at first POST */
	char type[ONESHOT_TYPE_SIZE];
	struct mbuf *body; /* at first empty */
	struct oneshot_header {
		char *name;
		char *value;
	} headerv[ONESHOT_HEADERS_MAX];
	size_t headerc;
};

/* What the answer to it meant. */
struct oneshot_heard {
	char text[ONESHOT_TEXT_SIZE];
	unsigned score; /* percent */
	bool has_score;
	uint32_t begin_ms; /* within the sound; both 0: not told */
	uint32_t end_ms;
	int err; /* it made no sense, and why in words */
	char why[SERVICE_WHY_SIZE];
};

struct oneshot_dialect {
	const char *kind;
	const char *url;   /* where it usually is, NULL: must be given; its path
	                    * also where only a host is given */
	uint32_t rate_hz;  /* the only one it takes; 0: 8000 and 16000 */
	uint32_t limit_ms; /* the longest sound in one question */

	/* What the engine keeps for the others; NULL: nothing. */
	int (*setup)(void **memoryp, const struct service *service,
	             const struct asr_make *make, char fault[CFG_FAULT_SIZE]);

	/* Fills in the question. ENOMEM, ENAMETOOLONG, EINVAL. */
	int (*ask)(struct oneshot_question *question, const void *memory);

	/* Pure: what the body of an answer with status 2xx means. */
	void (*hear)(struct oneshot_heard *heard, const char *body, size_t n,
	             const void *memory);
};

/* --- for dialects --------------------------------------------------------- */

/* Adds a header to the question. ENOMEM, E2BIG. */
int oneshot_header(struct oneshot_question *question, const char *name,
                   const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The service's own settings, for json_decref(); NULL: no memory. */
json_t *oneshot_options(const struct service *service);

/* A value of them as text; buf is for those that are none. */
const char *oneshot_option(char buf[ONESHOT_OPTION_SIZE], const json_t *value);

/* The sound as a WAV file, or as it is. */
int oneshot_wav(struct mbuf *mb, const struct oneshot_question *question);
int oneshot_raw(struct mbuf *mb, const struct oneshot_question *question);

/* Reads JSON and lets take() have it; what is none is a failure. */
void oneshot_json(struct oneshot_heard *heard, const char *body, size_t n,
                  void (*take)(struct oneshot_heard *heard, const json_t *msg,
                               const void *memory),
                  const void *memory);

void oneshot_fail(struct oneshot_heard *heard, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A text of a service, trimmed; and a confidence from 0 to 1. */
void oneshot_text(struct oneshot_heard *heard, const char *text, size_t n);
void oneshot_score(struct oneshot_heard *heard, double confidence);

/* What the body of a refusal says, whatever its form: the message of JSON, else
 * its first words. Returns said. */
const char *oneshot_said(const char *body, size_t n,
                         char said[SERVICE_WHY_SIZE]);

/* What asr_ops wants of each; `alloc` of a kind calls the first. */
int oneshot_alloc(struct asr_engine **enginep,
                  const struct oneshot_dialect *dialect,
                  const struct asr_make *make, char fault[CFG_FAULT_SIZE]);
bool oneshot_can(const struct asr_engine *engine, const char *lang);
void oneshot_prepare(struct asr_engine *engine, const struct asr_prm *prm);
int oneshot_open(struct asr_stream **streamp, struct asr_engine *engine,
                 const struct asr_prm *prm, const struct asr_sink *sink);
int oneshot_feed(struct asr_stream *stream, const int16_t *pcm, size_t n);
int oneshot_finish(struct asr_stream *stream);
