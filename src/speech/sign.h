/*
 * speech/sign.h - pure: how services in the cloud want requests signed
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	SIGN_SIZE = 64, /* Base64 of an HMAC and its end */
	SIGN_DATE_SIZE = 40,
};

/* "Wed, 10 Jul 2019 07:35:43 GMT". Returns text. */
const char *sign_date(char text[SIGN_DATE_SIZE], int64_t wall_ms);

/* iFlytek's v2 interfaces: Base64 of HMAC-SHA256 over host, date and request
 * line. Returns ENOMEM. */
int sign_iflytek(char signature[SIGN_SIZE], const char *secret,
                 const char *host, const char *date, const char *path);

/* iFlytek's rtasr: Base64 of HMAC-SHA1 over the MD5 of application and time.
 * Returns ENOMEM. */
int sign_rtasr(char signature[SIGN_SIZE], const char *key, const char *app,
               int64_t wall_s);

/* Alibaba's POP interfaces: Base64 of HMAC-SHA1 over method and sorted,
 * encoded query (without the signature). Returns ENOMEM. */
int sign_alibaba(char signature[SIGN_SIZE], const char *secret,
                 const char *method, const char *query);
