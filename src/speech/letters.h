/*
 * speech/letters.h - how an English word that no dictionary has may sound
 *
 * The rules are flite's (CMU lexicon, letter to sound).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Gets the rules ready; they are also what the flite voices read with. Once
 * before any thread uses either of them. */
void letters_init(void);

/* Writes the phones of a word of a-z and apostrophes as the recogniser's
 * model calls them, "HH AH L OW". False: no letters, or no room. Any thread. */
bool letters_phones(char *phones, size_t size, const char *word);
