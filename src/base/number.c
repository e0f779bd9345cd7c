/*
 * base/number.c - telephone numbers
 *
 * The countries are those that lists come from; what is behind "+" of any
 * other is judged by the general rule of E.164 alone. Source: ITU-T
 * operational bulletin annexes E.164 (national numbering plans) and the list
 * of dialling procedures (international and trunk prefixes).
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "base/mem.h"
#include "base/number.h"

enum {
	DIGITS_MAX = 15, /* E.164, calling code included */
	DIGITS_MIN = 8,  /* of a country that is not in the table */
	TYPED_MAX = 24,  /* with prefixes; more is no number */
	DIALABLE_MAX = 32,
};

struct country {
	const char *iso;
	const char *code;
	const char *trunk; /* "" where none is dialled */
	const char *international;
	uint8_t min; /* digits behind the code */
	uint8_t max;
};

/* clang-format off */
static const struct country countryv[] = {
	{"RU", "7",   "8",  "810", 10, 10},
	{"KZ", "7",   "8",  "810", 10, 10},
	{"UA", "380", "0",  "00",   9,  9},
	{"BY", "375", "80", "810",  9,  9},
	{"AM", "374", "0",  "00",   8,  8},
	{"AZ", "994", "0",  "00",   9,  9},
	{"GE", "995", "0",  "00",   9,  9},
	{"KG", "996", "0",  "00",   9,  9},
	{"MD", "373", "0",  "00",   8,  8},
	{"TJ", "992", "",   "810",  9,  9},
	{"UZ", "998", "",   "00",   9,  9},
	{"US", "1",   "1",  "011", 10, 10},
	{"CA", "1",   "1",  "011", 10, 10},
	{"CN", "86",  "0",  "00",  10, 11},
	{"HK", "852", "",   "001",  8,  8},
	{"DE", "49",  "0",  "00",   6, 11},
	{"AT", "43",  "0",  "00",   6, 13},
	{"CH", "41",  "0",  "00",   9,  9},
	{"GB", "44",  "0",  "00",   9, 10},
	{"IE", "353", "0",  "00",   7,  9},
	{"FR", "33",  "0",  "00",   9,  9},
	{"BE", "32",  "0",  "00",   8,  9},
	{"NL", "31",  "0",  "00",   9,  9},
	/* Italy dials the 0 of its towns from abroad too. */
	{"IT", "39",  "",   "00",   6, 11},
	{"ES", "34",  "",   "00",   9,  9},
	{"PT", "351", "",   "00",   9,  9},
	{"PL", "48",  "",   "00",   9,  9},
	{"CZ", "420", "",   "00",   9,  9},
	{"SK", "421", "0",  "00",   9,  9},
	{"SE", "46",  "0",  "00",   7, 10},
	{"NO", "47",  "",   "00",   8,  8},
	{"DK", "45",  "",   "00",   8,  8},
	{"FI", "358", "0",  "00",   6, 11},
	{"EE", "372", "",   "00",   7,  8},
	{"LV", "371", "",   "00",   8,  8},
	{"IN", "91",  "0",  "00",  10, 10},
	{"BR", "55",  "0",  "00",  10, 11},
	{"TR", "90",  "0",  "00",  10, 10},
	{"IL", "972", "0",  "00",   8,  9},
	{"AE", "971", "0",  "00",   8,  9},
	{"JP", "81",  "0",  "010",  9, 10},
	{"AU", "61",  "0",  "0011", 9,  9},
	/* No area has the code 555: "+1 555 0100" is a number of films and
	 * tests, short as it is. Only with its plus: it has no country. */
	{"",   "1555", "",  "",     4,  7},
};

static const char *const fault_textv[NUMBER_FAULTS] = {
	[NUMBER_OK]      = "the number is right",
	[NUMBER_EMPTY]   = "there is no number: write it with its country, "
			   "like +7 999 000 0000",
	[NUMBER_LETTER]  = "something in it is no digit: only digits, spaces "
			   "and + - ( ) . / may stand in a number",
	[NUMBER_SHORT]   = "digits are missing: write the whole number with "
			   "its area",
	[NUMBER_LONG]    = "there are too many digits: one number per field, "
			   "without extension",
	[NUMBER_COUNTRY] = "the country is not known: begin with + and the "
			   "country's code, or set a default country",
};
/* clang-format on */

/* Characters people and spreadsheets put between digits, besides ASCII's:
 * no-break spaces, dashes, the marks a telephone's contact list copies. */
static const char *const separatorv[] = {
	"\xc2\xa0",     "\xe2\x80\xaf", "\xe2\x80\x8b", "\xe2\x80\x8e",
	"\xe2\x80\x8f", "\xe2\x80\xaa", "\xe2\x80\xac", "\xe2\x80\xad",
	"\xe2\x81\xa0", "\xef\xbb\xbf", "\xe2\x80\x90", "\xe2\x80\x91",
	"\xe2\x80\x92", "\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x88\x92",
	"\xe3\x80\x80", "\xef\xbc\x8d", "\xef\xbc\x88", "\xef\xbc\x89",
};

struct typed {
	char digitv[TYPED_MAX + 1];
	size_t digitc;
	bool has_plus;
};

static size_t separator_size(const char *text)
{
	if ((unsigned char)*text < 0x80)
		return strchr(" \t-()./", *text) ? 1 : 0;

	for (size_t i = 0; i < ARRAY_COUNT(separatorv); i++) {
		size_t size = strlen(separatorv[i]);

		if (!strncmp(text, separatorv[i], size))
			return size;
	}

	return 0;
}

