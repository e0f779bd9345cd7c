/*
 * test/speech/test_keys.c - several keys of one service
 */
#include "base/mem.h"
#include "harness.h"
#include "speech/keys.h"
#include "speech_tests.h"

enum {
	LEASES = 8,
	DAY_MS = 86400000,
};

/* Takes one and lets it go at once. */
static int once(const char **keyp, struct keys *keys, uint64_t now_ms,
                int64_t wall_ms)
{
	struct keys_lease *lease = NULL;
	int err = keys_take(&lease, keys, now_ms, wall_ms);

	if (!err)
		*keyp = keys_lease_key(lease);
	mem_deref(lease);

	return err;
}

int test_keys_in_turn(void)
{
	static const char *const wantedv[] = {"a", "b", "c", "a", "b"};
	struct keys *keys = NULL;
	const char *key = NULL;
	int err = 0;

	CHECK_ERR(0, keys_alloc(&keys, &(struct keys_prm){.list = "a, b,,c "}));
	CHECK_STR("a", keys_first(keys));
	CHECK_STR("c", keys_at(keys, 2));
	CHECK(!keys_at(keys, 3));
	for (size_t i = 0; i < ARRAY_COUNT(wantedv); i++) {
		CHECK_ERR(0, once(&key, keys, 0, 0));
		CHECK_STR(wantedv[i], key);
	}
	keys = mem_deref(keys);

	/* None is one that is empty. */
	CHECK_ERR(0, keys_alloc(&keys, &(struct keys_prm){.list = ""}));
	CHECK_ERR(0, once(&key, keys, 0, 0));
	CHECK_STR("", key);

out:
	mem_deref(keys);

	return err;
}

int test_keys_limits(void)
{
	const struct keys_prm prm = {.list = "a,b", .day_max = 2, .use_max = 1};
	struct keys_lease *leasev[LEASES] = {NULL};
	struct keys *keys = NULL;
	const char *key = NULL;
	int err = 0;

	CHECK_ERR(0, keys_alloc(&keys, &prm));
	/* One at a time for each. */
	CHECK_ERR(0, keys_take(&leasev[0], keys, 0, 0));
	CHECK_ERR(0, keys_take(&leasev[1], keys, 0, 0));
	CHECK_STR("a", keys_lease_key(leasev[0]));
	CHECK_STR("b", keys_lease_key(leasev[1]));
	CHECK_ERR(EDQUOT, keys_take(&leasev[2], keys, 0, 0));
	leasev[1] = mem_deref(leasev[1]);
	CHECK_ERR(0, once(&key, keys, 0, 0));
	CHECK_STR("b", key);

	/* Two a day for each: b has had them, a has one left. */
	CHECK_ERR(EDQUOT, once(&key, keys, 0, DAY_MS - 1));
	leasev[0] = mem_deref(leasev[0]);
	CHECK_ERR(0, once(&key, keys, 0, DAY_MS - 1));
	CHECK_STR("a", key);
	CHECK_ERR(EDQUOT, once(&key, keys, 0, DAY_MS - 1));

	/* Tomorrow is another day. */
	CHECK_ERR(0, once(&key, keys, 0, DAY_MS));
	CHECK_STR("b", key);

out:
	for (size_t i = 0; i < LEASES; i++)
		mem_deref(leasev[i]);
	mem_deref(keys);

	return err;
}

int test_keys_refused(void)
{
	struct keys *keys = NULL;
	struct keys_lease *lease = NULL, *other = NULL;
	const char *key = NULL;
	int err = 0;

	CHECK_ERR(0, keys_alloc(&keys, &(struct keys_prm){.list = "a,b"}));
	CHECK_ERR(0, keys_take(&lease, keys, 1000, 0));
	CHECK_STR("a", keys_lease_key(lease));
	keys_refused(lease, 1000);
	keys_refused(NULL, 1000);
	CHECK(keys_are_left(keys, 1000));
	for (unsigned i = 0; i < 3; i++) {
		CHECK_ERR(0, once(&key, keys, 2000, 0));
		CHECK_STR("b", key);
	}
	CHECK_ERR(0, once(&key, keys, 1000 + KEYS_REST_MS, 0));
	CHECK_STR("a", key);

	CHECK_ERR(0, keys_take(&other, keys, 2000, 0));
	CHECK_STR("b", keys_lease_key(other));
	keys_refused(other, 2000);
	CHECK(!keys_are_left(keys, 2000));
	CHECK(keys_are_left(keys, 1000 + KEYS_REST_MS));

	/* All refused: one is tried all the same. The lease outlives its
	 * owner's interest. */
	keys_refused(lease, 1000 + KEYS_REST_MS);
	keys = mem_deref(keys);
	CHECK_STR("a", keys_lease_key(lease));

out:
	mem_deref(lease);
	mem_deref(other);
	mem_deref(keys);

	return err;
}
