/*
 * store/store.c - opening, closing, and the way of a task
 *
 * One batch is with the worker at a time; what comes meanwhile waits and goes
 * as the next batch in one transaction. So the more there is to write, the
 * more writes share an fsync, and the order is always that of the calls.
 *
 * When the disk fails, whoever waits for a write is told so; the others' rows
 * stay in memory and are tried again, up to STORE_WAITING_MAX.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include <re_tmr.h>
#include "store/schema.h"
#include "store/task.h"

enum {
	GATHER_MS = 30,    /* that long a write nobody waits for may wait */
	GATHER_ROWS = 500, /* or until so many are there */
	RETRY_MS = 1000,   /* between tries while the disk fails */
	STORE_WAITING_MAX = 20000, /* rows in memory */
	URGENT_MAX = 4096, /* more on top for those who wait for an answer */
	QUEUE_LIMIT = 2,
	PID_SIZE = 16,
};

struct store {
	struct db *db;
	struct work_queue *queue;
	int lock_fd;
	struct tmr tmr;

	struct list taskl; /* waiting */
	size_t taskc;
	size_t urgent;      /* of them: somebody waits */
	struct batch *busy; /* with the worker; owned by its job */
	bool is_closed;
	bool is_down;                /* the last batch failed as a whole */
	char outage[CFG_FAULT_SIZE]; /* why */

	uint64_t lost; /* rows, since the start */
	bool has_trouble;
	char trouble[CFG_FAULT_SIZE];
	char told[CFG_FAULT_SIZE]; /* what store_trouble() returned */
};

/* On its way: the worker's until it comes back. */
struct batch {
	struct store *store;
	struct db *db;
	struct list taskl;
	bool is_write;
	int err; /* of the transaction as a whole */
	char fault[CFG_FAULT_SIZE];
};

static const struct cfg_key keyv[] = {
	{
		.name = "path",
		.type = CFG_TEXT,
		.fallback = "dialwright.db",
		.help = "The SQLite database: lists, campaigns, calls and "
			"their steps. Its directory must exist.",
	},
};

const struct cfg_table store_cfg_table = {
	.section = "store",
	.help = "Where everything is kept.",
	.keyv = keyv,
	.keyc = ARRAY_COUNT(keyv),
};

static void store_destructor(void *arg)
{
	struct store *store = arg;

	tmr_cancel(&store->tmr);
	mem_deref(store->queue);
	list_flush(&store->taskl);
	mem_deref(store->db);
	if (store->lock_fd >= 0)
		(void)close(store->lock_fd);
}

static void batch_destructor(void *arg)
{
	struct batch *batch = arg;

	list_flush(&batch->taskl);
	mem_deref(batch->store);
}

/* --- on the worker ------------------------------------------------------- */

static int rollback(struct db *db, const char *sql, int err)
{
	/* Not with db_script(): the words of the failure must survive. */
	(void)sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);

	return err;
}

static int task_run(struct task *task, struct db *db)
{
	int err;

	if (!task->is_compound)
		return task->run(task, db);

	err = db_run(db, "SAVEPOINT task", NULL, 0);
	if (err)
		return err;

	err = task->run(task, db);
	if (err)
		return rollback(db, "ROLLBACK TO task; RELEASE task", err);

	return db_run(db, "RELEASE task", NULL, 0);
}

static int tasks_run(struct batch *batch)
{
	struct le *le;

	LIST_FOREACH (&batch->taskl, le) {
		struct task *task = le->data;

		task->err = task_run(task, batch->db);
		if (!task->is_read && db_is_outage(task->err))
			return task->err;
	}

	return 0;
}

static int transaction(struct batch *batch)
{
	struct db *db = batch->db;
	int err;

	if (batch->is_write)
		err = db_run(db, "BEGIN IMMEDIATE", NULL, 0);
	else
		err = db_run(db, "BEGIN", NULL, 0);
	if (err)
		return err;

	err = tasks_run(batch);
	if (!err)
		err = db_run(db, "COMMIT", NULL, 0);

	return err ? rollback(db, "ROLLBACK", err) : 0;
}

