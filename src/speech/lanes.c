/*
 * speech/lanes.c - which phrase is decoded next
 */
#include <assert.h>
#include "base/mem.h"
#include "speech/lanes.h"

enum {
	/* One that runs, and one that comes while the pool still counts it. */
	QUEUE_LIMIT = 2,
};

struct lane {
	struct work_queue *queue;
	struct decoder *dec;
	bool is_busy;
};

struct lanes {
	struct lane lanev[LANES_MAX];
	size_t lanec;
	struct list waitingl, runningl;
	size_t waitingc; /* that are more than a grammar */
	lanes_h *done;
};

static void destructor(void *arg)
{
	struct lanes *lanes = arg;
	struct le *le;

	LIST_FOREACH (&lanes->runningl, le)
		atomic_store(&((struct lanes_job *)le->data)->is_unwanted,
		             true);

	/* Blocks until the jobs have run; then nobody uses the decoders. */
	for (size_t i = 0; i < lanes->lanec; i++) {
		mem_deref(lanes->lanev[i].queue);
		mem_deref(lanes->lanev[i].dec);
	}
	while ((le = list_head(&lanes->runningl))) {
		((struct lanes_job *)le->data)->lanes = NULL;
		list_unlink(le);
	}
	list_flush(&lanes->waitingl);
}

int lanes_alloc(struct lanes **lanesp, struct work_pool *pool, size_t lanec,
                const struct decoder_prm *prm, lanes_h *done)
{
	struct lanes *lanes;
	int err = 0;

	assert(lanesp && pool && lanec && lanec <= LANES_MAX && done);

	lanes = mem_zalloc(sizeof(*lanes), destructor);
	if (!lanes)
		return ENOMEM;

	lanes->done = done;
	while (lanes->lanec < lanec && !err) {
		struct lane *lane = &lanes->lanev[lanes->lanec++];

		err = work_queue_alloc(&lane->queue, pool, QUEUE_LIMIT);
		if (!err)
			err = decoder_alloc(&lane->dec, prm);
	}

	if (err)
		mem_deref(lanes);
	else
		*lanesp = lanes;

	return err;
}

static void job_destructor(void *arg)
{
	struct lanes_job *job = arg;

	list_unlink(&job->le);
	asked_clear(&job->question);
	mem_deref(job->pcm);
}

struct lanes_job *lanes_job_alloc(void)
{
	return mem_zalloc(sizeof(struct lanes_job), job_destructor);
}

/* --- who is next ---------------------------------------------------------- */

static bool goes_before(const struct lanes_job *a, const struct lanes_job *b)
{
	if (!a->pcm != !b->pcm)
		return a->pcm;
	if (a->is_guess != b->is_guess)
		return b->is_guess;

	return a->sound.count < b->sound.count;
}

static struct lanes_job *next_for(const struct lanes *lanes,
                                  const struct lane *lane)
{
	struct lanes_job *next = NULL;
	struct le *le;

	LIST_FOREACH (&lanes->waitingl, le) {
		struct lanes_job *job = le->data;

		if ((!job->dec || job->dec == lane->dec) &&
		    (!next || goes_before(job, next)))
			next = job;
	}

	return next;
}

static void run(void *arg)
{
	struct lanes_job *job = arg;

	if (atomic_load(&job->is_unwanted))
		job->err = ECANCELED;
	else if (job->pcm)
		job->err = decoder_run(job->dec, &job->heard, &job->question,
		                       &job->sound);
	else
		job->err = decoder_prepare(job->dec, &job->question);
}

static void done_handler(void *arg);

/* The job goes, or waits where it was: for the next that is done. */
static int begin(struct lanes *lanes, struct lane *lane, struct lanes_job *job)
{
	struct decoder *dec = job->dec;
	int err;

	job->dec = lane->dec;
	err = work_submit(lane->queue, run, done_handler, job);
	if (err) {
		job->dec = dec;
		return err;
	}

	lane->is_busy = job->is_running = true;
	lanes->waitingc -= !!job->pcm;
	list_unlink(&job->le);
	list_append(&lanes->runningl, &job->le, job);

	return 0;
}

/* Gives each free lane its next job. */
static void go_on(struct lanes *lanes)
{
	for (size_t i = 0; i < lanes->lanec; i++) {
		struct lane *lane = &lanes->lanev[i];
		struct lanes_job *job =
			lane->is_busy ? NULL : next_for(lanes, lane);

		if (job)
			(void)begin(lanes, lane, job);
	}
}

static void lane_free(struct lanes *lanes, const struct decoder *dec)
{
	for (size_t i = 0; i < lanes->lanec; i++) {
		if (lanes->lanev[i].dec == dec)
			lanes->lanev[i].is_busy = false;
	}
}

static void done_handler(void *arg)
{
	struct lanes_job *job = arg;
	struct lanes *lanes = job->lanes;
	lanes_h *done = lanes ? lanes->done : NULL;

	if (lanes) {
		lane_free(lanes, job->dec);
		list_unlink(&job->le);
		job->lanes = NULL;
		go_on(lanes);
	}

	/* The handler may free the lanes. */
	if (done && job->asker)
		done(job);
	else
		mem_deref(job);
}

/* --- the door ------------------------------------------------------------- */

int lanes_add(struct lanes *lanes, struct lanes_job *job)
{
	assert(!job->lanes);

	if (job->pcm && lanes->waitingc >= LANES_WAITING_MAX * lanes->lanec)
		return ENOBUFS;

	job->lanes = lanes;
	lanes->waitingc += !!job->pcm;
	list_append(&lanes->waitingl, &job->le, job);
	go_on(lanes);

	/* No memory, and nobody behind whom it could wait. */
	if (list_isempty(&lanes->runningl)) {
		list_unlink(&job->le);
		lanes->waitingc -= !!job->pcm;
		job->lanes = NULL;
		return ENOMEM;
	}

	return 0;
}

void lanes_prepare(struct lanes *lanes, const struct asr_prm *prm)
{
	for (size_t i = 0; i < lanes->lanec; i++) {
		struct lanes_job *job = lanes_job_alloc();

		if (!job)
			return;

		/* Without it the first answer takes a little longer. */
		job->dec = lanes->lanev[i].dec;
		if (asked_make(&job->question, prm) || lanes_add(lanes, job))
			mem_deref(job);
	}
}

void lanes_forget(struct lanes_job *job)
{
	if (!job)
		return;

	job->asker = NULL;
	if (job->lanes && job->is_running) {
		atomic_store(&job->is_unwanted, true);
		return;
	}
	if (job->lanes)
		job->lanes->waitingc -= !!job->pcm;
	mem_deref(job);
}