/* One digit or plus in ASCII or full width; *sizep is what it takes. */
static char sign_at(const char *text, size_t *sizep)
{
	const unsigned char *byte = (const unsigned char *)text;

	*sizep = 1;
	if (*text == '+' || (*text >= '0' && *text <= '9'))
		return *text;

	*sizep = 3;
	if (byte[0] == 0xef && byte[1] == 0xbc) {
		if (byte[2] == 0x8b)
			return '+';
		if (byte[2] >= 0x90 && byte[2] <= 0x99)
			return (char)('0' + byte[2] - 0x90);
	}

	return '\0';
}

static enum number_fault read_typed(struct typed *typed, const char *text)
{
	memset(typed, 0, sizeof(*typed));

	while (*text) {
		size_t size = separator_size(text);
		char sign;

		if (size) {
			text += size;
			continue;
		}

		sign = sign_at(text, &size);
		if (!sign)
			return NUMBER_LETTER;
		text += size;

		if (sign != '+') {
			if (typed->digitc == TYPED_MAX)
				return NUMBER_LONG;
			typed->digitv[typed->digitc++] = sign;
		}
		else if (typed->digitc || typed->has_plus) {
			return NUMBER_LETTER;
		}
		else {
			typed->has_plus = true;
		}
	}

	return typed->digitc ? NUMBER_OK : NUMBER_EMPTY;
}

static const struct country *country_by_iso(const char *iso)
{
	for (size_t i = 0; iso[0] && i < ARRAY_COUNT(countryv); i++) {
		if (!strcmp(countryv[i].iso, iso))
			return &countryv[i];
	}

	return NULL;
}

const char *number_code(const char *country)
{
	const struct country *found = country_by_iso(country);

	return found ? found->code : NULL;
}

static const struct country *country_by_code(const char *digits)
{
	const struct country *found = NULL;

	for (size_t i = 0; i < ARRAY_COUNT(countryv); i++) {
		const char *code = countryv[i].code;

		if (*digits != *code || strncmp(digits, code, strlen(code)))
			continue;
		if (!found || strlen(code) > strlen(found->code))
			found = &countryv[i];
	}

	return found;
}

static enum number_fault put(char number[NUMBER_SIZE], const char *code,
                             const char *rest)
{
	size_t codelen = strlen(code), restlen = strlen(rest);

	if (codelen + restlen > DIGITS_MAX)
		return NUMBER_LONG;

	number[0] = '+';
	memcpy(number + 1, code, codelen);
	memcpy(number + 1 + codelen, rest, restlen + 1);

	return NUMBER_OK;
}

static bool is_in_range(const struct country *country, const char *rest)
{
	size_t len = strlen(rest);

	return len >= country->min && len <= country->max;
}

/* Digits of a country with or without its trunk prefix. No number begins
 * with a 0 where that is the prefix; an 8 or 1 may be the number's own, so it
 * is taken off only where there is a digit too many. */
static enum number_fault put_national(char number[NUMBER_SIZE],
                                      const struct country *country,
                                      const char *rest)
{
	size_t trunklen = strlen(country->trunk);

	while (trunklen && !strncmp(rest, country->trunk, trunklen) &&
	       (country->trunk[0] == '0' || strlen(rest) > country->max))
		rest += trunklen;
	if (strlen(rest) < country->min)
		return NUMBER_SHORT;
	if (strlen(rest) > country->max)
		return NUMBER_LONG;

	return put(number, country->code, rest);
}

static enum number_fault put_international(char number[NUMBER_SIZE],
                                           const char *digits)
{
	const struct country *country = country_by_code(digits);

	if (country)
		return put_national(number, country,
		                    digits + strlen(country->code));
	if (digits[0] == '0')
		return NUMBER_COUNTRY;
	if (strlen(digits) < DIGITS_MIN)
		return NUMBER_SHORT;

	return put(number, "", digits);
}

/* Behind which digit the country's code begins in a number that is written as
 * it is dialled at home to reach abroad; 0 if it is not. Russia's 810 may also
 * be the beginning of a national number: that one is shorter. */
static size_t abroad_at(const struct country *home, const char *digits)
{
	size_t len = home ? strlen(home->international) : 0;

	if (len && !strncmp(digits, home->international, len) &&
	    (digits[0] == '0' ||
	     strlen(digits) > home->max + strlen(home->trunk)))
		return len;

	return strncmp(digits, "00", 2) ? 0 : 2;
}

enum number_fault number_normalise(char number[NUMBER_SIZE], const char *text,
                                   const char *country)
{
	const struct country *home = country_by_iso(country);
	enum number_fault fault;
	struct typed typed;
	size_t len;

	fault = read_typed(&typed, text);
	if (fault)
		return fault;

	len = abroad_at(home, typed.digitv);
	if (typed.has_plus || len)
		return put_international(
			number, typed.digitv + (typed.has_plus ? 0 : len));
	if (!home)
		return NUMBER_COUNTRY;

	/* Lists often lose the plus: "79161234567". */
	len = strlen(home->code);
	if (typed.digitc > home->max &&
	    !strncmp(typed.digitv, home->code, len) &&
	    is_in_range(home, typed.digitv + len))
		return put_national(number, home, typed.digitv + len);

	return put_national(number, home, typed.digitv);
}

const char *number_fault_text(enum number_fault fault)
{
	assert(fault < NUMBER_FAULTS);

	return fault_textv[fault];
}

int number_is_dialable(const char *text)
{
	size_t len = strspn(text, "0123456789"
	                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                          "abcdefghijklmnopqrstuvwxyz"
	                          "+*#._-");

	return len && len <= DIALABLE_MAX && !text[len];
}
