/*
 * store/chain.c - what a chain of rows is made of
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "store/chain.h"

enum {
	SALT_BYTES = (CHAIN_SALT_SIZE - 1) / 2,
	LENGTH_SIZE = 24, /* " ", 20 digits at most, ":" */
};

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
	return sum_make(hash, CHAIN_HASH_SIZE, mb->buf, mb->end);
}

void chain_salt(char salt[CHAIN_SALT_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t byte[SALT_BYTES];

	/* As id_make() says: that few never come short. */
	if (getrandom(byte, sizeof(byte), 0) != (ssize_t)sizeof(byte))
		abort();
	for (size_t i = 0; i < sizeof(byte); i++) {
		*salt++ = digits[byte[i] >> 4];
		*salt++ = digits[byte[i] & 15];
	}
	*salt = '\0';
}
