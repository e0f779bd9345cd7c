/*
 * store/linking.c - when links of calls are made
 */
#include "base/log.h"
#include "store/linking.h"
#include "store/links.h"
#include "store/task.h"

enum {
	LINK_MS = 1000,   /* gathered for so long */
	AGAIN_MS = 10,    /* while there are more than one pass takes */
	END_PASSES = 100, /* 20,000 calls: a list of before waits for others */
};

struct linking {
	struct task task;
	bool is_full;
};

static int run(struct task *task, struct db *db)
{
	return links_pass(db, &((struct linking *)task)->is_full);
}

static void timer_handler(void *arg);

static void done_handler(struct task *task, struct store *store)
{
	const struct linking *linking = (const struct linking *)task;

	store->is_linking = false;
	if (store->is_closed)
		return;

	if (!task->err) {
		if (linking->is_full)
			tmr_start(&store->link, AGAIN_MS, timer_handler, store);
		return;
	}

	/* Of an outage everybody has heard. */
	db_has_unlinked_set(store->db, true);
	if (!db_is_outage(task->err))
		log_warning("store",
		            "calls that are over wait for their link: %s; it "
		            "is tried again",
		            strerror(task->err));
}

static void timer_handler(void *arg)
{
	struct store *store = arg;
	struct linking *linking;

	linking = mem_zalloc(sizeof(*linking), NULL);
	if (!linking) {
		tmr_start(&store->link, LINK_MS, timer_handler, store);
		return;
	}

	linking->task.is_compound = true;
	linking->task.run = run;
	linking->task.done = done_handler;
	store->is_linking = true;
	if (task_submit(store, &linking->task)) {
		store->is_linking = false;
		tmr_start(&store->link, LINK_MS, timer_handler, store);
	}
}

void linking_kick(struct store *store)
{
	/* A guest leaves it to those who call. */
	if (!db_worker(store->db) || !db_has_unlinked(store->db) ||
	    store->is_linking || tmr_isrunning(&store->link))
		return;

	tmr_start(&store->link, LINK_MS, timer_handler, store);
}

void linking_end(struct store *store)
{
	struct db *db = store->db;
	bool is_full = db_worker(db) && db_has_unlinked(db);
	int err = 0;

	for (int i = 0; i < END_PASSES && is_full && !err; i++) {
		err = db_begin(db, true);
		if (err)
			break;

		err = links_pass(db, &is_full);
		if (!err)
			err = db_commit(db);
		if (err)
			db_rollback(db);
	}
}
