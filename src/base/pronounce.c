/*
 * base/pronounce.c - pure: how words sound, as an author writes it
 */
#include <ctype.h>
#include <stdio.h>
#include "base/fold.h"
#include "base/mem.h"
#include "base/pronounce.h"
#include "base/text.h"

enum {
	SYMBOLS_FROM = 0x2e80, /* Chinese, Japanese, Korean: no spaces */
	PHONE_LETTERS = 2,
};

const char *const pronounce_phonev[PRONOUNCE_PHONES] = {
	"AA", "AE", "AH", "AO", "AW", "AY", "B",  "CH", "D",  "DH",
	"EH", "ER", "EY", "F",  "G",  "HH", "IH", "IY", "JH", "K",
	"L",  "M",  "N",  "NG", "OW", "OY", "P",  "R",  "S",  "SH",
	"T",  "TH", "UH", "UW", "V",  "W",  "Y",  "Z",  "ZH",
};

static const char espeak_open[] = "[[", espeak_close[] = "]]";
static const char gaps[] = " .\t";

/* --- phones ----------------------------------------------------------------
 */

/* The next word of a way; its bytes without a stress digit in *lettersp.
 * NULL at the end. */
static const char *next_phone(size_t *lenp, size_t *lettersp, const char *at)
{
	at += strspn(at, gaps);
	*lenp = strcspn(at, gaps);
	*lettersp = *lenp;
	if (*lenp > 1 && at[*lenp - 1] >= '0' && at[*lenp - 1] <= '2')
		*lettersp -= 1;

	return *lenp ? at : NULL;
}

static bool is_capital(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] < 'A' || text[i] > 'Z')
			return false;
	}

	return true;
}

static bool is_phone(const char *text, size_t len)
{
	for (size_t i = 0; i < PRONOUNCE_PHONES; i++) {
		if (strlen(pronounce_phonev[i]) == len &&
		    !memcmp(pronounce_phonev[i], text, len))
			return true;
	}

	return false;
}

enum pronounce_kind pronounce_kind(const char *way)
{
	size_t len, letters, longest = 0;
	const char *at = way;

	if (!strncmp(way, espeak_open, sizeof(espeak_open) - 1))
		return PRONOUNCE_ESPEAK;

	for (; (at = next_phone(&len, &letters, at)); at += len) {
		if (letters > PHONE_LETTERS || !is_capital(at, letters))
			return PRONOUNCE_SPELLED;
		if (letters > longest)
			longest = letters;
	}

	return longest == PHONE_LETTERS ? PRONOUNCE_PHONED : PRONOUNCE_SPELLED;
}

void pronounce_phones(char phones[PRONOUNCE_WAY_SIZE], const char *way)
{
	size_t len, letters, n = 0;
	const char *at = way;

	for (; (at = next_phone(&len, &letters, at)); at += len) {
		if (n + letters + 2 > PRONOUNCE_WAY_SIZE)
			break;
		if (n)
			phones[n++] = '.';
		memcpy(phones + n, at, letters);
		n += letters;
	}
	phones[n] = '\0';
}

/* --- what may be written ---------------------------------------------------
 */

/* Whether the code point is part of a word that has an end. */
static bool is_letter(uint32_t cp)
{
	if (cp < 0x80)
		return isalnum((int)cp);
	if (cp < 0xc0 || (cp >= 0x2000 && cp < 0x2070))
		return false;

	/* Neither has Thai. */
	return cp < SYMBOLS_FROM && (cp < 0xe00 || cp >= 0xf00);
}

static bool has_sound(const char *text)
{
	while (*text) {
		uint32_t cp;

		text += fold_decode(&cp, text);
		if (is_letter(cp) || cp >= 0xe00)
			return true;
	}

	return false;
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	}

	return false;
}

bool pronounce_check_word(char fault[PRONOUNCE_FAULT_SIZE], const char *word)
{
	const char *why = NULL;

	if (!has_sound(word))
		why = "is no word: write one as the answers have it";
	else if (has_control(word) || strchr(word, '*'))
		why = "must be words as the answers have them, without * and "
		      "in one line";
	else if (strlen(word) >= PRONOUNCE_WORD_SIZE)
		why = "is too long for a word";
	if (why)
		(void)text_copy(fault, PRONOUNCE_FAULT_SIZE, why);

	return !why;
}

static bool check_phones(char fault[PRONOUNCE_FAULT_SIZE], const char *way)
{
	size_t len, letters;
	const char *at = way;

	for (; (at = next_phone(&len, &letters, at)); at += len) {
		char *end = fault;

		if (is_phone(at, letters))
			continue;

		end += snprintf(fault, PRONOUNCE_FAULT_SIZE,
		                "\"%.*s\" is no phone of the recogniser (are "
		                "letters meant, write them small); the phones "
		                "are",
		                (int)letters, at);
		for (size_t i = 0; i < PRONOUNCE_PHONES; i++)
			end += snprintf(end,
			                PRONOUNCE_FAULT_SIZE -
			                        (size_t)(end - fault),
			                " %s", pronounce_phonev[i]);
		return false;
	}

	return true;
}

