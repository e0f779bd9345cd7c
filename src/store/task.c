/*
 * store/task.c - the way of a task: waiting, in a batch, back
 *
 * One batch is with the worker at a time; what comes meanwhile waits and goes
 * as the next batch in one transaction. So the more there is to write, the
 * more writes share an fsync, and the order is always that of the calls.
 *
 * When the disk fails, whoever waits for a write is told so; the others' rows
 * stay in memory and are tried again, up to STORE_WAITING_MAX.
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/log.h"
#include "store/linking.h"
#include "store/task.h"
#include "store/worker.h"

enum {
	GATHER_MS = 30,    /* that long a write nobody waits for may wait */
	GATHER_ROWS = 500, /* or until so many are there */
	RETRY_MS = 1000,   /* between tries while the disk fails */
	STORE_WAITING_MAX = 20000, /* rows in memory */
	URGENT_MAX = 4096, /* more on top for those who wait for an answer */
};

/* On its way: the worker's until it comes back. */
struct batch {
	struct store *store;
	struct db *db;
	struct list taskl;
	bool is_write;
	uint64_t no;
	uint64_t begin_ms;
	bool is_unsure;  /* the server was lost while it committed */
	bool is_resting; /* until that is asked again */
	int err;         /* of the transaction as a whole */
	char fault[CFG_FAULT_SIZE];
};

static void batch_destructor(void *arg)
{
	struct batch *batch = arg;

	list_flush(&batch->taskl);
	mem_deref(batch->store);
}

/* --- on the worker ------------------------------------------------------- */

/* Perhaps not for the first time. */
static int run(struct task *task, struct db *db)
{
	list_flush(&task->rowl);

	return task->run(task, db);
}

static int task_run(struct task *task, struct db *db, bool is_apart)
{
	int err;

	if (!task->is_compound && !is_apart)
		return run(task, db);

	err = db_part_begin(db);
	if (err)
		return err;

	err = run(task, db);
	if (!err)
		err = db_settle(db, NULL);
	if (!err)
		return db_part_end(db);

	db_part_undo(db);

	return err;
}

/* Nobody else's rows are in the transaction: it is undone as a whole. */
static bool is_alone(const struct batch *batch)
{
	const struct le *le = list_head(&batch->taskl);
	const struct task *task = le ? le->data : NULL;

	return task && !le->next && task->is_compound;
}

/* Where a statement that fails spoils the whole transaction, or the part would
 * be all of it, tasks go without parts of their own first, which is quicker,
 * and stop at the first failure with EUCLEAN. */
static int tasks_run(struct batch *batch, bool is_apart)
{
	bool is_one = (db_is_strict(batch->db) || is_alone(batch)) && !is_apart;
	struct le *le;
	int err;

	LIST_FOREACH (&batch->taskl, le) {
		struct task *task = le->data;

		if (is_one)
			task->err = run(task, batch->db);
		else
			task->err = task_run(task, batch->db, is_apart);
		if (db_is_outage(task->err) &&
		    (!task->is_read || !db_is_within(batch->db)))
			return task->err;
		if (task->err && is_one)
			return EUCLEAN;
	}

	err = db_settle(batch->db, NULL);

	return err && !db_is_outage(err) && is_one ? EUCLEAN : err;
}

static int transaction(struct batch *batch, bool is_apart)
{
	struct db *db = batch->db;
	int err;

	err = db_begin(db, batch->is_write);
	if (err)
		return err;

	/* A guest claims nobody and need not prove that it lives. */
	if (batch->is_write && db_worker(db))
		err = worker_prove(db, batch->no);
	if (err)
		goto out;

	err = tasks_run(batch, is_apart);
	if (err)
		goto out;

	err = db_commit(db);
	batch->is_unsure =
		db_worker(db) && (err == ECONNRESET || err == ETIMEDOUT);

out:
	if (err)
		db_rollback(db);

	return err;
}

/* Whether a commit whose answer was lost took place after all; the number of
 * the batch was written with it. */
static int look_back(struct batch *batch, bool *has_keptp)
{
	struct db *db = batch->db;
	int err;

	err = db_begin(db, false);
	if (err)
		return err;

	err = worker_has_kept(db, batch->no, has_keptp);
	db_rollback(db);

	return err;
}

static int write_again(struct batch *batch)
{
	bool has_kept = false;
	int err;

	err = look_back(batch, &has_kept);
	if (err)
		return err;

	batch->is_unsure = false;

	return has_kept ? 0 : EUCLEAN;
}

