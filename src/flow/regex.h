/*
 * flow/regex.h - the two regular-expression engines behind one face
 *
 * PCRE2 with JIT first; what it refuses (look-behind of variable length)
 * goes to Oniguruma. Both run on a budget of steps: no pattern of an author
 * can stall a call.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "flow/pattern.h"

struct regex;
struct regex_limits;

/* What all expressions of a script share. Free with mem_deref(). */
int regex_limits_alloc(struct regex_limits **limitsp);

/* Compiles. Returns EINVAL with the reasons of both engines in fault. Free
 * with mem_deref(). */
int regex_alloc(struct regex **regexp, const char *text, bool has_case,
                bool may_jit, char fault[PATTERN_FAULT_SIZE]);

enum pattern_engine regex_engine(const struct regex *regex);

enum regex_result {
	REGEX_NO,
	REGEX_YES,
	REGEX_EXPLODED, /* the budget ran out */
	REGEX_ENOMEM,
};

/* Leftmost match in well-formed text. is_short: with the small budget. *datap
 * is working memory that later matches use again; starts as NULL. */
enum regex_result regex_match(const struct regex *regex,
                              const struct regex_limits *limits, bool is_short,
                              void **datap, const struct subject *subject,
                              struct span *span);

void regex_data_free(void *data);
