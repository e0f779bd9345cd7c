/*
 * flow/pattern.h - the conditions of a script, compiled, and what they match
 *
 * A pattern without metacharacters, or with none but `|`, is compared letter
 * by letter. Any other goes to PCRE2 (UTF, UCP, ignoring case), and what that
 * refuses, such as look-behind of variable length, to Oniguruma. All literals
 * stand in one index (lexicon.h), so that a text is read once and most
 * patterns of a node need not be tried at all.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "flow/arena.h"

struct pattern;
struct pattern_set;
struct names;

enum pattern_engine {
	PATTERN_LITERAL,
	PATTERN_PCRE2,
	PATTERN_ONIGURUMA,
};

enum {
	PATTERN_FAULT_SIZE = 256,
};

/* All patterns of one script. Free with mem_deref(), after the last use. */
int pattern_set_alloc(struct pattern_set **setp, struct arena *arena);

/* The pattern of a text; equal texts share one. has_case: DTMF. Returns
 * EINVAL with the reason in fault when no engine takes it. */
int pattern_get(struct pattern **patternp, struct pattern_set *set,
                const char *text, bool has_case,
                char fault[PATTERN_FAULT_SIZE]);

/* No more patterns will come: builds the index. */
int pattern_set_finish(struct pattern_set *set);

enum pattern_engine pattern_engine(const struct pattern *pattern);

/* Its number among the patterns of the script. */
uint32_t pattern_index(const struct pattern *pattern);

/* Folded pieces of text, one of which is in every match; *countp 0: none are
 * known. Of a pattern of literals these are all its alternatives. */
struct piece;
const struct piece *pattern_pieces(const struct pattern *pattern,
                                   size_t *countp);

/* The text it was made from. */
const char *pattern_text(const struct pattern *pattern);

/* Something said, made ready to be matched: `text` must be well-formed. */
struct subject {
	const char *text;
	size_t len;
	bool has_case;
	uint32_t *cpv;  /* code points, folded unless has_case */
	uint32_t *offv; /* their byte offsets, and len at the end */
	size_t cpc;
	const struct pattern_set *set;
	const uint64_t *hitv; /* bit per pattern: its literals occur; or NULL */
	struct matcher *matcher; /* shared by the subjects of one turn */
};

/* What the engines need while they work, and what they have used up of the
 * turn's budget. Zeroed at the start of a turn, closed at its end. */
struct matcher {
	void *data; /* of PCRE2 */
	int err;    /* 0 or ENOMEM */
	unsigned exploded;
	const char *exploded_text; /* the last pattern that ran over budget */
};

void matcher_close(struct matcher *matcher);

/* Returns false when memory is out (the arena knows). */
bool subject_make(struct subject *subject, const struct pattern_set *set,
                  struct matcher *matcher, struct arena *arena,
                  const char *text, bool has_case);

/* Whether the pattern with that number is worth trying. */
static inline bool subject_may_match(const struct subject *subject,
                                     uint32_t index)
{
	return !subject->hitv || (subject->hitv[index / 64] >> index % 64 & 1);
}

struct span {
	size_t start, end; /* bytes */
};

/* The leftmost match. A pattern over its budget does not match. */
bool pattern_match(const struct pattern *pattern, const struct subject *subject,
                   struct span *span);

/* Whether a plain pattern is the whole text behind its first letter. */
bool pattern_is_full(const struct pattern *pattern,
                     const struct subject *subject);
