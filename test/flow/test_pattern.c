/*
 * test/flow/test_pattern.c - conditions against texts, and the index beside
 * the engine
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include "harness.h"
#include "base/fold.h"
#include "flow/pattern.h"
#include "tests.h"
#include "walk.h"

enum {
	BLOCK_BYTES = 64 * 1024,
};

struct bench {
	struct arena *arena;
	struct pattern_set *set;
};

static int bench_open(struct bench *bench)
{
	int err = arena_alloc(&bench->arena, BLOCK_BYTES);

	return err ? err : pattern_set_alloc(&bench->set, bench->arena);
}

static void bench_close(struct bench *bench)
{
	mem_deref(bench->set);
	mem_deref(bench->arena);
}

static const struct {
	const char *why, *pattern, *text, *keyword;
	bool is_full;
	enum pattern_engine engine;
} rowv[] = {
	/* clang-format off */
	{"a plain word anywhere",
	 "yes", "Foh yes!", "yes", false, PATTERN_LITERAL},
	{"the whole text is full",
	 "YES", "Fyes", "yes", true, PATTERN_LITERAL},
	{"also when the letter before it fits",
	 "f", "FF", "F", true, PATTERN_LITERAL},
	{"the prefix letter can be matched",
	 "fyes", "Fyes", "Fyes", false, PATTERN_LITERAL},
	{"the leftmost alternative wins",
	 "b|ab", "Fcab", "ab", false, PATTERN_LITERAL},
	{"then the first one",
	 "a|ab", "Fcab", "a", false, PATTERN_LITERAL},
	{"Cyrillic ignores case",
	 "ДА", "Fну да", "да", false, PATTERN_LITERAL},
	{"a long s is an s",
	 "yes", "Fyeſ", "yeſ", true, PATTERN_LITERAL},
	{"two letters are not one",
	 "ss", "Fß", NULL, false, PATTERN_LITERAL},
	{"Chinese inside a sentence",
	 "微信", "F加微信吧", "微信", false, PATTERN_LITERAL},
	{"anchors see the prefix letter",
	 "^yes", "Fyes", NULL, false, PATTERN_PCRE2},
	{"optional letters",
	 "colou?r", "Fcolor", "color", false, PATTERN_PCRE2},
	{"an empty alternative matches",
	 "x|", "Fa", "", false, PATTERN_PCRE2},
	{"look-behind of variable length: no",
	 "(?<!不要.*)微信", "F我不要微信", NULL, false, PATTERN_ONIGURUMA},
	{"look-behind of variable length: yes",
	 "(?<!不要.*)微信", "F我要微信", "微信", false, PATTERN_ONIGURUMA},
	{"word boundaries of all letters",
	 "\\bда\\b", "Fну да.", "да", false, PATTERN_PCRE2},
	{"a class of all digits",
	 "\\d+", "F٣٤", "٣٤", false, PATTERN_PCRE2},
	/* clang-format on */
};

int test_pattern_table(void)
{
	struct bench bench = {0};
	struct matcher matcher = {0};
	int err;

	err = bench_open(&bench);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		char fault[PATTERN_FAULT_SIZE] = "";
		struct pattern *pattern;
		struct subject subject;
		struct span span;
		bool is_match;

		err = pattern_get(&pattern, bench.set, rowv[i].pattern, false,
		                  fault);
		CHECK_ERR(0, err);
		CHECK(subject_make(&subject, bench.set, &matcher, bench.arena,
		                   rowv[i].text, false));
		is_match = pattern_match(pattern, &subject, &span);
		CHECK_ERR(0, matcher.err);
		if (is_match != (rowv[i].keyword != NULL) ||
		    pattern_is_full(pattern, &subject) != rowv[i].is_full ||
		    pattern_engine(pattern) != rowv[i].engine)
			CHECK_FAIL("row %zu: %s", i, rowv[i].why);
		if (is_match && !rowv[i].is_full &&
		    (span.end - span.start != strlen(rowv[i].keyword) ||
		     strncmp(rowv[i].text + span.start, rowv[i].keyword,
		             strlen(rowv[i].keyword)) != 0))
			CHECK_FAIL("row %zu: %s: wrong keyword", i,
			           rowv[i].why);
		matcher_close(&matcher);
	}

out:
	matcher_close(&matcher);
	bench_close(&bench);

	return err;
}

int test_pattern_refused(void)
{
	static const char *const textv[] = {"(", "[a",    "a{2,1}",
	                                    "*", "(?<=a", "\\"};
	struct bench bench = {0};
	int err;

	err = bench_open(&bench);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(textv); i++) {
		char fault[PATTERN_FAULT_SIZE] = "";
		struct pattern *pattern;

		err = pattern_get(&pattern, bench.set, textv[i], false, fault);
		if (err == 0)
			CHECK_FAIL("taken: %s", textv[i]);
		CHECK_ERR(EINVAL, err);
		CHECK(strstr(fault, "at byte"));
		err = 0;
	}

out:
	bench_close(&bench);

	return err;
}

