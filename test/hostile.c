/*
 * test/hostile.c - texts that somebody sends who wants to break out
 */
#include <stdio.h>
#include "harness.h"
#include "hostile.h"

enum {
	PIECES_MAX = 6,
	NEAR_SIZE = 256,
};

static const char *const piecev[] = {
	/* clang-format off */
	"\r\n", "\n", "\r", "\r\n\r\n", "\t", "\v", "\x01", "\x1b[31m", "\x7f",
	"\r\nX-Injected: 1", "\r\nVia: SIP/2.0/UDP evil.example",
	"\nContact: <sip:x@evil.example>", "\r\n\r\nINVITE sip:1@b SIP/2.0\r\n",
	"%0d%0aX: y", "%00", "%2e%2e%2f", "%s", "%n", "%s%s%s%n", "%1$n",
	"../", "..", "../../etc/passwd", "/etc/passwd", "\\", "..\\", ".", "/",
	"'", "\"", "`", "''", "'; DROP TABLE users; --", "' OR '1'='1", "\\'",
	"$1", "?1", ":a", "/*", "*/", "--", ";", "\\x00", "$$", "E'\\'",
	"<", ">", "<script>", "&amp;", "${name}", "${", "}", "{", "[", "]",
	"@", "@evil.example", "sip:", ";tag=x", ";transport=tcp", "?Replaces=1",
	":5060", ",", "|", "#", "*", "+", " ", "~", "$(id)", "`id`", "=", "!",
	"\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82", /* Cyrillic */
	"\xe4\xbd\xa0\xe5\xa5\xbd", "\xf0\x9f\x98\x80", /* Chinese, a face */
	"\xe2\x80\xae", "\xef\xbb\xbf", "\xe2\x80\xa8", /* RLO, BOM, LS */
	"\xcc\x88", "\xc2\xa0", "\xef\xbc\x87", "\xc2\x85",
	"a", "Z", "0", "7", "+15550100", "00", "-1", "null", "NaN", "1e309",
	/* clang-format on */
};

uint32_t hostile_lot(struct hostile *hostile, uint32_t below)
{
	hostile->state = hostile->state * 1664525 + 1013904223;

	return (hostile->state >> 8) % below;
}

static void piece_add(struct hostile *hostile, char *text, size_t size)
{
	const char *piece = piecev[hostile_lot(hostile, ARRAY_COUNT(piecev))];
	size_t n = strlen(text);

	/* Whole or not at all: what is cut is no UTF-8. */
	if (n + strlen(piece) < size)
		memcpy(text + n, piece, strlen(piece) + 1);
}

void hostile_text(struct hostile *hostile, char *text, size_t size)
{
	uint32_t count = 1 + hostile_lot(hostile, PIECES_MAX);

	*text = '\0';
	for (uint32_t i = 0; i < count; i++)
		piece_add(hostile, text, size);
	if (!*text)
		(void)snprintf(text, size, "'");
}

void hostile_letters(struct hostile *hostile, char *text, size_t size,
                     const char *letters)
{
	size_t n = 1 + hostile_lot(hostile, (uint32_t)size - 1);
	size_t count = strlen(letters);

	for (size_t i = 0; i < n; i++)
		text[i] = letters[hostile_lot(hostile, (uint32_t)count)];
	text[n] = '\0';
}

void hostile_near(struct hostile *hostile, char *text, size_t size,
                  const char *good)
{
	char bad[NEAR_SIZE];
	int at = (int)hostile_lot(hostile, (uint32_t)strlen(good) + 1);

	hostile_text(hostile, bad, size < NEAR_SIZE ? size : NEAR_SIZE);
	(void)snprintf(text, size, "%.*s%s%s", at, good, bad, good + at);
}
