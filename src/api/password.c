/*
 * api/password.c - pure: passwords as they are kept
 *
 * "scrypt$N$r$p$SALT$KEY" in hex, so that the cost can be raised later.
 */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "api/password.h"
#include "base/mem.h"
#include "base/text.h"

enum {
	COST_N = 16384,
	COST_R = 8,
	COST_P = 1,
	MEMORY_MAX = 64 << 20,
	SALT_SIZE = 16,
	KEY_SIZE = 32,
};

const char *password_fault(const char *password)
{
	if (!text_is_utf8(password, strlen(password)))
		return "is no UTF-8";
	if (text_length(password) < PASSWORD_MIN)
		return "needs at least 10 letters";
	if (strlen(password) > PASSWORD_MAX)
		return "has more than 256 bytes";

	return NULL;
}

static void hex_write(char *text, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)snprintf(&text[2 * i], 3, "%02x", bytes[i]);
}

static bool hex_read(uint8_t *bytes, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++) {
		unsigned byte;

		if (sscanf(&text[2 * i], "%2x", &byte) != 1)
			return false;
		bytes[i] = (uint8_t)byte;
	}

	return true;
}

static bool derive(uint8_t key[KEY_SIZE], const char *password,
                   const uint8_t salt[SALT_SIZE])
{
	return EVP_PBE_scrypt(password, strlen(password), salt, SALT_SIZE,
	                      COST_N, COST_R, COST_P, MEMORY_MAX, key,
	                      KEY_SIZE) == 1;
}

int password_keep(char kept[PASSWORD_KEPT_SIZE], const char *password)
{
	uint8_t salt[SALT_SIZE], key[KEY_SIZE];
	int n;

	if (RAND_bytes(salt, sizeof(salt)) != 1 || !derive(key, password, salt))
		return ENOMEM;

	n = snprintf(kept, PASSWORD_KEPT_SIZE, "scrypt$%d$%d$%d$", COST_N,
	             COST_R, COST_P);
	hex_write(&kept[n], salt, sizeof(salt));
	n += 2 * SALT_SIZE;
	kept[n++] = '$';
	hex_write(&kept[n], key, sizeof(key));
	OPENSSL_cleanse(key, sizeof(key));

	return 0;
}

bool password_is(const char *password, const char *kept)
{
	uint8_t salt[SALT_SIZE] = {0}, key[KEY_SIZE] = {0}, tried[KEY_SIZE];
	char head[32];
	bool is_known;
	size_t n;

	n = (size_t)snprintf(head, sizeof(head), "scrypt$%d$%d$%d$", COST_N,
	                     COST_R, COST_P);
	is_known = !strncmp(kept, head, n) &&
	           strlen(kept) == n + 2 * SALT_SIZE + 1 + 2 * KEY_SIZE &&
	           hex_read(salt, sizeof(salt), &kept[n]) &&
	           hex_read(key, sizeof(key), &kept[n + 2 * SALT_SIZE + 1]);

	return derive(tried, password, salt) && is_known &&
	       !CRYPTO_memcmp(tried, key, sizeof(key));
}
