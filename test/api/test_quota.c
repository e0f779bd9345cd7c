/*
 * test/api/test_quota.c - how many requests a second somebody has
 */
#include "api/quota.h"
#include "api/tests.h"
#include "harness.h"

static unsigned taken(struct quota *quota, const char *key, unsigned tries,
                      uint64_t now_ms)
{
	unsigned n = 0;

	for (unsigned i = 0; i < tries; i++)
		n += !quota_take(quota, key, 10, now_ms);

	return n;
}

/* Ten a second: */
int test_quota_table(void)
{
	static const struct {
		const char *why, *key;
		uint64_t now_ms;
		unsigned tries, taken;
	} rowv[] = {
		{"a burst of two seconds", "a", 1000, 50, 20},
		{"then none", "a", 1050, 1, 0},
		{"one after a tenth of a second", "a", 1100, 5, 1},
		{"ten in the next second", "a", 2100, 50, 10},
		{"another one has its own", "b", 2100, 50, 20},
		{"a pause of an hour saves no more", "a", 3602100, 50, 20},
		{"slowly is always right", "c", 3602200, 1, 1},
	};
	struct quota quota = {0};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		unsigned n = taken(&quota, rowv[i].key, rowv[i].tries,
		                   rowv[i].now_ms);

		if (n != rowv[i].taken)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_U64(rowv[i].taken, n);
	}
	(void)taken(&quota, "d", 20, 4000000);
	CHECK_U64(100, quota_take(&quota, "d", 10, 4000000));
	CHECK_U64(40, quota_take(&quota, "d", 10, 4000060));

out:
	return err;
}

/* Strangers push out who was quiet, and nobody else. */
int test_quota_of_many(void)
{
	struct quota quota = {0};
	char key[QUOTA_KEY_SIZE];
	int err = 0;

	for (unsigned i = 0; i < 4 * QUOTA_ROWS; i++) {
		(void)snprintf(key, sizeof(key), "2001:db8::%x", i);
		CHECK_U64(0, quota_take(&quota, key, 10, 1000 + i));
		CHECK(taken(&quota, "busy", 50, 1000 + i) <= (i ? 1 : 20));
	}

out:
	return err;
}
