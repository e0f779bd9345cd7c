/*
 * store/store.c - opening and closing
 */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>
#include "base/log.h"
#include "store/schema.h"
#include "store/task.h"

enum {
	QUEUE_LIMIT = 2, /* a batch, and one that is just coming back */
	PID_SIZE = 16,
};

static const struct cfg_key keyv[] = {
	{
		.name = "path",
		.type = CFG_TEXT,
		.fallback = "dialwright.db",
		.help = "The SQLite database: lists, campaigns, calls and "
			"their steps; relative to the data directory.",
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

static int store_alloc(struct store **storep, struct work_pool *pool)
{
	struct store *store;
	int err;

	store = mem_zalloc(sizeof(*store), store_destructor);
	if (!store)
		return ENOMEM;

	store->lock_fd = -1;
	tmr_init(&store->tmr);
	err = work_queue_alloc(&store->queue, pool, QUEUE_LIMIT);

	if (err)
		mem_deref(store);
	else
		*storep = store;

	return err;
}

int store_open(struct store **storep, const char *path, struct work_pool *pool,
               char fault[CFG_FAULT_SIZE])
{
	struct store *store = NULL;
	int err;

	assert(storep && path && pool && fault);

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	err = store_alloc(&store, pool);
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

int store_open_reader(struct store **storep, const char *path,
                      struct work_pool *pool, char fault[CFG_FAULT_SIZE])
{
	struct store *store = NULL;
	int err;

	assert(storep && path && pool && fault);

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	err = store_alloc(&store, pool);
	if (err)
		goto out;

	err = db_open_reader(&store->db, path, fault);
	if (err)
		goto out;

	err = schema_require(store->db, schema_stepc, fault);

out:
	if (err)
		mem_deref(store);
	else
		*storep = store;

	return err;
}

void store_close(struct store *store)
{
	if (!store)
		return;

	assert(!store->is_closed);

	/* Behind this nobody but us touches the database. The batch that was
	 * with the worker may still lie in the loop's mailbox and holds the
	 * store until that is drained. */
	store->queue = mem_deref(store->queue);
	tmr_cancel(&store->tmr);
	task_end(store);

	store->db = mem_deref(store->db);
	if (store->lock_fd >= 0)
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
