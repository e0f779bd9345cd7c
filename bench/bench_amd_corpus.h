/*
 * bench/bench_amd_corpus.h - who answers the telephone, and with which words
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum corpus_kind {
	CORPUS_HUMAN,
	CORPUS_MACHINE,
	CORPUS_FAX,
	CORPUS_ANNOUNCEMENT,
	CORPUS_KINDS,
};

/* The two sets never share a voice or a sentence. */
struct corpus_text {
	const char *lang;
	const char *text;
	enum corpus_kind kind;
	bool is_test;
};

struct corpus_voice {
	const char *lang;
	const char *name; /* "flite:slt" */
	bool is_test;
};

extern const struct corpus_text corpus_textv[];
extern const size_t corpus_textc;
extern const struct corpus_voice corpus_voicev[];
extern const size_t corpus_voicec;
