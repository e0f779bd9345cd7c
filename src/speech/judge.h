/*
 * speech/judge.h - pure: how sure it is that a phrase was said
 *
 * The recogniser picks the likeliest phrase; whether anybody said it at all
 * is another question. It is answered from two more paths through the same
 * sound: of that phrase alone, and of bare sounds without any word.
 */
#pragma once

#include <stdbool.h>

#include "speech/sphinx.h"

enum {
	JUDGE_MARGIN_MS = 40, /* of the pad at each side, not speech */
};

struct judge_case {
	const struct sphinx_path *phrase; /* both of a comparable engine */
	const struct sphinx_path *sounds;
	bool is_open; /* any words may stand inside the phrase */
};

/* Confidence in percent; 0 when the phrase does not fit at all. */
unsigned judge_score(const struct judge_case *c);
