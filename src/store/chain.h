/*
 * store/chain.h - what a chain of rows is made of
 *
 * A row of a chain holds the hash of itself and of the row before, so that
 * none can be changed or taken out without all later ones telling. The audit
 * log is one (q_audit.c), the links of calls are another (links.c).
 */
#pragma once

#include "base/mem.h"
#include "base/sum.h"

enum {
	CHAIN_HASH_SIZE = SUM_SIZE,
	CHAIN_SALT_SIZE = 33,
};

/* With its length in front, so that no word can lend to the next. NULL is
 * another one than "". */
int chain_word(struct mbuf *mb, const char *word);

/* Over all that was written. Returns ENOMEM. */
int chain_hash(char hash[CHAIN_HASH_SIZE], const struct mbuf *mb);

/* Nobody guesses it. */
void chain_salt(char salt[CHAIN_SALT_SIZE]);
