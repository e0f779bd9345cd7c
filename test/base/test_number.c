/*
 * test/base/test_number.c - what people write becomes what can be dialled
 */
#include "base/number.h"
#include "harness.h"
#include "test_base.h"

int test_number_normalise(void)
{
	static const struct {
		const char *why;
		const char *text;
		const char *country;
		const char *number;
	} rowv[] = {
		/* clang-format off */
		{"as it should be", "+79990001234", "", "+79990001234"},
		{"trunk 8", "8 (999) 000-12-34", "RU", "+79990001234"},
		{"no prefix", "999 000 12 34", "RU", "+79990001234"},
		{"lost plus", "79990001234", "RU", "+79990001234"},
		{"00 for plus", "0079990001234", "RU", "+79990001234"},
		{"810 goes abroad", "8 10 49 30 000001", "RU", "+4930000001"},
		{"810 is no area", "810 000 1234", "RU", "+78100001234"},
		{"8 behind +7", "+7 8 999 000 12 34", "", "+79990001234"},
		{"800 keeps its 8", "+7 800 000 12 34", "", "+78000001234"},
		{"no-break space", "+7\xc2\xa0" "999\xe2\x80\x93" "0001234", "",
		 "+79990001234"},
		{"dots and slash", "+7.999/000.12.34", "", "+79990001234"},
		{"invisible marks", "\xe2\x80\xaa+79990001234\xe2\x80\xac", "",
		 "+79990001234"},
		{"KZ as RU", "8 700 000 12 34", "KZ", "+77000001234"},
		{"UA trunk 0", "050 000 12 34", "UA", "+380500001234"},
		{"BY trunk 80", "8 029 000 12 34", "BY", "+375290001234"},
		{"US local", "(202) 555-0100", "US", "+12025550100"},
		{"US trunk 1", "1-202-555-0100", "US", "+12025550100"},
		{"CA abroad", "011 86 10 0000 1234", "CA", "+861000001234"},
		{"films' number", "+1 555 01 00", "", "+15550100"},
		{"CN mobile", "138 0000 1234", "CN", "+8613800001234"},
		{"CN town", "010 0000 1234", "CN", "+861000001234"},
		{"CN lost plus", "8613800001234", "CN", "+8613800001234"},
		{"CN full width",
		 "\xef\xbc\x8b\xef\xbc\x98\xef\xbc\x96 13800001234", "",
		 "+8613800001234"},
		{"DE (0)", "+49 (0)30 000001", "", "+4930000001"},
		{"DE trunk", "030 / 000001", "DE", "+4930000001"},
		{"DE trunk twice", "+49 00 30 000001", "", "+4930000001"},
		{"GB trunk", "020 7946 0000", "GB", "+442079460000"},
		{"FR trunk", "01 99 00 00 01", "FR", "+33199000001"},
		{"IT keeps its 0", "+39 06 0000 0001", "", "+390600000001"},
		{"IT at home", "06 0000 0001", "IT", "+390600000001"},
		{"ES", "900 000 001", "ES", "+34900000001"},
		{"PL", "22 000 00 01", "PL", "+48220000001"},
		{"CZ", "220 000 001", "CZ", "+420220000001"},
		{"IN trunk", "011 0000 0001", "IN", "+911100000001"},
		{"BR mobile", "(0 11) 90000-0001", "BR", "+5511900000001"},
		{"TR trunk", "0212 000 00 01", "TR", "+902120000001"},
		{"AU abroad", "0011 44 20 7946 0000", "AU", "+442079460000"},
		{"country of no row", "+500 00001", "", "+50000001"},
		{"home of no row", "+7 999 000 12 34", "XX", "+79990001234"},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		char number[NUMBER_SIZE] = "";
		enum number_fault fault =
			number_normalise(number, rowv[i].text, rowv[i].country);

		if (fault || strcmp(number, rowv[i].number))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(number_fault_text(NUMBER_OK),
		          number_fault_text(fault));
		CHECK_STR(rowv[i].number, number);
	}

out:
	return err;
}

int test_number_refused(void)
{
	static const struct {
		const char *why;
		const char *text;
		const char *country;
		enum number_fault fault;
	} rowv[] = {
		/* clang-format off */
		{"nothing", "", "RU", NUMBER_EMPTY},
		{"only separators", " - ()", "RU", NUMBER_EMPTY},
		{"only a plus", "+", "RU", NUMBER_EMPTY},
		{"a name", "Ivan", "RU", NUMBER_LETTER},
		{"two numbers", "+79990001234, +79990001235", "RU",
		 NUMBER_LETTER},
		{"plus inside", "+7999+0001234", "RU", NUMBER_LETTER},
		{"two pluses", "++79990001234", "RU", NUMBER_LETTER},
		{"SIP address", "sip:a@b", "RU", NUMBER_LETTER},
		{"O for 0", "+7999OOO1234", "RU", NUMBER_LETTER},
		{"internal number", "101", "RU", NUMBER_SHORT},
		{"no area", "234-12-34", "RU", NUMBER_SHORT},
		{"a digit missing", "+7 999 000 12 3", "", NUMBER_SHORT},
		{"a digit too many", "+7 999 000 12 345", "", NUMBER_LONG},
		{"two numbers as one", "8999000123489990001235", "RU",
		 NUMBER_LONG},
		{"endless", "1111111111111111111111111111111", "RU",
		 NUMBER_LONG},
		{"16 digits", "+500 1234567890123", "", NUMBER_LONG},
		{"films' number without plus", "5550100", "US", NUMBER_SHORT},
		{"no country", "9990001234", "", NUMBER_COUNTRY},
		{"home of no row", "9990001234", "XX", NUMBER_COUNTRY},
		{"no code begins with 0", "+0 999 000 12 34", "RU",
		 NUMBER_COUNTRY},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		char number[NUMBER_SIZE] = "untouched";
		enum number_fault fault =
			number_normalise(number, rowv[i].text, rowv[i].country);

		if (fault != rowv[i].fault)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(number_fault_text(rowv[i].fault),
		          number_fault_text(fault));
		CHECK_STR("untouched", number);
	}

out:
	return err;
}

int test_number_dialable(void)
{
	int err = 0;

	CHECK(number_is_dialable("+79990001234"));
	CHECK(number_is_dialable("101"));
	CHECK(number_is_dialable("*21#"));
	CHECK(number_is_dialable("anna.smith_2-x"));
	CHECK(!number_is_dialable(""));
	CHECK(!number_is_dialable("1;transport=udp"));
	CHECK(!number_is_dialable("1\r\nX: y"));
	CHECK(!number_is_dialable("a@b"));
	CHECK(!number_is_dialable("\xd0\xb0"));
	CHECK(number_is_dialable("12345678901234567890123456789012"));
	CHECK(!number_is_dialable("123456789012345678901234567890123"));

out:
	return err;
}
