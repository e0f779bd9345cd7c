/*
 * flow/rx.h - a regular expression as a tree, for those who ask about it
 *
 * Not for matching: the index asks which literals must occur, the phrases what
 * would be said, the linter what can never match or may take for ever. What
 * this does not understand is a tree of nothing, never a wrong one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "flow/arena.h"

enum rx_kind {
	RX_EMPTY,  /* anchors, word boundaries, negative looks */
	RX_CHAR,   /* cp */
	RX_CLASS,  /* one of cpv, or of too many where cpc is 0 */
	RX_CAT,    /* children one after another */
	RX_ALT,    /* one of the children */
	RX_REPEAT, /* its child, min to max times */
	RX_OPAQUE, /* width and content unknown */
};

enum {
	RX_DEPTH_MAX = 50,
	RX_CLASS_MAX = 16,
	RX_UNBOUNDED = INT32_MAX,
};

struct rx {
	enum rx_kind kind;
	uint32_t cp;
	const uint32_t *cpv;
	size_t cpc;
	bool is_space; /* CLASS: \s and the like */
	bool is_start; /* EMPTY: the beginning of the text */
	bool is_edge;  /* EMPTY: the beginning or end of a word */
	bool is_end;   /* EMPTY: the end of the text */
	bool is_dot;   /* CLASS: anything */
	int32_t min, max;
	struct rx *child; /* the first */
	struct rx *next;  /* of the same parent */
};

/* The tree, or NULL: not understood, or memory is out. */
struct rx *rx_parse(struct arena *arena, const char *text);
