/*
 * flow/lintlead.c - how an expression begins, for the linter
 */
#include <string.h>
#include "base/mem.h"
#include "flow/lintlead.h"

enum {
	PATHS_MAX = 10000, /* an expression with more is left alone */
};

enum anchor {
	ANCHOR_NONE,
	ANCHOR_EDGE,  /* \b */
	ANCHOR_START, /* ^ */
};

struct look {
	const char *letters;
	bool has_start; /* some way begins with ^ and a letter */
	unsigned paths;
};

/* What comes behind a group. */
struct rest {
	const struct rx *rx;
	const struct rest *next;
};

static enum lintlead follow(struct look *look, const struct rx *rx,
                            enum anchor anchor, const struct rest *rest);

static bool is_letter(const struct look *look, uint32_t cp)
{
	return cp < 0x80 && strchr(look->letters, (int)cp);
}

static bool is_word(uint32_t cp)
{
	return cp >= 0x80 || (cp >= '0' && cp <= '9') ||
	       ((cp | 0x20) >= 'a' && (cp | 0x20) <= 'z');
}

/* The first thing that takes up a character. */
static enum lintlead meet(struct look *look, const struct rx *rx,
                          enum anchor anchor)
{
	const uint32_t *cpv = rx->kind == RX_CHAR ? &rx->cp : rx->cpv;
	size_t cpc = rx->kind == RX_CHAR ? 1 : rx->cpc;

	/* A class that cannot be listed may hold anything. */
	if (anchor == ANCHOR_NONE || !cpc)
		return LINTLEAD_FREE;

	for (size_t i = 0; i < cpc; i++) {
		if (anchor == ANCHOR_EDGE && !is_word(cpv[i]))
			return LINTLEAD_FREE;
		if (anchor == ANCHOR_START && is_letter(look, cpv[i])) {
			look->has_start = true;
			return LINTLEAD_FREE;
		}
	}

	return anchor == ANCHOR_START ? LINTLEAD_DEAD : LINTLEAD_LATE;
}

/* Of the ways through a group the best counts: `(^F|\b)yes` is right. What is
 * dead is dead: `(^|\b)yes`. */
static enum lintlead best_of(struct look *look, const struct rx *rx,
                             enum anchor anchor, const struct rest *rest)
{
	const struct rest behind = {rx->next, rest};
	enum lintlead best = LINTLEAD_DEAD;
	bool has_dead = false;

	for (const struct rx *cat = rx->child; cat; cat = cat->next) {
		enum lintlead lead = follow(look, cat->child, anchor, &behind);

		best = lead < best ? lead : best;
		has_dead = has_dead || (lead == LINTLEAD_DEAD && cat->child);
	}

	return has_dead ? LINTLEAD_DEAD : best;
}

static enum lintlead repeated(struct look *look, const struct rx *rx,
                              enum anchor anchor, const struct rest *rest)
{
	const struct rest behind = {rx->next, rest};
	enum lintlead with = follow(look, rx->child, anchor, &behind);
	enum lintlead without;

	if (rx->min)
		return with;

	without = follow(look, rx->next, anchor, rest);

	return with < without ? with : without;
}

static enum lintlead follow(struct look *look, const struct rx *rx,
                            enum anchor anchor, const struct rest *rest)
{
	if (++look->paths > PATHS_MAX)
		return LINTLEAD_FREE;
	if (!rx)
		return rest ? follow(look, rest->rx, anchor, rest->next)
		            : LINTLEAD_FREE;

	switch (rx->kind) {
	case RX_EMPTY:
		if (rx->is_start)
			return follow(look, rx->next, ANCHOR_START, rest);
		if (rx->is_edge)
			return follow(look, rx->next,
			              anchor ? anchor : ANCHOR_EDGE, rest);
		return LINTLEAD_FREE;
	case RX_CHAR:
	case RX_CLASS:
		return meet(look, rx, anchor);
	case RX_ALT:
		return best_of(look, rx, anchor, rest);
	case RX_REPEAT:
		return repeated(look, rx, anchor, rest);
	default:
		return LINTLEAD_FREE;
	}
}

enum lintlead lintlead_of(const struct rx *rx, const char *letters)
{
	struct look look = {.letters = letters};
	enum lintlead worst = LINTLEAD_FREE;

	for (const struct rx *cat = rx->child; cat; cat = cat->next) {
		enum lintlead lead =
			follow(&look, cat->child, ANCHOR_NONE, NULL);

		worst = lead > worst ? lead : worst;
	}

	/* Another alternative may see to the first word. */
	return worst == LINTLEAD_LATE && look.has_start ? LINTLEAD_FREE : worst;
}
