/*
 * autocall/verdict.c - pure: what an answer means, by lists of words
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "autocall/verdict.h"
#include "base/fold.h"
#include "base/mem.h"
#include "base/text.h"

enum {
	WORD_LETTERS = 32, /* of a longer word only the first count */
	WORDS_MAX = 200,   /* of an answer */
	PHRASE_WORDS = 8,
};

/* Of phrases in a list; a file has one on each line. */
static const char list_stops[] = ",\n";

struct word {
	uint32_t cpv[WORD_LETTERS];
	size_t cpc;
	bool is_open; /* any ending: "*" */
};

struct sentence {
	struct word wordv[WORDS_MAX];
	size_t wordc;
};

/* --- words ---------------------------------------------------------------
 */

/* What ends a word in every alphabet at hand: not a letter, digit or "*". */
static bool is_between(uint32_t cp)
{
	if (cp < 0x80)
		return !((cp >= '0' && cp <= '9') || (cp >= 'a' && cp <= 'z') ||
		         cp == '*');

	return cp < 0xc0 || cp == 0xd7 || cp == 0xf7 ||
	       (cp >= 0x2000 && cp <= 0x206f) || (cp >= 0x3000 && cp <= 0x3003);
}

static uint32_t letter_read(const char **textp)
{
	uint32_t cp;

	*textp += fold_decode(&cp, *textp);
	cp = fold_letter(cp);

	return cp == 0x451 ? 0x435 : cp; /* yo is written as ye */
}

/* A list typed on two keyboards has words like "соглаcна" with a Latin "c":
 * nobody sees it, and nothing would ever match. */
static void twins_mend(struct word *word)
{
	static const char latin[] = "aceopxykmthb";
	static const uint32_t cyrillicv[] = {
		/* clang-format off */
		0x430, 0x441, 0x435, 0x43e, 0x440, 0x445,
		0x443, 0x43a, 0x43c, 0x442, 0x43d, 0x432,
		/* clang-format on */
	};
	bool is_cyrillic = false;

	for (size_t i = 0; i < word->cpc; i++)
		is_cyrillic |= word->cpv[i] >= 0x400 && word->cpv[i] < 0x530;
	for (size_t i = 0; is_cyrillic && i < word->cpc; i++) {
		const char *twin = word->cpv[i] < 0x80 && word->cpv[i]
		                           ? strchr(latin, (int)word->cpv[i])
		                           : NULL;

		if (twin)
			word->cpv[i] = cyrillicv[twin - latin];
	}
}

/* Reads the next word of text, up to one of `stops`. */
static bool word_read(struct word *word, const char **textp, const char *stops)
{
	const char *p = *textp;

	word->cpc = 0;
	word->is_open = false;
	while (*p && !strchr(stops, *p)) {
		const char *before = p;
		uint32_t cp = letter_read(&p);

		if (is_between(cp)) {
			if (!word->cpc)
				continue;
			p = before;
			break;
		}
		if (cp == '*')
			word->is_open = word->cpc > 0;
		else if (word->cpc < WORD_LETTERS)
			word->cpv[word->cpc++] = cp;
	}
	twins_mend(word);
	*textp = p;

	return word->cpc > 0;
}

static bool word_is(const struct word *said, const struct word *meant)
{
	if (meant->is_open ? said->cpc < meant->cpc : said->cpc != meant->cpc)
		return false;

	return !memcmp(said->cpv, meant->cpv, meant->cpc * sizeof(uint32_t));
}

/* --- phrases -------------------------------------------------------------
 */

/* How many words the phrase at *listp takes of the sentence from `at` on, 0:
 * it is another one. *listp moves behind it. */
static size_t phrase_match(const char **listp, const struct sentence *sentence,
                           size_t at)
{
	struct word meant;
	bool is_equal = true;
	size_t n = 0;

	while (word_read(&meant, listp, list_stops)) {
		is_equal = is_equal && at + n < sentence->wordc &&
		           word_is(&sentence->wordv[at + n], &meant);
		n++;
	}
	if (**listp)
		++*listp;

	return is_equal ? n : 0;
}

/* Of the longest phrase of the list. */
static size_t list_match(const char *list, const struct sentence *sentence,
                         size_t at)
{
	size_t best = 0;

	while (*list) {
		size_t n = phrase_match(&list, sentence, at);

		if (n > best)
			best = n;
	}

	return best;
}

/* Whether "не", or "не очень", stands in front. */
static bool is_negated(const struct sentence *sentence, size_t at, size_t from,
                       const struct verdict_words *words)
{
	while (at > from && list_match(words->softeners, sentence, at - 1) == 1)
		at--;

	return at > from && list_match(words->negators, sentence, at - 1) == 1;
}

static void sentence_read(struct sentence *sentence, const char *text)
{
	sentence->wordc = 0;
	while (sentence->wordc < WORDS_MAX &&
	       word_read(&sentence->wordv[sentence->wordc], &text, ""))
		sentence->wordc++;
}

enum verdict verdict_of(const char *text, const struct verdict_words *words)
{
	const char *const listv[] = {words->yes, words->no, words->again};
	bool hitv[ARRAY_COUNT(listv)] = {false};
	struct sentence sentence;
	size_t fresh = 0; /* words before it belong to a phrase */

	if (!text_is_utf8(text, strlen(text)))
		return VERDICT_UNCLEAR;

	sentence_read(&sentence, text);
	for (size_t at = 0; at < sentence.wordc;) {
		size_t best = 0, which = 0;

		/* Where two lists have it, the later, stronger one. */
		for (size_t i = 0; i < ARRAY_COUNT(listv); i++) {
			size_t n = list_match(listv[i], &sentence, at);

			if (n && n >= best) {
				best = n;
				which = i;
			}
		}
		if (!best) {
			at++;
			continue;
		}
		if (!is_negated(&sentence, at, fresh, words))
			hitv[which] = true;
		else if (!which)
			hitv[1] = true; /* not yes is no; not no is nothing */
		at += best;
		fresh = at;
	}

	if (hitv[2])
		return VERDICT_AGAIN;
	if (hitv[1])
		return VERDICT_NO;

	return hitv[0] ? VERDICT_YES : VERDICT_UNCLEAR;
}
