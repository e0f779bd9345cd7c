/*
 * store/write.h - one statement on its way through the store
 */
#pragma once

#include "store/task.h"

struct write_prm {
	const char *sql; /* a constant */
	const struct db_arg *argv;
	size_t argc;
	bool must_touch; /* ENOENT where no row was */
};

/* Queues the statement with copies of its values. done may be NULL: nobody
 * waits. */
int write_submit(struct store *store, const struct write_prm *prm,
                 store_done_h *done, void *arg);