/* Whether it is "[[", sounds, "]]" and nothing else. */
static bool is_espeak(const char *way)
{
	size_t len = strlen(way);
	size_t open = sizeof(espeak_open) - 1, inner = open;

	if (len < 2 * open || strcmp(way + len - open, espeak_close) ||
	    strstr(way, espeak_close) != way + len - open)
		return false;

	for (; inner < len - open; inner++) {
		if (way[inner] < ' ' || way[inner] > '~')
			return false;
	}

	return strcspn(way + open, " _:'|,%=]") > 0;
}

bool pronounce_check_way(char fault[PRONOUNCE_FAULT_SIZE], const char *way)
{
	enum pronounce_kind kind = pronounce_kind(way);
	const char *why = NULL;

	if (strlen(way) >= PRONOUNCE_WAY_SIZE)
		why = "is too long: it says how one word sounds";
	else if (has_control(way))
		why = "must be one line";
	else if (kind == PRONOUNCE_ESPEAK && !is_espeak(way))
		why = "must be sounds as espeak-ng writes them (espeak-ng -x) "
		      "between [[ and ]], and nothing else";
	else if (!has_sound(way))
		why = "says nothing; write how the word sounds, as "
		      "\"sequel\", \"S IY K W AH L\" or \"[[s'i:kw@l]]\"";
	else if (kind == PRONOUNCE_SPELLED && strchr(way, '*'))
		why = "must be words; * stands for none here";
	if (why)
		(void)text_copy(fault, PRONOUNCE_FAULT_SIZE, why);

	return !why && (kind != PRONOUNCE_PHONED || check_phones(fault, way));
}

/* --- lists -----------------------------------------------------------------
 */

/* Single spaces, none at the ends. */
static int put_words(struct mbuf *list, const char *words)
{
	bool is_first = true;
	int err = 0;

	while (!err && *(words += strspn(words, " "))) {
		size_t len = strcspn(words, " ");

		if (!is_first)
			err = mbuf_write_u8(list, ' ');
		if (!err)
			err = mbuf_write_mem(list, (const uint8_t *)words, len);
		words += len;
		is_first = false;
	}

	return err;
}

int pronounce_add(struct mbuf *list, const char *word, const char *way)
{
	int err = put_words(list, word);

	if (!err)
		err = mbuf_write_u8(list, '\t');
	if (!err)
		err = put_words(list, way);

	return err ? err : mbuf_write_u8(list, '\n');
}

bool pronounce_next(struct pronounce_line *line, const char **listp)
{
	const char *at = *listp;
	size_t word = strcspn(at, "\t"), way;

	if (!*at)
		return false;

	way = strcspn(at + word + 1, "\n");
	(void)snprintf(line->word, sizeof(line->word), "%.*s", (int)word, at);
	(void)snprintf(line->way, sizeof(line->way), "%.*s", (int)way,
	               at + word + 1);
	*listp = at + word + 1 + way + 1;

	return true;
}

bool pronounce_has(const char *list, const char *word)
{
	struct pronounce_line line;

	while (pronounce_next(&line, &list)) {
		if (fold_equal(line.word, strlen(line.word), word,
		               strlen(word)))
			return true;
	}

	return false;
}

/* --- words in a text -------------------------------------------------------
 */

static bool ends_with_letter(const char *text, const char *end)
{
	uint32_t cp;

	if (end == text)
		return false;
	do {
		end--;
	} while (end > text && ((unsigned char)*end & 0xc0) == 0x80);
	(void)fold_decode(&cp, end);

	return is_letter(cp);
}

static bool begins_with_letter(const char *text)
{
	uint32_t cp;

	if (!*text)
		return false;
	(void)fold_decode(&cp, text);

	return is_letter(cp);
}

size_t pronounce_match(const char *text, const char *at, const char *word)
{
	const char *end = at, *w = word;

	while (*w && *end) {
		uint32_t a, b;

		w += fold_decode(&a, w);
		end += fold_decode(&b, end);
		if (fold_letter(a) != fold_letter(b))
			return 0;
	}
	if (*w)
		return 0;
	if (begins_with_letter(word) && ends_with_letter(text, at))
		return 0;
	if (ends_with_letter(word, w) && begins_with_letter(end))
		return 0;

	return (size_t)(end - at);
}

bool pronounce_is_in(const char *text, const char *word)
{
	for (const char *at = text; *at;) {
		uint32_t cp;

		if (pronounce_match(text, at, word))
			return true;
		at += fold_decode(&cp, at);
	}

	return false;
}
