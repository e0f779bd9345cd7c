/*
 * notify/signature.h - pure: signatures of Standard Webhooks
 *
 * https://github.com/standard-webhooks/standard-webhooks, symmetric keys.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	SIGNATURE_SIZE = 256, /* of the header's value, with the end */
	SIGNATURE_KEYS_MAX = 4,
};

/* Signs "ID.TIMESTAMP.BODY" with each secret of the list (separated by blanks,
 * while one replaces the other), base64 with or without "whsec_". Returns
 * EINVAL for a secret that is no base64 of 24 to 64 bytes. */
int signature_make(char text[SIGNATURE_SIZE], const char *secrets,
                   const char *id, int64_t timestamp_s, const char *body);
