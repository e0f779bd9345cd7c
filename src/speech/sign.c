/*
 * speech/sign.c - pure: how services in the cloud want requests signed
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <time.h>
#include "base/mem.h"
#include "speech/sign.h"
#include "speech/url.h"
#include <re_base64.h>

enum {
	DIGEST_MAX = EVP_MAX_MD_SIZE,
	MD5_BYTES = 16,
};

const char *sign_date(char text[SIGN_DATE_SIZE], int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);

	(void)re_snprintf(text, SIGN_DATE_SIZE, "%H", fmt_gmtime, &seconds);

	return text;
}

static int sign(char signature[SIGN_SIZE], const EVP_MD *md, const char *key,
                const char *text)
{
	unsigned char digestv[DIGEST_MAX];
	unsigned int digestc = 0;
	size_t n = SIGN_SIZE - 1;

	if (!HMAC(md, key, (int)strlen(key), (const unsigned char *)text,
	          strlen(text), digestv, &digestc))
		return ENOMEM;

	(void)base64_encode(digestv, digestc, signature, &n);
	signature[n] = '\0';

	return 0;
}

int sign_iflytek(char signature[SIGN_SIZE], const char *secret,
                 const char *host, const char *date, const char *path)
{
	char text[URL_PATH_SIZE + URL_HOST_SIZE + 128];

	(void)snprintf(text, sizeof(text),
	               "host: %s\ndate: %s\nGET %s HTTP/1.1", host, date, path);

	return sign(signature, EVP_sha256(), secret, text);
}

int sign_rtasr(char signature[SIGN_SIZE], const char *key, const char *app,
               int64_t wall_s)
{
	unsigned char digestv[DIGEST_MAX];
	char text[256], hex[2 * MD5_BYTES + 1];
	size_t n = 0;

	(void)snprintf(text, sizeof(text), "%s%lld", app, (long long)wall_s);
	if (!EVP_Q_digest(NULL, "MD5", NULL, text, strlen(text), digestv, &n) ||
	    n != MD5_BYTES)
		return ENOMEM;

	for (size_t i = 0; i < n; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digestv[i]);

	return sign(signature, EVP_sha1(), key, hex);
}

int sign_alibaba(char signature[SIGN_SIZE], const char *secret,
                 const char *method, const char *query)
{
	char encoded[URL_PATH_SIZE], text[URL_PATH_SIZE + 32], key[512];

	(void)url_encode(encoded, sizeof(encoded), query);
	(void)snprintf(text, sizeof(text), "%s&%%2F&%s", method, encoded);
	(void)snprintf(key, sizeof(key), "%s&", secret);

	return sign(signature, EVP_sha1(), key, text);
}
