/*
 * flow/lexicon.h - the index over the literals of a script's patterns
 *
 * Most patterns cannot match without a certain piece of text, or one of a few.
 * The beginnings of all these pieces stand in one tree of letters. A text is
 * walked through once; what comes out is the set of patterns that are worth
 * trying.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "flow/arena.h"
#include "flow/rx.h"

struct lexicon;

/* A piece: folded code points. */
struct piece {
	const uint32_t *cpv;
	size_t cpc;
};

enum {
	LEXICON_PIECES_MAX = 64, /* of one pattern */
};

/* Pieces one of which is in every match of the tree, folded. Returns how
 * many, 0: no such pieces are known. */
size_t lexicon_pieces(struct arena *arena, const struct rx *rx,
                      struct piece piecev[LEXICON_PIECES_MAX]);

/* For patterns 0 to patternc - 1 with at most cps_max code points in all their
 * pieces. NULL when memory is out. */
struct lexicon *lexicon_make(struct arena *arena, uint32_t patternc,
                             size_t cps_max, size_t pieces_max);

/* One piece of a pattern. A pattern without any is always worth trying. */
void lexicon_put(struct lexicon *lexicon, uint32_t pattern,
                 const struct piece *piece);

/* A bit per pattern worth trying on the folded text, in the arena; NULL when
 * memory is out. */
const uint64_t *lexicon_look(const struct lexicon *lexicon, struct arena *arena,
                             const uint32_t *cpv, size_t cpc);
