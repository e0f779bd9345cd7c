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
	const char *phrasev[12]; /* NULL at the end */
};

/* Something said that is no phrase of any answer as it stands. */
struct corpus_free {
	int answer; /* index, or CORPUS_NONE */
	const char *text;
};

struct corpus_voice {
	const char *name;
	bool is_test; /* else for tuning: the two never meet */
};

extern const struct corpus_answer corpus_answerv[];
extern const size_t corpus_answerc;

/* Answers with other words around them. */
extern const struct corpus_free corpus_aroundv[];
extern const size_t corpus_aroundc;

/* Strange sentences; the even ones for tuning, the odd ones for the test. */
extern const struct corpus_free corpus_strangev[];
extern const size_t corpus_strangec;

extern const struct corpus_voice corpus_voicev[];
extern const size_t corpus_voicec;
