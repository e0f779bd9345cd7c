/*
 * call/pair.h - a call between two people under way; private to call/
 *
 * pair.c is its life, pair_row.c what others see of it.
 */
#pragma once

#include "call/party.h"
#include "call/tape.h"

enum {
	PAIR_TEXT_SIZE = 64, /* numbers, ids */
};

struct side {
	struct party party;
	struct phone_line *line;
	char number[PAIR_TEXT_SIZE];
	char caller_id[PAIR_TEXT_SIZE]; /* "": the line's */
	uint32_t ring_ms;
	bool is_dialled;
};

struct call_pair {
	struct le le;
	struct calls *calls;
	struct call_pair_sink sink;
	char id[PAIR_TEXT_SIZE];
	struct side first, second;
	struct bridge *bridge;
	const char *ring_sound, *busy_sound, *missed_sound;
	char *will;      /* NULL: none */
	struct tmr tmr;  /* the first may listen for so long */
	unsigned gone;   /* parties */
	bool is_ringing; /* the second, and the first hears it */
	int err;

	int64_t start_ms, answer_ms, end_ms; /* wall */
	char recording[TAPE_PATH_SIZE];
	char person[VAULT_PERSON_SIZE];
};

/* --- pair_row.c ------------------------------------------------------------
 */

/* NULL: no such pair is under way. */
struct call_pair *pair_find(const struct calls *calls, const char *id);

/* The texts live as long as the pair. */
void pair_look(const struct call_pair *pair, struct call_view *view);

/* Of the second: it is their call. */
enum outcome pair_outcome(const struct call_pair *pair);

/* "call.ringing", "call.answered". */
void pair_notice(const struct call_pair *pair, const char *type);

/* Writes down what ends the leg of that side now. */
void pair_leg_keep(const struct call_pair *pair, const struct side *side);

/* Writes the row, "in_doubt" until it is over; needs a store. */
int pair_keep(struct call_pair *pair, store_done_h *done);
