/*
 * flow/pattern.c - the conditions of a script, compiled, and what they match
 */
#include <assert.h>
#include "base/mem.h"
#include "base/fold.h"
#include "flow/idmap.h"
#include "flow/lexicon.h"
#include "flow/pattern.h"
#include "flow/regex.h"

enum {
	/* A pattern of this many literals or fewer needs no engine. */
	LITERALS_MAX = 64,
	/* After so many patterns over budget in one turn, the rest get the
	 * small budget: a turn stays far below a second. */
	EXPLODED_MAX = 8,
	/* Compiling for the machine takes ten times as long as compiling:
	 * a huge script would load for seconds. */
	JIT_MAX = 4000,
	EXPECTED = 64,
	SCRATCH_BYTES = 16 * 1024,
};

struct pattern {
	struct pattern *next;
	const char *text;
	uint32_t index;
	bool has_case, is_plain;
	struct regex *regex;    /* NULL: literals do */
	struct piece *literalv; /* its alternatives */
	size_t literalc;
	struct piece *piecev; /* for the index; of a regex */
	size_t piecec;
};

struct pattern_set {
	struct arena *arena, *scratch;
	struct idmap *mapv[2]; /* by has_case */
	struct regex_limits *limits;
	struct lexicon *lexicon;
	struct pattern *first;
	uint32_t count, jitted;
};

static void pattern_set_destructor(void *arg)
{
	struct pattern_set *set = arg;

	for (struct pattern *p = set->first; p; p = p->next)
		mem_deref(p->regex);
	mem_deref(set->limits);
	mem_deref(set->scratch);
}

int pattern_set_alloc(struct pattern_set **setp, struct arena *arena)
{
	struct pattern_set *set;
	int err;

	set = mem_zalloc(sizeof(*set), pattern_set_destructor);
	if (!set)
		return ENOMEM;

	set->arena = arena;
	for (int i = 0; i < 2; i++)
		set->mapv[i] = idmap_make(arena, EXPECTED);
	err = arena_err(arena);
	if (!err)
		err = arena_alloc(&set->scratch, SCRATCH_BYTES);
	if (!err)
		err = regex_limits_alloc(&set->limits);

	if (err)
		mem_deref(set);
	else
		*setp = set;

	return err;
}

/* --- literals ----------------------------------------------------------- */

static void literal_make(struct piece *literal, struct arena *arena,
                         const char *text, size_t len, bool has_case)
{
	const char *end = text + len;
	uint32_t *cpv = arena_array(arena, len, sizeof(*cpv));

	if (!cpv)
		return;

	literal->cpv = cpv;
	while (text < end) {
		uint32_t cp;

		text += fold_decode(&cp, text);
		cpv[literal->cpc++] = has_case ? cp : fold_letter(cp);
	}
}

/* Takes the pattern apart where it is nothing but literals. */
static bool split(struct pattern *pattern, struct arena *arena)
{
	const char *text = pattern->text;
	size_t count = 1;

	if (strpbrk(text, "\\^$.?*+()[]{}"))
		return false;

	for (const char *c = text; *c; c++) {
		count += *c == '|';
		/* An empty alternative matches anywhere: not a literal. */
		if (*c == '|' && (c == text || c[1] == '|' || !c[1]))
			return false;
	}
	if (count > LITERALS_MAX || !*text)
		return false;

	pattern->is_plain = count == 1;
	pattern->literalv =
		arena_array(arena, count, sizeof(*pattern->literalv));
	if (!pattern->literalv)
		return true;

	for (;;) {
		size_t len = strcspn(text, "|");

		literal_make(&pattern->literalv[pattern->literalc++], arena,
		             text, len, pattern->has_case);
		if (!text[len])
			break;
		text += len + 1;
	}

	return true;
}

static bool literal_at(const struct piece *literal,
                       const struct subject *subject, size_t at)
{
	if (literal->cpc > subject->cpc - at)
		return false;

	for (size_t i = 0; i < literal->cpc; i++)
		if (subject->cpv[at + i] != literal->cpv[i])
			return false;

	return true;
}

/* Leftmost position first, there the first alternative: as an engine would. */
static bool literals_match(const struct pattern *pattern,
                           const struct subject *subject, struct span *span)
{
	for (size_t at = 0; at < subject->cpc; at++) {
		for (size_t i = 0; i < pattern->literalc; i++) {
			const struct piece *literal = &pattern->literalv[i];

			if (!literal_at(literal, subject, at))
				continue;

			span->start = subject->offv[at];
			span->end = subject->offv[at + literal->cpc];
			return true;
		}
	}

	return false;
}

/* --- pieces for the index ----------------------------------------------- */

/* The pieces of text that a regular expression cannot match without. What
 * Oniguruma runs is left out: it takes some letters for two. */
static void pieces_find(struct pattern *pattern, struct pattern_set *set)
{
	struct piece piecev[LEXICON_PIECES_MAX];
	const struct rx *rx;

	if (pattern->has_case || regex_engine(pattern->regex) != PATTERN_PCRE2)
		return;

	arena_reset(set->scratch);
	rx = rx_parse(set->scratch, pattern->text);
	if (!rx)
		return;

	pattern->piecec = lexicon_pieces(set->scratch, rx, piecev);
	pattern->piecev =
		arena_array(set->arena, pattern->piecec, sizeof(*piecev));
	for (size_t i = 0; i < pattern->piecec && pattern->piecev; i++) {
		size_t cpc = piecev[i].cpc;
		uint32_t *cpv = arena_array(set->arena, cpc, sizeof(*cpv));

		if (cpv)
			memcpy(cpv, piecev[i].cpv, cpc * sizeof(*cpv));
		pattern->piecev[i] = (struct piece){cpv, cpv ? cpc : 0};
	}
}

