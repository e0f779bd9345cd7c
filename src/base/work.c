/*
 * base/work.c - what blocks: files, databases, synthesis, recognition
 *
 * The only locks of the program besides the mailbox's. A queue with jobs
 * stands in the pool's line of ready queues; a thread takes the first queue,
 * runs one job of it and puts it back at the end if it has more. So a long
 * queue cannot starve a short one, and no queue ever runs on two threads.
 */
#include <assert.h>
#include <pthread.h>
#include "base/mem.h"
#include "base/work.h"

struct work_job {
	struct mailbox_letter letter; /* handler NULL: nobody waits for it */
	work_h *job;
};

struct work_queue {
	struct work_pool *pool;

	/* under the pool's lock */
	struct le le; /* in the pool's ready line */
	struct list jobl;
	size_t jobc; /* waiting and running */
	size_t limit;
	bool is_running;
};

struct work_pool {
	struct mailbox *home;
	pthread_t *threadv;
	unsigned threadc;

	pthread_mutex_t lock; /* guards what follows and all queues */
	pthread_cond_t ready;
	pthread_cond_t idle;
	struct list readyl;
	size_t pending;
	bool is_closing;
};

static struct work_job *take(struct work_pool *pool, struct work_queue **queuep)
{
	struct work_queue *queue;
	struct work_job *job;

	while (list_isempty(&pool->readyl)) {
		if (pool->is_closing)
			return NULL;
		(void)pthread_cond_wait(&pool->ready, &pool->lock);
	}

	queue = list_ledata(list_head(&pool->readyl));
	list_unlink(&queue->le);
	job = list_ledata(list_head(&queue->jobl));
	list_unlink(&job->letter.le);
	queue->is_running = true;
	*queuep = queue;

	return job;
}

static void put_back(struct work_pool *pool, struct work_queue *queue)
{
	queue->is_running = false;
	queue->jobc--;
	pool->pending--;
	if (queue->jobc) {
		list_append(&pool->readyl, &queue->le, queue);
		(void)pthread_cond_signal(&pool->ready);
	}
	else {
		(void)pthread_cond_broadcast(&pool->idle);
	}
}

/* Under the lock, which is open while the job runs. */
static void carry_out(struct work_pool *pool, struct work_job *job,
                      struct work_queue *queue)
{
	(void)pthread_mutex_unlock(&pool->lock);

	job->job(job->letter.arg);
	if (job->letter.handler)
		mailbox_post_letter(pool->home, &job->letter);
	else
		mem_deref(job);

	(void)pthread_mutex_lock(&pool->lock);
	put_back(pool, queue);
}

static void *thread_main(void *arg)
{
	struct work_pool *pool = arg;
	struct work_queue *queue;
	struct work_job *job;

	(void)pthread_mutex_lock(&pool->lock);
	while ((job = take(pool, &queue)))
		carry_out(pool, job, queue);
	(void)pthread_mutex_unlock(&pool->lock);

	return NULL;
}

static void pool_destructor(void *arg)
{
	struct work_pool *pool = arg;

	(void)pthread_mutex_lock(&pool->lock);
	pool->is_closing = true;
	(void)pthread_cond_broadcast(&pool->ready);
	(void)pthread_mutex_unlock(&pool->lock);

	for (unsigned i = 0; i < pool->threadc; i++)
		(void)pthread_join(pool->threadv[i], NULL);

	(void)pthread_cond_destroy(&pool->idle);
	(void)pthread_cond_destroy(&pool->ready);
	(void)pthread_mutex_destroy(&pool->lock);
	mem_deref(pool->threadv);
	mem_deref(pool->home);
}

int work_pool_alloc(struct work_pool **poolp, unsigned threadc,
                    struct mailbox *home)
{
	struct work_pool *pool;
	int err = 0;

	assert(poolp && home);

	pool = mem_zalloc(sizeof(*pool), pool_destructor);
	if (!pool)
		return ENOMEM;

