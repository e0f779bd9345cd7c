/*
 * autocall/verdict.h - pure: what an answer means, by lists of words
 *
 * Lists are those of the configuration, as base/phrase.h reads them. The
 * longest phrase counts ("не против" is no "против"); a negator in front turns
 * a phrase round. Private to autocall/.
 */
#pragma once

/* The codes of the service, A046-A056. */
enum verdict {
	VERDICT_NO_SOUND = -1, /* a request without a recording */
	VERDICT_UNCLEAR = 0,
	VERDICT_YES = 1,
	VERDICT_NO = 2,
	VERDICT_AGAIN = 3,
	VERDICT_MISSED = 4, /* nobody was reached, time after time */
};

struct verdict_words {
	const char *yes, *no, *again;
	const char *negators; /* "не, ни": single words */
	const char *softeners; /* may stand behind a negator: "не очень рад" */
};

/* No wins over yes, a wish to hear it again over both. */
enum verdict verdict_of(const char *text, const struct verdict_words *words);
