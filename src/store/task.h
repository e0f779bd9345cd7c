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
#include <re_tmr.h>
#include "store/db.h"
#include "store/store.h"

struct task {
	struct le le;
	bool is_read;     /* writes nothing */
	bool is_compound; /* several statements: all or none of them */
	bool is_patient;  /* done waits until an outage is over */

	/* On the worker. May run again when the disk failed under it. */
	int (*run)(struct task *task, struct db *db);

	/* On the loop, with err of the run or the commit. NULL: `each` is told
	 * of the rows and `told` of the end; without it nobody waits, and the
	 * write is gathered with others for a few milliseconds. */
	void (*done)(struct task *task, struct store *store);
	int err;

	/* What the run has found, empty when it begins. A row starts with its
	 * struct le; none where there was an error. */
	struct list rowl;
	void (*each)(struct task *task, const void *row);
	store_done_h *told;
	void *arg; /* of whoever is told */

	/* Lets go of what else the task holds; NULL: it holds nothing. */
	void (*release)(struct task *task);
};

struct store {
	struct db *db;
	struct work_queue *queue;
	struct tmr tmr;

	struct list taskl; /* waiting */
	size_t taskc;
	size_t urgent;           /* of them: somebody waits */
	struct list endl;        /* of attempts under way: what will end them */
	struct batch *busy;      /* with the worker; owned by its job */
	uint64_t batches;        /* made so far */
	uint64_t lease_until_ms; /* other processes think us alive so long */
	struct tmr beat;
	struct tmr link; /* links of calls are to be made */
	bool is_linking; /* they are being made */
	bool is_closed;
	bool is_down;                /* the last batch failed as a whole */
	char outage[CFG_FAULT_SIZE]; /* why */

	uint64_t lost; /* rows, since the start */
	bool has_trouble;
	char trouble[CFG_FAULT_SIZE];
	char told[CFG_FAULT_SIZE]; /* what store_trouble() returned */
};

/* Queues the task, which is taken in any case. Returns ENOBUFS when too much
 * waits (a write that nobody waits for is then counted as lost), ECANCELED
 * when the store is closing. */
int task_submit(struct store *store, struct task *task);

/* Makes a task of its kind: a copy of the object of that size that begins with
 * it, and of the texts at these offsets of the object, which live as long
 * (NULL stays NULL). Returns NULL without memory. */
struct task *task_copy(const struct task *task, size_t size,
                       const size_t *textv, size_t textc);

/* The same in two steps, for a write that must not fail when its time has come:
 * the place of a task and of so many bytes of texts is had before. Filling it
 * returns ENOBUFS where they are longer. */
struct task *task_reserve(size_t size, size_t room);
int task_fill(struct task *place, size_t room, const struct task *task,
              size_t size, const size_t *textv, size_t textc);

/* Makes such a task and queues it. Errors are those of task_submit(), or
 * ENOMEM. */
int task_send(struct store *store, const struct task *task, size_t size,
              const size_t *textv, size_t textc);

/* Adds a copy of the row, made the same way, to what was found. Returns
 * ENOMEM. */
int task_row(struct task *task, const void *row, size_t size,
             const size_t *textv, size_t textc);

/* What to say of a task that there is no memory for: counts a write that
 * nobody waits for as lost. Returns ENOMEM. */
int task_lacking(struct store *store, bool is_awaited);

/* At the end, when no job runs any more: writes what waits, calls all handlers
 * and closes the store for further tasks. */
void task_end(struct store *store);
