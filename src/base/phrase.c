/*
 * base/phrase.c - pure: phrases of a list, found in what somebody said
 */
#include <string.h>
#include "base/fold.h"
#include "base/phrase.h"
#include "base/text.h"

/* Of phrases in a list; a file has one on each line. */
static const char list_stops[] = ",\n";

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
static void twins_mend(struct phrase_word *word)
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

/* Written without blanks: each is a word. */
static bool is_ideograph(uint32_t cp)
{
	return (cp >= 0x3400 && cp <= 0x9fff) || (cp >= 0xf900 && cp <= 0xfaff);
}

/* Reads the next word of text, up to one of `stops`. */
static bool word_read(struct phrase_word *word, const char **textp,
                      const char *stops)
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
		if (word->cpc &&
		    (is_ideograph(cp) || is_ideograph(word->cpv[0]))) {
			p = before;
			break;
		}
		if (cp == '*')
			word->is_open = word->cpc > 0;
		else if (word->cpc < PHRASE_LETTERS)
			word->cpv[word->cpc++] = cp;
	}
	twins_mend(word);
	*textp = p;

	return word->cpc > 0;
}

static bool word_is(const struct phrase_word *said,
                    const struct phrase_word *meant)
{
	if (meant->is_open ? said->cpc < meant->cpc : said->cpc != meant->cpc)
		return false;

	return !memcmp(said->cpv, meant->cpv, meant->cpc * sizeof(uint32_t));
}

/* --- phrases -------------------------------------------------------------
 */

/* How many words the phrase at *listp takes of the sentence from `at` on, 0:
 * it is another one. *listp moves behind it. */
static size_t one_match(const char **listp,
                        const struct phrase_sentence *sentence, size_t at)
{
	struct phrase_word meant;
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

size_t phrase_match(const char **phrasep, const char *list,
                    const struct phrase_sentence *sentence, size_t at)
{
	size_t best = 0;

	while (*list) {
		const char *phrase = list;
		size_t n = one_match(&list, sentence, at);

		if (n <= best)
			continue;
		best = n;
		if (phrasep)
			*phrasep = phrase;
	}

	return best;
}

bool phrase_is_negated(const struct phrase_sentence *sentence, size_t at,
                       size_t from, const char *negators, const char *softeners)
{
	while (at > from &&
	       phrase_match(NULL, softeners, sentence, at - 1) == 1)
		at--;

	return at > from && phrase_match(NULL, negators, sentence, at - 1) == 1;
}

void phrase_read(struct phrase_sentence *sentence, const char *text)
{
	sentence->wordc = 0;
	if (!text_is_utf8(text, strlen(text)))
		return;

	while (sentence->wordc < PHRASE_WORDS &&
	       word_read(&sentence->wordv[sentence->wordc], &text, ""))
		sentence->wordc++;
}
