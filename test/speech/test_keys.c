/*
 * test/speech/test_keys.c - several keys of one service
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/work.h"
#include "harness.h"
#include "speech/keyring.h"
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

struct books {
	struct mailbox *home;
	struct work_pool *pool;
	struct work_queue *queue;
	struct keys *keys;
	struct keyring *ring;
};

static void books_close(struct books *books)
{
	books->ring = mem_deref(books->ring);
	books->keys = mem_deref(books->keys);
	books->queue = mem_deref(books->queue);
	if (books->home)
		mailbox_drain(books->home);
	books->pool = mem_deref(books->pool);
	books->home = mem_deref(books->home);
}

static int books_open(struct books *books, const char *path)
{
	const struct keys_prm prm = {.list = "a,b", .day_max = 2};
	int err;

	*books = (struct books){.home = NULL};
	err = mailbox_alloc_polled(&books->home, 8);
	if (!err)
		err = work_pool_alloc(&books->pool, 1, books->home);
	if (!err)
		err = work_queue_alloc(&books->queue, books->pool, 4);
	if (!err)
		err = keys_alloc(&books->keys, &prm);
	if (err)
		return err;

	const struct keyring_prm ring = {
		.name = "it",
		.day_file = path,
		.keys = books->keys,
		.queue = books->queue,
	};

	return keyring_alloc(&books->ring, &ring);
}

static int books_ask(struct books *books, int64_t wall_ms)
{
	const char *key;
	int err = once(&key, books->keys, 0, wall_ms);

	keyring_asked(books->ring);
	work_pool_finish(books->pool);
	mailbox_drain(books->home);

	return err;
}

/* What was asked today is known to the next program, and to another that runs
 * beside; a new day begins at nothing, and so does a file that is none. */
int test_keys_days_are_kept(void)
{
	struct books first = {.home = NULL}, beside = {.home = NULL},
		     next = {.home = NULL};
	int64_t now_ms = clock_wall_ms();
	char path[512];
	FILE *file;
	int err = 0;

	(void)snprintf(path, sizeof(path), "%s/it", test_dir());
	CHECK_ERR(0, books_open(&first, path));
	CHECK_ERR(0, books_open(&beside, path));
	CHECK_ERR(0, books_ask(&first, now_ms));
	CHECK_ERR(0, books_ask(&beside, now_ms));
	CHECK_ERR(0, books_ask(&first, now_ms));
	books_close(&first);

	/* Both took "a" first: it had two, "b" one. */
	CHECK_ERR(0, books_open(&next, path));
	CHECK_ERR(0, books_ask(&next, now_ms));
	CHECK_ERR(EDQUOT, books_ask(&next, now_ms));
	CHECK_ERR(0, books_ask(&next, now_ms + DAY_MS));
	books_close(&next);

	file = fopen(path, "w");
	CHECK(file && fputs("\xff no numbers 1 2 3", file) > 0);
	(void)fclose(file);
	CHECK_ERR(0, books_open(&next, path));
	for (unsigned i = 0; i < 4; i++)
		CHECK_ERR(0, books_ask(&next, now_ms));
	CHECK_ERR(EDQUOT, books_ask(&next, now_ms));

out:
	books_close(&first);
	books_close(&beside);
	books_close(&next);

	return err;
}

/* Tokens that live for hours are written anew beside the program. */
int test_keys_renewed(void)
{
	struct keys *keys = NULL;
	const char *key = NULL;
	bool is_changed;
	int err = 0;

	CHECK_ERR(0, keys_alloc(&keys, &(struct keys_prm){.list = "a,b",
	                                                  .day_max = 2}));
	CHECK_ERR(0, once(&key, keys, 0, 0));
	CHECK_ERR(0, keys_renew(keys, "a,b", &is_changed));
	CHECK(!is_changed);
	CHECK_ERR(EINVAL, keys_renew(keys, "a", &is_changed));
	CHECK_ERR(0, keys_renew(keys, "c b", &is_changed));
	CHECK(is_changed);
	CHECK_STR("c", keys_at(keys, 0));
	/* The account is the same: what was asked counts on. */
	for (unsigned i = 0; i < 3; i++)
		CHECK_ERR(0, once(&key, keys, 0, 0));
	CHECK_ERR(EDQUOT, once(&key, keys, 0, 0));

out:
	mem_deref(keys);

	return err;
}
