/*
 * test/fakes/fake_vosk.c - the Vosk server in Python, as it behaves
 *
 * Any text with "config" in it is a configuration and not answered; the exact
 * end text is answered with the rest and closes; the exact reset text is
 * answered; any other text would be taken for audio and break the session.
 */
#include "fakes/fake.h"

static bool is_exactly(const char *data, size_t n, const char *text)
{
	return n == strlen(text) && !memcmp(data, text, n);
}

static void final_say(struct fake_conn *conn)
{
	const char *text = fake_text(conn);

	if (*text)
		fake_say(conn,
		         "{\n  \"result\" : [{\n      \"conf\" : 0.875000,\n"
		         "      \"end\" : 0.9,\n      \"start\" : 0.1,\n"
		         "      \"word\" : \"x\"\n    }],\n"
		         "  \"text\" : \"%s\"\n}",
		         text);
	else
		fake_say(conn, "{\n  \"text\" : \"\"\n}");
	fake_next(conn);
}

static void vosk_text(struct fake_conn *conn, const char *data, size_t n)
{
	if (memmem(data, n, "config", 6)) {
		if (fake_phrase(conn)->samples)
			fake_complain(conn, "config after audio");
		return;
	}
	if (is_exactly(data, n, "{\"reset\" : 1}")) {
		final_say(conn);
		return;
	}

	if (!is_exactly(data, n, "{\"eof\" : 1}"))
		fake_complain(conn, "a text that is taken for audio: %.*s",
		              (int)n, data);
	final_say(conn);
	fake_close(conn);
}

static void vosk_binary(struct fake_conn *conn, const uint8_t *data, size_t n)
{
	if (n % 2)
		fake_complain(conn, "half a sample");
	fake_hear(conn, (const int16_t *)(const void *)data, n / 2);
	fake_say(conn, "{\n  \"partial\" : \"%s\"\n}", fake_partial(conn));
}

const struct fake_kind fake_vosk = {
	.name = "vosk",
	.text = vosk_text,
	.binary = vosk_binary,
};
