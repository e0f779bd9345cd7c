/*
 * phone/sip/passport.h - pure: a PASSporT as text (RFC 8225, 8588)
 *
 * Who calls whom, when, and how sure its signer is: two JSON objects with
 * their keys in order and without blanks, each as base64url without padding.
 * The signature is identity.c's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PASSPORT_DIGITS_SIZE = 16, /* of a telephone number (E.164) */
	PASSPORT_URL_MAX = 255,
	PASSPORT_VALUE_MAX = 4096, /* of an Identity header */
};

struct passport {
	char attest;          /* 'A', 'B', 'C' */
	const char *cert_url; /* passport_is_url() */
	const char *orig;     /* passport_digits() of the number shown */
	const char *dest;     /* and of the one that is called */
	const char *origid;   /* a UUID */
	int64_t at_s;         /* since 1970 */
};

/* What is signed: header and payload with a dot between them. */
int passport_write(char **textp, const struct passport *passport);

/* Free with mem_deref(). */
int passport_base64url(char **textp, const void *bytes, size_t n);

/* "+15550100" is "15550100" (RFC 8224 section 8.3). Returns false for whatever
 * has no country code: extensions, user names, anonymous. */
bool passport_digits(char digits[PASSPORT_DIGITS_SIZE], const char *number);

/* Whether it is an https address that stands in JSON and between < and > as it
 * is. */
bool passport_is_url(const char *text);

/* Whether it can be the value of an Identity header (RFC 8224 section 9), in
 * its full form: `token;info=<…>;…`, one line of ASCII. */
bool passport_is_value(const char *text);