static int rejoin(struct batch *batch)
{
	struct db *db = batch->db;
	int err;

	err = db_begin(db, true);
	if (err)
		return err;

	err = worker_join(db);
	if (!err)
		err = db_commit(db);
	if (err)
		db_rollback(db);

	return err;
}

/* In a transaction too, which tells when a row could not be read. */
static int look_alone(struct task *task, struct db *db)
{
	int err;

	err = db_begin(db, false);
	if (err)
		return err;

	err = run(task, db);
	if (!err)
		err = db_commit(db);
	if (err)
		db_rollback(db);

	return err;
}

static void batch_run(void *arg)
{
	struct batch *batch = arg;
	struct le *le;

	batch->begin_ms = clock_ms();
	if (batch->is_unsure)
		batch->err = write_again(batch);
	else
		batch->err = transaction(batch, false);
	if (batch->err == EUCLEAN)
		batch->err = transaction(batch, true);

	/* The others took our calls over; what is to be written is true all
	 * the same, but nobody may be dialled on the word of before. */
	if (batch->err == ESTALE)
		(void)rejoin(batch);
	(void)snprintf(batch->fault, sizeof(batch->fault), "%s",
	               batch->err == ENOMEM ? "out of memory"
	                                    : db_fault(batch->db));
	if (!batch->err || batch->is_unsure)
		return;

	/* Looking still works on a full disk. */
	LIST_FOREACH (&batch->taskl, le) {
		struct task *task = le->data;

		task->err = task->is_read ? look_alone(task, batch->db)
		                          : batch->err;
	}
}

/* --- on the control loop ------------------------------------------------- */

static void waiting_add(struct store *store, struct task *task, bool is_first)
{
	if (is_first)
		list_prepend(&store->taskl, &task->le, task);
	else
		list_append(&store->taskl, &task->le, task);

	store->taskc++;
	store->urgent += task->done && !is_first ? 1 : 0;
}

static void note_trouble(struct store *store, const char *fault)
{
	if (store->has_trouble)
		return;

	store->has_trouble = true;
	(void)snprintf(store->trouble, sizeof(store->trouble), "%s", fault);
}

static void lose(struct store *store, const char *fault)
{
	if (!store->lost++)
		log_error("store", "rows are lost from now on: %s", fault);
	note_trouble(store, fault);
}

static void note_outage(struct store *store, const struct batch *batch)
{
	bool was_down = store->is_down;

	if (!batch->is_write)
		return;

	store->is_down = batch->err != 0;
	memcpy(store->outage, batch->fault, sizeof(store->outage));
	if (store->is_down == was_down)
		return;

	if (store->is_down) {
		log_error("store",
		          "%s; calls go on, up to %d rows wait in memory",
		          batch->fault, STORE_WAITING_MAX);
		note_trouble(store, batch->fault);
	}
	else {
		log_info("store",
		         "writing again, %" PRIu64 " rows were lost so far",
		         store->lost);
	}
}

/* What somebody waits for goes to donel. Of the rest, what an outage has
 * stopped goes back in front of what came meanwhile, unless it is_last. */
static void batch_sort(struct store *store, struct batch *batch,
                       struct list *donel, bool is_last)
{
	bool is_again = db_is_outage(batch->err) && !is_last;
	struct le *le;

	while ((le = list_tail(&batch->taskl))) {
		struct task *task = le->data;

		list_unlink(le);
		if (task->done && !(task->is_patient && is_again)) {
			list_prepend(donel, le, task);
		}
		else if (is_again) {
			waiting_add(store, task, true);
		}
		else {
			if (task->err)
				lose(store, strerror(task->err));
			mem_deref(task);
		}
	}
}

static void dispatch(struct store *store);

static void tell(struct store *store, struct list *donel)
{
	struct le *le;

	while ((le = list_head(donel))) {
		struct task *task = le->data;

		list_unlink(le);
		task->done(task, store);
		mem_deref(task);
	}
}

static void batch_done(void *arg);

/* Asks again whether the batch is kept; meanwhile everything waits behind it,
 * since it may be. */
static void unsure_timer(void *arg)
{
	struct store *store = arg;
	struct batch *batch = store->busy;

	if (work_submit(store->queue, batch_run, batch_done, batch))
		tmr_start(&store->tmr, RETRY_MS, unsure_timer, store);
	else
		batch->is_resting = false;
}

