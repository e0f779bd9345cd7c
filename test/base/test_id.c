/*
 * test/base/test_id.c - identifiers
 */
#include "base/id.h"
#include "harness.h"
#include "test_base.h"

int test_id_unique(void)
{
	char a[ID_SIZE], b[ID_SIZE];
	int err = 0;

	CHECK(id_make(a) == a);
	CHECK(id_make(b) == b);

	/* The later is not before the earlier by its first 48 bits, unless
	 * somebody set the clock back in between. */
	CHECK(strncmp(a, b, 13) <= 0);
	CHECK(strcmp(a, b) != 0);
	CHECK_U64(36, strlen(a));
	CHECK(a[14] == '7');

out:
	return err;
}
