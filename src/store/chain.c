/*
 * store/chain.c - what a chain of rows is made of
 */
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "store/chain.h"

enum {
	SALT_BYTES = (CHAIN_SALT_SIZE - 1) / 2,
	LENGTH_SIZE = 24, /* " ", 20 digits at most, ":" */
};

static void hex(char *text, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 15];
	}
	*text = '\0';
}

/* By hand: printf() was half of what a link costs. */
int chain_word(struct mbuf *mb, const char *word)
{
	char front[LENGTH_SIZE], *at = front + sizeof(front);
	size_t n, len;
	int err;

	if (!word)
		return mbuf_write_mem(mb, (const uint8_t *)" -", 2);

	n = len = strlen(word);
	*--at = ':';
	do {
		*--at = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	*--at = ' ';
	err = mbuf_write_mem(mb, (const uint8_t *)at,
	                     (size_t)(front + sizeof(front) - at));

	return err ? err : mbuf_write_mem(mb, (const uint8_t *)word, len);
}

int chain_hash(char hash[CHAIN_HASH_SIZE], const struct mbuf *mb)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	/* The library takes memory for it. */
	if (!SHA256(mb->buf, mb->end, digest))
		return ENOMEM;
	hex(hash, digest, sizeof(digest));

	return 0;
}

void chain_salt(char salt[CHAIN_SALT_SIZE])
{
	uint8_t byte[SALT_BYTES];

	/* As id_make() says: that few never come short. */
	if (getrandom(byte, sizeof(byte), 0) != (ssize_t)sizeof(byte))
		abort();
	hex(salt, byte, sizeof(byte));
}
