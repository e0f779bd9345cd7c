/*
 * test/fakes/fake_deepgram.c - Deepgram's live recogniser, as it behaves
 *
 * Everything is in the query; interim results for each piece, the text in two
 * finals after CloseStream, then Metadata and the end. A wrong request is
 * refused with the header dg-error.
 */
#include <stdio.h>
#include "fakes/fake.h"
#include <re_msg.h>
#include <re_http.h>

enum {
	VALUE_SIZE = 128,
};

/* Few have regions. */
static bool is_language(const char *text)
{
	return strlen(text) == 2 || !strcmp(text, "pt-BR") ||
	       !strcmp(text, "en-GB") || !strcmp(text, "multi");
}

static unsigned deepgram_hello(struct fake_conn *conn,
                               const struct http_msg *msg)
{
	static const char *const wantedv[][2] = {
		{"channels", "1"},
		{"interim_results", "true"},
	};
	char value[VALUE_SIZE], key[VALUE_SIZE];
	unsigned rate_hz = 0;

	(void)snprintf(key, sizeof(key), "Token %s", fake_prm(conn)->key);
	if (strcmp(fake_header(value, sizeof(value), msg, "Authorization"),
	           key))
		return 401;

	for (size_t i = 0; i < ARRAY_COUNT(wantedv); i++) {
		(void)fake_query(value, sizeof(value), msg, wantedv[i][0]);
		if (strcmp(value, wantedv[i][1]))
			return 400;
	}
	(void)fake_query(value, sizeof(value), msg, "encoding");
	fake_phrase(conn)->is_mulaw = !strcmp(value, "mulaw");
	if (!fake_phrase(conn)->is_mulaw && strcmp(value, "linear16"))
		return 400;
	if (sscanf(fake_query(value, sizeof(value), msg, "sample_rate"), "%u",
	           &rate_hz) != 1 ||
	    (rate_hz != 8000 && rate_hz != 16000))
		return 400;
	if (!is_language(fake_query(value, sizeof(value), msg, "language")) ||
	    !*fake_query(value, sizeof(value), msg, "model"))
		return 400;
	(void)fake_query(fake_phrase(conn)->id, sizeof(fake_phrase(conn)->id),
	                 msg, "keyterm");
	fake_phrase(conn)->rate_hz = rate_hz;

	return 101;
}

static void results(struct fake_conn *conn, const char *text, size_t n,
                    bool is_final, bool is_last)
{
	const struct fake_phrase *phrase = fake_phrase(conn);

	fake_say(conn,
	         "{\"type\":\"Results\",\"channel_index\":[0,1],\"start\":0.0,"
	         "\"is_final\":%s,\"speech_final\":%s,\"channel\":"
	         "{\"alternatives\":[{\"transcript\":\"%.*s\","
	         "\"confidence\":0.875,\"words\":[{\"word\":\"x\","
	         "\"start\":%.3f,\"end\":%.3f,\"confidence\":0.9}]}]}}",
	         is_final ? "true" : "false", is_last ? "true" : "false",
	         (int)n, text, 0.1,
	         (double)phrase->samples / phrase->rate_hz - 0.1);
}

static void deepgram_text(struct fake_conn *conn, const char *data, size_t n)
{
	const char *text, *rest;

	if (memmem(data, n, "\"KeepAlive\"", 11))
		return;
	if (!memmem(data, n, "\"CloseStream\"", 13))
		fake_complain(conn, "an unknown text: %.*s", (int)n, data);

	text = fake_text(conn);
	rest = strchr(text, ' ');
	if (rest)
		results(conn, text, (size_t)(rest++ - text), true, false);
	else
		rest = text;
	results(conn, rest, strlen(rest), true, true);
	fake_say(conn, "{\"type\":\"Metadata\",\"request_id\":\"1\","
	               "\"duration\":1.0,\"channels\":1}");
	fake_close(conn);
}

static void deepgram_binary(struct fake_conn *conn, const uint8_t *data,
                            size_t n)
{
	const char *text;

	fake_hear_bytes(conn, data, n);
	text = fake_partial(conn);
	results(conn, text, strlen(text), false, false);
}

static void deepgram_error(struct fake_conn *conn)
{
	fake_say(conn,
	         "{\"type\":\"Error\",\"description\":\"no more for %s\"}",
	         fake_prm(conn)->key);
}

const struct fake_kind fake_deepgram = {
	.name = "deepgram",
	.path = "/v1/listen",
	.hello = deepgram_hello,
	.text = deepgram_text,
	.binary = deepgram_binary,
	.error = deepgram_error,
};
