/*
 * store/store_calls.h - the part of the store's door for looking at calls;
 * comes with store/store.h
 */
#pragma once

#include <jansson.h>
#include "store/store.h"

enum {
	STORE_CALLS_MAX = 500, /* of one page */
};

/* Which calls: all that is not NULL or 0 has to fit. */
struct store_calls_prm {
	const char *number, *outcome, *label, *campaign;
	int64_t since_ms, until_ms; /* of the beginning, wall; until excluded */
	const char *before; /* a call's id: older ones than that; NULL: all */
	const char *callid; /* this one alone, whole */
	uint32_t limit;
};

/* A call that is over. variables, counters, media, answerer, services,
 * inputs are there (not "") where it was asked for by its id. */
struct store_past {
	struct store_call call;
	const char *campaign; /* its name, "": none */
	uint32_t attempt;     /* of the contact, from 1; 0: none */
};

/* The latest first. done gets ENOENT where an id was asked for in vain. */
typedef void(store_past_h)(const struct store_past *past, void *arg);
int store_calls(struct store *store, const struct store_calls_prm *prm,
                store_past_h *handler, store_done_h *done, void *arg);

/* The rows of a call, under way or over, in their order; valid during the
 * call; none with an error. */
typedef void(store_steps_h)(int err, const struct store_step *stepv,
                            size_t stepc, void *arg);
int store_steps(struct store *store, const char *callid, store_steps_h *done,
                void *arg);

/* The columns of `conversation`, in their order; those from
 * STORE_STEP_TIMINGS on are times of our own. */
enum store_column_kind {
	STORE_COLUMN_TEXT, /* const char * */
	STORE_COLUMN_INT,  /* int */
	STORE_COLUMN_U32,  /* uint32_t */
	STORE_COLUMN_TIME, /* int64_t, ms */
};
struct store_column {
	const char *name;
	enum store_column_kind kind;
	size_t offset; /* in struct store_step */
};
enum {
	STORE_STEP_SESSION = 24, /* those before it are of the session */
	STORE_STEP_TIMINGS = 25,
	STORE_STEP_COLUMNS = 29,
};
extern const struct store_column store_step_columnv[STORE_STEP_COLUMNS];

/* The first n of them as an object: times by RFC 3339 (0: null), a text that is
 * NULL as "". NULL without memory. */
json_t *store_step_json(const struct store_step *step, size_t n);
