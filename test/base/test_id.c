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

	CHECK(strcmp(id_make(a), id_make(b)) < 0 || strncmp(a, b, 13) == 0);
	CHECK(strcmp(a, b) != 0);
	CHECK_U64(36, strlen(a));
	CHECK(a[14] == '7');

out:
	return err;
}
