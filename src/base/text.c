/*
 * base/text.c - UTF-8 text
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>
#include "base/mem.h"
#include "base/text.h"

enum {
	NEAREST_MAX = 32, /* bytes of a word that text_nearest() looks at */
};

struct range {
	uint32_t first;
	uint32_t last;
};

/* Unicode 15, EastAsianWidth.txt W and F, neighbours joined over gaps that
 * hold no characters. */
static const struct range widev[] = {
	{0x1100, 0x115f},   {0x2329, 0x232a},   {0x23e9, 0x23ec},
	{0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xa960, 0xa97c},
	{0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe10, 0xfe19},
	{0xfe30, 0xfe6b},   {0xff01, 0xff60},   {0xffe0, 0xffe6},
	{0x16fe0, 0x18cff}, {0x1aff0, 0x1b2fb}, {0x1f300, 0x1f64f},
	{0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

/* Marks that stand on the character before them, and characters that only
 * steer: no column of their own. */
static const struct range zerov[] = {
	{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x064b, 0x065f},
	{0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200f}, {0x202a, 0x202e},
	{0x2060, 0x2064}, {0x20d0, 0x20f0}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
	{0xfeff, 0xfeff},
};

/* Bytes of the well-formed character at text, 0 if it is none. */
static size_t char_size(const unsigned char *text, size_t len)
{
	size_t size;

	if (text[0] && text[0] < 0x80)
		return 1;
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;

	size = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	if (size > len)
		return 0;

	for (size_t i = 1; i < size; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}

	/* Overlong forms, surrogates and what lies behind U+10FFFF. */
	if ((text[0] == 0xe0 && text[1] < 0xa0) ||
	    (text[0] == 0xed && text[1] > 0x9f) ||
	    (text[0] == 0xf0 && text[1] < 0x90) ||
	    (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;

	return size;
}

/* Whether the eight bytes are ASCII without NUL; lists are full of them. */
static bool is_ascii_word(const char *text)
{
	const uint64_t ones = UINT64_MAX / 255;
	uint64_t word;

	memcpy(&word, text, sizeof(word));

	return !((word | (word - ones)) & ones * 128);
}

bool text_is_utf8(const char *text, size_t len)
{
	while (len) {
		size_t size = sizeof(uint64_t);

		if (len < size || !is_ascii_word(text))
			size = char_size((const unsigned char *)text, len);
		if (!size)
			return false;
		text += size;
		len -= size;
	}

	return true;
}

static bool is_tail(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

size_t text_span(const char *text, size_t n)
{
	size_t at = 0;

	while (n-- && text[at]) {
		at++;
		while (is_tail(text[at]))
			at++;
	}

	return at;
}

size_t text_length(const char *text)
{
	size_t length = 0;

	for (; *text; text++)
		length += !is_tail(*text);

	return length;
}

static bool is_within(const struct range *rangev, size_t rangec, uint32_t c)
{
	for (size_t i = 0; i < rangec && rangev[i].first <= c; i++) {
		if (c <= rangev[i].last)
			return true;
	}

	return false;
}

static uint32_t code_point(const char *text, size_t size)
{
	static const unsigned char lead_mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t c = (unsigned char)text[0] & lead_mask[size];

	for (size_t i = 1; i < size; i++)
		c = c << 6 | ((unsigned char)text[i] & 0x3f);

	return c;
}

size_t text_columns(const char *text)
{
	size_t columns = 0;

	while (*text) {
		size_t size = text_span(text, 1);
		uint32_t c = code_point(text, size < 4 ? size : 4);

		if (is_within(widev, ARRAY_COUNT(widev), c))
			columns += 2;
		else if (!is_within(zerov, ARRAY_COUNT(zerov), c))
			columns++;
		text += size;
	}

	return columns;
}

char *text_copy(char *dst, size_t size, const char *src)
{
	size_t len;

	assert(size);

	len = strnlen(src, size);
	if (len == size) {
		len--;
		while (len && is_tail(src[len]))
			len--;
	}
	memcpy(dst, src, len);
	dst[len] = '\0';

	return dst;
}

char *text_repair(char *text)
{
	size_t len = strlen(text), to = 0;

	for (size_t from = 0; from < len;) {
		size_t size = char_size((const unsigned char *)text + from,
		                        len - from);

		memmove(text + to, text + from, size);
		to += size;
		from += size ? size : 1;
	}
	text[to] = '\0';

	return text;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How many edits lead from a to b: the optimal string alignment distance, a
 * row of its table at a time. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rowv[3][NEAREST_MAX + 1];
	unsigned *before = rowv[0], *above = rowv[1], *row = rowv[2];
	size_t alen = strlen(a), blen = strlen(b);

	for (unsigned j = 0; j <= blen; j++)
		above[j] = j;

	for (unsigned i = 1; i <= alen; i++) {
		unsigned *spare = before;

		row[0] = i;
		for (unsigned j = 1; j <= blen; j++) {
			bool is_same = a[i - 1] == b[j - 1];

			row[j] = least(least(above[j], row[j - 1]) + 1,
			               above[j - 1] + !is_same);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = spare;
	}

	return above[blen];
}

const char *text_nearest(const char *wrong, const char *const *wordv,
                         size_t wordc)
{
	const char *nearest = NULL;
	unsigned limit;

	if (strlen(wrong) > NEAREST_MAX)
		return NULL;

	limit = (unsigned)(strlen(wrong) + 2) / 3 + 1;
	for (size_t i = 0; i < wordc; i++) {
		unsigned edits;

		if (strlen(wordv[i]) > NEAREST_MAX)
			continue;
		edits = distance(wrong, wordv[i]);
		if (edits < limit) {
			limit = edits;
			nearest = wordv[i];
		}
	}

	return nearest;
}

static bool is_meant(const char *entry, size_t len, const char *word)
{
	if (len && entry[len - 1] == '*')
		return !strncmp(entry, word, len - 1);

	return strlen(word) == len && !strncmp(entry, word, len);
}

bool text_is_listed(const char *list, const char *word)
{
	while (*list) {
		size_t len = strcspn(list, ", ");

		if (len && is_meant(list, len, word))
			return true;
		list += len;
		list += strspn(list, ", ");
	}

	return false;
}
