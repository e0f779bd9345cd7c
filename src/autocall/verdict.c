/*
 * autocall/verdict.c - pure: what an answer means, by lists of words
 */
#include <stdbool.h>
#include "autocall/verdict.h"
#include "base/mem.h"
#include "base/phrase.h"

enum verdict verdict_of(const char *text, const struct verdict_words *words)
{
	const char *const listv[] = {words->yes, words->no, words->again};
	bool hitv[ARRAY_COUNT(listv)] = {false};
	struct phrase_sentence sentence;
	size_t fresh = 0; /* words before it belong to a phrase */

	phrase_read(&sentence, text);
	for (size_t at = 0; at < sentence.wordc;) {
		size_t best = 0, which = 0;

		/* Where two lists have it, the later, stronger one. */
		for (size_t i = 0; i < ARRAY_COUNT(listv); i++) {
			size_t n = phrase_match(NULL, listv[i], &sentence, at);

			if (n && n >= best) {
				best = n;
				which = i;
			}
		}
		if (!best) {
			at++;
			continue;
		}
		if (!phrase_is_negated(&sentence, at, fresh, words->negators,
		                       words->softeners))
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
