/*
 * fuzz/fuzz_sayings.c - what somebody said, against the table of sayings
 *
 * The words of a recogniser service are a stranger's bytes, and so may be a
 * table: the first line is a table's text where it begins with '{'.
 */
#include <stdlib.h>
#include "base/mem.h"
#include "call/sayings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const langv[] = {"en", "ru", "zh-CN"};
	char fault[CFG_FAULT_SIZE] = "", *text;
	struct sayings *sayings = NULL;

	if (size && data[0] == '{') {
		int err =
			sayings_load(&sayings, (const char *)data, size, fault);

		if (err && err != ENOMEM && !*fault)
			abort();
		mem_deref(sayings);
		return 0;
	}

	text = mem_zalloc(size + 1, NULL);
	if (!text)
		return 0;
	memcpy(text, data, size);
	if (!sayings_alloc(&sayings, "", fault)) {
		for (size_t i = 0; i < ARRAY_COUNT(langv); i++) {
			(void)sayings_find(sayings, langv[i], true, text);
			(void)sayings_find(sayings, langv[i], false, text);
		}
	}
	mem_deref(sayings);
	mem_deref(text);

	return 0;
}
