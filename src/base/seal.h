/*
 * base/seal.h - AES-256-GCM, and keys made of keys (libcrypto behind it)
 *
 * What is sealed under one key and nonce must never be sealed under them
 * again with other bytes: who calls sees to that, best by a key of its own for
 * each thing (seal_derive with a random salt). Any thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	SEAL_KEY_SIZE = 32,
	SEAL_NONCE_SIZE = 12,
	SEAL_TAG_SIZE = 16,
	SEAL_SALT_SIZE = 16,
};

struct seal {
	const uint8_t *key;   /* SEAL_KEY_SIZE */
	const uint8_t *nonce; /* SEAL_NONCE_SIZE */
	const void *head;     /* authenticated, not hidden */
	size_t head_len;
};

/* n bytes become n + SEAL_TAG_SIZE. Returns ENOMEM. */
int seal_close(uint8_t *sealed, const void *clear, size_t n,
               const struct seal *seal);

/* The other way round: n is the size with the tag. Returns EBADMSG where a bit
 * of the bytes, the head, the key or the nonce is another one; nothing of clear
 * is to be looked at then. */
int seal_open(void *clear, const uint8_t *sealed, size_t n,
              const struct seal *seal);

/* HKDF with SHA-256 (RFC 5869): a key for one purpose. */
int seal_derive(uint8_t made[SEAL_KEY_SIZE], const uint8_t key[SEAL_KEY_SIZE],
                const uint8_t salt[SEAL_SALT_SIZE], const char *purpose);

/* HMAC with SHA-256, cut to n (at most 32) bytes. */
int seal_hash(uint8_t *hash, size_t n, const uint8_t key[SEAL_KEY_SIZE],
              const char *text);

/* Of the kernel. Returns its errno. */
int seal_random(void *bytes, size_t n);

/* A key that is not needed any more; not optimised away. */
void seal_wipe(void *bytes, size_t n);
