/*
 * bench/bench_asr_question.h - a question of the corpus as a recogniser has it
 */
#pragma once

#include "bench_asr_corpus.h"

enum {
	QUESTION_HINTS_MAX = 100,
};

/* The phrases of a question and the meaning of each. */
struct question {
	const struct corpus_question *from;
	const char *hintv[QUESTION_HINTS_MAX];
	int meaningv[QUESTION_HINTS_MAX];
	size_t hintc;
};

void question_read(struct question *q, const struct corpus_question *from);

/* The meaning of the first hint in what was heard. */
int question_meaning(const struct question *q, const char *heard);

/* The one with most meanings of its language, "many". */
bool question_is_large(const struct question *q);
