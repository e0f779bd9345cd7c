/*
 * test/base/test_base.c - the table of base's tests
 */
#include "base/id.h"
#include "base/mailbox.h"
#include "base/work.h"
#include "harness.h"

static int test_id_unique(void)
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

static void count_up(void *arg)
{
	++*(unsigned *)arg;
}

static int test_work_done_at_home(void)
{
	struct mailbox *home = NULL;
	struct work_pool *pool = NULL;
	struct work_queue *queue = NULL;
	unsigned runs = 0;
	int err;

	err = mailbox_alloc(&home, 1000);
	CHECK_ERR(0, err);
	err = work_pool_alloc(&pool, 2, home);
	CHECK_ERR(0, err);
	err = work_queue_alloc(&queue, pool, 100);
	CHECK_ERR(0, err);

	/* One queue: the jobs run one after another, so no race on runs. */
	for (int i = 0; i < 100; i++) {
		err = work_submit(queue, count_up, count_up, &runs);
		CHECK_ERR(0, err);
	}
	work_pool_finish(pool);
	CHECK_U64(100, runs);
	mailbox_drain(home);
	CHECK_U64(200, runs);

out:
	mem_deref(queue);
	mem_deref(pool);
	mem_deref(home);

	return err;
}

const struct test testv[] = {
	TEST_OOM(test_id_unique),
	TEST(test_work_done_at_home),
};
const size_t testc = ARRAY_COUNT(testv);
