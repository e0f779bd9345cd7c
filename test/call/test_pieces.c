/*
 * test/call/test_pieces.c - long text in pieces
 */
#include "base/text.h"
#include "call/pieces.h"
#include "harness.h"
#include "tests.h"

enum {
	TEXT_SIZE = 8192,
};

#define TEN(text) text text text text text text text text text text

/* In a row: the end of the first piece stands at '|'. */
int test_pieces_table(void)
{
	static const struct {
		const char *why, *text;
	} rowv[] = {
		/* clang-format off */
		{"short text is one piece", "Hello. How are you?|"},
		{"the last sentence that fits",
		 "One. " TEN("word ") "two. " TEN("words and ") "three? |"
		 TEN("and so on ") "end."},
		{"a quote closes behind its mark",
		 TEN("He said so ") "\"Go!\" |" TEN("and they went on ")
		 "home."},
		{"no end within a number",
		 TEN("it costs 3.5 or ") "7. |Then " TEN("again and again ")
		 "x"},
		{"nor behind an initial",
		 TEN("много слов и ") "да. |Затем А. С. Пушкин "
		 TEN("и так далее ") "x"},
		{"nor in front of a small letter",
		 TEN("много слов и ") "да. |Затем на ул. ленина "
		 TEN("и так далее ") "x"},
		{"Chinese needs no blanks",
		 TEN("我们明天下午三点见") TEN("好的，") "再见。|" TEN("我们明天下午三点") TEN("好")},
		{"a clause where no sentence ends",
		 TEN("word and word ") "here, |" TEN("and so on and on ")
		 "end"},
		{"a Chinese one",
		 TEN("我们明天下午三点见") TEN("好的") "，|" TEN("我们明天下午三点见到") TEN("好的")},
		{"a word where no clause does",
		 TEN("abcd ") TEN("abcd ") TEN("abcd ") TEN("abcd ")
		 "|more words"},
		/* clang-format on */
	};
	char text[TEXT_SIZE];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		size_t at = strcspn(rowv[i].text, "|"), len;

		(void)snprintf(text, sizeof(text), "%.*s%s", (int)at,
		               rowv[i].text, rowv[i].text + at + 1);
		len = pieces_first(text);
		if (len != at)
			fprintf(stderr, "row %zu: %s: \"%.*s\"\n", i,
			        rowv[i].why, (int)len, text);
		CHECK_U64(at, len);
	}

out:
	return err;
}

/* Whatever the text: the pieces are the text, and none is longer than a voice
 * takes. */
int test_pieces_whole(void)
{
	static const char *const partv[] = {
		"слово ", "word", "。",  "，", ". ",
		"好",     "…",    "\" ", "  ", "А.",
	};
	uint32_t seed = test_seed() | 1;
	char text[TEXT_SIZE];
	int err = 0;

	for (unsigned round = 0; round < 300; round++) {
		size_t n = 0, sum = 0, len;

		text[0] = '\0';
		for (unsigned k = 0; k < 400; k++) {
			const char *part;

			seed = seed * 1664525 + 1013904223;
			part = partv[(seed >> 16) % ARRAY_COUNT(partv)];
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s",
			                      part);
		}
		while ((len = pieces_first(text + sum))) {
			char piece[TEXT_SIZE];
			size_t end;

			(void)snprintf(piece, sizeof(piece), "%.*s", (int)len,
			               text + sum);
			CHECK(text_is_utf8(piece, len));
			end = len;
			while (end > 1 && piece[end - 1] == ' ')
				piece[--end] = '\0';
			CHECK(text_length(piece) <= PIECES_LONG);
			sum += len;
		}
		CHECK_U64(n, sum);
	}

out:
	return err;
}
