/*
 * test/call/test_parts.c - the pure parts of a call
 */
#include "call/keyfilter.h"
#include "call/prompt.h"
#include "harness.h"
#include "tests.h"

int test_keyfilter_table(void)
{
	static const struct {
		const char *why, *filter, *keys, *digits;
		bool is_end; /* with the last key */
	} rowv[] = {
		/* clang-format off */
		{"any key is enough", "any",     "5",    "5",  true},
		{"the end key ends it",        "#",       "12#",  "12", true},
		{"before it, it goes on",      "#",       "12",   "12", false},
		{"one of two end keys",        "#*",      "1*",   "1",  true},
		{"so many digits suffice", "max=4",   "1234", "1234", true},
		{"fewer are not",              "max=4",   "123",  "123", false},
		{"either of them",             "#,max=4", "12#",  "12", true},
		{"an end key alone was meant", "#",       "#",    "#",  true},
		{"any, also the star",         "any",     "*",    "*",  true},
		/* clang-format on */
	};
	struct keyfilter filter;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		bool is_end = false;

		keyfilter_set(&filter, rowv[i].filter);
		for (const char *p = rowv[i].keys; *p; p++)
			is_end = keyfilter_press(&filter, *p);

		if (is_end != rowv[i].is_end)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK(is_end == rowv[i].is_end);
		CHECK_STR(rowv[i].digits, filter.keyv);
	}

	keyfilter_set(&filter, NULL);
	CHECK(!filter.is_on);
	keyfilter_set(&filter, "none");
	CHECK(!filter.is_on);

out:
	return err;
}

int test_prompt_kind_table(void)
{
	static const struct {
		const char *item;
		enum prompt_kind kind;
		const char *rest;
	} rowv[] = {
		{"Hello.", PROMPT_TEXT, "Hello."},
		{"a/b.wav", PROMPT_FILE, "a/b.wav"},
		{"B.MP3", PROMPT_FILE, "B.MP3"},
		{"file://greet", PROMPT_FILE, "greet"},
		{"tone_stream://%(1,1,425)", PROMPT_TONE, "%(1,1,425)"},
		{"silence_stream://1000", PROMPT_SILENCE, "1000"},
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const char *rest = "";

		CHECK_U64(rowv[i].kind, prompt_kind(rowv[i].item, &rest));
		CHECK_STR(rowv[i].rest, rest);
	}
	CHECK_U64(PROMPT_HTTP,
	          prompt_kind("https://example.com/a.wav", &(const char *){0}));

out:
	return err;
}

/* 't' tones of the key 1 begin, 'm' a message about it, held for 200 ms;
 * 'T', 'M' the same of key 2; '.' a second passes. What comes: the presses. */
int test_keyonce_table(void)
{
	static const struct {
		const char *why, *course, *presses;
	} rowv[] = {
		/* clang-format off */
		{"tones alone", "t.t.T", "112"},
		{"messages alone", "m.m.M", "112"},
		{"both tell of one press", "tm", "1"},
		{"and of each that follows", "tm.tm.TM", "112"},
		{"the message of another key is one", "tM", "12"},
		{"one that comes later is one", "t.m", "11"},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct keyonce once = {0};
		uint64_t now_ms = 1000;
		char presses[16] = "";
		size_t n = 0;

		for (const char *p = rowv[i].course; *p; p++) {
			char key = *p == 't' || *p == 'm' ? '1' : '2';
			bool is_new = false;

			if (*p == '.')
				now_ms += 1000;
			else if (*p == 't' || *p == 'T')
				is_new = keyonce_tone(&once, key, now_ms);
			else
				is_new = keyonce_message(&once, key, 200,
				                         now_ms + 180);
			if (is_new)
				presses[n++] = key;
		}
		if (strcmp(presses, rowv[i].presses))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(rowv[i].presses, presses);
	}

out:
	return err;
}
