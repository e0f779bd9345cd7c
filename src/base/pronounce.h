/*
 * base/pronounce.h - pure: how words sound, as an author writes it
 *
 * A way to say a word is spelled by other words of the language ("sequel"),
 * by the phones of the recogniser's model ("S IY K W AH L", CMUdict's stress
 * digits and points between them do no harm), or in the notation of espeak-ng
 * ("[[s'i:kw@l]]"). Words in capitals of one or two letters are phones as soon
 * as one has two: every vowel has, and "T V" stays what it is.
 *
 * A list is text with a line for each way, "SQL\tsequel\n"; the ways of a word
 * stand together. Scripts and the configuration make lists, speech reads them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct mbuf;

enum {
	PRONOUNCE_PHONES = 39,
	PRONOUNCE_WAYS_MAX = 4, /* of one word */
	PRONOUNCE_WORD_SIZE = 80,
	PRONOUNCE_WAY_SIZE = 200,
	PRONOUNCE_FAULT_SIZE = 320,
};

/* The phones of the English model, "AA" … "ZH". */
extern const char *const pronounce_phonev[PRONOUNCE_PHONES];

enum pronounce_kind {
	PRONOUNCE_SPELLED,
	PRONOUNCE_PHONED,
	PRONOUNCE_ESPEAK, /* "[[…]]" */
};

struct pronounce_line {
	char word[PRONOUNCE_WORD_SIZE];
	char way[PRONOUNCE_WAY_SIZE];
};

enum pronounce_kind pronounce_kind(const char *way);

/* False: it is not what may stand there; fault is a sentence that follows the
 * place, with the remedy. Both are well-formed UTF-8. */
bool pronounce_check_word(char fault[PRONOUNCE_FAULT_SIZE], const char *word);
bool pronounce_check_way(char fault[PRONOUNCE_FAULT_SIZE], const char *way);

/* The phones of a way of that kind that was checked, "S.IY.K.W.AH.L". */
void pronounce_phones(char phones[PRONOUNCE_WAY_SIZE], const char *way);

/* Adds a line of a word and a way that were checked. Returns ENOMEM. */
int pronounce_add(struct mbuf *list, const char *word, const char *way);

/* Takes the first line off the list; false at its end. */
bool pronounce_next(struct pronounce_line *line, const char **listp);

/* Whether the list says how the word sounds, in whatever case. */
bool pronounce_has(const char *list, const char *word);

/* How many bytes at `at`, inside of text, are the word: a whole one, in
 * whatever case. 0: it is another. Scripts without spaces have no whole ones.
 */
size_t pronounce_match(const char *text, const char *at, const char *word);

/* Whether the word stands anywhere in the text. */
bool pronounce_is_in(const char *text, const char *word);
