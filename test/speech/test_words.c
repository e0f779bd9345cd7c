/*
 * test/speech/test_words.c - words, their sounds, grammars and levels
 */
#include <math.h>
#include "harness.h"
#include "speech/dict.h"
#include "speech/grammar.h"
#include "speech/letters.h"
#include "speech/level.h"
#include "speech/spell.h"
#include "speech_tests.h"

int test_spell_table(void)
{
	static const struct {
		const char *why;
		const char *phrase;
		const char *words; /* NULL: refused */
	} rowv[] = {
		/* clang-format off */
		{"case and marks go",    " Yes, please! ",   "yes please"},
		{"apostrophes stay",     "I can't",          "i can't"},
		{"typographic too",      "I\xe2\x80\x99ll come", "i'll come"},
		{"quotes do not",        "'yes' ''no''",     "yes no"},
		{"a digit",              "1",                "one"},
		{"a teen",               "15",               "fifteen"},
		{"a year",               "2026",  "two thousand twenty six"},
		{"a hundred", "100 %", "one hundred percent"},
		{"a time",               "10:30",            "ten thirty"},
		{"a leading zero",       "05",               "zero five"},
		{"a long number",        "12345",  "one two three four five"},
		{"a number in a word",   "flat2b",           "flat two b"},
		{"anything between",     "call*later",       "call * later"},
		{"hyphens part",         "twenty-one",       "twenty one"},
		{"accents of loans",     "caf\xc3\xa9",      "cafe"},
		{"only anything",        "*",                NULL},
		{"nothing",              "",                 NULL},
		{"only marks",           "?!- '",            NULL},
		{"another alphabet",     "\xd0\xb4\xd0\xb0", NULL},
		{"half of it another",   "yes \xe6\x98\xaf", NULL},
		/* clang-format on */
	};
	char words[SPELL_SIZE];
	char *text = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		bool is_said = spell_words(words, rowv[i].phrase);

		if (is_said != (rowv[i].words != NULL) ||
		    (is_said && strcmp(words, rowv[i].words)))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK(is_said == (rowv[i].words != NULL));
		if (is_said)
			CHECK_STR(rowv[i].words, words);
	}

	/* Longer than any phrase. */
	text = mem_zalloc(10000, NULL);
	CHECK(text);
	memset(text, '7', 9999);
	CHECK(!spell_words(words, text));
	memset(text, 'a', 9999);
	CHECK(!spell_words(words, text));

out:
	mem_deref(text);

	return err;
}

int test_dict_table(void)
{
	static const char file[] =
		"yes Y EH S\nyes(2) Y AE S\nodd  AA D # a remark\nempty\n"
		"last L AE S T";
	static const struct {
		const char *why;
		const char *word;
		unsigned way;
		const char *phones; /* NULL: no such way */
	} rowv[] = {
		/* clang-format off */
		{"the first way",          "yes",   0, "Y EH S"},
		{"the second way",         "yes",   1, "Y AE S"},
		{"no third",               "yes",   2, NULL},
		{"a remark is no phone",   "odd",   0, "AA D"},
		{"no line end",            "last",  0, "L AE S T"},
		{"no phones",              "empty", 0, NULL},
		{"by letters",             "zap",   0, "Z AE P"},
		{"letters know one way",   "zap",   1, NULL},
		{"no letters at all",      "'",     0, NULL},
		/* clang-format on */
	};
	char path[512], phones[DICT_PHONES_SIZE];
	struct dict *dict = NULL;
	FILE *out;
	int err = 0;

	letters_init();
	(void)snprintf(path, sizeof(path), "%s/words.dict", test_dir());
	CHECK_ERR(ENOENT, dict_alloc(&dict, path));
	out = fopen(path, "w");
	CHECK(out);
	(void)fwrite(file, 1, sizeof(file) - 1, out);
	(void)fclose(out);
	err = dict_alloc(&dict, path);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		bool is_found =
			dict_find(phones, dict, rowv[i].word, rowv[i].way);

		if (is_found != (rowv[i].phones != NULL))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK(is_found == (rowv[i].phones != NULL));
		if (is_found)
			CHECK_STR(rowv[i].phones, phones);
	}

out:
	mem_deref(dict);

	return err;
}