static void batch_done(void *arg)
{
	struct batch *batch = arg;
	struct store *store = batch->store;
	struct list donel = LIST_INIT;

	if (batch->is_unsure && !store->is_closed) {
		note_outage(store, batch);
		batch->is_resting = true;
		tmr_start(&store->tmr, RETRY_MS, unsure_timer, store);
		return;
	}

	/* store_close() may have been here before us, or be called by one of
	 * the handlers; the batch still holds the store. Until they are
	 * through busy stays set: what they ask for goes as one batch. */
	if (!store->is_closed) {
		note_outage(store, batch);
		if (batch->is_write && !batch->err && db_is_shared(batch->db))
			store->lease_until_ms =
				batch->begin_ms + WORKER_LEASE_MS;
		batch_sort(store, batch, &donel, false);
		tell(store, &donel);
	}

	store->busy = NULL;
	if (!store->is_closed) {
		linking_kick(store);
		dispatch(store);
	}
	mem_deref(batch);
}

/* With all that waits. */
static void batch_fill(struct batch *batch, struct store *store)
{
	struct le *le;

	batch->store = store;
	batch->db = store->db;
	batch->no = ++store->batches;

	while ((le = list_head(&store->taskl))) {
		struct task *task = le->data;

		batch->is_write |= !task->is_read;
		list_unlink(le);
		list_append(&batch->taskl, le, task);
	}
	store->taskc = 0;
	store->urgent = 0;
}

/* Returns ENOMEM with everything where it was: one batch at a time is below
 * the limit of the queue. */
static int batch_send(struct store *store)
{
	struct batch *batch;
	struct le *le;
	int err;

	batch = mem_zalloc(sizeof(*batch), batch_destructor);
	if (!batch)
		return ENOMEM;

	batch_fill(batch, store);
	mem_ref(store);
	err = work_submit(store->queue, batch_run, batch_done, batch);
	if (!err) {
		store->busy = batch;
		tmr_cancel(&store->tmr);
		return 0;
	}

	while ((le = list_tail(&batch->taskl))) {
		struct task *task = le->data;

		list_unlink(le);
		waiting_add(store, task, true);
	}
	mem_deref(batch);

	return err;
}

static void timer_handler(void *arg)
{
	struct store *store = arg;

	if (batch_send(store))
		tmr_start(&store->tmr, RETRY_MS, timer_handler, store);
}

static void dispatch(struct store *store)
{
	bool is_full = store->taskc >= GATHER_ROWS && !store->is_down;

	if (store->busy || !store->taskc)
		return;

	if ((store->urgent || is_full) && !batch_send(store))
		return;

	if (!tmr_isrunning(&store->tmr))
		tmr_start(&store->tmr, store->is_down ? RETRY_MS : GATHER_MS,
		          timer_handler, store);
}

static void rows_tell(struct task *task, struct store *store)
{
	struct le *le;

	(void)store;

	for (le = list_head(&task->rowl); le && !task->err; le = le->next)
		task->each(task, le->data);
	task->told(task->err, task->arg);
}

int task_submit(struct store *store, struct task *task)
{
	size_t limit;

	if (task->told && !task->done)
		task->done = rows_tell;
	limit = STORE_WAITING_MAX + (task->done ? URGENT_MAX : 0);

	if (store->is_closed) {
		mem_deref(task);
		return ECANCELED;
	}

	if (store->taskc >= limit) {
		if (!task->done)
			lose(store, store->is_down ? store->outage
			                           : "the disk is too slow");
		mem_deref(task);
		return ENOBUFS;
	}

	waiting_add(store, task, false);
	dispatch(store);

	return 0;
}

int task_lacking(struct store *store, bool is_awaited)
{
	if (!is_awaited)
		lose(store, strerror(ENOMEM));

	return ENOMEM;
}

/* The batch that was with the worker, or that nobody could say of whether it
 * is kept. */
static void busy_end(struct store *store, struct list *donel)
{
	struct batch *batch = store->busy;
	struct le *le;

	if (batch->is_unsure)
		batch_run(batch);
	if (batch->is_unsure) {
		LIST_FOREACH (&batch->taskl, le) {
			struct task *task = le->data;

			task->err = batch->err;
		}
	}
	batch_sort(store, batch, donel, false);
	if (batch->is_resting)
		mem_deref(batch);
}

void task_end(struct store *store)
{
	struct list donel = LIST_INIT;
	struct batch last = {.err = 0}; /* needs no memory */

	if (store->busy)
		busy_end(store, &donel);

	if (store->taskc) {
		batch_fill(&last, store);
		batch_run(&last);
		if (last.err)
			log_error("store", "the last rows are lost: %s",
			          last.fault);
	}

	store->is_closed = true;
	tell(store, &donel);
	batch_sort(store, &last, &donel, true);
	tell(store, &donel);
	list_flush(&store->taskl);
}
