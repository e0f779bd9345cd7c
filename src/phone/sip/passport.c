/*
 * phone/sip/passport.c - pure: a PASSporT as text (RFC 8225, 8588)
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "phone/sip/passport.h"
#include "base/mem.h"
#include <re_base64.h>

enum {
	JSON_SIZE = 512,
	DIGITS_MIN = 7,
};

static const char base64url_chars[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_";

/* --- writing ------------------------------------------------------------- */

int passport_base64url(char **textp, const void *bytes, size_t n)
{
	size_t len = (n + 2) / 3 * 4;
	char *text;
	int err;

	text = mem_zalloc(len + 1, NULL);
	if (!text)
		return ENOMEM;

	err = base64_encode(bytes, n, text, &len);
	if (err) {
		mem_deref(text);
		return err;
	}

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '+')
			text[i] = '-';
		else if (text[i] == '/')
			text[i] = '_';
		else if (text[i] == '=')
			text[i] = '\0';
	}
	*textp = text;

	return 0;
}

/* Nothing in it needs an escape: digits, a UUID, an address that was looked
 * at. Keys are in the order of their letters (RFC 8225 section 9). */
static int head_json(char json[JSON_SIZE], const struct passport *passport)
{
	int n = snprintf(json, JSON_SIZE,
	                 "{\"alg\":\"ES256\",\"ppt\":\"shaken\","
	                 "\"typ\":\"passport\",\"x5u\":\"%s\"}",
	                 passport->cert_url);

	return n < 0 || n >= JSON_SIZE ? EOVERFLOW : 0;
}

static int payload_json(char json[JSON_SIZE], const struct passport *passport)
{
	int n = snprintf(json, JSON_SIZE,
	                 "{\"attest\":\"%c\",\"dest\":{\"tn\":[\"%s\"]},"
	                 "\"iat\":%" PRId64 ",\"orig\":{\"tn\":\"%s\"},"
	                 "\"origid\":\"%s\"}",
	                 passport->attest, passport->dest, passport->at_s,
	                 passport->orig, passport->origid);

	return n < 0 || n >= JSON_SIZE ? EOVERFLOW : 0;
}

int passport_write(char **textp, const struct passport *passport)
{
	char json[JSON_SIZE], *head = NULL, *payload = NULL;
	int err;

	assert(textp && passport_is_url(passport->cert_url));

	err = head_json(json, passport);
	if (!err)
		err = passport_base64url(&head, json, strlen(json));
	if (!err)
		err = payload_json(json, passport);
	if (!err)
		err = passport_base64url(&payload, json, strlen(json));
	if (!err)
		err = re_sdprintf(textp, "%s.%s", head, payload);
	mem_deref(head);
	mem_deref(payload);

	return err;
}

/* --- reading ------------------------------------------------------------- */

bool passport_digits(char digits[PASSPORT_DIGITS_SIZE], const char *number)
{
	size_t len;

	if (!number || *number != '+' || number[1] == '0')
		return false;

	len = strspn(number + 1, "0123456789");
	if (number[1 + len] || len < DIGITS_MIN || len >= PASSPORT_DIGITS_SIZE)
		return false;

	memcpy(digits, number + 1, len + 1);

	return true;
}

static bool is_plain(const char *text, size_t len, const char *forbidden)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] <= ' ' || text[i] > '~' ||
		    strchr(forbidden, text[i]))
			return false;
	}

	return true;
}

bool passport_is_url(const char *text)
{
	static const char scheme[] = "https://";
	const size_t scheme_len = sizeof(scheme) - 1;
	const size_t len = strlen(text);

	if (len > PASSPORT_URL_MAX || strncasecmp(text, scheme, scheme_len) ||
	    !is_plain(text, len, "\"\\<>"))
		return false;

	/* A host, at least. */
	return strcspn(text + scheme_len, "/?#:@") > 0;
}

/* Three parts with dots between them: the form without the first two needs a
 * Date that we do not have. Returns its length, 0: it is none. */
static size_t token_len(const char *text)
{
	size_t len = 0;

	for (unsigned part = 0; part < 3; part++) {
		const size_t n = strspn(text + len, base64url_chars);

		if (!n)
			return 0;
		len += n;
		if (part < 2 && text[len++] != '.')
			return 0;
	}

	return len;
}

bool passport_is_value(const char *text)
{
	static const char info[] = ";info=<";
	const size_t info_len = sizeof(info) - 1, len = strlen(text);
	const char *url, *end;

	if (len > PASSPORT_VALUE_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < ' ' || text[i] > '~')
			return false;
	}

	url = text + token_len(text);
	if (url == text || strncasecmp(url, info, info_len))
		return false;
	url += info_len;
	end = strchr(url, '>');
	if (!end || end == url || !is_plain(url, (size_t)(end - url), "\"\\<"))
		return false;

	/* Commas would begin another value. */
	return !end[1] || (end[1] == ';' && !strchr(end, ','));
}