int test_grammar_text(void)
{
	static const char hints[] =
		"yes\0I will * come\0No way!\0no\0no\0*\0\xd0\xb4\xd0\xb0\0"
		"2";
	static const struct grammar_rule rule = {.garbage = 0.03,
	                                         .around = 0.0001};
	static const struct {
		const char *why;
		const char *heard;
		const char *text;
	} rowv[] = {
		/* clang-format off */
		{"a hint",               "yes",                  "yes"},
		{"sounds around it",     "GB_AA yes GB_ZH GB_B", "yes"},
		{"all garbage",          "GB_AA GB_K",           ""},
		{"nothing",              "",                     ""},
		{"as it was written",    "no way",               "No way!"},
		{"the longest, not its beginning", "no GB_K",    "no"},
		{"anything between",     "i will GB_K come",     "I will come"},
		{"nothing between",      "i will come",          "I will come"},
		{"digits as digits",     "two",                  "2"},
		{"no hint",              "maybe",                ""},
		{"begins like a hint",   "yesterday",            ""},
		/* clang-format on */
	};
	struct grammar *gram = NULL;
	char text[64];
	int err;

	err = grammar_alloc(&gram,
	                    &(struct grammar_hints){hints, sizeof(hints), NULL},
	                    &rule);
	CHECK_ERR(0, err);
	CHECK_U64(5, gram->phrasec);
	CHECK_U64(3, gram->skipc); /* the second no, the star, the Russian */
	CHECK(!strncmp(gram->fsg, "FSG_BEGIN", 9));

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		grammar_text(text, sizeof(text), gram, rowv[i].heard);
		if (strcmp(text, rowv[i].text))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(rowv[i].text, text);
	}

	/* A text that finds no room is none rather than half of one. */
	CHECK_STR("", grammar_text(text, 4, gram, "no way"));

out:
	mem_deref(gram);

	return err;
}

int test_grammar_ceiling(void)
{
	static const struct grammar_rule rule = {.garbage = 0.03};
	struct grammar_hints hints;
	struct grammar *gram = NULL;
	struct mbuf *mb;
	int err = 0;

	mb = mbuf_alloc(1024);
	CHECK(mb);
	for (unsigned i = 0; i < 3000; i++) {
		err = mbuf_printf(mb, "I take number %u", i);
		CHECK_ERR(0, err);
		err = mbuf_write_u8(mb, 0);
		CHECK_ERR(0, err);
	}

	hints = (struct grammar_hints){(char *)mb->buf, mb->end, NULL};
	err = grammar_alloc(&gram, &hints, &rule);
	CHECK_ERR(0, err);
	CHECK(gram->phrasec > 500);
	CHECK_U64(3000, gram->phrasec + gram->skipc);
	gram = mem_deref(gram);

	hints = (struct grammar_hints){0};
	err = grammar_alloc(&gram, &hints, &rule);
	CHECK_ERR(0, err);
	CHECK_U64(0, gram->phrasec);

out:
	mem_deref(gram);
	mem_deref(mb);

	return err;
}

enum {
	SECOND = 8000,
};

static void tone(int16_t *pcm, size_t count, double level, double offset)
{
	for (size_t i = 0; i < count; i++)
		pcm[i] = (int16_t)lrint(offset + level * sin((double)i * 0.7));
}

int test_level_finds_speech(void)
{
	int16_t *pcm;
	struct level_span span;
	int err = 0;

	pcm = mem_zalloc(3 * SECOND * sizeof(*pcm), NULL);
	CHECK(pcm);

	level_find_speech(&span, pcm, 0, SECOND, 50);
	CHECK_U64(span.begin, span.end);
	level_find_speech(&span, pcm, 3 * SECOND, SECOND, 50);
	CHECK_U64(span.begin, span.end);
	tone(pcm, 3 * SECOND, 0, 9000);
	level_find_speech(&span, pcm, 3 * SECOND, SECOND, 50);
	CHECK_U64(span.begin, span.end);

	/* A second of sound in the middle of an offset line. */
	tone(pcm + SECOND, SECOND, 5000, 9000);
	level_find_speech(&span, pcm, 3 * SECOND, SECOND, 50);
	CHECK(span.begin >= SECOND - 560 && span.begin <= SECOND - 320);
	CHECK(span.end >= 2 * SECOND + 320 && span.end <= 2 * SECOND + 560);
	CHECK(span.is_clean);

	/* Sound to both ends. */
	tone(pcm, 3 * SECOND, 5000, 0);
	level_find_speech(&span, pcm, 3 * SECOND, SECOND, 50);
	CHECK_U64(0, span.begin);
	CHECK_U64(3 * SECOND, span.end);

out:
	mem_deref(pcm);

	return err;
}

int test_level_sets(void)
{
	int16_t *pcm;
	int err = 0;

	pcm = mem_zalloc(SECOND * sizeof(*pcm), NULL);
	CHECK(pcm);

	for (double level = 100; level < 30000; level *= 3) {
		double sum = 0;

		tone(pcm, SECOND, level, 2000);
		level_set(pcm, SECOND, SECOND, 3000);
		for (size_t i = 0; i < SECOND; i++)
			sum += (double)pcm[i] * pcm[i];
		CHECK(fabs(sqrt(sum / SECOND) - 3000) < 100);
	}

	/* Louder than samples can be: no clipping. */
	tone(pcm, SECOND, 1000, 0);
	level_set(pcm, SECOND, SECOND, 32000);
	for (size_t i = 0; i < SECOND; i++)
		CHECK(pcm[i] <= LEVEL_PEAK_MAX && pcm[i] >= -LEVEL_PEAK_MAX);

	/* Silence is not made loud. */
	tone(pcm, SECOND, 2, 0);
	level_set(pcm, SECOND, SECOND, 3000);
	CHECK(pcm[3] <= 2 && pcm[3] >= -2);
	level_set(pcm, 0, SECOND, 3000);

out:
	mem_deref(pcm);

	return err;
}
