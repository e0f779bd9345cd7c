/*
 * flow/lexicon.c - the index over the literals of a script's patterns
 *
 * A tree whose edges stand in one hash table: (state, letter) to state. Only
 * the first letters of a piece are entered, so that no text takes longer than
 * its length times that many steps.
 */
#include <string.h>
#include "base/fold.h"
#include "flow/lexicon.h"

enum {
	DEPTH_MAX = 8,
	NOTHING = UINT32_MAX,
	ROOT = 0,
	START_MAX = 0x500, /* Latin, Greek, Cyrillic */
};

struct edge {
	uint64_t key; /* state << 32 | letter, + 1; 0: free */
	uint32_t to;
};

struct term {
	uint32_t pattern, next;
};

struct lexicon {
	struct edge *edgev;
	size_t room;      /* a power of two, more than twice the edges */
	uint32_t *firstv; /* by state: its first term */
	uint32_t statec;
	struct term *termv;
	uint32_t termc;
	uint32_t startv[START_MAX]; /* by the first letter, where it is small */
	uint64_t *alwaysv;          /* patterns without pieces */
	size_t wordc;
};

/* --- pieces ------------------------------------------------------------- */

struct pieces {
	struct piece v[LEXICON_PIECES_MAX];
	size_t c;
};

/* Whether a says more than b: longer pieces, or fewer of them. */
static size_t shortest(const struct pieces *pieces)
{
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < pieces->c; i++)
		if (pieces->v[i].cpc < least)
			least = pieces->v[i].cpc;

	return pieces->c ? least : 0;
}

static void better(struct pieces *best, const struct pieces *other)
{
	size_t a = shortest(best), b = shortest(other);

	if (b > a || (b && b == a && other->c < best->c))
		*best = *other;
}

static void pieces_of(struct arena *arena, const struct rx *rx,
                      struct pieces *pieces);

/* The run of letters that starts at rx. */
static const struct rx *run_of(struct arena *arena, const struct rx *rx,
                               struct pieces *pieces)
{
	const struct rx *end = rx;
	uint32_t *cpv;
	size_t cpc = 0;

	pieces->c = 0;
	while (end && end->kind == RX_CHAR) {
		cpc++;
		end = end->next;
	}
	cpv = arena_array(arena, cpc, sizeof(*cpv));
	if (!cpv)
		return end;

	for (size_t i = 0; i < cpc; i++, rx = rx->next)
		cpv[i] = fold_letter(rx->cp);
	pieces->v[0] = (struct piece){cpv, cpc};
	pieces->c = 1;

	return end;
}

static void pieces_of_cat(struct arena *arena, const struct rx *cat,
                          struct pieces *best)
{
	const struct rx *rx = cat->child;
	struct pieces *other = arena_get(arena, sizeof(*other));

	best->c = 0;
	while (rx && other) {
		if (rx->kind == RX_CHAR) {
			rx = run_of(arena, rx, other);
		}
		else {
			pieces_of(arena, rx, other);
			rx = rx->next;
		}
		better(best, other);
	}
}

static void pieces_of_alt(struct arena *arena, const struct rx *alt,
                          struct pieces *pieces)
{
	struct pieces *one = arena_get(arena, sizeof(*one));

	pieces->c = 0;
	if (!one)
		return;

	for (const struct rx *rx = alt->child; rx; rx = rx->next) {
		pieces_of(arena, rx, one);
		if (!one->c || pieces->c + one->c > LEXICON_PIECES_MAX) {
			pieces->c = 0;
			return;
		}
		memcpy(&pieces->v[pieces->c], one->v,
		       one->c * sizeof(one->v[0]));
		pieces->c += one->c;
	}
}

static void pieces_of(struct arena *arena, const struct rx *rx,
                      struct pieces *pieces)
{
	pieces->c = 0;
	switch (rx->kind) {
	case RX_CHAR:
		(void)run_of(arena, &(struct rx){.kind = RX_CHAR, .cp = rx->cp},
		             pieces);
		break;
	case RX_CAT:
		pieces_of_cat(arena, rx, pieces);
		break;
	case RX_ALT:
		pieces_of_alt(arena, rx, pieces);
		break;
	case RX_REPEAT:
		if (rx->min > 0)
			pieces_of(arena, rx->child, pieces);
		break;
	default:
		break;
	}
}

