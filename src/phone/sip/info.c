/*
 * phone/sip/info.c - pure: keys in the body of SIP INFO
 */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "phone/sip/info.h"

static bool is_key(char c)
{
	return c && strchr("0123456789*#ABCD", c);
}

bool info_are_keys(const char *keys)
{
	for (; *keys; keys++) {
		if (!is_key(*keys))
			return false;
	}

	return true;
}

static size_t space_skip(const char *text, size_t pos, size_t len)
{
	while (pos < len && (text[pos] == ' ' || text[pos] == '\t'))
		pos++;

	return pos;
}

/* Some send the RFC 4733 event numbers 10 and 11 for * and #. */
static char key_read(const char *text, size_t len)
{
	char c;

	if (!len)
		return '\0';
	if (len >= 2 && text[0] == '1' && text[1] == '0')
		return '*';
	if (len >= 2 && text[0] == '1' && text[1] == '1')
		return '#';

	c = (char)toupper((unsigned char)text[0]);

	return is_key(c) ? c : '\0';
}

static uint32_t duration_read(const char *text, size_t len)
{
	uint32_t ms = 0;

	for (size_t i = 0; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
		ms = ms * 10 + (uint32_t)(text[i] - '0');
		if (ms > INFO_DURATION_MAX_MS)
			return INFO_DURATION_MAX_MS;
	}

	return ms ? ms : INFO_DURATION_MS;
}

static void line_read(struct info_key *key, const char *line, size_t len)
{
	static const char signal[] = "signal", duration[] = "duration";
	const char *equals = memchr(line, '=', len);
	size_t start, name_len;

	if (!equals)
		return;

	name_len = (size_t)(equals - line);
	while (name_len && line[name_len - 1] == ' ')
		name_len--;
	start = space_skip(line, (size_t)(equals - line) + 1, len);

	if (name_len == sizeof(signal) - 1 &&
	    !strncasecmp(line, signal, name_len))
		key->key = key_read(line + start, len - start);
	else if (name_len == sizeof(duration) - 1 &&
	         !strncasecmp(line, duration, name_len))
		key->duration_ms = duration_read(line + start, len - start);
}

bool info_parse(struct info_key *key, bool is_relay, const char *body,
                size_t len)
{
	struct info_key found = {.duration_ms = INFO_DURATION_MS};
	size_t pos = 0;

	if (!is_relay) {
		pos = space_skip(body, 0, len);
		found.key = key_read(body + pos, len - pos);
		pos = len;
	}

	while (pos < len) {
		size_t end;

		pos = space_skip(body, pos, len);
		for (end = pos; end < len && body[end] != '\n'; end++)
			;
		line_read(&found, body + pos, end - pos);
		pos = end + 1;
	}

	if (!found.key)
		return false;

	*key = found;

	return true;
}

size_t info_write(char body[INFO_BODY_SIZE], const struct info_key *key)
{
	int len;

	assert(is_key(key->key));

	len = snprintf(body, INFO_BODY_SIZE, "Signal=%c\r\nDuration=%u\r\n",
	               key->key, (unsigned)key->duration_ms);

	return (size_t)len;
}
