/*
 * speech/spell.h - pure: from how a phrase is written to how it is said
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	SPELL_SIZE = 512, /* of one phrase in words, with the NUL */

	/* Between these stand words of phones, which stay as they are. */
	SPELL_PHONES = '\x02',
	SPELL_PHONES_END = '\x03',
};

/* Writes the words of an English phrase in lower case with single spaces:
 * "I'll come at 10:30!" becomes "i'll come at ten thirty". A "*" that stands
 * for any words stays a word of its own. False, with nothing useful in words,
 * when the phrase has no word, has letters that are not English, or is too
 * long to be a phrase. */
bool spell_words(char words[SPELL_SIZE], const char *phrase);
