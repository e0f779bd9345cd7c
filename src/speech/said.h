/*
 * speech/said.h - how the hints of a question are said
 *
 * The dictionary knows English words and espeak-ng reads other languages; the
 * author of a script, or the configuration, may know better how a word sounds
 * (base/pronounce.h). What they say replaces every other way.
 */
#pragma once

#include <stddef.h>

#include "base/pronounce.h"
#include "speech/spell.h"

enum {
	SAID_LISTS = 3,
	SAID_WAYS_MAX = 8, /* of one hint with all ways of its words */
};

struct said_prm {
	const char *lang; /* BCP 47 */

	/* How words sound; the first list that has a word wins. "" or NULL:
	 * an empty one. */
	const char *listv[SAID_LISTS];
};

/* Hints and how each is said, as many texts, NUL-terminated one behind the
 * other; a hint that is said in several ways stands there as often. "": it
 * cannot be said. Free both with mem_deref(). */
struct said {
	char *texts;
	size_t size;
	char *words;
};

/* hints: NUL-terminated one behind the other, `size` bytes in all. Blocks where
 * espeak-ng is asked. Returns ENOENT without it where it is needed, ENOMEM or
 * an errno of it. */
int said_make(struct said *said, const char *hints, size_t size,
              const struct said_prm *prm);

/* The phones of a way to say a word, "S.IY.K.W.AH.L" (words of English that are
 * in the dictionary stay words). Returns EINVAL when it cannot be said in that
 * language, else as said_make(). Blocks. */
int said_way(char words[SPELL_SIZE], const char *way, const char *lang);

/* Whether a way of a script or of the configuration can be said in that
 * language; else fault is a sentence with the remedy. Blocks. */
bool said_check(char fault[PRONOUNCE_FAULT_SIZE], const char *way,
                const char *lang);

/* A hint as a voice has to read it that is to say it so: the first ways of its
 * words in their places, phones as espeak-ng writes them between "[[" and
 * "]]", which only its voices read. *textp is the caller's to mem_deref().
 * Returns ENOTSUP for phones in another language than English, or ENOMEM. */
int said_text(char **textp, const char *hint, const struct said_prm *prm);
