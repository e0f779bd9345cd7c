/*
 * api/whom.c - a number that is asked about
 */
#include <string.h>
#include "api/whom.h"
#include "base/text.h"

bool whom_take(char number[NUMBER_SIZE], struct ask *ask, const char *text)
{
	const char *country =
		cfg_text(ask_prm(ask)->cfg, "campaign", "country");
	enum number_fault fault = number_normalise(number, text, country);

	if (fault && number_is_dialable(text) && strlen(text) < NUMBER_SIZE) {
		(void)text_copy(number, NUMBER_SIZE, text);
		fault = NUMBER_OK;
	}
	if (fault)
		ask_wrong(ask, "number", number_fault_text(fault));

	return !fault;
}