const struct piece *pattern_pieces(const struct pattern *pattern,
                                   size_t *countp)
{
	*countp = pattern->regex ? pattern->piecec : pattern->literalc;

	return pattern->regex ? pattern->piecev : pattern->literalv;
}

int pattern_set_finish(struct pattern_set *set)
{
	size_t cps = 0, pieces = 0, count;
	const struct piece *piecev;

	for (const struct pattern *p = set->first; p; p = p->next) {
		piecev = pattern_pieces(p, &count);
		pieces += count;
		for (size_t i = 0; i < count; i++)
			cps += piecev[i].cpc;
	}

	set->scratch = mem_deref(set->scratch);
	set->lexicon = lexicon_make(set->arena, set->count, cps, pieces);
	if (!set->lexicon)
		return ENOMEM;

	for (const struct pattern *p = set->first; p; p = p->next) {
		piecev = pattern_pieces(p, &count);
		for (size_t i = 0; i < count && !p->has_case; i++)
			lexicon_put(set->lexicon, p->index, &piecev[i]);
	}

	return arena_err(set->arena);
}

/* --- patterns ----------------------------------------------------------- */

static int compile(struct pattern *pattern, struct pattern_set *set,
                   char fault[PATTERN_FAULT_SIZE])
{
	int err;

	if (split(pattern, set->arena))
		return arena_err(set->arena);

	err = regex_alloc(&pattern->regex, pattern->text, pattern->has_case,
	                  set->jitted < JIT_MAX, fault);
	if (err)
		return err;

	set->jitted++;
	pieces_find(pattern, set);

	return arena_err(set->arena);
}

int pattern_get(struct pattern **patternp, struct pattern_set *set,
                const char *text, bool has_case, char fault[PATTERN_FAULT_SIZE])
{
	struct pattern *pattern;
	int err;

	*patternp = idmap_get(set->mapv[has_case], text);
	if (*patternp)
		return 0;

	pattern = arena_get(set->arena, sizeof(*pattern));
	if (!pattern)
		return ENOMEM;

	pattern->text = text;
	pattern->has_case = has_case;
	err = compile(pattern, set, fault);
	if (err) {
		mem_deref(pattern->regex);
		return err;
	}

	pattern->index = set->count++;
	pattern->next = set->first;
	set->first = pattern;
	idmap_put(set->mapv[has_case], text, pattern);
	*patternp = pattern;

	return 0;
}

enum pattern_engine pattern_engine(const struct pattern *pattern)
{
	return pattern->regex ? regex_engine(pattern->regex) : PATTERN_LITERAL;
}

uint32_t pattern_index(const struct pattern *pattern)
{
	return pattern->index;
}

const char *pattern_text(const struct pattern *pattern)
{
	return pattern->text;
}

/* --- matching ----------------------------------------------------------- */

void matcher_close(struct matcher *matcher)
{
	regex_data_free(matcher->data);
	matcher->data = NULL;
}

bool subject_make(struct subject *subject, const struct pattern_set *set,
                  struct matcher *matcher, struct arena *arena,
                  const char *text, bool has_case)
{
	size_t len = strlen(text);
	const char *at = text, *end = text + len;

	*subject = (struct subject){
		.text = text,
		.len = len,
		.has_case = has_case,
		.set = set,
		.matcher = matcher,
	};
	subject->cpv = arena_room(arena, len + 1, sizeof(*subject->cpv));
	subject->offv = arena_room(arena, len + 1, sizeof(*subject->offv));
	if (!subject->cpv || !subject->offv)
		return false;

	while (at < end) {
		uint32_t cp;

		subject->offv[subject->cpc] = (uint32_t)(at - text);
		at += fold_decode(&cp, at);
		subject->cpv[subject->cpc++] = has_case ? cp : fold_letter(cp);
	}
	subject->offv[subject->cpc] = (uint32_t)len;
	if (!has_case && set->lexicon)
		subject->hitv = lexicon_look(set->lexicon, arena, subject->cpv,
		                             subject->cpc);

	return true;
}

bool pattern_match(const struct pattern *pattern, const struct subject *subject,
                   struct span *span)
{
	struct matcher *matcher = subject->matcher;
	enum regex_result result;

	assert(pattern->has_case == subject->has_case);

	if (!subject_may_match(subject, pattern->index))
		return false;
	if (!pattern->regex)
		return literals_match(pattern, subject, span);

	result = regex_match(pattern->regex, subject->set->limits,
	                     matcher->exploded >= EXPLODED_MAX, &matcher->data,
	                     subject, span);
	if (result == REGEX_EXPLODED) {
		matcher->exploded++;
		matcher->exploded_text = pattern->text;
	}
	else if (result == REGEX_ENOMEM) {
		matcher->err = ENOMEM;
	}

	return result == REGEX_YES;
}

bool pattern_is_full(const struct pattern *pattern,
                     const struct subject *subject)
{
	return pattern->is_plain && subject->cpc &&
	       subject->cpc - 1 == pattern->literalv[0].cpc &&
	       literal_at(&pattern->literalv[0], subject, 1);
}
