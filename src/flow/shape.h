/*
 * flow/shape.h - the keys of a script file as tables
 *
 * One row per key: what it is called, what it may hold, where it is stored and
 * what it is for. The loader, the JSON Schema and docs/script.md all come from
 * these rows.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum key_type {
	KEY_TEXT,      /* const char *: any text */
	KEY_CHOICE,    /* const char *: one of the words in `choice` */
	KEY_ACTION,    /* enum action, by the words in `choice` */
	KEY_NODE,      /* const char *: id of a node; must exist */
	KEY_JUMP,      /* const char *: a jump value */
	KEY_INT,       /* 32 bits, min to max */
	KEY_LONG,      /* 64 bits, min to max */
	KEY_REAL,      /* double, min to max */
	KEY_MAYBE,     /* struct maybe: a number that may be missing */
	KEY_VALUE,     /* struct when: number or text to compare with */
	KEY_POTENTIAL, /* struct potential */
	KEY_TIMES,     /* struct limit: a count */
	KEY_SECONDS,   /* struct limit: a count, or seconds with suffix s */
	KEY_WAIT,      /* const char *: seconds, or "nowait" */
	KEY_ENGINE,    /* const char *: text or a whole number */
	KEY_PARAMS,    /* struct flow_params: text, or an object */
	KEY_BODY,      /* const char *: an object kept as JSON */
	KEY_PROMPT,    /* struct prompt */
	KEY_REGEXES,   /* struct regexes */
	KEY_NAMES,     /* struct names: an array, or "all" */
	KEY_ARRAY,     /* struct names: an array of texts */
	KEY_VARS,      /* struct var_set: an object of texts */
	KEY_SYNONYMS,  /* struct vec of struct synonym */
	KEY_SOUNDS,    /* const char *: a list of base/pronounce.h */
	KEY_OBJECT,    /* `shape`, stored in place */
	KEY_LIST,      /* struct vec of `shape` */
	KEY_FREE,      /* anything; not read */
};

enum {
	KEY_OPTIONAL = 0,
	KEY_REQUIRED = 1,
};

struct key {
	const char *name;
	enum key_type type;
	size_t offset;
	const char *help;
	const struct shape *shape; /* OBJECT, LIST */
	const char *choice;        /* CHOICE, ACTION: "a|b|c" */
	const char *text;          /* default of texts; NULL: not set */
	double min, max;           /* of numbers; max 0: no limit of its own */
	double number;             /* default of numbers */
	unsigned actions;          /* nodes: bit per action, 0: every */
	int is_required;
	size_t count_max; /* LIST: 0 no limit of its own */
};

struct shape {
	const char *name; /* "node" */
	const char *help;
	const struct key *keyv;
	size_t keyc;
	size_t size; /* of the struct it is stored in */
};

extern const struct shape shape_script;
extern const struct shape shape_node;

/* The words of `choice`: the i-th as text and length, NULL behind the last. */
const char *shape_choice(const char *choice, size_t i, size_t *lenp);

/* Position of word in `choice`, or -1. */
int shape_choose(const char *choice, const char *word);
