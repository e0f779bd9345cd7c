/*
 * test/base/test_work.c - jobs on threads, their ends at home
 */
#include "base/mailbox.h"
#include "base/work.h"
#include "harness.h"
#include "test_base.h"

static void count_up(void *arg)
{
	++*(unsigned *)arg;
}

int test_work_done_at_home(void)
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
