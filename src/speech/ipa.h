/*
 * speech/ipa.h - pure: the sounds of any language as those of English
 *
 * The acoustic model knows 39 English phones. A phrase of another language is
 * read by espeak-ng in the letters of the International Phonetic Alphabet;
 * each of its sounds becomes the English phone, or phones, that it is nearest
 * to in the mouth. One way to say a phrase: further ones turned into
 * attractors of everything else (docs/recognition.md).
 */
#pragma once

#include <stdbool.h>

#include "speech/spell.h"

/* Writes the words of a phrase that espeak-ng wrote in IPA. A word is its
 * phones with points between, "N.Y.EH.T", which the dictionary reads as they
 * stand. lang: BCP 47. False, with nothing useful in words, when nothing in it
 * sounds or it is too long to be a phrase. */
bool ipa_words(char words[SPELL_SIZE], const char *ipa, const char *lang);
