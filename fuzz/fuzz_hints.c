/*
 * fuzz/fuzz_hints.c - the answers a script expects, as a recogniser's grammar
 *
 * The first line is what was heard, the others are hints, and with a tab a
 * word and a way to say it.
 */
#include <assert.h>
#include "base/mem.h"
#include "base/pronounce.h"
#include "base/text.h"
#include "speech/grammar.h"
#include "speech/ipa.h"
#include "speech/said.h"

enum {
	TEXT_SIZE = 64,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of the lines with a tab those that a script could have; no process is
 * asked. */
static void list_make(struct mbuf *list, const char *lines, const char *end)
{
	char fault[PRONOUNCE_FAULT_SIZE], word[PRONOUNCE_WORD_SIZE];

	for (; lines < end; lines += strlen(lines) + 1) {
		size_t len = strcspn(lines, "\t");
		const char *way = lines + len + 1;

		if (!lines[len] || len >= sizeof(word) ||
		    !text_is_utf8(lines, strlen(lines)) ||
		    pronounce_kind(way) == PRONOUNCE_ESPEAK)
			continue;
		memcpy(word, lines, len);
		word[len] = '\0';
		if (pronounce_check_word(fault, word) &&
		    pronounce_check_way(fault, way))
			(void)pronounce_add(list, word, way);
	}
	(void)mbuf_write_u8(list, '\0');
}

static size_t text_count(const char *texts, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += !texts[i];

	return n;
}

/* Every text has its words, and no text is one that nobody wrote. */
static void say(const char *hints, size_t size)
{
	struct mbuf *list = mbuf_alloc(256);
	struct said_prm prm = {.lang = "en"};
	struct said said;
	char *text = NULL;

	if (!list)
		return;
	list_make(list, hints, hints + size);
	prm.listv[0] = (const char *)list->buf;
	if (!said_make(&said, hints, size, &prm)) {
		const char *words = said.words;

		assert(text_count(said.texts, said.size) >=
		       text_count(hints, size));
		for (size_t i = text_count(said.texts, said.size); i--;)
			words += strlen(words) + 1;
		assert(words > said.words);
		mem_deref(said.texts);
		mem_deref(said.words);
	}
	if (!said_text(&text, hints, &prm))
		mem_deref(text);
	mem_deref(list);
}

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
	if (hints.size)
		say(hints.texts, hints.size);
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
