/*
 * base/sum.c - the SHA-256 of bytes in hexadecimal digits
 */
#include <assert.h>
#include <errno.h>
#include <openssl/sha.h>
#include <stdint.h>
#include "base/sum.h"

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
