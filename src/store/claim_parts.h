/*
 * store/claim_parts.h - a claim, as its files share it
 */
#pragma once

#include "base/id.h"
#include "store/allot.h"
#include "store/gate.h"
#include "store/rows.h"
#include "store/task.h"

enum {
	CLAIM_NUMBER_SIZE = 64,
};

struct claim_task {
	struct task task;
	struct task *end; /* for the attempt's */
	struct store_claim_prm prm;
	struct store_gate gate;
	store_claim_h *claimed;

	/* found */
	struct rows_contact *row;
	struct store_claim claim;
	struct store_verdict verdict;
	uint64_t begin_ms;
	char call_id[ID_SIZE];
	char caller[ALLOT_CALLER_SIZE];
	char first[CLAIM_NUMBER_SIZE];
	int64_t read_ms, seen; /* when the gate counted so many attempts */
	bool is_elsewhere;     /* another process is at this number */
	bool is_line_held;
	double line_rate; /* calls a second; below 0: not asked */
};

/* Finds who is next, due or the one that is named, and asks the gate about
 * them; without anybody row stays NULL. On the worker. */
int claim_due(struct claim_task *ct, struct db *db, struct gate *gate);
