/*
 * base/seal.c - AES-256-GCM, and keys made of keys (libcrypto behind it)
 */
#include <assert.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>
#include "base/mem.h"
#include "base/seal.h"

enum {
	HASH_SIZE = 32,
	PURPOSE_MAX = 64,
};

static bool close_with(EVP_CIPHER_CTX *ctx, uint8_t *sealed, const void *clear,
                       int n, const struct seal *seal)
{
	int done;

	return EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, seal->key,
	                          seal->nonce) &&
	       (!seal->head_len ||
	        EVP_EncryptUpdate(ctx, NULL, &done, seal->head,
	                          (int)seal->head_len)) &&
	       (!n || EVP_EncryptUpdate(ctx, sealed, &done, clear, n)) &&
	       EVP_EncryptFinal_ex(ctx, sealed + n, &done) &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, SEAL_TAG_SIZE,
	                           sealed + n);
}

static int open_with(EVP_CIPHER_CTX *ctx, uint8_t *clear, const uint8_t *sealed,
                     int n, const struct seal *seal)
{
	uint8_t tag[SEAL_TAG_SIZE];
	int done;

	memcpy(tag, sealed + n, sizeof(tag));

	if (!EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, seal->key,
	                        seal->nonce) ||
	    (seal->head_len && !EVP_DecryptUpdate(ctx, NULL, &done, seal->head,
	                                          (int)seal->head_len)) ||
	    (n && !EVP_DecryptUpdate(ctx, clear, &done, sealed, n)) ||
	    !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, SEAL_TAG_SIZE, tag))
		return ENOMEM;

	return EVP_DecryptFinal_ex(ctx, clear + n, &done) > 0 ? 0 : EBADMSG;
}

int seal_close(uint8_t *sealed, const void *clear, size_t n,
               const struct seal *seal)
{
	EVP_CIPHER_CTX *ctx;
	int err = 0;

	assert(sealed && (clear || !n) && n <= INT_MAX);

	ctx = EVP_CIPHER_CTX_new();
	if (!ctx)
		return ENOMEM;

	/* Nothing else can fail. */
	if (!close_with(ctx, sealed, clear, (int)n, seal))
		err = ENOMEM;
	EVP_CIPHER_CTX_free(ctx);

	return err;
}

int seal_open(void *clear, const uint8_t *sealed, size_t n,
              const struct seal *seal)
{
	EVP_CIPHER_CTX *ctx;
	int err;

	assert(clear && sealed && n <= INT_MAX);

	if (n < SEAL_TAG_SIZE)
		return EBADMSG;

	ctx = EVP_CIPHER_CTX_new();
	if (!ctx)
		return ENOMEM;

	err = open_with(ctx, clear, sealed, (int)(n - SEAL_TAG_SIZE), seal);
	EVP_CIPHER_CTX_free(ctx);

	return err;
}

static int hmac(uint8_t hash[HASH_SIZE], const uint8_t *key, size_t key_len,
                const void *bytes, size_t n)
{
	unsigned size = HASH_SIZE;

	return HMAC(EVP_sha256(), key, (int)key_len, bytes, n, hash, &size)
	               ? 0
	               : ENOMEM;
}

/* One block of output is all that a key needs: T(1) of the RFC. */
int seal_derive(uint8_t made[SEAL_KEY_SIZE], const uint8_t key[SEAL_KEY_SIZE],
                const uint8_t salt[SEAL_SALT_SIZE], const char *purpose)
{
	uint8_t extracted[HASH_SIZE], info[PURPOSE_MAX + 1];
	size_t n = strlen(purpose);
	int err;

	static_assert((int)HASH_SIZE == (int)SEAL_KEY_SIZE, "one block");
	assert(n <= PURPOSE_MAX);

	memcpy(info, purpose, n);
	info[n] = 1;
	err = hmac(extracted, salt, SEAL_SALT_SIZE, key, SEAL_KEY_SIZE);
	if (!err)
		err = hmac(made, extracted, sizeof(extracted), info, n + 1);
	seal_wipe(extracted, sizeof(extracted));

	return err;
}

int seal_hash(uint8_t *hash, size_t n, const uint8_t key[SEAL_KEY_SIZE],
              const char *text)
{
	uint8_t whole[HASH_SIZE];
	int err;

	assert(n <= HASH_SIZE);

	err = hmac(whole, key, SEAL_KEY_SIZE, text, strlen(text));
	if (!err)
		memcpy(hash, whole, n);

	return err;
}

int seal_random(void *bytes, size_t n)
{
	uint8_t *at = bytes;

	while (n) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno;
		at += got;
		n -= (size_t)got;
	}

	return 0;
}

void seal_wipe(void *bytes, size_t n)
{
	OPENSSL_cleanse(bytes, n);
}
