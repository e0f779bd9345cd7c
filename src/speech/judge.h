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

/* What tells a phrase from a look-alike. */
enum judge_figure {
	JUDGE_MARGIN, /* how much better bare sounds fit, per phone */
	JUDGE_HASTE,  /* how much faster than plain speech, log */
	JUDGE_COVER,  /* share of the sound that its words cover, 0 to 1 */
	JUDGE_FIT,    /* how well its words fit at all, per frame */
	JUDGE_WORST,  /* the margin of its worst word, per phone */
	JUDGE_UNLIKE, /* share of its phones that bare sounds do not have */
	JUDGE_LENGTH, /* log of its phones */
	JUDGE_FIGURES,
};

struct judge_evidence {
	unsigned phones; /* 0: nothing was measured */
	bool is_foreign;
	double figurev[JUDGE_FIGURES];
};

struct judge_case {
	const struct sphinx_path *phrase; /* both of a comparable engine */
	const struct sphinx_path *sounds;
	bool is_open;    /* any words may stand inside the phrase */
	bool is_foreign; /* the model is not of its language */
};

void judge_measure(struct judge_evidence *ev, const struct judge_case *c);

/* Confidence in percent, 99 at most; 0 when nothing was measured. */
unsigned judge_score(const struct judge_evidence *ev);
