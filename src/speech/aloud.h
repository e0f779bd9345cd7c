/*
 * speech/aloud.h - how the hints of a question sound in their language
 *
 * English has a dictionary; a phrase of any other language is read by
 * espeak-ng, once, when the grammar of its question is made.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A script that names no language is taken for English. */
bool aloud_is_english(const char *lang);

/* The words of each hint as speech/ipa.h writes them, "" where one cannot be
 * said; "*" stays a word, and so do phones between SPELL_PHONES and its end.
 * hints: NUL-terminated one behind the other, `size` bytes in all; *wordsp, the
 * caller's to mem_deref(), has as many texts. Blocks. Returns ENOENT without
 * espeak-ng, or an errno of it. */
int aloud_words(char **wordsp, const char *hints, size_t size,
                const char *lang);
