/*
 * speech/url.h - pure: the address of a service, taken apart
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	URL_HOST_SIZE = 256,
	URL_PATH_SIZE = 4096,
};

struct url {
	bool is_secure;           /* wss or https */
	char host[URL_HOST_SIZE]; /* without the brackets of an IPv6 address */
	uint16_t port;            /* 80 or 443 where none is given */
	bool has_port;            /* it was given */
	char path[URL_PATH_SIZE]; /* with the query, "/" at least */
};

/* ws, wss, http, https without user and fragment. Returns EINVAL for anything
 * else, with characters below a blank among it. */
int url_parse(struct url *url, const char *text);

/* "host" or "host:port", as in the Host header. Returns text. */
const char *url_authority(const struct url *url, char *text, size_t size);

/* Percent-encodes all but RFC 3986's unreserved characters. Returns dst, cut
 * before what does not fit. */
char *url_encode(char *dst, size_t size, const char *text);
