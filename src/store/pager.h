/*
 * store/pager.h - long answers in pages
 *
 * A campaign may have a million contacts; an answer about each of them is
 * read some hundred at a time, told on the control loop, and asked for again
 * behind the last one. So neither memory nor the queue is filled by it.
 */
#pragma once

#include "store/rows.h"
#include "store/task.h"

enum {
	PAGER_ROWS = 500,
};

struct pager_row {
	struct le le;
	struct rows_contact *contact;
	struct store_result result; /* its contact is the one above */
	const char *reason;         /* preview: why not, NULL: called */
	char *block;                /* of the texts */
};

struct pager {
	struct task task;

	/* Makes the statement whose rows come in the order of contact ids
	 * behind after_id, `limit` at most; its first four columns are
	 * those of rows_contact(). */
	int (*ask)(struct pager *pager, struct db *db, struct db_stmt **stmtp);

	/* Takes the other columns into row; contact is set already. */
	int (*read)(struct pager *pager, struct db *db, struct db_stmt *stmt,
	            struct pager_row *row);

	/* On the loop: tells the caller. */
	void (*tell)(struct pager *pager, const struct pager_row *row);

	int64_t after_id;
	uint32_t limit; /* of one page */
	bool is_single; /* one page alone */
};

/* Readies an embedded pager: the hooks, `told` and `arg` of the task are set by
 * the caller. */
void pager_init(struct pager *pager);
