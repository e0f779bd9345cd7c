/*
 * fuzz/fuzz_hear.c - any bytes as the answers of recognisers over WebSocket
 *
 * The first byte chooses the dialect, the lowest bit of the second whether the
 * end was sent; 0x1e stands between the messages of a phrase. Whatever was
 * said, the texts are well-formed, and a failure has its words.
 */
#include <stdlib.h>
#include "base/jmem.h"
#include "base/text.h"
#include "speech/hearing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

enum {
	SEPARATOR = 0x1e,
	SCORE_MAX = 100,
};

static const struct hearing_dialect *const dialectv[] = {
	&hearing_vosk,        &hearing_funasr,        &hearing_sherpa,
	&hearing_jsonws,      &hearing_deepgram,      &hearing_nls,
	&hearing_iflytek_iat, &hearing_iflytek_rtasr, &hearing_yandex_v3,
};

/* As the program does: values live in a pool while they are read. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	jmem_watch();

	return 0;
}

static void check(const struct hearing_talk *talk,
                  const struct hearing_heard *heard)
{
	char text[HEARING_TEXT_SIZE];

	(void)hearing_text(talk, text);
	if (!text_is_utf8(text, strlen(text)) ||
	    !text_is_utf8(talk->final, strlen(talk->final)) ||
	    !text_is_utf8(talk->partial, strlen(talk->partial)) ||
	    !text_is_utf8(heard->why, strlen(heard->why)))
		abort();
	if (talk->score > SCORE_MAX || talk->begin_ms > talk->end_ms ||
	    (heard->err && !*heard->why))
		abort();
}

static bool hear(const struct hearing_dialect *dialect,
                 struct hearing_talk *talk, const char *data, size_t n)
{
	struct hearing_heard heard;

	talk->replies++;
	hearing_hear(&heard, talk, dialect, data, n);
	check(talk, &heard);

	return !heard.err && !heard.is_over;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct service service = {
		.key = "key",
		.secret = "",
		.app = "app",
		.model = "",
		.lang = "",
		.options = "",
	};
	const struct asr_prm prm = {.lang = "zh", .rate_hz = 8000};
	struct hearing_talk talk = {.service = &service, .rate_hz = 8000};
	const struct hearing_dialect *dialect;
	const char *at = (const char *)data + 2,
		   *end = (const char *)data + size;
	struct mbuf *mb;
	bool goes_on = true;

	if (size < 2)
		return 0;

	dialect = dialectv[data[0] % ARRAY_COUNT(dialectv)];
	mb = mbuf_alloc(64);
	if (!mb || (dialect->begin && dialect->begin(mb, &talk, &prm)))
		abort();
	mem_deref(mb);

	talk.is_end_sent = data[1] & 1;
	while (goes_on && at < end) {
		const char *stop = memchr(at, SEPARATOR, (size_t)(end - at));
		size_t n = (size_t)((stop ? stop : end) - at);

		goes_on = hear(dialect, &talk, at, n);
		at += n + 1;
	}
	mem_deref(talk.memory);

	return 0;
}
