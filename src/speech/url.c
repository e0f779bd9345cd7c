/*
 * speech/url.c - pure: the address of a service, taken apart
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/mem.h"
#include "speech/url.h"

enum {
	PORT_PLAIN = 80,
	PORT_SECURE = 443,
};

static const char *scheme_skip(const char *text, bool *is_securep)
{
	static const struct {
		const char *scheme;
		bool is_secure;
	} rowv[] = {
		{"ws://", false},
		{"wss://", true},
		{"http://", false},
		{"https://", true},
	};

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		size_t n = strlen(rowv[i].scheme);

		if (!strncmp(text, rowv[i].scheme, n)) {
			*is_securep = rowv[i].is_secure;
			return text + n;
		}
	}

	return NULL;
}

/* The host, in brackets if it is an IPv6 address. Returns what is behind. */
static const char *host_read(struct url *url, const char *text)
{
	const char *end;
	size_t n;

	if (*text == '[') {
		end = strchr(++text, ']');
		if (!end)
			return NULL;
	}
	else {
		end = text + strcspn(text, ":/?#");
	}

	n = (size_t)(end - text);
	if (!n || n >= sizeof(url->host))
		return NULL;

	memcpy(url->host, text, n);
	url->host[n] = '\0';
	if (strpbrk(url->host, "@ "))
		return NULL;

	return *end == ']' ? end + 1 : end;
}

static const char *port_read(struct url *url, const char *text)
{
	unsigned long port;
	char *end;

	url->has_port = *text == ':';
	if (!url->has_port) {
		url->port = url->is_secure ? PORT_SECURE : PORT_PLAIN;
		return text;
	}

	if (text[1] < '0' || text[1] > '9')
		return NULL;
	port = strtoul(text + 1, &end, 10);
	if (!port || port > UINT16_MAX)
		return NULL;
	url->port = (uint16_t)port;

	return end;
}

int url_parse(struct url *url, const char *text)
{
	int n;

	assert(url && text);

	for (const char *p = text; *p; p++) {
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return EINVAL;
	}

	text = scheme_skip(text, &url->is_secure);
	if (text)
		text = host_read(url, text);
	if (text)
		text = port_read(url, text);
	if (!text || (*text && *text != '/' && *text != '?') ||
	    strchr(text, '#'))
		return EINVAL;

	n = snprintf(url->path, sizeof(url->path), "%s%s",
	             *text == '/' ? "" : "/", text);

	return n < 0 || (size_t)n >= sizeof(url->path) ? EINVAL : 0;
}

const char *url_authority(const struct url *url, char *text, size_t size)
{
	bool is_v6 = strchr(url->host, ':') != NULL;
	int n = snprintf(text, size, "%s%s%s", is_v6 ? "[" : "", url->host,
	                 is_v6 ? "]" : "");

	if (url->has_port && n > 0 && (size_t)n < size)
		(void)snprintf(text + n, size - (size_t)n, ":%u", url->port);

	return text;
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("-_.~", c));
}

char *url_encode(char *dst, size_t size, const char *text)
{
	static const char hexv[] = "0123456789ABCDEF";
	size_t n = 0;

	assert(size);

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (n + 4 > size)
			break;
		if (is_unreserved(*text)) {
			dst[n++] = *text;
			continue;
		}
		dst[n++] = '%';
		dst[n++] = hexv[c >> 4];
		dst[n++] = hexv[c & 15];
	}
	dst[n] = '\0';

	return dst;
}
