/*
 * speech/grammar.h - pure: which sentences may be said, from the hints
 *
 * Every hint is a path; beside them runs a loop over all phones, the garbage,
 * which swallows whatever is none of the hints. A "*" inside a hint is the
 * same loop between its words. Garbage costs `garbage` per phone, so a hint
 * wins when its words fit better than any sounds at that price.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	GRAMMAR_WORDS_MAX = 4000, /* in all hints; later hints are left out */
	GRAMMAR_GARBAGE_SIZE = 8, /* "GB_ZH" */
};

struct grammar_rule {
	double garbage; /* probability of each garbage phone, 0 to 1 */
	double around;  /* of stepping from garbage into a hint and back; 0:
	                 * nothing may be said before or behind a hint */
	bool is_only;   /* a hint must be said, there is no garbage instead */
};

struct grammar_phrase {
	char *words; /* as said: "i'll come at * ten" */
	char *text;  /* as the hint wrote it, without "*" */
};

struct grammar {
	struct grammar_phrase *phrasev;
	size_t phrasec;
	size_t skipc; /* hints that cannot be said, doubled, or too many */
	char *fsg;    /* the grammar in Sphinx' FSG text form */
	size_t fsg_len;
};

struct grammar_hints {
	const char *texts; /* NUL-terminated one behind the other */
	size_t size;       /* of all texts */

	/* How each is said, as many texts, "" for one that cannot be said;
	 * NULL: they are English and said as speech/spell.h spells them. */
	const char *words;
};

/* Without a usable hint the grammar is all garbage. */
int grammar_alloc(struct grammar **gramp, const struct grammar_hints *hints,
                  const struct grammar_rule *rule);

/* The dictionary word of the i-th garbage phone. */
void grammar_garbage(char word[GRAMMAR_GARBAGE_SIZE], size_t i);

bool grammar_is_garbage(const char *word);

/* The first phrase in a recognised word string; NULL: all garbage. */
const struct grammar_phrase *grammar_find(const struct grammar *gram,
                                          const char *heard);

/* What was understood: the texts of the hints in a recognised word string;
 * "" when it is all garbage. Returns dst. */
char *grammar_text(char *dst, size_t size, const struct grammar *gram,
                   const char *heard);
