/*
 * store/store.c - opening and closing
 */
#include <assert.h>
#include <stdio.h>
#include "base/log.h"
#include "store/linking.h"
#include "store/links.h"
#include "store/schema.h"
#include "store/task.h"
#include "store/worker.h"

enum {
	QUEUE_LIMIT = 2, /* a batch, and one that is just coming back */
};

static const struct cfg_key keyv[] = {
	{
		.name = "path",
		.type = CFG_TEXT,
		.fallback = "dialwright.db",
		.help = "The SQLite database: lists, campaigns, calls and "
			"their steps; relative to the data directory.",
	},
	{
		.name = "url",
		.type = CFG_TEXT,
		.fallback = "",
		.help = "A PostgreSQL database that several processes share, "
			"instead of the file: "
			"postgresql://user:password@host/database, best as "
			"env:NAME.",
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
	tmr_cancel(&store->beat);
	tmr_cancel(&store->link);
	mem_deref(store->queue);
	list_flush(&store->taskl);
	list_flush(&store->endl);
	mem_deref(store->db);
}

static int store_alloc(struct store **storep, struct work_pool *pool)
{
	struct store *store;
	int err;

	store = mem_zalloc(sizeof(*store), store_destructor);
	if (!store)
		return ENOMEM;

	tmr_init(&store->tmr);
	tmr_init(&store->beat);
	tmr_init(&store->link);
	err = work_queue_alloc(&store->queue, pool, QUEUE_LIMIT);

	if (err)
		mem_deref(store);
	else
		*storep = store;

	return err;
}

/* --- the others ---------------------------------------------------------- */

struct beat_task {
	struct task task;
	uint32_t in_doubt;
};

static int beat_run(struct task *task, struct db *db)
{
	int err = worker_reap(db, 0, &((struct beat_task *)task)->in_doubt);

	return err ? err : links_look(db);
}

static void beat_timer(void *arg);

static void beat_done(struct task *task, struct store *store)
{
	struct beat_task *beat = (struct beat_task *)task;

	if (!task->err && beat->in_doubt)
		log_info("store",
		         "%" PRIu32 " calls of a process that is gone are in "
		         "doubt and count as made",
		         beat->in_doubt);
	if (!store->is_closed)
		tmr_start(&store->beat, WORKER_BEAT_MS, beat_timer, store);
}

/* Renews our lease, as every write does, and looks after the others. */
static void beat_timer(void *arg)
{
	struct store *store = arg;
	struct beat_task *beat;

	beat = mem_zalloc(sizeof(*beat), NULL);
	if (beat) {
		beat->task.is_compound = true;
		beat->task.run = beat_run;
		beat->task.done = beat_done;
	}
	if (!beat || task_submit(store, &beat->task))
		tmr_start(&store->beat, WORKER_BEAT_MS, beat_timer, store);
}

/* --- the door ------------------------------------------------------------ */

int store_open(struct store **storep, const char *url, struct work_pool *pool,
               char fault[CFG_FAULT_SIZE])
{
	struct store *store = NULL;
	int err;

	assert(storep && url && pool && fault);

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	err = store_alloc(&store, pool);
	if (err)
		goto out;

	err = db_open(&store->db, url, fault);
	if (err)
		goto out;

	err = schema_migrate(store->db, schema_stepv, schema_stepc, fault);
	if (err)
		goto out;

	err = worker_join(store->db);
	if (!err)
		err = links_look(store->db);
	if (!err && db_is_shared(store->db))
		tmr_start(&store->beat, WORKER_BEAT_MS, beat_timer, store);
	else if (!err)
		store->lease_until_ms = UINT64_MAX;
	if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s",
		               db_fault(store->db));

out:
	if (err)
		mem_deref(store);
	else
		linking_kick(*storep = store);

	return err;
}

/* Beside whoever owns it. */
static int open_beside(struct store **storep, const char *url,
                       struct work_pool *pool, bool is_guest,
                       char fault[CFG_FAULT_SIZE])
{
	struct store *store = NULL;
	int err;

	assert(storep && url && pool && fault);

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	err = store_alloc(&store, pool);
	if (err)
		goto out;

	err = is_guest ? db_open_guest(&store->db, url, fault)
	               : db_open_reader(&store->db, url, fault);
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

int store_open_reader(struct store **storep, const char *url,
                      struct work_pool *pool, char fault[CFG_FAULT_SIZE])
{
	return open_beside(storep, url, pool, false, fault);
}

int store_open_guest(struct store **storep, const char *url,
                     struct work_pool *pool, char fault[CFG_FAULT_SIZE])
{
	return open_beside(storep, url, pool, true, fault);
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
	tmr_cancel(&store->beat);
	tmr_cancel(&store->link);
	task_end(store);
	linking_end(store);
	if (db_worker(store->db))
		worker_leave(store->db);

	store->db = mem_deref(store->db);
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

const char *store_name(const struct store *store)
{
	return db_name(store->db);
}
