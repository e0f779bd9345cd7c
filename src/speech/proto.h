/*
 * speech/proto.h - pure: the wire format of Protocol Buffers
 *
 * A message is a row of fields, each a number and a value of one of four kinds;
 * what the numbers mean is with the service that uses them. What is empty or
 * zero may be left out: that is how the format itself says it.
 */
#pragma once

#include "base/mem.h"

/* --- writing: all return ENOMEM ------------------------------------------- */

int proto_uint(struct mbuf *mb, unsigned number, uint64_t value);
int proto_double(struct mbuf *mb, unsigned number, double value);
int proto_text(struct mbuf *mb, unsigned number, const char *text);
int proto_bytes(struct mbuf *mb, unsigned number, const void *data, size_t n);

/* A message within: begin, write its fields, end with what begin gave. */
int proto_begin(struct mbuf *mb, unsigned number, size_t *markp);
int proto_end(struct mbuf *mb, size_t mark);

/* --- reading ---------------------------------------------------------------
 */

enum proto_kind {
	PROTO_UINT,  /* also bool, enum, int64 */
	PROTO_64,    /* fixed64, double: bits */
	PROTO_BYTES, /* bytes, string, a message within */
	PROTO_32,    /* fixed32, float: bits */
};

struct proto {
	const uint8_t *at;
	size_t left;
};

struct proto_field {
	unsigned number;
	enum proto_kind kind;
	uint64_t value;
	struct proto bytes;
};

/* The next field; false at the end, and where the rest is none (then left is
 * not 0). */
bool proto_next(struct proto *proto, struct proto_field *field);

/* The value of a double. */
double proto_as_double(const struct proto_field *field);