	(void)pthread_mutex_init(&pool->lock, NULL);
	(void)pthread_cond_init(&pool->ready, NULL);
	(void)pthread_cond_init(&pool->idle, NULL);
	pool->home = mem_ref(home);
	pool->threadv = mem_zalloc((threadc + 1) * sizeof(pthread_t), NULL);
	if (!pool->threadv)
		err = ENOMEM;

	while (!err && pool->threadc < threadc) {
		err = pthread_create(&pool->threadv[pool->threadc], NULL,
		                     thread_main, pool);
		if (!err)
			pool->threadc++;
	}

	if (err)
		mem_deref(pool);
	else
		*poolp = pool;

	return err;
}

bool work_pool_has_job(const struct work_pool *pool)
{
	assert(!pool->threadc);

	return !list_isempty(&pool->readyl);
}

bool work_pool_step(struct work_pool *pool)
{
	struct work_queue *queue = NULL;
	struct work_job *job;

	if (!work_pool_has_job(pool))
		return false;

	(void)pthread_mutex_lock(&pool->lock);
	job = take(pool, &queue);
	carry_out(pool, job, queue);
	(void)pthread_mutex_unlock(&pool->lock);

	return true;
}

struct mailbox *work_pool_home(const struct work_pool *pool)
{
	return pool->home;
}

static void queue_destructor(void *arg)
{
	struct work_queue *queue = arg;
	struct work_pool *pool = queue->pool;

	while (!pool->threadc && queue->jobc)
		(void)work_pool_step(pool);

	/* Its jobs hold no reference to it. */
	(void)pthread_mutex_lock(&pool->lock);
	while (queue->jobc)
		(void)pthread_cond_wait(&pool->idle, &pool->lock);
	(void)pthread_mutex_unlock(&pool->lock);

	mem_deref(pool);
}

int work_queue_alloc(struct work_queue **queuep, struct work_pool *pool,
                     size_t limit)
{
	struct work_queue *queue;

	assert(queuep && pool && limit);

	queue = mem_zalloc(sizeof(*queue), queue_destructor);
	if (!queue)
		return ENOMEM;

	queue->pool = mem_ref(pool);
	queue->limit = limit;
	*queuep = queue;

	return 0;
}

/* Under the lock. */
static void append(struct work_queue *queue, struct work_job *job)
{
	struct work_pool *pool = queue->pool;

	list_append(&queue->jobl, &job->letter.le, job);
	queue->jobc++;
	pool->pending++;
	if (!queue->is_running && !queue->le.list) {
		list_append(&pool->readyl, &queue->le, queue);
		(void)pthread_cond_signal(&pool->ready);
	}
}

int work_submit(struct work_queue *queue, work_h *job_h, work_h *done,
                void *arg)
{
	struct work_pool *pool = queue->pool;
	struct work_job *job;
	int err;

	err = work_job_alloc(&job, job_h, done, arg);
	if (err)
		return err;

	(void)pthread_mutex_lock(&pool->lock);
	if (queue->jobc >= queue->limit)
		err = ENOBUFS;
	else
		append(queue, job);
	(void)pthread_mutex_unlock(&pool->lock);
	if (err)
		mem_deref(job);

	return err;
}

int work_job_alloc(struct work_job **jobp, work_h *job_h, work_h *done,
                   void *arg)
{
	struct work_job *job;

	assert(job_h);

	job = mem_zalloc(sizeof(*job), NULL);
	if (!job)
		return ENOMEM;

	job->job = job_h;
	job->letter.handler = done;
	job->letter.arg = arg;
	*jobp = job;

	return 0;
}

void work_submit_job(struct work_queue *queue, struct work_job *job)
{
	(void)pthread_mutex_lock(&queue->pool->lock);
	append(queue, job);
	(void)pthread_mutex_unlock(&queue->pool->lock);
}

void work_pool_finish(struct work_pool *pool)
{
	(void)pthread_mutex_lock(&pool->lock);
	while (pool->pending)
		(void)pthread_cond_wait(&pool->idle, &pool->lock);
	(void)pthread_mutex_unlock(&pool->lock);
}
