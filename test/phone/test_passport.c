/*
 * test/phone/test_passport.c - what may stand in a PASSporT, and beside it
 */
#include "phone/sip/passport.h"
#include "test_phone.h"

#define CERT_URL "https://cert.example.org/passport.pem"

int test_passport_words(void)
{
	/* clang-format off */
	static const struct {
		const char *number, *digits;
	} numberv[] = {
		{"+15550100", "15550100"}, {"+123456789012345",
		 "123456789012345"}, {"+1234567890123456", NULL},
		{"15550100", NULL}, {"+01555010", NULL}, {"100", NULL},
		{"anonymous", NULL}, {"+1555010x", NULL}, {"", NULL},
		{"+", NULL}, {"+123456", NULL},
	};
	static const struct {
		const char *url;
		bool is_one;
	} urlv[] = {
		{CERT_URL, true}, {"HTTPS://a:8443/x?y=1", true},
		{"http://cert.example.org/x", false}, {"https://", false},
		{"https:///x", false}, {"https://a b/", false},
		{"https://a\"/", false}, {"https://a\\/", false},
		{"https://a>/", false}, {"https://a/\r\nX: y", false},
		{"https://\xc3\xa4/", false}, {"", false},
	};
	/* clang-format on */
	char digits[PASSPORT_DIGITS_SIZE];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(numberv); i++) {
		bool is_one = passport_digits(digits, numberv[i].number);

		if (is_one != (numberv[i].digits != NULL))
			fprintf(stderr, "number: %s\n", numberv[i].number);
		CHECK(is_one == (numberv[i].digits != NULL));
		if (is_one)
			CHECK_STR(numberv[i].digits, digits);
	}
	CHECK(!passport_digits(digits, NULL));

	for (size_t i = 0; i < ARRAY_COUNT(urlv); i++) {
		if (passport_is_url(urlv[i].url) != urlv[i].is_one)
			CHECK_FAIL("address: %s", urlv[i].url);
	}

out:
	return err;
}

/* What goes out as it came. */
int test_passport_values(void)
{
	/* clang-format off */
	static const struct {
		const char *value;
		bool is_one;
	} valuev[] = {
		{"eyJ.eyK.AA-_;info=<https://a/b>", true},
		{"a.b.c;info=<https://a/b>;alg=ES256;ppt=\"shaken\"", true},
		{"a.b.c;INFO=<https://a/b>;ppt=div", true},
		{"..c;info=<https://a/b>", false},
		{"a.b.;info=<https://a/b>", false},
		{"a.b;info=<https://a/b>", false},
		{"a.b.c.d;info=<https://a/b>", false},
		{"a.b.c", false}, {"a.b.c;", false}, {"a.b.c;info=", false},
		{"a.b.c;info=<>", false}, {"a.b.c;info=<https://a/b", false},
		{"a.b.c;info=<https://a/b>x", false},
		{"a.b.c;info=<a b>", false}, {"a.b.c;alg=ES256", false},
		{"a+.b.c;info=<https://a/b>", false},
		{"a.b.c;info=<https://a/b>\r\nX: y", false},
		{"a.b.c;info=<https://a/b>;x=\xc3\xa4", false},
		{"a.b.c;info=<https://a/b>,d.e.f;info=<https://a/b>", false},
		{"a.b.c;info=<https://a/b>;x=1,d.e.f;info=<https://a>", false},
		{"", false},
	};
	/* clang-format on */
	char large[PASSPORT_VALUE_MAX + 2];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(valuev); i++) {
		if (passport_is_value(valuev[i].value) != valuev[i].is_one)
			CHECK_FAIL("value: %s", valuev[i].value);
	}

	/* Up to 4 KiB. */
	memset(large, 'a', sizeof(large));
	memcpy(large, "a.b.c;info=<https://a/b>;x=", 27);
	large[PASSPORT_VALUE_MAX] = '\0';
	CHECK(passport_is_value(large));
	large[PASSPORT_VALUE_MAX] = 'a';
	large[PASSPORT_VALUE_MAX + 1] = '\0';
	CHECK(!passport_is_value(large));

out:
	return err;
}
