/*
 * fuzz/fuzz_verdict.c - any answer and any list of words: two texts behind the
 * first zero
 */
#include <assert.h>
#include <string.h>
#include "autocall/verdict.h"
#include "base/mem.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_zalloc(size + 2, NULL);
	const char *list;
	enum verdict verdict;

	if (!text)
		return 0;

	/* The second ends with the bytes, else it is empty. */
	memcpy(text, data, size);
	list = text + strlen(text) + 1;
	if (list > text + size)
		list = text + size;
	if (text_is_utf8(list, strlen(list))) {
		const struct verdict_words words = {
			.yes = list,
			.no = "нет, не приеду",
			.again = "перезапис*",
			.negators = "не, ни",
			.softeners = "очень",
		};

		verdict = verdict_of(text, &words);
		assert(verdict >= VERDICT_UNCLEAR && verdict <= VERDICT_AGAIN);
		(void)verdict;
	}
	mem_deref(text);

	return 0;
}
