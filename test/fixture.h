/*
 * test/fixture.h - a store and questions that block
 *
 * Each function asks the store, runs the control loop until the answer is
 * there, and returns its err.
 */
#pragma once

#include "base/loop.h"
#include "base/work.h"
#include "store/store.h"
#include "harness.h"

enum {
	FIXTURE_TEXT_SIZE = 128,
	FIXTURE_ROWS_MAX = 64,
};

struct fixture_row {
	char number[FIXTURE_TEXT_SIZE];
	char state[FIXTURE_TEXT_SIZE];   /* results */
	char reason[FIXTURE_TEXT_SIZE];  /* preview: "" = would be called */
	char outcome[FIXTURE_TEXT_SIZE]; /* results */
	char name[FIXTURE_TEXT_SIZE];    /* the variable "name" */
	uint32_t attempts;
};

struct fixture {
	struct work_pool *pool;
	struct store *store;
	char path[512]; /* or URL */
	char fault[CFG_FAULT_SIZE];
	const struct store_gate *gate; /* of claims; NULL: none */

	/* the last answer */
	int err;
	bool has_answer;
	int64_t list_id;
	uint32_t added, duplicates;
	struct store_campaign campaign;
	bool has_contact;
	char number[FIXTURE_TEXT_SIZE];
	char name[FIXTURE_TEXT_SIZE];
	char call_id[FIXTURE_TEXT_SIZE];
	int64_t attempt_id;
	uint32_t attempt_no;
	bool is_urgent;
	int64_t next_ms;
	uint64_t valid_ms;
	char held_by[FIXTURE_TEXT_SIZE];
	double line_calls_per_s;
	struct store_verified verified;
	const char *wanted_kind, *wanted_call; /* of a flaw */
	bool has_flaw;                         /* there was such a one */
	struct fixture_row rowv[FIXTURE_ROWS_MAX];
	size_t rowc;
};

/* Starts the loop and a pool; the database is that of place_url(). */
int fixture_init(struct fixture *fx);
int fixture_open(struct fixture *fx);
int fixture_start(struct fixture *fx);  /* both */
void fixture_close(struct fixture *fx); /* the store alone */
void fixture_end(struct fixture *fx);

/* Runs the loop until has_answer; ETIMEDOUT after 20 s. */
int fixture_wait(struct fixture *fx);

/* The same for a question that was asked with this err. */
int fixture_ask(struct fixture *fx, int err);

/* For handlers: the answer is there. fixture_done() is one by itself. */
void fixture_answer(struct fixture *fx, int err);
void fixture_done(int err, void *arg);

int fixture_list(struct fixture *fx, const char *name);
int fixture_list_dry(struct fixture *fx, const char *name);
int fixture_add(struct fixture *fx, int64_t list_id, const char *const *numberv,
                size_t numberc);
int fixture_campaign(struct fixture *fx, const char *name);
int fixture_claim(struct fixture *fx);
int fixture_attempt_end(struct fixture *fx, const char *outcome, bool is_used,
                        int64_t retry_at_ms);
int fixture_block(struct fixture *fx, const char *number);
int fixture_preview(struct fixture *fx, const char *name, int64_t list_id);
int fixture_results(struct fixture *fx);
int fixture_call(struct fixture *fx, const struct store_call *call);
int fixture_heads_tell(struct fixture *fx, bool is_end);

/* Whether calls are what they were; kind and callid of a flaw to look for
 * (NULL: none), noted as store_verify() says. */
int fixture_verify(struct fixture *fx, const struct store_head *noted,
                   const char *kind, const char *callid);

/* A list "people" of numberc numbers +15550100, +15550101, … and the campaign
 * "calls" of it. */
int fixture_people(struct fixture *fx, size_t numberc);

/* The first column of the first row, read with a connection of its own. */
int fixture_sql(struct fixture *fx, const char *sql,
                char text[FIXTURE_TEXT_SIZE]);
