/*
 * base/id.h - identifiers that nobody can guess and that sort by age
 */
#pragma once

enum {
	ID_SIZE = 37, /* 36 characters and the end */
};

/* A UUID of version 7 (RFC 9562 section 5.7): 48 bits of wall time, then
 * random bits of the kernel. Returns id. */
const char *id_make(char id[ID_SIZE]);
