/*
 * test/fakes/fake_tokens.c - where tokens of Alibaba Cloud NLS are made
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "fakes/fake.h"
#include "fakes/fake_tokens.h"
#include <re_base64.h>
#include <re_msg.h>
#include <re_http.h>

enum {
	PARTS_MAX = 16,
	TEXT_SIZE = 1024,
	DAY_S = 86400,
};

void fake_tokens_expire(struct fake_tokens *tokens)
{
	tokens->expired = tokens->made;
}

static const char *token_make(struct fake_tokens *tokens)
{
	(void)snprintf(tokens->latest, sizeof(tokens->latest), "token-%u",
	               ++tokens->made);

	return tokens->latest;
}

bool fake_tokens_are_good(const struct fake_tokens *tokens, const char *token)
{
	unsigned i = 0;

	return sscanf(token, "token-%u", &i) == 1 && i > tokens->expired &&
	       i <= tokens->made;
}

static int part_compare(const void *a, const void *b)
{
	const struct pl *x = a, *y = b;
	int c = memcmp(x->p, y->p, x->l < y->l ? x->l : y->l);

	return c ? c : (int)x->l - (int)y->l;
}

/* All parameters but the signature, sorted, as they stand in the query. */
static void canonical(char text[TEXT_SIZE], const struct http_msg *msg)
{
	struct pl partv[PARTS_MAX];
	struct pl rest = {msg->prm.p + 1, msg->prm.l - 1};
	size_t partc = 0, n = 0;

	while (rest.l && partc < PARTS_MAX) {
		const char *end = pl_strchr(&rest, '&');
		struct pl part = {rest.p,
		                  end ? (size_t)(end - rest.p) : rest.l};

		if (part.l < 10 || memcmp(part.p, "Signature=", 10))
			partv[partc++] = part;
		pl_advance(&rest, (ssize_t)part.l + (end ? 1 : 0));
	}
	qsort(partv, partc, sizeof(partv[0]), part_compare);
	for (size_t i = 0; i < partc; i++)
		n += (size_t)snprintf(text + n, TEXT_SIZE - n, "%s%.*s",
		                      i ? "&" : "", (int)partv[i].l,
		                      partv[i].p);
}

static void encode(char *text, size_t size, const char *plain)
{
	size_t n = 0;

	for (; *plain && n + 4 < size; plain++) {
		if ((*plain >= '0' && *plain <= '9') ||
		    (*plain >= 'A' && *plain <= 'Z') ||
		    (*plain >= 'a' && *plain <= 'z') || strchr("-_.~", *plain))
			text[n++] = *plain;
		else
			n += (size_t)snprintf(text + n, size - n, "%%%02X",
			                      (unsigned char)*plain);
	}
	text[n] = '\0';
}

static bool is_signed(const char *secret, const struct http_msg *msg)
{
	char query[TEXT_SIZE] = "", encoded[2 * TEXT_SIZE];
	char text[3 * TEXT_SIZE], key[128], wanted[64], came[128];
	unsigned char digestv[EVP_MAX_MD_SIZE];
	unsigned int digestc = 0;
	size_t n = sizeof(wanted) - 1;

	canonical(query, msg);
	encode(encoded, sizeof(encoded), query);
	(void)snprintf(text, sizeof(text), "GET&%%2F&%s", encoded);
	(void)snprintf(key, sizeof(key), "%s&", secret);
	(void)HMAC(EVP_sha1(), key, (int)strlen(key),
	           (const unsigned char *)text, strlen(text), digestv,
	           &digestc);
	(void)base64_encode(digestv, digestc, wanted, &n);
	wanted[n] = '\0';

	return !strcmp(wanted,
	               fake_query(came, sizeof(came), msg, "Signature"));
}

bool fake_tokens_page(struct fake_tokens *tokens, struct http_conn *http,
                      const struct http_msg *msg)
{
	uint32_t life_s = tokens->life_s ? tokens->life_s : DAY_S;
	char value[128];

	/* The root is the real one's. */
	if (pl_strcmp(&msg->path, "/token") && pl_strcmp(&msg->path, "/"))
		return false;

	if (strcmp(fake_query(value, sizeof(value), msg, "AccessKeyId"),
	           tokens->key))
		(void)http_creply(http, 404, "Not Found", "application/json",
		                  "{\"Code\":\"InvalidAccessKeyId.NotFound\","
		                  "\"Message\":\"Specified access key %s is "
		                  "not found.\"}",
		                  value);
	else if (!is_signed(tokens->secret, msg))
		(void)http_creply(
			http, 400, "Bad Request", "application/json",
			"{\"Code\":\"SignatureDoesNotMatch\",\"Message\":"
			"\"Specified signature is not matched\"}");
	else
		(void)http_creply(
			http, 200, "OK", "application/json",
			"{\"ErrMsg\":\"\",\"Token\":{\"UserId\":\"1\",\"Id\":"
			"\"%s\",\"ExpireTime\":%lld}}",
			token_make(tokens),
			(long long)(clock_wall_ms() / 1000 + life_s));

	return true;
}
