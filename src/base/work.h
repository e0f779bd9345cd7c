/*
 * base/work.h - what blocks: files, databases, synthesis, recognition
 *
 * A pool of threads serves queues. Jobs of one queue run one after another
 * in the order of submission, jobs of different queues side by side. A job
 * gets copies, knows no live object, and its `done` runs afterwards on the
 * thread that owns the home mailbox.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/mailbox.h"

struct work_pool;
struct work_queue;
struct work_job;

typedef void(work_h)(void *arg);

/* Starts threadc threads that report to home (referenced). Each queue holds
 * a reference, so the pool ends after its last queue. References are taken
 * and given back on one thread. Without threads jobs run in work_pool_step()
 * alone: for simulations. */
int work_pool_alloc(struct work_pool **poolp, unsigned threadc,
                    struct mailbox *home);

/* The mailbox the pool reports to, for an owner that has an answer at once
 * but may not give it from inside the question. */
struct mailbox *work_pool_home(const struct work_pool *pool);

/* A queue that holds at most limit jobs, the running one included. Its
 * mem_deref() blocks until all of them have run. */
int work_queue_alloc(struct work_queue **queuep, struct work_pool *pool,
                     size_t limit);

/* Runs job(arg) on a thread of the pool, then done(arg) at home; done may be
 * NULL. Any thread. Returns ENOBUFS when the queue is full: arg stays the
 * caller's. */
int work_submit(struct work_queue *queue, work_h *job, work_h *done, void *arg);

/* The same in two steps, for a job that must not fail when its time has come:
 * what it takes is had before, and it comes however full the queue is. The
 * queue takes the job. */
int work_job_alloc(struct work_job **jobp, work_h *job_h, work_h *done,
                   void *arg);
void work_submit_job(struct work_queue *queue, struct work_job *job);

/* Runs the next job of a pool without threads. Returns false where there is
 * none. */
bool work_pool_step(struct work_pool *pool);

/* Whether such a pool has a job to run. */
bool work_pool_has_job(const struct work_pool *pool);

/* Blocks until every job submitted so far has run. Not from a job. Their
 * `done` handlers still have to be drained from home. */
void work_pool_finish(struct work_pool *pool);
