/*
 * test/base/test_pronounce_list.c - how words sound, as authors write it
 */
#include "base/pronounce.h"
#include "harness.h"
#include "test_base.h"

int test_pronounce_ways(void)
{
	static const struct {
		const char *why;
		const char *way;
		enum pronounce_kind kind;
		const char *fault;  /* its beginning; NULL: it is good */
		const char *phones; /* of good ones of that kind */
	} rowv[] = {
		/* clang-format off */
		{"a word", "sequel", PRONOUNCE_SPELLED, NULL, NULL},
		{"another alphabet", "сиквел", PRONOUNCE_SPELLED, NULL, NULL},
		{"Chinese", "微信", PRONOUNCE_SPELLED, NULL, NULL},
		{"letters by name", "S Q L", PRONOUNCE_SPELLED, NULL, NULL},
		{"letters that are phones", "T V", PRONOUNCE_SPELLED, NULL,
		 NULL},
		{"phones", "S IY K W AH L", PRONOUNCE_PHONED, NULL,
		 "S.IY.K.W.AH.L"},
		{"with stress", "S IY1 K  W AH0 L", PRONOUNCE_PHONED, NULL,
		 "S.IY.K.W.AH.L"},
		{"with points", "N.Y.EH.T", PRONOUNCE_PHONED, NULL,
		 "N.Y.EH.T"},
		{"one of them unknown", "S IY Q", PRONOUNCE_PHONED,
		 "\"Q\" is no phone of the recogniser", NULL},
		{"letters in capitals", "OK", PRONOUNCE_PHONED,
		 "\"OK\" is no phone of the recogniser (are letters meant, "
		 "write them small); the phones are AA AE", NULL},
		{"espeak-ng", "[[s'i:kw@l]]", PRONOUNCE_ESPEAK, NULL, NULL},
		{"not closed", "[[s'i:kw@l", PRONOUNCE_ESPEAK, "must be sounds",
		 NULL},
		{"something behind", "[[s'i:]] x", PRONOUNCE_ESPEAK,
		 "must be sounds", NULL},
		{"no sounds in it", "[[ ' ]]", PRONOUNCE_ESPEAK,
		 "must be sounds", NULL},
		{"no ASCII in it", "[[ж]]", PRONOUNCE_ESPEAK, "must be sounds",
		 NULL},
		{"nothing", "", PRONOUNCE_SPELLED, "says nothing", NULL},
		{"only marks", " - ", PRONOUNCE_SPELLED, "says nothing", NULL},
		{"a gap", "a * b", PRONOUNCE_SPELLED, "must be words", NULL},
		{"two lines", "a\nb", PRONOUNCE_SPELLED, "must be one line",
		 NULL},
		/* clang-format on */
	};
	char fault[PRONOUNCE_FAULT_SIZE], phones[PRONOUNCE_WAY_SIZE];
	char text[PRONOUNCE_WAY_SIZE + 1];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const char *want = rowv[i].fault;
		bool is_good = pronounce_check_way(fault, rowv[i].way);

		if (pronounce_kind(rowv[i].way) != rowv[i].kind ||
		    is_good != !want ||
		    (want && strncmp(want, fault, strlen(want))))
			CHECK_FAIL("row %zu: %s: %d %s", i, rowv[i].why,
			           is_good, is_good ? "" : fault);
		if (!rowv[i].phones)
			continue;
		pronounce_phones(phones, rowv[i].way);
		CHECK_STR(rowv[i].phones, phones);
	}

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CHECK(!pronounce_check_way(fault, text));
	CHECK(strstr(fault, "too long"));
	CHECK(!pronounce_check_word(fault, text));
	CHECK(strstr(fault, "too long"));
	CHECK(!pronounce_check_word(fault, "?"));
	CHECK(!pronounce_check_word(fault, "call * back"));
	CHECK(pronounce_check_word(fault, "New York"));

out:
	return err;
}

int test_pronounce_words(void)
{
	static const struct {
		const char *why;
		const char *text, *word;
		bool is_in;
	} rowv[] = {
		/* clang-format off */
		{"alone", "SQL", "SQL", true},
		{"in other case", "use sql now", "SQL", true},
		{"Cyrillic too", "Привет ЖЭК", "жэк", true},
		{"part of a word", "MySQLs", "SQL", false},
		{"the end of one", "MySQL", "SQL", false},
		{"of a Cyrillic one", "жэка", "жэк", false},
		{"with a mark behind", "SQL's", "SQL", true},
		{"in quotes", "«SQL»", "SQL", true},
		{"two words", "in New York now", "new york", true},
		{"no words have ends", "我去重庆路", "重庆", true},
		{"Latin among them", "我用WeChat付", "wechat", true},
		{"longer than the text", "SQ", "SQL", false},
		{"a sign at its end", "use C++ now", "C++", true},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++)
		if (pronounce_is_in(rowv[i].text, rowv[i].word) !=
		    rowv[i].is_in)
			CHECK_FAIL("row %zu: %s", i, rowv[i].why);

out:
	return err;
}

int test_pronounce_list(void)
{
	struct mbuf *mb = mbuf_alloc(16);
	struct pronounce_line line;
	const char *list;
	int err = mb ? 0 : ENOMEM;

	if (!err)
		err = pronounce_add(mb, " New   York ", " S  IY ");
	if (!err)
		err = pronounce_add(mb, "SQL", "sequel");
	if (!err)
		err = mbuf_write_u8(mb, '\0');
	if (err)
		goto out;

	list = (const char *)mb->buf;
	CHECK(pronounce_has(list, "new york") && pronounce_has(list, "sql"));
	CHECK(!pronounce_has(list, "york"));
	CHECK(pronounce_next(&line, &list));
	CHECK_STR("New York", line.word);
	CHECK_STR("S IY", line.way);
	CHECK(pronounce_next(&line, &list));
	CHECK_STR("sequel", line.way);
	CHECK(!pronounce_next(&line, &list));

out:
	mem_deref(mb);

	return err;
}
