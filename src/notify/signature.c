/*
 * notify/signature.c - pure: signatures of Standard Webhooks
 */
#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "notify/signature.h"
#include <re_base64.h>

enum {
	KEY_MIN = 24,
	KEY_MAX = 64,
	KEY_TEXT_MAX = 96,
	MAC_SIZE = 32,
	MAC_TEXT_SIZE = 48,
	HEAD_SIZE = 128,
};

static const char prefix[] = "whsec_";

static int key_read(uint8_t key[KEY_MAX + 3], size_t *lenp, const char *text,
                    size_t len)
{
	if (len > strlen(prefix) && !strncmp(text, prefix, strlen(prefix))) {
		text += strlen(prefix);
		len -= strlen(prefix);
	}
	*lenp = KEY_MAX + 3;
	if (len > KEY_TEXT_MAX || base64_decode(text, len, key, lenp) ||
	    *lenp < KEY_MIN || *lenp > KEY_MAX)
		return EINVAL;

	return 0;
}

static int sign(char text[MAC_TEXT_SIZE], const uint8_t *key, size_t key_len,
                const struct mbuf *signed_part)
{
	uint8_t mac[MAC_SIZE];
	unsigned mac_len = sizeof(mac);
	size_t n = MAC_TEXT_SIZE - 1;

	if (!HMAC(EVP_sha256(), key, (int)key_len, signed_part->buf,
	          signed_part->end, mac, &mac_len))
		return ENOMEM;
	if (base64_encode(mac, mac_len, text, &n))
		return ENOMEM;
	text[n] = '\0';

	return 0;
}

int signature_make(char text[SIGNATURE_SIZE], const char *secrets,
                   const char *id, int64_t timestamp_s, const char *body)
{
	char head[HEAD_SIZE], mac[MAC_TEXT_SIZE];
	uint8_t key[KEY_MAX + 3];
	struct mbuf *mb = NULL;
	size_t n = 0, len, key_len;
	int err;

	(void)snprintf(head, sizeof(head), "%s.%" PRId64 ".", id, timestamp_s);
	mb = mbuf_alloc(strlen(head) + strlen(body));
	if (!mb)
		return ENOMEM;
	err = mbuf_write_str(mb, head);
	if (!err)
		err = mbuf_write_str(mb, body);
	if (err)
		goto out;

	text[0] = '\0';
	for (secrets += strspn(secrets, " "); *secrets;
	     secrets += len + strspn(secrets + len, " ")) {
		len = strcspn(secrets, " ");
		err = key_read(key, &key_len, secrets, len);
		if (!err)
			err = sign(mac, key, key_len, mb);
		if (!err && n + strlen(mac) + 5 > SIGNATURE_SIZE)
			err = EINVAL;
		if (err)
			goto out;
		n += (size_t)snprintf(&text[n], SIGNATURE_SIZE - n, "%sv1,%s",
		                      n ? " " : "", mac);
	}

out:
	OPENSSL_cleanse(key, sizeof(key));
	mem_deref(mb);

	return err;
}
