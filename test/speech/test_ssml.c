/*
 * test/speech/test_ssml.c - marked-up text and its words
 */
#include "harness.h"
#include "speech/ssml.h"
#include "speech_tests.h"

int test_ssml_is(void)
{
	static const struct {
		const char *text;
		bool is_ssml;
	} rowv[] = {
		{"<speak>Hello</speak>", true},
		{" \n<speak version=\"1.1\">Hello</speak>", true},
		{"<?xml version=\"1.0\"?>\n<speak>Hello</speak>", true},
		{"<speak/>", true},
		{"Hello <break/>", false},
		{"<speaker>", false},
		{"<speak", false},
		{"<?xml", false},
		{"", false},
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		if (ssml_is(rowv[i].text) != rowv[i].is_ssml)
			CHECK_FAIL("row %zu: %s", i, rowv[i].text);
	}

out:
	return err;
}

int test_ssml_plain(void)
{
	static const struct {
		const char *why, *text, *plain;
	} rowv[] = {
		/* clang-format off */
		{"tags go", "<speak>Hello <emphasis level=\"strong\">you"
		 "</emphasis></speak>", "Hello you"},
		{"a break is a pause", "<speak>One<break time='500ms'/>two"
		 "</speak>", "One, two"},
		{"but not behind one", "<speak>One. <break/>two</speak>",
		 "One. two"},
		{"sentences end", "<speak><s>One</s><s>Two?</s></speak>",
		 "One. Two? "},
		{"in Russian", "<speak><p>Привет</p>Да</speak>",
		 "Привет. Да"},
		{"in Chinese", "<speak><s>你好。</s>再见</speak>",
		 "你好。 再见"},
		{"an alias is said", "<speak><sub alias=\"World Wide Web\">W3"
		 "</sub> <sub>x</sub></speak>", "World Wide Web x"},
		{"entities", "<speak>A &amp; B &lt;3 &#1076;&#x430;</speak>",
		 "A & B <3 да"},
		{"what is none stays", "<speak>A & B &co; &#0; &#xD800;"
		 "</speak>", "A & B &co; &#0; &#xD800;"},
		{"descriptions are not said", "<speak>A<audio src='x.wav'>"
		 "<desc>a bell</desc>ding</audio></speak>", "Ading"},
		{"comments and CDATA", "<speak>A<!-- <b> -->B<![CDATA[<c>]]>"
		 "</speak>", "AB<c>"},
		{"text that ends in a tag", "<speak>A <b", "A <b"},
		{"or in a comment", "<speak>A <!-- b", "A "},
		{"nothing", "", ""},
		/* clang-format on */
	};
	char *plain = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = ssml_plain(&plain, rowv[i].text);
		CHECK_ERR(0, err);
		if (strcmp(plain, rowv[i].plain))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(rowv[i].plain, plain);
		plain = mem_deref(plain);
	}

out:
	mem_deref(plain);

	return err;
}
