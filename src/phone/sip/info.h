/*
 * phone/sip/info.h - pure: keys in the body of SIP INFO
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	INFO_DURATION_MS = 160,      /* where the other side says none */
	INFO_DURATION_MAX_MS = 5000, /* longer ones are taken as this */
	INFO_BODY_SIZE = 48,
};

struct info_key {
	char key; /* 0-9 * # A-D */
	uint32_t duration_ms;
};

/* Reads "application/dtmf-relay" ("Signal=5\r\nDuration=160") or, where
 * is_relay is false, "application/dtmf" (the bare key). */
bool info_parse(struct info_key *key, bool is_relay, const char *body,
                size_t len);

/* Writes a body of application/dtmf-relay. Returns its length. */
size_t info_write(char body[INFO_BODY_SIZE], const struct info_key *key);

/* Whether all are keys of a telephone: 0-9 * # A-D. */
bool info_are_keys(const char *keys);
