/*
 * test/fakes/fake_tokens.h - where tokens of Alibaba Cloud NLS are made
 *
 * A token is made for a request whose signature is right, and is good until
 * fake_tokens_expire().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct http_conn;
struct http_msg;

struct fake_tokens {
	const char *key, *secret; /* of who may have one */
	uint32_t life_s;          /* of the next; 0: a day */
	unsigned made, expired;
	char latest[32];
};

/* Answers "/" and "/token"; false: it is for somebody else. */
bool fake_tokens_page(struct fake_tokens *tokens, struct http_conn *http,
                      const struct http_msg *msg);
bool fake_tokens_are_good(const struct fake_tokens *tokens, const char *token);

/* Those that were made so far are good no more. */
void fake_tokens_expire(struct fake_tokens *tokens);
