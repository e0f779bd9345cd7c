/*
 * speech/dict.h - how words sound: the recogniser's pronunciation dictionary
 *
 * A file of lines "word PHONE PHONE", further ways to say a word as
 * "word(2) PHONE PHONE". It stays on disk (mapped); memory holds an index.
 * Immutable after loading; belongs to one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	DICT_PHONES_SIZE = 256, /* of one pronunciation, with the NUL */
	DICT_WAYS_MAX = 4,      /* ways to say a word that are used */
};

struct dict;

/* Maps the file and builds the index (130,000 words: some 10 ms). Returns
 * ENOENT, EACCES, EFBIG, ENOMEM or another errno of the file. */
int dict_alloc(struct dict **dictp, const char *path);

/* The n-th way (from 0) to say a word of a-z and apostrophes. A word that is
 * not in the file has one way, by letters; one of phones, "N.Y.EH.T", says
 * itself. False behind the last. */
bool dict_find(char phones[DICT_PHONES_SIZE], const struct dict *dict,
               const char *word, unsigned n);
