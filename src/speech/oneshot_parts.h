/*
 * speech/oneshot_parts.h - the parts of the client that posts whole phrases;
 * private to oneshot*.c
 */
#pragma once

#include "speech/oneshot.h"
#include <re_tmr.h>

struct asr_engine {
	const struct oneshot_dialect *dialect;
	struct service *service;
	struct httpc *http;
	const char *ca_file;
	void *memory; /* the dialect's */
	uint64_t warmed_ms;
};

/* A piece of a phrase that is or was asked about. */
struct oneshot_part {
	struct le le;
	struct asr_stream *stream;
	struct httpc_request *req; /* NULL: its text is there */
	struct keys_lease *lease;
	char *text;
	uint32_t at_ms; /* where it begins in the phrase */
	uint32_t ms;
	uint32_t begin_ms; /* of its words, in the phrase */
	uint32_t end_ms;
	unsigned score; /* percent */
};

struct asr_stream {
	struct asr_engine *engine;
	struct asr_sink sink;
	char *lang;
	char *hot_word;
	uint32_t rate_hz;
	struct mbuf *audio; /* not asked about yet */
	uint64_t samples;   /* that came */
	uint64_t asked;     /* of them, before that */
	struct list partl;
	struct tmr tmr; /* an end that no answer brings */
	int err;        /* a question could not be asked */
	bool is_finished;
};

/* --- oneshot_part.c --------------------------------------------------------
 */

/* Asks about the first n samples that wait; they wait no longer. EFBIG: that
 * are too many parts. */
int oneshot_part_ask(struct asr_stream *stream, size_t n);

/* --- oneshot.c -------------------------------------------------------------
 */

/* A part was answered, or why not. The stream may be gone afterwards. */
void oneshot_answered(struct asr_stream *stream, int err, const char *why);
