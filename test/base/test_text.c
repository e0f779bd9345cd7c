/*
 * test/base/test_text.c - UTF-8 text
 */
#include "base/text.h"
#include "harness.h"
#include "test_base.h"

int test_text_utf8(void)
{
	static const struct {
		const char *why;
		const char *text;
		size_t len;
		bool is_good;
	} rowv[] = {
		/* clang-format off */
		{"nothing",            "",                 0, true},
		{"ASCII",              "yes",              3, true},
		{"two bytes",          "\xd0\xb4\xd0\xb0", 4, true},
		{"three bytes",        "\xe5\xa5\xbd",     3, true},
		{"four bytes",         "\xf0\x9f\x98\x80", 4, true},
		{"last of all",        "\xf4\x8f\xbf\xbf", 4, true},
		{"NUL inside",         "a\0b",             3, false},
		{"tail alone",         "\x80",             1, false},
		{"cut short",          "\xe5\xa5",         2, false},
		{"no tail",            "\xd0" "a",         2, false},
		{"overlong slash",     "\xc0\xaf",         2, false},
		{"overlong, three",    "\xe0\x80\xaf",     3, false},
		{"overlong, four",     "\xf0\x80\x80\xaf", 4, false},
		{"surrogate",          "\xed\xa0\x80",     3, false},
		{"behind the last",    "\xf4\x90\x80\x80", 4, false},
		{"never a lead",       "\xff",             1, false},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		bool is_good = text_is_utf8(rowv[i].text, rowv[i].len);

		if (is_good != rowv[i].is_good)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK(is_good == rowv[i].is_good);
	}

out:
	return err;
}

/* Eight bytes are looked at in one go: each byte at each place among them. */
int test_text_utf8_long(void)
{
	char text[19];
	int err = 0;

	for (int byte = 0; byte < 256; byte++) {
		for (size_t place = 0; place < sizeof(text); place++) {
			memset(text, 'x', sizeof(text));
			text[place] = (char)byte;
			CHECK((byte > 0 && byte < 128) ==
			      text_is_utf8(text, sizeof(text)));
		}
	}

	for (size_t place = 0; place + 1 < sizeof(text); place++) {
		memset(text, 'x', sizeof(text));
		memcpy(text + place, "\xd0\xb4", 2);
		CHECK(text_is_utf8(text, sizeof(text)));
		CHECK(!text_is_utf8(text, place + 1));
	}

out:
	return err;
}

int test_text_measure(void)
{
	static const struct {
		const char *text;
		size_t length;
		size_t columns;
	} rowv[] = {
		{"", 0, 0},
		{"abc", 3, 3},
		{"\xd0\xb4\xd0\xb0", 2, 2},
		{"\xe4\xbd\xa0\xe5\xa5\xbd", 2, 4},
		{"\xed\x95\x9c", 1, 2},
		{"e\xcc\x81", 2, 1}, /* e and an accent of its own */
		{"\xf0\x9f\x98\x80", 1, 2},
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		CHECK_U64(rowv[i].length, text_length(rowv[i].text));
		CHECK_U64(rowv[i].columns, text_columns(rowv[i].text));
		CHECK_U64(strlen(rowv[i].text), text_span(rowv[i].text, 99));
	}

	CHECK_U64(0, text_span("\xd0\xb4\xd0\xb0", 0));
	CHECK_U64(2, text_span("\xd0\xb4\xd0\xb0", 1));
	CHECK_U64(4, text_span("a\xe5\xa5\xbd"
	                       "b",
	                       2));

out:
	return err;
}

int test_text_copy(void)
{
	char dst[5];
	int err = 0;

	CHECK_STR("abcd", text_copy(dst, sizeof(dst), "abcd"));
	CHECK_STR("abcd", text_copy(dst, sizeof(dst), "abcde"));
	CHECK_STR("a\xe5\xa5\xbd",
	          text_copy(dst, sizeof(dst), "a\xe5\xa5\xbd"));
	CHECK_STR("ab", text_copy(dst, sizeof(dst), "ab\xe5\xa5\xbd"));
	CHECK_STR("", text_copy(dst, 1, "ab"));
	CHECK_STR("", text_copy(dst, 3, "\xe5\xa5\xbd"));

out:
	return err;
}

int test_text_repair(void)
{
	static const struct {
		const char *why;
		const char *broken;
		const char *whole;
	} rowv[] = {
		/* clang-format off */
		{"nothing to do",    "a\xd0\xb4z",       "a\xd0\xb4z"},
		{"cut at the end",   "a\xe5\xa5",        "a"},
		{"cut in between",   "a\xe5\xa5" "b",    "ab"},
		{"tail alone",       "\xa5\xbd" "b",     "b"},
		{"no byte of UTF-8", "\xff\xfe",         ""},
		{"empty",            "",                 ""},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		char text[16];

		(void)snprintf(text, sizeof(text), "%s", rowv[i].broken);
		if (strcmp(rowv[i].whole, text_repair(text)))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(rowv[i].whole, text);
	}

out:
	return err;
}

int test_text_nearest(void)
{
	static const char *const wordv[] = {"server", "user", "password",
	                                    "realm", "expires_s"};
	static const struct {
		const char *why;
		const char *wrong;
		const char *meant;
	} rowv[] = {
		/* clang-format off */
		{"a letter missing",   "sever",     "server"},
		{"a letter too many",  "serverr",   "server"},
		{"another letter",     "rialm",     "realm"},
		{"two swapped",        "pasword",   "password"},
		{"swapped",            "sevrer",    "server"},
		{"the unit forgotten", "expires",   "expires_s"},
		{"itself",             "user",      "user"},
		{"something else",     "transport", NULL},
		{"too short to tell",  "x",         NULL},
		{"too long to try", "serverserverserverserverserverserver",
		 NULL},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const char *meant =
			text_nearest(rowv[i].wrong, wordv, ARRAY_COUNT(wordv));

		if (meant != rowv[i].meant)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(rowv[i].meant ? rowv[i].meant : "nothing",
		          meant ? meant : "nothing");
	}

out:
	return err;
}
