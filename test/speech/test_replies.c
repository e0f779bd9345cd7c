/*
 * test/speech/test_replies.c - pure: what services answer, read
 */
#include <math.h>
#include "harness.h"
#include "speech/hearing.h"
#include "speech/pick.h"
#include "speech/proto.h"
#include "speech/template.h"
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

int test_template_forms(void)
{
	static const struct template_value valuev[] = {
		{"lang", "ru-RU"},
		{"word", "a \"b\"\\\n&"},
	};
	static const char *const namev[] = {"lang", "word"};
	static const struct {
		const char *text;
		enum template_form form;
		const char *written;
	} rowv[] = {
		{"/x?l=${lang}&w=${word}", TEMPLATE_URL,
	         "/x?l=ru-RU&w=a%20%22b%22%5C%0A%26"},
		{"{\"w\":\"${word}\"}", TEMPLATE_JSON,
	         "{\"w\":\"a \\\"b\\\"\\\\\\u000a&\"}"},
		{"$5 {x} ${lang}${lang}", TEMPLATE_PLAIN, "$5 {x} ru-RUru-RU"},
		{"", TEMPLATE_PLAIN, ""},
	};
	struct mbuf *mb = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		mb = mbuf_alloc(16);
		if (!mb)
			return ENOMEM;
		err = template_write(mb, rowv[i].text, rowv[i].form, valuev,
		                     ARRAY_COUNT(valuev));
		CHECK_ERR(0, err);
		CHECK_STR(rowv[i].written, (char *)mb->buf);
		CHECK_U64(strlen(rowv[i].written), mb->end);
		mb = mem_deref(mb);
	}
	CHECK(!template_unknown("${lang} $x", namev, 2));
	CHECK_STR("lang", template_unknown("${word} ${lang}", namev + 1, 1));
	CHECK_STR("", template_unknown("${word", namev, 2));

out:
	mem_deref(mb);
	return err;
}

int test_pick_table(void)
{
	static const char body[] =
		"{\"a\":[{\"t\":\"one\",\"c\":0.5},{\"t\":\"two\"},{}],"
		"\"x/y\":{\"~\":\"odd\"},\"n\":null}";
	static const struct {
		const char *where;
		const char *text; /* NULL: there is none */
	} rowv[] = {
		{"/a/0/t", "one"}, {"/a/*/t", "one two"},
		{"/a/0/c", "0.5"}, {"/a/3/t", NULL},
		{"/a/x/t", NULL},  {"/x~1y/~0", "odd"},
		{"/n", NULL},      {"/a", NULL},
		{"/*/t", NULL},    {"\"t\":\"(t[^\"]*)", "two"},
		{"o.d", "odd"},    {"none", NULL},
		{"(a)?\"x", NULL}, {"(?:a+)+$", NULL},
	};
	char fault[CFG_FAULT_SIZE], text[64];
	struct pick *pick = NULL;
	json_t *root;
	int err = 0;

	root = json_loads(body, 0, NULL);
	CHECK(root);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		bool has;

		err = pick_alloc(&pick, rowv[i].where, fault);
		CHECK_ERR(0, err);
		has = pick_is_pointer(pick)
		              ? pick_json(pick, text, sizeof(text), root)
		              : pick_body(pick, text, sizeof(text), body,
		                          strlen(body));
		if (has != (rowv[i].text != NULL))
			CHECK_FAIL("%s: \"%s\"", rowv[i].where, text);
		CHECK_STR(has ? rowv[i].text : "", text);
		pick = mem_deref(pick);
	}

out:
	mem_deref(pick);
	json_decref(root);
	return err;
}

/* What is written is read again, and what is cut is seen to be. */
int test_proto_round(void)
{
	struct proto_field field;
	struct proto proto, inner;
	struct mbuf *mb = mbuf_alloc(8);
	size_t mark;
	int err = mb ? 0 : ENOMEM;

	CHECK_ERR(0, err);
	err = proto_uint(mb, 1, UINT64_MAX);
	CHECK_ERR(0, err);
	err = proto_begin(mb, 4000, &mark);
	CHECK_ERR(0, err);
	err = proto_text(mb, 2, "да");
	CHECK_ERR(0, err);
	err = proto_double(mb, 5, 0.25);
	CHECK_ERR(0, err);
	err = proto_end(mb, mark);
	CHECK_ERR(0, err);

	proto = (struct proto){mb->buf, mb->end};
	CHECK(proto_next(&proto, &field));
	CHECK(field.number == 1 && field.kind == PROTO_UINT);
	CHECK_U64(UINT64_MAX, field.value);
	CHECK(proto_next(&proto, &field));
	CHECK(field.number == 4000 && field.kind == PROTO_BYTES);
	inner = field.bytes;
	CHECK(!proto_next(&proto, &field));
	CHECK_U64(0, proto.left);

	CHECK(proto_next(&inner, &field));
	CHECK_U64(4, field.bytes.left);
	CHECK(!memcmp(field.bytes.at, "да", 4));
	CHECK(proto_next(&inner, &field));
	CHECK(field.kind == PROTO_64);
	CHECK(proto_as_double(&field) > 0.249 &&
	      proto_as_double(&field) < 0.251);

	for (size_t n = 0; n < mb->end; n++) {
		proto = (struct proto){mb->buf, n};
		while (proto_next(&proto, &field))
			;
		CHECK(proto.left || !n || n == 11);
	}

out:
	mem_deref(mb);
	return err;
}

/* Of what a service says about times and confidence, what cannot be is not
 * taken. */
int test_hearing_believes_little(void)
{
	struct hearing_talk *talk = mem_zalloc(sizeof(*talk), NULL);
	int err = talk ? 0 : ENOMEM;

	CHECK_ERR(0, err);
	hearing_times(talk, 100, 900);
	hearing_times(talk, 10, 50);
	hearing_times(talk, 500, 400);
	CHECK_U64(100, talk->begin_ms);
	CHECK_U64(900, talk->end_ms);
	hearing_score(talk, (double)NAN);
	hearing_score(talk, 1.5);
	CHECK(!talk->has_score);
	hearing_score(talk, 0.5);
	CHECK_U64(50, talk->score);

out:
	mem_deref(talk);
	return err;
}
