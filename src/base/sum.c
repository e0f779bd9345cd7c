/*
 * base/sum.c - the SHA-256 of bytes in hexadecimal digits
 */
#include <assert.h>
#include <errno.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdint.h>
#include "base/sum.h"

int sum_begin(void)
{
	uint8_t digest[EVP_MAX_MD_SIZE], byte = 0;
	unsigned n;

	return SHA256(&byte, 0, digest) && SHA1(&byte, 0, digest) &&
	                       HMAC(EVP_sha256(), "", 0, &byte, 0, digest,
	                            &n) &&
	                       RAND_bytes(&byte, 1) == 1
	               ? 0
	               : ENOMEM;
}

int sum_make(char *hex, size_t size, const void *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[SHA256_DIGEST_LENGTH];

	assert(size && size <= SUM_SIZE);

	if (!SHA256(bytes, n, digest))
		return ENOMEM;

	for (size_t i = 0; i < size - 1; i++)
		hex[i] =
			digits[i % 2 ? digest[i / 2] & 15 : digest[i / 2] >> 4];
	hex[size - 1] = '\0';

	return 0;
}
