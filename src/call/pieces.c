/*
 * call/pieces.c - pure: long text in pieces that a voice takes in one breath
 *
 * Chinese and Japanese marks end a sentence wherever they stand; the others
 * only in front of a blank. A full stop behind a single letter ("А. С. Пушкин")
 * or in front of a small one ("ул. ленина", "e.g. this") ends nothing.
 */
#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include "base/mem.h"
#include "base/text.h"
#include "call/pieces.h"

static const char blanks[] = " \t\r\n";

/* The mark that a text begins with, its bytes; 0: none of them. */
static size_t mark_at(const char *text, const char *const *markv, size_t markc)
{
	for (size_t i = 0; i < markc; i++) {
		size_t len = strlen(markv[i]);

		if (!strncmp(text, markv[i], len))
			return len;
	}

	return 0;
}

/* Behind quotes and brackets that close. */
static const char *skip_closing(const char *text)
{
	static const char *const markv[] = {"\"", "'", ")",  "]",  "»",
	                                    "”",  "’", "」", "』", "）"};
	size_t len;

	while ((len = mark_at(text, markv, ARRAY_COUNT(markv))))
		text += len;

	return text;
}

static bool is_blank_or_end(const char *text)
{
	return !*text || strchr(blanks, *text);
}

/* A letter of a-z, ß-ÿ, а-џ. */
static bool is_small(const char *text)
{
	unsigned char a = (unsigned char)text[0];
	unsigned char b = a ? (unsigned char)text[1] : 0;

	if (a < 0x80)
		return a >= 'a' && a <= 'z';
	if (a == 0xc3)
		return b >= 0x9f;
	if (a == 0xd0)
		return b >= 0xb0;

	return a == 0xd1 && b <= 0x9f;
}

/* Whether the word in front of `at` is one letter: an initial. */
static bool is_initial(const char *text, const char *at)
{
	const char *begin = at;

	while (begin > text && !strchr(blanks, begin[-1]) && begin[-1] != '.')
		begin--;

	return begin < at && text_span(begin, 1) == (size_t)(at - begin) &&
	       !strchr("0123456789", *begin);
}

/* Behind a sentence that ends at `at`; NULL: none does. */
static const char *sentence_end(const char *text, const char *at)
{
	static const char *const widev[] = {"。", "！", "？", "；", "｡"};
	static const char *const markv[] = {".", "!", "?", "…"};
	size_t len = mark_at(at, widev, ARRAY_COUNT(widev));
	const char *end, *next;

	if (len)
		return skip_closing(at + len);

	len = mark_at(at, markv, ARRAY_COUNT(markv));
	end = len ? skip_closing(at + len) : at;
	if (!len || !is_blank_or_end(end))
		return NULL;

	next = end + strspn(end, blanks);
	if (*at == '.' && (is_initial(text, at) || is_small(next)))
		return NULL;

	return end;
}

static const char *clause_end(const char *at)
{
	static const char *const widev[] = {"，", "、", "："};
	static const char *const markv[] = {",", ";", ":", "—", "–"};
	size_t len = mark_at(at, widev, ARRAY_COUNT(widev));

	if (len)
		return at + len;

	len = mark_at(at, markv, ARRAY_COUNT(markv));

	return len && is_blank_or_end(at + len) ? at + len : NULL;
}

size_t pieces_first(const char *text)
{
	const char *limit, *sentence = NULL, *clause = NULL, *word = NULL;
	const char *end;

	assert(text);

	limit = text + text_span(text, PIECES_LONG);
	if (!*limit)
		return strlen(text);

	for (const char *at = text; at < limit; at += text_span(at, 1)) {
		const char *found;

		found = sentence_end(text, at);
		if (found && found <= limit)
			sentence = found;
		found = clause_end(at);
		if (found && found <= limit)
			clause = found;
		if (at > text && strchr(blanks, *at))
			word = at;
	}

	end = sentence ? sentence : clause ? clause : word ? word : limit;

	return (size_t)(end - text) + strspn(end, blanks);
}
