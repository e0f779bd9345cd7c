/*
 * test/base/test_work.c - jobs on threads, their ends at home
 */
#include <pthread.h>
#include "base/mailbox.h"
#include "base/work.h"
#include "harness.h"
#include "test_base.h"

enum {
	QUEUES = 3,
	JOBS = 200, /* of each queue */
};

struct bench {
	struct mailbox *home;
	struct work_pool *pool;
	struct work_queue *queuev[QUEUES];
};

/* A queue's jobs; only they and the end of each touch it. */
struct trace {
	unsigned next; /* the job that must come now */
	unsigned done;
	unsigned inside; /* jobs running at once: never two */
	bool is_wrong;
};

struct task {
	struct trace *trace;
	unsigned number;
};

static struct trace tracev[QUEUES];
static struct task taskv[QUEUES][JOBS];

static void bench_close(struct bench *bench)
{
	for (unsigned i = 0; i < QUEUES; i++)
		mem_deref(bench->queuev[i]);
	mem_deref(bench->pool);
	mem_deref(bench->home);
}

static int bench_open(struct bench *bench, unsigned threadc, size_t limit)
{
	int err;

	memset(bench, 0, sizeof(*bench));
	err = mailbox_alloc(&bench->home, QUEUES * JOBS);
	if (!err)
		err = work_pool_alloc(&bench->pool, threadc, bench->home);
	for (unsigned i = 0; !err && i < QUEUES; i++)
		err = work_queue_alloc(&bench->queuev[i], bench->pool, limit);

	return err;
}

static void count_up(void *arg)
{
	++*(unsigned *)arg;
}

int test_work_done_at_home(void)
{
	struct bench bench;
	unsigned runs = 0;
	int err;

	err = bench_open(&bench, 2, JOBS);
	CHECK_ERR(0, err);

	/* One queue: the jobs run one after another, so no race on runs. */
	for (int i = 0; i < JOBS; i++) {
		err = work_submit(bench.queuev[0], count_up, count_up, &runs);
		CHECK_ERR(0, err);
	}
	work_pool_finish(bench.pool);
	CHECK_U64(JOBS, runs);
	mailbox_drain(bench.home);
	CHECK_U64(2 * JOBS, runs);

out:
	bench_close(&bench);

	return err;
}

static void run_task(void *arg)
{
	const struct task *task = arg;
	struct trace *trace = task->trace;

	/* No lock and no atomic: the queue's order is what makes it right,
	 * and what a thread sanitizer would complain about without it. */
	trace->is_wrong |= ++trace->inside != 1;
	trace->is_wrong |= trace->next++ != task->number;
	trace->inside--;
}

static void end_task(void *arg)
{
	const struct task *task = arg;
	struct trace *trace = task->trace;

	trace->is_wrong |= trace->done++ != task->number;
}

int test_work_order_of_queue(void)
{
	struct bench bench;
	int err;

	memset(tracev, 0, sizeof(tracev));
	err = bench_open(&bench, 4, JOBS);
	CHECK_ERR(0, err);

	for (unsigned k = 0; k < JOBS; k++) {
		for (unsigned i = 0; i < QUEUES; i++) {
			struct task *task = &taskv[i][k];

			*task = (struct task){&tracev[i], k};
			err = work_submit(bench.queuev[i], run_task, end_task,
			                  task);
			CHECK_ERR(0, err);
		}
	}
	work_pool_finish(bench.pool);
	mailbox_drain(bench.home);

	for (unsigned i = 0; i < QUEUES; i++) {
		CHECK_U64(JOBS, tracev[i].next);
		CHECK_U64(JOBS, tracev[i].done);
		CHECK(!tracev[i].is_wrong);
	}

out:
	bench_close(&bench);

	return err;
}

/* A home box that has no room loses no end, and mixes up none. */
int test_work_home_full(void)
{
	struct bench bench;
	int err;

	memset(tracev, 0, sizeof(tracev));
	memset(&bench, 0, sizeof(bench));
	err = mailbox_alloc(&bench.home, 3);
	CHECK_ERR(0, err);
	err = work_pool_alloc(&bench.pool, 2, bench.home);
	CHECK_ERR(0, err);
	err = work_queue_alloc(&bench.queuev[0], bench.pool, JOBS);
	CHECK_ERR(0, err);

	for (unsigned k = 0; k < JOBS; k++) {
		taskv[0][k] = (struct task){&tracev[0], k};
		err = work_submit(bench.queuev[0], run_task, end_task,
		                  &taskv[0][k]);
		CHECK_ERR(0, err);
	}
	work_pool_finish(bench.pool);
	CHECK_ERR(ENOMEM, mailbox_post(bench.home, end_task, &taskv[0][0]));
	mailbox_drain(bench.home);
	CHECK_U64(JOBS, tracev[0].done);
	CHECK(!tracev[0].is_wrong);
	CHECK_ERR(0, mailbox_post(bench.home, end_task, &taskv[0][0]));

out:
	bench_close(&bench);

	return err;
}

/* Two jobs that wait for each other end only if queues run side by side. */
static void meet(void *arg)
{
	(void)pthread_barrier_wait(arg);
}

int test_work_side_by_side(void)
{
	pthread_barrier_t barrier;
	struct bench bench;
	int err;

	(void)pthread_barrier_init(&barrier, NULL, 2);
	err = bench_open(&bench, 2, JOBS);
	CHECK_ERR(0, err);

	err = work_submit(bench.queuev[0], meet, NULL, &barrier);
	CHECK_ERR(0, err);
	err = work_submit(bench.queuev[1], meet, NULL, &barrier);
	CHECK_ERR(0, err);
	work_pool_finish(bench.pool);

out:
	bench_close(&bench);
	(void)pthread_barrier_destroy(&barrier);

	return err;
}

/* A full queue refuses, the others and itself afterwards do not. */
int test_work_full(void)
{
	enum {
		LIMIT = 5
	};
	pthread_barrier_t barrier;
	struct bench bench;
	unsigned runs = 0;
	int err;

	(void)pthread_barrier_init(&barrier, NULL, 2);
	err = bench_open(&bench, 1, LIMIT);
	CHECK_ERR(0, err);

	/* The job that holds the only thread counts too. */
	err = work_submit(bench.queuev[0], meet, NULL, &barrier);
	CHECK_ERR(0, err);
	for (unsigned i = 1; i < LIMIT; i++) {
		err = work_submit(bench.queuev[0], count_up, NULL, &runs);
		CHECK_ERR(0, err);
	}
	CHECK_ERR(ENOBUFS, work_submit(bench.queuev[0], count_up, NULL, &runs));
	err = work_submit(bench.queuev[1], count_up, NULL, &runs);
	CHECK_ERR(0, err);

	(void)pthread_barrier_wait(&barrier);
	work_pool_finish(bench.pool);
	CHECK_U64(LIMIT, runs);
	err = work_submit(bench.queuev[0], count_up, NULL, &runs);
	CHECK_ERR(0, err);

	/* The end of a queue waits for its jobs. */
	bench.queuev[0] = mem_deref(bench.queuev[0]);
	CHECK_U64(LIMIT + 1, runs);

out:
	bench_close(&bench);
	(void)pthread_barrier_destroy(&barrier);

	return err;
}