size_t lexicon_pieces(struct arena *arena, const struct rx *rx,
                      struct piece piecev[LEXICON_PIECES_MAX])
{
	struct pieces *pieces = arena_get(arena, sizeof(*pieces));

	if (!pieces)
		return 0;

	pieces_of(arena, rx, pieces);
	memcpy(piecev, pieces->v, pieces->c * sizeof(pieces->v[0]));

	return pieces->c;
}

/* --- the tree ----------------------------------------------------------- */

struct lexicon *lexicon_make(struct arena *arena, uint32_t patternc,
                             size_t cps_max, size_t pieces_max)
{
	struct lexicon *lexicon = arena_get(arena, sizeof(*lexicon));
	size_t room = 16;

	if (!lexicon)
		return NULL;

	while (room < 2 * cps_max + 2)
		room *= 2;
	lexicon->room = room;
	lexicon->edgev = arena_array(arena, room, sizeof(*lexicon->edgev));
	lexicon->firstv =
		arena_array(arena, cps_max + 1, sizeof(*lexicon->firstv));
	lexicon->termv =
		arena_array(arena, pieces_max, sizeof(*lexicon->termv));
	lexicon->wordc = ((size_t)patternc + 63) / 64;
	lexicon->alwaysv =
		arena_array(arena, lexicon->wordc, sizeof(*lexicon->alwaysv));
	if (!lexicon->edgev || !lexicon->firstv || !lexicon->termv ||
	    !lexicon->alwaysv)
		return NULL;

	memset(lexicon->alwaysv, 0xff, lexicon->wordc * sizeof(uint64_t));
	lexicon->firstv[ROOT] = NOTHING;
	lexicon->statec = 1;

	return lexicon;
}

static struct edge *edge_find(const struct lexicon *lexicon, uint32_t state,
                              uint32_t cp)
{
	uint64_t key = ((uint64_t)state << 32 | cp) + 1;
	uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);
	size_t i = (size_t)(hash >> 32) & (lexicon->room - 1);

	while (lexicon->edgev[i].key && lexicon->edgev[i].key != key)
		i = (i + 1) & (lexicon->room - 1);

	return &lexicon->edgev[i];
}

void lexicon_put(struct lexicon *lexicon, uint32_t pattern,
                 const struct piece *piece)
{
	uint32_t state = ROOT;

	for (size_t i = 0; i < piece->cpc && i < DEPTH_MAX; i++) {
		struct edge *edge = edge_find(lexicon, state, piece->cpv[i]);

		if (!edge->key) {
			edge->key = ((uint64_t)state << 32 | piece->cpv[i]) + 1;
			edge->to = lexicon->statec;
			lexicon->firstv[lexicon->statec++] = NOTHING;
		}
		state = edge->to;
		if (!i && piece->cpv[0] < START_MAX)
			lexicon->startv[piece->cpv[0]] = state;
	}

	lexicon->termv[lexicon->termc] = (struct term){
		.pattern = pattern,
		.next = lexicon->firstv[state],
	};
	lexicon->firstv[state] = lexicon->termc++;
	lexicon->alwaysv[pattern / 64] &= ~(UINT64_C(1) << pattern % 64);
}

const uint64_t *lexicon_look(const struct lexicon *lexicon, struct arena *arena,
                             const uint32_t *cpv, size_t cpc)
{
	uint64_t *bitv = arena_room(arena, lexicon->wordc, sizeof(*bitv));

	if (!bitv)
		return NULL;
	memcpy(bitv, lexicon->alwaysv, lexicon->wordc * sizeof(*bitv));

	for (size_t start = 0; start < cpc; start++) {
		uint32_t state = ROOT;

		if (cpv[start] < START_MAX && !lexicon->startv[cpv[start]])
			continue;

		for (size_t i = start; i < cpc && i < start + DEPTH_MAX; i++) {
			const struct edge *edge =
				edge_find(lexicon, state, cpv[i]);

			if (!edge->key)
				break;
			state = edge->to;
			for (uint32_t t = lexicon->firstv[state]; t != NOTHING;
			     t = lexicon->termv[t].next) {
				uint32_t bit = lexicon->termv[t].pattern;

				bitv[bit / 64] |= UINT64_C(1) << bit % 64;
			}
		}
	}

	return bitv;
}
