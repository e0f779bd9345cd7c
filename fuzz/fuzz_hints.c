/*
 * fuzz/fuzz_hints.c - the answers a script expects, as a recogniser's grammar
 *
 * The first line is what was heard, the others are hints.
 */
#include <assert.h>
#include "base/mem.h"
#include "speech/grammar.h"
#include "speech/ipa.h"

enum {
	TEXT_SIZE = 64,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct grammar_rule rule = {.garbage = 0.03,
	                                         .around = 0.00001};
	char text[TEXT_SIZE];
	struct grammar_hints hints = {0};
	char words[SPELL_SIZE];
	struct grammar *gram;
	size_t head;
	char *lines;

	lines = mem_zalloc(size + 1, NULL);
	if (!lines)
		return 0;
	memcpy(lines, data, size);
	for (size_t i = 0; i < size; i++) {
		if (lines[i] == '\n')
			lines[i] = '\0';
	}

	head = strlen(lines) + 1;
	if (head <= size)
		hints = (struct grammar_hints){lines + head, size + 1 - head,
		                               NULL};
	/* How a process of espeak-ng may answer. */
	(void)ipa_words(words, lines, size % 2 ? "zh" : "ru");
	if (!grammar_alloc(&gram, &hints, &rule)) {
		(void)grammar_text(text, sizeof(text), gram, lines);
		assert(strlen(text) < sizeof(text));
		mem_deref(gram);
	}
	mem_deref(lines);

	return 0;
}
