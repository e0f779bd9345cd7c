/*
 * bench/bench_asr_corpus.h - who says what to the recogniser, and what is meant
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	CORPUS_NONE = -1, /* means none of the answers */
};

/* A meaning and the phrases a script would expect for it. */
struct corpus_answer {
	const char *meaning;
	const char *phrasev[16]; /* NULL at the end */
};

/* Something said that is no phrase of any answer as it stands. */
struct corpus_free {
	int answer; /* index, or CORPUS_NONE */
	const char *text;
};

struct corpus_voice {
	const char *lang; /* of the questions that it answers */
	const char *name;
	bool is_test; /* else for tuning: the two never meet */
};

/* A question of a script: what may be said to it, and what is said. */
struct corpus_question {
	const char *name;
	const char *lang;
	const struct corpus_answer *answerv;
	size_t answerc;
	const struct corpus_free *aroundv; /* answers among other words */
	size_t aroundc;

	/* Sentences that answer nothing; the even ones for tuning, the odd
	 * ones for the test. NULL at the end. */
	const char *const *strangev;
};

extern const struct corpus_question corpus_questionv[];
extern const size_t corpus_questionc;

/* What bench_asr_langs.c has for other languages than English. */
extern const struct corpus_question corpus_langs_questionv[];
extern const size_t corpus_langs_questionc;

extern const struct corpus_voice corpus_voicev[];
extern const size_t corpus_voicec;
