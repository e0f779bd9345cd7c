/*
 * speech/ws_hello.c - pure: how a WebSocket begins (RFC 6455 section 4)
 */
#include <stdlib.h>
#include <strings.h>
#include "base/text.h"
#include "speech/ws_hello.h"

enum {
	STATUS_SWITCHING = 101,
};

int ws_hello_write(struct mbuf *mb, const struct url *url, const char *headers,
                   const char *key)
{
	char host[URL_HOST_SIZE + 16];

	return mbuf_printf(mb,
	                   "GET %s HTTP/1.1\r\n"
	                   "Host: %s\r\n"
	                   "Upgrade: websocket\r\n"
	                   "Connection: Upgrade\r\n"
	                   "Sec-WebSocket-Key: %s\r\n"
	                   "Sec-WebSocket-Version: 13\r\n"
	                   "%s\r\n",
	                   url->path, url_authority(url, host, sizeof(host)),
	                   key, headers);
}

/* The value of a header, NULL if it is not there. */
static const char *header_find(const char *head, size_t n, const char *name,
                               size_t *lenp)
{
	const char *end = head + n;
	size_t name_n = strlen(name);

	while (head < end) {
		const char *eol = memchr(head, '\n', (size_t)(end - head));
		size_t len = (size_t)((eol ? eol : end) - head);

		if (len > name_n && head[name_n] == ':' &&
		    !strncasecmp(head, name, name_n)) {
			const char *value = head + name_n + 1;
			const char *stop = head + len;

			while (value < stop &&
			       (*value == ' ' || *value == '\t'))
				value++;
			while (stop > value && (unsigned char)stop[-1] <= ' ')
				stop--;
			*lenp = (size_t)(stop - value);
			return value;
		}
		head += len + 1;
	}

	return NULL;
}

static void why_take(struct ws_hello *hello, const char *data, size_t n)
{
	size_t out = 0;

	for (size_t i = 0; i < n && out + 1 < sizeof(hello->why); i++) {
		unsigned char c = (unsigned char)data[i];

		hello->why[out++] = c < ' ' || c == 0x7f ? ' ' : data[i];
	}
	hello->why[out] = '\0';
	(void)text_repair(hello->why);
}

int ws_hello_status(const char *data, size_t n, unsigned *statusp,
                    size_t *usedp)
{
	static const char version[] = "HTTP/1.";
	const char *body;

	if (memcmp(data, version,
	           n < sizeof(version) - 1 ? n : sizeof(version) - 1))
		return EPROTO;
	body = memmem(data, n, "\r\n\r\n", 4);
	if (!body)
		return n > WS_HELLO_MAX ? EPROTO : EAGAIN;

	*usedp = (size_t)(body + 4 - data);
	if (*usedp < sizeof(version) + 8)
		return EPROTO;
	*statusp = (unsigned)strtoul(data + sizeof(version) + 1, NULL, 10);

	return 0;
}

int ws_hello_read(struct ws_hello *hello, const char *data, size_t n,
                  const char *key)
{
	char accept[WS_ACCEPT_SIZE];
	const char *body, *value;
	size_t len = 0;
	int err;

	memset(hello, 0, sizeof(*hello));
	err = ws_hello_status(data, n, &hello->status, &hello->used);
	if (err)
		return err;
	body = data + hello->used;

	if (hello->status != STATUS_SWITCHING) {
		why_take(hello, body, n - hello->used);
		if (!hello->why[0]) {
			value = header_find(data, hello->used, "dg-error",
			                    &len);
			if (value)
				why_take(hello, value, len);
		}
		return 0;
	}

	if (ws_accept_make(accept, key))
		return ENOMEM;
	value = header_find(data, hello->used, "Sec-WebSocket-Accept", &len);
	hello->is_accepted =
		value && len == strlen(accept) && !memcmp(value, accept, len);

	return hello->is_accepted ? 0 : EPROTO;
}
