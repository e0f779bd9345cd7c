/*
 * base/ws_accept.c - pure: the answer to a WebSocket's key (RFC 6455 1.3)
 */
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/ws_accept.h"
#include <re_base64.h>

int ws_accept_make(char accept[WS_ACCEPT_SIZE], const char *key)
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char text[WS_KEY_SIZE + sizeof(guid)];
	uint8_t digestv[SHA_DIGEST_LENGTH];
	size_t n = WS_ACCEPT_SIZE - 1;

	(void)snprintf(text, sizeof(text), "%s%s", key, guid);
	if (!SHA1((const unsigned char *)text, strlen(text), digestv))
		return ENOMEM;

	(void)base64_encode(digestv, sizeof(digestv), accept, &n);
	accept[n] = '\0';

	return 0;
}
