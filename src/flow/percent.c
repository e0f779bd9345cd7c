/*
 * flow/percent.c - percent-encoding (RFC 3986 section 2.1)
 */
#include <string.h>
#include "flow/percent.h"

static int is_unreserved(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

const char *percent_encode(struct arena *arena, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	char *encoded = arena_get(arena, 3 * strlen(text) + 1);
	char *at = encoded;

	if (!encoded)
		return "";

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (is_unreserved(c)) {
			*at++ = (char)c;
			continue;
		}
		*at++ = '%';
		*at++ = hex[c >> 4];
		*at++ = hex[c & 15];
	}

	return encoded;
}