static void batch_run(void *arg)
{
	struct batch *batch = arg;
	struct le *le;

	batch->err = transaction(batch);
	if (!batch->err)
		return;

	memcpy(batch->fault, batch->db->fault, sizeof(batch->fault));
	LIST_FOREACH (&batch->taskl, le) {
		struct task *task = le->data;

		task->err = batch->err;
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
	store->urgent += task->done ? 1 : 0;
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
 * stopped goes back in front of what came meanwhile. */
static void batch_sort(struct store *store, struct batch *batch,
                       struct list *donel)
{
	struct le *le;

	while ((le = list_tail(&batch->taskl))) {
		struct task *task = le->data;

		list_unlink(le);
		if (task->done) {
			list_prepend(donel, le, task);
		}
		else if (db_is_outage(batch->err)) {
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

static void batch_done(void *arg)
{
	struct batch *batch = arg;
	struct store *store = batch->store;
	struct list donel = LIST_INIT;
	struct le *le;

	if (!store->is_closed) {
		note_outage(store, batch);
		batch_sort(store, batch, &donel);
	}

	/* busy stays set: what the handlers ask for goes as one batch. A
	 * handler may close the store; the batch still holds it. */
	while ((le = list_head(&donel))) {
		struct task *task = le->data;

		list_unlink(le);
		if (!store->is_closed)
			task->done(task, store);
		mem_deref(task);
	}

	store->busy = NULL;
	if (!store->is_closed)
		dispatch(store);
	mem_deref(batch);
}

static struct batch *batch_make(struct store *store)
{
	struct batch *batch;
	struct le *le;

	batch = mem_zalloc(sizeof(*batch), batch_destructor);
	if (!batch)
		return NULL;

	batch->store = mem_ref(store);
	batch->db = store->db;

	while ((le = list_head(&store->taskl))) {
		struct task *task = le->data;

		batch->is_write |= !task->is_read;
		list_unlink(le);
		list_append(&batch->taskl, le, task);
	}
	store->taskc = 0;
	store->urgent = 0;

	return batch;
}

/* Returns ENOMEM with everything where it was: one batch at a time is below
 * the limit of the queue. */
static int batch_send(struct store *store)
{
	struct batch *batch = batch_make(store);
	struct le *le;
	int err;

	if (!batch)
		return ENOMEM;

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

int task_submit(struct store *store, struct task *task)
{
	size_t limit = STORE_WAITING_MAX + (task->done ? URGENT_MAX : 0);

	assert(!store->is_closed);

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

int task_keep_texts(char **blockp, void *obj, const size_t *offsetv,
                    size_t offsetc)
{
	size_t size = 1;
	char *block, *p;

	for (size_t i = 0; i < offsetc; i++) {
		const char **text = (void *)((char *)obj + offsetv[i]);

		size += *text ? strlen(*text) + 1 : 0;
	}

	block = p = mem_zalloc(size, NULL);
	if (!block)
		return ENOMEM;

	for (size_t i = 0; i < offsetc; i++) {
		const char **text = (void *)((char *)obj + offsetv[i]);

		if (!*text)
			continue;
		size = strlen(*text) + 1;
		memcpy(p, *text, size);
		*text = p;
		p += size;
	}
	*blockp = block;

	return 0;
}

/* --- open and close ------------------------------------------------------ */

static int lock_refused(int fd, const char *path, char fault[CFG_FAULT_SIZE])
{
	char pid[PID_SIZE] = "?";
	ssize_t n;

	n = pread(fd, pid, sizeof(pid) - 1, 0);
	if (n > 0)
		pid[strspn(pid, "0123456789")] = '\0';

	(void)snprintf(fault, CFG_FAULT_SIZE,
	               "database %s is in use by process %s: stop that one or "
	               "name another file in store.path",
	               path, pid);

	return EBUSY;
}

static int lock(int *fdp, const char *path, char fault[CFG_FAULT_SIZE])
{
	char *name = NULL, pid[PID_SIZE];
	int fd = -1, err, n;

	err = re_sdprintf(&name, "%s.lock", path);
	if (err)
		return err;

	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0) {
		err = errno;
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "database %s: its lock file %s cannot be "
		               "made (%s): create the directory, make it "
		               "writable, or set store.path",
		               path, name, strerror(err));
		goto out;
	}

	if (flock(fd, LOCK_EX | LOCK_NB)) {
		err = lock_refused(fd, path, fault);
		goto out;
	}

	/* For the fault of the next one only: the lock itself is the kernel's
	 * and ends with the process. */
	n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) || pwrite(fd, pid, (size_t)n, 0) < 0)
		log_debug("store", "%s: %s", name, strerror(errno));

out:
	mem_deref(name);
	if (err && fd >= 0)
		(void)close(fd);
	if (!err)
		*fdp = fd;

	return err;
}

int store_open(struct store **storep, const char *path, struct work_pool *pool,
               char fault[CFG_FAULT_SIZE])
{
	struct store *store;
	int err;

	assert(storep && path && pool && fault);

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	store = mem_zalloc(sizeof(*store), store_destructor);
	if (!store)
		return ENOMEM;

	store->lock_fd = -1;
	tmr_init(&store->tmr);

	err = work_queue_alloc(&store->queue, pool, QUEUE_LIMIT);
	if (err)
		goto out;

	err = lock(&store->lock_fd, path, fault);
	if (err)
		goto out;

	err = db_open(&store->db, path, fault);
	if (err)
		goto out;

	err = schema_migrate(store->db, schema_stepv, schema_stepc, fault);
	if (err)
		goto out;

	err = db_get_int(store->db, &store->db->old_attempt_id,
	                 "SELECT coalesce(max(id), 0) FROM attempts", NULL, 0);
	if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s", store->db->fault);

out:
	if (err)
		mem_deref(store);
	else
		*storep = store;

	return err;
}

static void write_rest(struct store *store)
{
	struct batch *batch;

	if (!store->taskc)
		return;

	batch = batch_make(store);
	if (batch)
		batch_run(batch);
	if (!batch || batch->err)
		log_error("store", "the last rows are lost: %s",
		          batch ? batch->fault : strerror(ENOMEM));
	mem_deref(batch);
}

void store_close(struct store *store)
{
	struct list donel = LIST_INIT;

	if (!store)
		return;

	assert(!store->is_closed);

	/* Behind this nobody but us touches the database. The batch that was
	 * with the worker may still lie in the loop's mailbox and holds the
	 * store until that is drained. */
	store->queue = mem_deref(store->queue);
	tmr_cancel(&store->tmr);
	if (store->busy)
		batch_sort(store, store->busy, &donel);
	list_flush(&donel);
	write_rest(store);

	store->is_closed = true;
	store->db = mem_deref(store->db);
	(void)close(store->lock_fd);
	store->lock_fd = -1;
	mem_deref(store);
}

const char *store_trouble(struct store *store)
{
	if (!store->has_trouble)
		return NULL;

	store->has_trouble = false;
	memcpy(store->told, store->trouble, sizeof(store->told));

	return store->told;
}
