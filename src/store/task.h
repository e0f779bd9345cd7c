/*
 * store/task.h - one question or write on its way through the store
 *
 * A task is made on the control loop, runs on a worker inside a transaction
 * that it shares with its neighbours, and comes back to the loop. Each kind
 * embeds struct task as its first member and copies what it is given.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/mem.h"
#include "store/db.h"
#include "store/store.h"

struct task {
	struct le le;
	bool is_read;     /* writes nothing */
	bool is_compound; /* several statements: all or none of them */

	/* On the worker. May run again when the disk failed under it. */
	int (*run)(struct task *task, struct db *db);

	/* On the loop, with err of the run or the commit. NULL: nobody waits,
	 * and the write is gathered with others for a few milliseconds. */
	void (*done)(struct task *task, struct store *store);
	int err;
};

/* Queues the task, which is taken in any case. Returns ENOBUFS when too much
 * waits; a write that nobody waits for is then counted as lost. */
int task_submit(struct store *store, struct task *task);

/* Moves the texts at these offsets of obj into one block of their own. NULL
 * stays NULL. */
int task_keep_texts(char **blockp, void *obj, const size_t *offsetv,
                    size_t offsetc);
