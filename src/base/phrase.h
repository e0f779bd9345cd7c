/*
 * base/phrase.h - pure: phrases of a list, found in what somebody said
 *
 * A list is "да, не против, подтвержд*": phrases of whole words with commas or
 * line ends between, "*" at the end of a word for any ending. Case, "ё" and
 * Latin letters that look like Cyrillic ones make no difference; a Chinese
 * character is a word.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PHRASE_LETTERS = 32, /* of a longer word only the first count */
	PHRASE_WORDS = 200,  /* of a sentence */
};

struct phrase_word {
	uint32_t cpv[PHRASE_LETTERS];
	size_t cpc;
	bool is_open; /* any ending */
};

struct phrase_sentence {
	struct phrase_word wordv[PHRASE_WORDS];
	size_t wordc;
};

/* Of text that is no UTF-8 there are no words. */
void phrase_read(struct phrase_sentence *sentence, const char *text);

/* How many words of the sentence, from `at` on, the longest phrase of the list
 * takes; 0: none is there. phrasep (may be NULL) gets where it stands in the
 * list. */
size_t phrase_match(const char **phrasep, const char *list,
                    const struct phrase_sentence *sentence, size_t at);

/* Whether a negator ("не") stands in front, no further back than `from`, with
 * softeners ("не очень") between; both are lists of single words. */
bool phrase_is_negated(const struct phrase_sentence *sentence, size_t at,
                       size_t from, const char *negators,
                       const char *softeners);
