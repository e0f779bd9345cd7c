/*
 * speech/sphinx.h - one pocketsphinx engine: words, grammars, paths
 *
 * All of pocketsphinx' interface is used in sphinx.c alone.
 *
 * Threads: one at a time; several engines run side by side.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "speech/dict.h"

enum {
	SPHINX_RATE_HZ = 16000,
	SPHINX_FRAMES_PER_S = 100,
	SPHINX_SEGS_MAX = 4000, /* words and sounds of the longest phrase */
	SPHINX_PHONES_MAX = 8000,
};

struct sphinx;

struct sphinx_prm {
	const char *model;       /* folder of the acoustic model */
	const struct dict *dict; /* kept by the caller */
	/* Every frame is scored against the whole model: three times the work,
	 * but the scores of two grammars can be compared. Else a score counts
	 * from the best of what the grammar itself let in. */
	bool is_comparable;
};

/* A part of the best path. */
struct sphinx_seg {
	bool is_word; /* else a sound of none */
	unsigned phonec;
	unsigned phone_at; /* its first in phonev of the path */
	unsigned begin;    /* frames */
	unsigned end;      /* one behind the last */
	double score;      /* acoustic, of all its frames; below 0 */
};

struct sphinx_sound {
	const int16_t *pcm; /* SPHINX_RATE_HZ */
	size_t count;
	bool is_clean;                  /* the noise is far below the speech */
	const atomic_bool *is_unwanted; /* or NULL */
};

struct sphinx_path {
	struct sphinx_seg *segv;
	size_t segc;
	uint8_t *phonev; /* of all parts, as places in pronounce_phonev */
	size_t phonec;
	char *text; /* the words with the garbage among them; "" = none */
};

/* Returns ENOENT when the model cannot be loaded, ENOMEM, EPROTO. */
int sphinx_alloc(struct sphinx **sphinxp, const struct sphinx_prm *prm);

/* How many words it has learnt; it never forgets one. */
size_t sphinx_wordc(const struct sphinx *sphinx);

/* Teaches the words of a phrase; EPROTO: one has no sounds. */
int sphinx_add_words(struct sphinx *sphinx, const char *words);

/* Takes a grammar in FSG text by a name, in place of one of that name. */
int sphinx_set_grammar(struct sphinx *sphinx, const char *name, char *fsg,
                       size_t fsg_len);
void sphinx_unset_grammar(struct sphinx *sphinx, const char *name);

/* The best path of a sound through a grammar. Free with mem_deref(). Returns
 * ECANCELED when the sound was unwanted before it began. */
int sphinx_run(struct sphinx_path **pathp, struct sphinx *sphinx,
               const char *name, const struct sphinx_sound *sound);