/* An expression by lot. */
static void expression(struct lots *lots, char *text, size_t size)
{
	static const char *const partv[] = {
		"a",       "b",     "B",    "да",      "(a|b)", "(ab|c)?",
		"[ab]",    "a+",    "x{2}", "(?:да)+", ".",     ".*",
		"\\b",     "^F",    "(?i)", "[^a]",    "c|d",   "a{0,2}",
		"(a(b|))", "!",     "к",    "(?!a)",   "\\.",   "[]b]",
		"b{2}{2}", "[^]a]", "K",    "s",
	};
	uint32_t parts = 1 + lots_draw(lots, 5);
	size_t len = 0;

	for (; parts; parts--)
		len += (size_t)snprintf(
			text + len, size - len, "%s",
			partv[lots_draw(lots, ARRAY_COUNT(partv))]);
}

static void sentence(struct lots *lots, char *text, size_t size)
{
	static const char *const partv[] = {
		"a", "b", "ab", "C", "ДА",           "x",        "xx", ".",
		"!", " ", "d",  "K", "\xe2\x84\xaa", "\xc5\xbf", "]"};
	uint32_t parts = lots_draw(lots, 8);
	size_t len = (size_t)snprintf(text, size, "F");

	for (; parts; parts--)
		len += (size_t)snprintf(
			text + len, size - len, "%s",
			partv[lots_draw(lots, ARRAY_COUNT(partv))]);
}

/* With the index, every pattern matches just where it does without it. */
int test_pattern_index(void)
{
	enum {
		EXPRESSIONS = 200,
		SENTENCES = 300,
	};
	static char textv[EXPRESSIONS][256];
	struct lots lots = {.state = test_seed()};
	struct pattern *patternv[EXPRESSIONS];
	struct bench bench = {0};
	size_t patternc = 0;
	int err;

	err = bench_open(&bench);
	CHECK_ERR(0, err);
	for (int i = 0; i < EXPRESSIONS; i++) {
		char fault[PATTERN_FAULT_SIZE];

		expression(&lots, textv[i], sizeof(textv[i]));
		if (!pattern_get(&patternv[patternc], bench.set, textv[i],
		                 false, fault))
			patternc++;
	}
	err = pattern_set_finish(bench.set);
	CHECK_ERR(0, err);

	for (int i = 0; i < SENTENCES; i++) {
		struct matcher matcher = {0};
		struct subject with, without;
		char text[256];

		sentence(&lots, text, sizeof(text));
		CHECK(subject_make(&with, bench.set, &matcher, bench.arena,
		                   text, false));
		without = with;
		without.hitv = NULL;
		for (size_t j = 0; j < patternc; j++) {
			struct span a = {0}, b = {0};

			if (pattern_match(patternv[j], &with, &a) !=
			            pattern_match(patternv[j], &without, &b) ||
			    a.start != b.start || a.end != b.end)
				CHECK_FAIL("%s on \"%s\"",
				           pattern_text(patternv[j]), text);
		}
		matcher_close(&matcher);
	}

out:
	bench_close(&bench);

	return err;
}

static size_t utf8(char text[8], uint32_t cp)
{
	size_t len = 0;

	if (cp < 0x80) {
		text[len++] = (char)cp;
	}
	else if (cp < 0x800) {
		text[len++] = (char)(0xc0 | cp >> 6);
	}
	else if (cp < 0x10000) {
		text[len++] = (char)(0xe0 | cp >> 12);
		text[len++] = (char)(0x80 | (cp >> 6 & 0x3f));
	}
	else {
		text[len++] = (char)(0xf0 | cp >> 18);
		text[len++] = (char)(0x80 | (cp >> 12 & 0x3f));
		text[len++] = (char)(0x80 | (cp >> 6 & 0x3f));
	}
	if (cp >= 0x80)
		text[len++] = (char)(0x80 | (cp & 0x3f));
	text[len] = '\0';

	return len;
}

/* Whether PCRE2 takes the two for the same letter. */
static bool is_same_letter(uint32_t a, uint32_t b)
{
	char pattern[16] = "\\Q", text[8];
	pcre2_match_data *data;
	pcre2_code *code;
	PCRE2_SIZE at;
	int number, result;

	(void)utf8(pattern + 2, a);
	(void)utf8(text, b);
	code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
	                     PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS, &number,
	                     &at, NULL);
	data = pcre2_match_data_create(1, NULL);
	result = code && data
	                 ? pcre2_match(code, (PCRE2_SPTR)text,
	                               PCRE2_ZERO_TERMINATED, 0, 0, data, NULL)
	                 : -1;
	pcre2_match_data_free(data);
	pcre2_code_free(code);

	return result > 0;
}

/* Our letters without case are PCRE2's: folding changes nothing that it tells
 * apart, and of what it takes for the same, one stands for all. */
int test_pattern_fold(void)
{
	int err = 0;

	for (uint32_t cp = 1; cp < 0x1f000; cp++) {
		uint32_t folded = fold_letter(cp);

		if (cp >= 0xd800 && cp < 0xe000)
			continue;
		if (folded != cp && !is_same_letter(cp, folded))
			CHECK_FAIL("U+%04X is not U+%04X", cp, folded);
		if (fold_letter(folded) != folded)
			CHECK_FAIL("U+%04X folds twice", cp);
	}

out:
	return err;
}
