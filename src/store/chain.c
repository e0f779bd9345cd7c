/*
 * store/chain.c - what a chain of rows is made of
 */
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "store/chain.h"

enum {
	SALT_BYTES = (CHAIN_SALT_SIZE - 1) / 2,
};

static void hex(char *text, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)snprintf(&text[2 * i], 3, "%02x", bytes[i]);
}

int chain_word(struct mbuf *mb, const char *word)
{
	char front[24];
	int n, err;

	if (!word)
		return mbuf_write_str(mb, " -");

	n = snprintf(front, sizeof(front), " %zu:", strlen(word));
	err = mbuf_write_mem(mb, (const uint8_t *)front, (size_t)n);

	return err ? err : mbuf_write_str(mb, word);
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
