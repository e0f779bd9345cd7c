/*
 * base/sum.h - the SHA-256 of bytes in hexadecimal digits
 */
#pragma once

#include <stddef.h>

enum {
	SUM_SIZE = 65, /* of the whole of it */
};

/* Once, at the beginning, while there is memory: OpenSSL does not survive to be
 * refused it at its first use. */
int sum_begin(void);

/* The first size - 1 digits. ENOMEM: OpenSSL allocates for each, and what it
 * would leave behind is no sum. */
int sum_make(char *hex, size_t size, const void *bytes, size_t n);
