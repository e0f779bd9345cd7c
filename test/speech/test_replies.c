/*
 * test/speech/test_replies.c - pure: what services answer, read
 */
#include "harness.h"
#include "speech/variants.h"
#include "speech/yandex.h"
#include "speech_tests.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"utf-8\"?>"

int test_variants_table(void)
{
	static const struct {
		const char *why;
		const char *xml;
		int err;
		const char *text;
		int percent; /* -1: none */
	} rowv[] = {
		/* clang-format off */
		{"the first is the best, whatever its confidence",
		 HEAD "<recognitionResults success=\"1\">"
		 "<variant confidence=\"0.69\">твой номер 212</variant>"
		 "<variant confidence=\"0.7\">твой номер 213</variant>"
		 "</recognitionResults>", 0, "твой номер 212", 69},
		{"nothing was recognised",
		 "<recognitionResults success=\"0\"/>", 0, "", -1},
		{"success without a variant is nothing as well",
		 "<recognitionResults success=\"1\"></recognitionResults>",
		 0, "", -1},
		{"no confidence",
		 "<recognitionResults success=\"1\"><variant>да</variant>"
		 "</recognitionResults>", 0, "да", -1},
		{"a confidence that is no number",
		 "<recognitionResults success=\"1\"><variant confidence=\"x\">"
		 "да</variant></recognitionResults>", 0, "да", -1},
		{"words that its filter masked",
		 "<recognitionResults success=\"1\"><variant "
		 "confidence=\"1\">ты <censored>х</censored> &lt;i&gt;"
		 "</variant></recognitionResults>", 0, "ты х <i>", 100},
		{"another document", "<html><body>no</body></html>", EPROTO,
		 "", -1},
		{"cut in the middle",
		 "<recognitionResults success=\"1\"><variant>да", EPROTO, NULL,
		 -1},
		{"no XML", "{\"result\":\"yes\"}", EPROTO, "", -1},
		{"nothing", "", EPROTO, "", -1},
		{"a file of ours is not read",
		 "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
		 "<recognitionResults success=\"1\"><variant>&x;</variant>"
		 "</recognitionResults>", EPROTO, "", -1},
		{"nor do entities grow",
		 "<!DOCTYPE r [<!ENTITY a \"haha\"><!ENTITY b \"&a;&a;&a;\">]>"
		 "<recognitionResults success=\"1\"><variant>&b;</variant>"
		 "</recognitionResults>", EPROTO, "", -1},
		{"too deep",
		 "<recognitionResults success=\"1\"><variant><a><a><a><a><a>"
		 "<a><a>x</a></a></a></a></a></a></a></variant>"
		 "</recognitionResults>", EPROTO, NULL, -1},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct variants variants;
		int got = variants_parse(&variants, rowv[i].xml,
		                         strlen(rowv[i].xml));
		int percent = variants.has_confidence
		                      ? (int)(variants.confidence * 100 + 0.5)
		                      : -1;

		if (got == ENOMEM)
			return got;
		if (got != rowv[i].err || percent != rowv[i].percent ||
		    (rowv[i].text && strcmp(variants.text, rowv[i].text)))
			fprintf(stderr, "row %zu: %s: \"%s\"\n", i, rowv[i].why,
			        variants.text);
		CHECK_ERR(rowv[i].err, got);
		if (rowv[i].text)
			CHECK_STR(rowv[i].text, variants.text);
		CHECK(percent == rowv[i].percent);
	}

out:
	return err;
}

int test_yandex_names(void)
{
	static const struct {
		const char *lang;
		const char *named;
	} rowv[] = {
		{"ru", "ru-RU"},  {"en", "en-US"},        {"de", "de-DE"},
		{"", "ru-RU"},    {"pt-BR", "pt-BR"},     {"kk", "kk-KZ"},
		{"auto", "auto"}, {"zh-Hans", "zh-Hans"},
	};
	char lang[YANDEX_LANG_SIZE];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++)
		CHECK_STR(rowv[i].named, yandex_lang(lang, rowv[i].lang));
	CHECK_STR("Bearer", yandex_scheme("t1.9euelZ"));
	CHECK_STR("Api-Key", yandex_scheme("AQVNyZ"));

out:
	return err;
}
