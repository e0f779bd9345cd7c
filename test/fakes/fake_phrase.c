/*
 * test/fakes/fake_phrase.c - what a fake is told: requests and sound
 */
#include <stdio.h>
#include "base/clock.h"
#include "base/g711.h"
#include "base/text.h"
#include "fakes/fake_parts.h"
#include <re_msg.h>
#include <re_http.h>

enum {
	PACE_MS = 600, /* what may come at once where life's speed is wanted */
	WORD_SAMPLES = 1600, /* a word is heard after a fifth of a second */
	LEVEL_STEP = 1000,
	BYTES_MAX = 8192, /* of mu-law, in one message */
};

struct fake *fake_of(const struct fake_conn *conn)
{
	return conn->fake;
}

struct fake_phrase *fake_phrase(struct fake_conn *conn)
{
	return &conn->phrase;
}

const struct fake_prm *fake_prm(const struct fake_conn *conn)
{
	return &conn->fake->prm;
}

void fake_hear(struct fake_conn *conn, const int16_t *pcm, size_t n)
{
	struct fake_phrase *phrase = &conn->phrase;

	if (!phrase->samples)
		conn->fake->seen.phrases++;
	phrase->pieces++;
	phrase->samples += n;
	conn->fake->seen.bytes += n * sizeof(*pcm);
	for (size_t i = 0; i < n; i++)
		phrase->level += (uint64_t)(pcm[i] < 0 ? -pcm[i] : pcm[i]);
}

void fake_hear_bytes(struct fake_conn *conn, const uint8_t *bytes, size_t n)
{
	int16_t pcm[BYTES_MAX];

	if (!conn->phrase.is_mulaw) {
		if (n % 2)
			fake_complain(conn, "half a sample");
		fake_hear(conn, (const int16_t *)(const void *)bytes, n / 2);
		return;
	}

	if (n > BYTES_MAX) {
		fake_complain(conn, "%zu bytes at once", n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		pcm[i] = g711_ulaw_to(bytes[i]);
	fake_hear(conn, pcm, n);
	conn->fake->seen.mulaw_bytes += n;
}

void fake_hear_paced(struct fake_conn *conn, const int16_t *pcm, size_t n,
                     uint32_t rate_hz)
{
	const struct fake_phrase *phrase = &conn->phrase;
	uint64_t life_ms = clock_ms() - phrase->begun_ms, sent_ms;

	fake_hear(conn, pcm, n);
	sent_ms = phrase->samples * 1000 / rate_hz;
	if (sent_ms > 2 * life_ms + PACE_MS)
		fake_complain(conn, "%u ms of audio within %u ms",
		              (unsigned)sent_ms, (unsigned)life_ms);
}

const char *fake_text(struct fake_conn *conn)
{
	const struct fake_phrase *phrase = &conn->phrase;
	const struct fake_prm *prm = &conn->fake->prm;
	uint64_t level = phrase->samples ? phrase->level / phrase->samples : 0;
	uint64_t i = (level + LEVEL_STEP / 2) / LEVEL_STEP;

	if (!phrase->samples || !prm->textc)
		return "";

	return prm->textv[i && i <= prm->textc ? i - 1 : 0];
}

const char *fake_partial(struct fake_conn *conn)
{
	const char *text = fake_text(conn);
	char *copy = conn->fake->text;
	size_t words = conn->phrase.samples / WORD_SAMPLES, at = 0;

	for (; words && text[at]; words--) {
		at += strspn(text + at, " ");
		at += strcspn(text + at, " ");
	}
	(void)text_copy(copy, FAKE_TEXT_SIZE, text);
	if (at < FAKE_TEXT_SIZE)
		copy[at] = '\0';

	return copy;
}

void fake_next(struct fake_conn *conn)
{
	conn->phrase = (struct fake_phrase){.begun_ms = clock_ms()};
	conn->messages = 0;
}

const char *fake_header(char *value, size_t size, const struct http_msg *msg,
                        const char *name)
{
	const struct http_hdr *hdr = http_msg_xhdr(msg, name);

	*value = '\0';
	if (hdr)
		(void)pl_strcpy(&hdr->val, value, size);

	return value;
}

static void unescape(char *value, size_t size, const struct pl *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->l && n + 1 < size; i++) {
		const struct pl hex = {text->p + i + 1, 2};

		if (text->p[i] == '%' && i + 2 < text->l) {
			value[n++] = (char)pl_x32(&hex);
			i += 2;
		}
		else {
			value[n++] = text->p[i];
		}
	}
	value[n] = '\0';
}

const char *fake_query(char *value, size_t size, const struct http_msg *msg,
                       const char *name)
{
	struct pl all = msg->prm, one;
	char pattern[64];

	*value = '\0';
	(void)snprintf(pattern, sizeof(pattern), "[?&]1%s=[^&]*", name);
	if (!re_regex(all.p, all.l, pattern, NULL, &one))
		unescape(value, size, &one);

	return value;
}
