/*
 * test/fakes/fake_others.c - FunASR, sherpa-onnx and the plain JSON WebSocket
 *
 * FunASR as its server in Python: no answer to the settings, increments, the
 * whole sentence after the end. sherpa-onnx as its server in C++: floats, a
 * final at the end, "Done!". JSON: one text for each piece.
 */
#include <jansson.h>
#include "fakes/fake.h"
#include <re_base64.h>

enum {
	FUNASR_BYTES = 1920, /* 60 ms at 16 kHz */
	PIECE_MAX = 8192,
};

static bool has(const char *data, size_t n, const char *text)
{
	return memmem(data, n, text, strlen(text)) != NULL;
}

static void funasr_text(struct fake_conn *conn, const char *data, size_t n)
{
	struct fake_phrase *phrase = fake_phrase(conn);

	if (has(data, n, "\"is_speaking\":true")) {
		if (!has(data, n, "\"chunk_size\":[5,10,5]"))
			fake_complain(conn, "no chunk_size");
		phrase->stage = 1;
		return;
	}
	if (!phrase->stage)
		fake_complain(conn, "the end before the settings");
	fake_say(conn,
	         "{\"mode\":\"2pass-offline\",\"text\":\"%s\","
	         "\"stamp_sents\":[{\"start\":100,\"end\":500},"
	         "{\"start\":600,\"end\":900}],\"is_final\":true}",
	         fake_text(conn));
	fake_next(conn);
}

static void funasr_binary(struct fake_conn *conn, const uint8_t *data, size_t n)
{
	if (!fake_phrase(conn)->stage)
		fake_complain(conn, "audio before the settings");
	if (n > FUNASR_BYTES)
		fake_complain(conn, "%zu bytes in one message", n);
	fake_hear(conn, (const int16_t *)(const void *)data, n / 2);
	if (fake_phrase(conn)->pieces == 2)
		fake_say(conn,
		         "{\"mode\":\"2pass-online\",\"text\":\"%s\","
		         "\"is_final\":false}",
		         "y");
}

const struct fake_kind fake_funasr = {
	.name = "funasr",
	.text = funasr_text,
	.binary = funasr_binary,
};

static void sherpa_text(struct fake_conn *conn, const char *data, size_t n)
{
	if (n != 4 || memcmp(data, "Done", 4))
		fake_complain(conn, "a text that is not Done");
	fake_say(conn,
	         "{\"text\":\" %s\",\"segment\":0,\"is_final\":true,"
	         "\"start_time\":0.05,\"timestamps\":[0.05,0.85],"
	         "\"is_eof\":true}",
	         fake_text(conn));
	fake_say(conn, "Done!");
	fake_next(conn);
}

static void sherpa_binary(struct fake_conn *conn, const uint8_t *data, size_t n)
{
	int16_t pcm[PIECE_MAX];
	size_t c = n / sizeof(float);

	if (n % sizeof(float) || c > PIECE_MAX) {
		fake_complain(conn, "not floats");
		return;
	}
	for (size_t i = 0; i < c; i++) {
		float sample;

		memcpy(&sample, data + i * sizeof(sample), sizeof(sample));
		if (sample < -1 || sample > 1) {
			fake_complain(conn, "a sample out of range");
			sample = 0;
		}
		pcm[i] = (int16_t)(sample * 32767);
	}
	fake_hear(conn, pcm, c);
	fake_say(conn, "{\"text\":\" %s\",\"segment\":0,\"is_final\":false}",
	         fake_partial(conn));
}

const struct fake_kind fake_sherpa = {
	.name = "sherpa",
	.text = sherpa_text,
	.binary = sherpa_binary,
};

static unsigned jsonws_hello(struct fake_conn *conn, const struct http_msg *msg)
{
	char authorization[256];

	(void)fake_header(authorization, sizeof(authorization), msg,
	                  "Authorization");

	return !strncmp(authorization, "Bearer ", 7) &&
	                       !strcmp(authorization + 7, fake_prm(conn)->key)
	               ? 101
	               : 401;
}

static void jsonws_text(struct fake_conn *conn, const char *data, size_t n)
{
	json_t *msg = json_loadb(data, n, 0, NULL);
	const char *audio = json_string_value(json_object_get(msg, "data"));
	const char *format = json_string_value(json_object_get(msg, "format"));
	uint8_t bytes[PIECE_MAX * sizeof(int16_t)];
	size_t size = sizeof(bytes);

	fake_phrase(conn)->is_mulaw = format && !strcmp(format, "mulaw");
	if (!audio || !format ||
	    (!fake_phrase(conn)->is_mulaw && strcmp(format, "pcm")) ||
	    json_integer_value(json_object_get(msg, "rate")) != 16000 ||
	    base64_decode(audio, strlen(audio), bytes, &size))
		fake_complain(conn, "no audio in a message");
	else
		fake_hear_bytes(conn, bytes, size);
	json_decref(msg);
	fake_say(conn, "{\"text\":\"%s\"}", fake_text(conn));
}

static void jsonws_binary(struct fake_conn *conn, const uint8_t *data, size_t n)
{
	(void)data;
	fake_complain(conn, "%zu bytes that are no text", n);
}

const struct fake_kind fake_jsonws = {
	.name = "jsonws",
	.hello = jsonws_hello,
	.text = jsonws_text,
	.binary = jsonws_binary,
};
