/*
 * speech/spell.c - pure: from how a phrase is written to how it is said
 */
#include <ctype.h>
#include "base/mem.h"
#include "speech/spell.h"

enum {
	NUMBER_DIGITS = 4, /* longer ones are read digit by digit */
	NUMBER_SIZE = 64,  /* "nine thousand nine hundred ninety nine" */
};

static const char *const unitv[] = {
	"zero",    "one",     "two",       "three",    "four",
	"five",    "six",     "seven",     "eight",    "nine",
	"ten",     "eleven",  "twelve",    "thirteen", "fourteen",
	"fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
};
static const char *const tenv[] = {
	"",      "",      "twenty",  "thirty", "forty",
	"fifty", "sixty", "seventy", "eighty", "ninety",
};

/* Signs that are said, and typographic ones that stand for plain ones. */
static const struct {
	const char *sign;
	const char *plain;
} signv[] = {
	/* clang-format off */
	{"%", " percent "}, {"&", " and "}, {"+", " plus "}, {"$", " dollars "},
	{"@", " at "}, {"*", " * "},
	{"\xe2\x80\x98", "'"}, {"\xe2\x80\x99", "'"},  /* single quotes */
	{"\xe2\x80\x9c", " "}, {"\xe2\x80\x9d", " "},  /* double quotes */
	{"\xe2\x80\x93", " "}, {"\xe2\x80\x94", " "},  /* dashes */
	{"\xe2\x80\xa6", " "},                         /* ellipsis */
	{"\xc2\xa0", " "},                             /* no-break space */
	{"\xc3\xa9", "e"}, {"\xc3\xa8", "e"}, {"\xc3\xaf", "i"}, /* caf\xe9 */
	/* clang-format on */
};

/* Plain text grows here; too much sets is_full. */
struct draft {
	char *text;
	size_t len;
	bool is_full;
};

static void put(struct draft *draft, const char *text)
{
	size_t len = strlen(text);

	if (draft->len + len >= SPELL_SIZE) {
		draft->is_full = true;
		return;
	}

	memcpy(draft->text + draft->len, text, len + 1);
	draft->len += len;
}

static void put_word(struct draft *draft, const char *word)
{
	if (draft->len && draft->text[draft->len - 1] != ' ')
		put(draft, " ");
	put(draft, word);
}

static void put_number(struct draft *draft, unsigned n)
{
	if (n >= 1000) {
		put_word(draft, unitv[n / 1000]);
		put_word(draft, "thousand");
	}
	if (n / 100 % 10) {
		put_word(draft, unitv[n / 100 % 10]);
		put_word(draft, "hundred");
	}
	if (n % 100 >= ARRAY_COUNT(unitv)) {
		put_word(draft, tenv[n % 100 / 10]);
		if (n % 10)
			put_word(draft, unitv[n % 10]);
	}
	else if (n % 100 || !n) {
		put_word(draft, unitv[n % 100]);
	}
}

/* Reads the digits at p; returns how many. "05" and long ones digit by
 * digit, as people read out times and telephone numbers. */
static size_t put_digits(struct draft *draft, const char *p)
{
	size_t len = strspn(p, "0123456789");
	unsigned n = 0;

	if (len > NUMBER_DIGITS || (p[0] == '0' && len > 1)) {
		for (size_t i = 0; i < len && !draft->is_full; i++)
			put_word(draft, unitv[p[i] - '0']);
	}
	else {
		for (size_t i = 0; i < len; i++)
			n = n * 10 + (unsigned)(p[i] - '0');
		put_number(draft, n);
	}
	put(draft, " ");

	return len;
}

/* Returns how many bytes of p are a known sign, 0 if none. */
static size_t put_sign(struct draft *draft, const char *p)
{
	for (size_t i = 0; i < ARRAY_COUNT(signv); i++) {
		size_t len = strlen(signv[i].sign);

		if (strncmp(p, signv[i].sign, len))
			continue;
		put(draft, signv[i].plain);
		return len;
	}

	return 0;
}

/* Reads the phones at p; returns how many bytes with their marks. */
static size_t put_phones(struct draft *draft, const char *p)
{
	const char end[] = {SPELL_PHONES_END, '\0'};
	size_t len = strcspn(p + 1, end);
	char phones[SPELL_SIZE];

	(void)snprintf(phones, sizeof(phones), " %.*s ", (int)len, p + 1);
	put(draft, phones);

	return 1 + len + (p[1 + len] != '\0');
}

/* Single spaces, none at the ends, and no apostrophe without a letter. */
static bool tidy(char *text)
{
	char *to = text, *word = text;
	bool has_word = false;

	for (const char *p = text;; p++) {
		char c = *p; /* what is written may overtake it by one */

		if (c && c != ' ') {
			if (c != '\'' || to != word)
				*to++ = c;
			continue;
		}
		while (to != word && to[-1] == '\'')
			to--;
		if (to != word) {
			has_word = has_word || *word != '*';
			*to++ = ' ';
			word = to;
		}
		if (!c)
			break;
	}
	if (to != text)
		to--;
	*to = '\0';

	return has_word;
}

bool spell_words(char words[SPELL_SIZE], const char *phrase)
{
	struct draft draft = {.text = words};

	words[0] = '\0';
	for (const char *p = phrase; *p && !draft.is_full;) {
		unsigned char c = (unsigned char)*p;
		char letter[2] = {0};
		size_t len;

		len = put_sign(&draft, p);
		if (len) {
			p += len;
			continue;
		}
		if (isdigit(c)) {
			p += put_digits(&draft, p);
			continue;
		}
		if (c == SPELL_PHONES) {
			p += put_phones(&draft, p);
			continue;
		}
		if (c >= 0x80)
			return false;

		letter[0] = isalpha(c) || c == '\'' ? (char)tolower(c) : ' ';
		put(&draft, letter);
		p++;
	}

	return !draft.is_full && tidy(words);
}
