/*
 * fuzz/fuzz_number.c - any text as a telephone number
 */
#include <stdlib.h>
#include "base/mem.h"
#include "base/number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const countryv[] = {"", "RU", "US", "CN", "DE", "BY", "AU"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[64], number[NUMBER_SIZE], again[NUMBER_SIZE];
	const char *country;

	if (!size || size > sizeof(text))
		return 0;

	country = countryv[data[0] % ARRAY_COUNT(countryv)];
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';

	(void)number_is_dialable(text);
	if (number_normalise(number, text, country))
		return 0;

	/* A number is '+' and 8 to 15 digits, may be dialled, and is what it
	 * is: normalising it again changes nothing. */
	if (number[0] != '+' || strspn(number + 1, "0123456789") < 8 ||
	    !number_is_dialable(number) ||
	    number_normalise(again, number, "") || strcmp(number, again))
		abort();

	return 0;
}
