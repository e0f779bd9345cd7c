/*
 * test/speech/test_ipa.c - phrases of other languages in English phones
 */
#include "harness.h"
#include "base/pronounce.h"
#include "speech/aloud.h"
#include "speech/espeak.h"
#include "speech/ipa.h"
#include "speech_tests.h"

int test_ipa_table(void)
{
	static const struct {
		const char *why;
		const char *lang;
		const char *ipa;
		const char *words; /* NULL: nothing sounds */
	} rowv[] = {
		/* clang-format off */
		{"a plain syllable",           "ru", "dˈɑ",        "D.AA"},
		{"soft before e: with Y",      "ru", "nʲˈet",      "N.Y.EH.T"},
		{"soft before i: without",     "ru", "pʲirʲˈi",    "P.IY.R.IY"},
		{"a word of one phone joins the next", "ru", "s ʌpʲirˈɑtʌrʌm",
		 "S.AH.P.IY.R.AA.T.AH.R.AH.M"},
		{"each vowel for itself",      "ru", "stʌˈit",
		     "S.T.AH.IY.T"},
		{"long ones are short",        "ru", "pˈoʒʒy",
		     "P.OW.ZH.IY"},
		{"region does not matter",     "ru-RU", "tˈɑk",    "T.AA.K"},
		{"Hanzi: one word, h as aspiration", "zh-CN",
		 "tˈuo5 s.ˈɑu2 tɕhˈiɛɜn",
		 "D.W.OW.SH.AW.CH.Y.EH.N"},
		{"unaspirated is voiced",      "zh", "pˈu5 jˈɑu5", "B.UW.Y.AW"},
		{"shi",                        "zh", "s.ˈi.5",     "SH.ER"},
		{"chi",                        "cmn", "ts.hˈi.5 fˈa5n",
		 "CH.ER.F.AA.N"},
		{"a long phrase stays words",  "zh",
		 "tɕhˈiɜŋ nˈi2 s.ˈɑu2 χˈou5 tsˈai5 tˈɑɜ kˈeiɜ wˈo2",
		 "CH.IY.NG N.IY SH.AW HH.OW T.S.AY D.AA G.EY W.OW"},
		{"a diphthong",                "de", "nˈaɪn",      "N.AY.N"},
		{"its umlaut",                 "de", "tsuːrˈyk",
		   "T.S.UW.R.IY.K"},
		{"ñ",                          "es", "maɲˈana",
		    "M.AA.N.Y.AA.N.AA"},
		{"nasal as oral",              "fr", "mɛʁsˈi nɔ̃",
		  "M.EH.R.S.IY N.AO"},
		{"ř",                          "cs", "r̝ˈekl̩",
		      "R.ZH.EH.K.L"},
		{"a with two points",          "ja", "hˈäi",       "HH.AY"},
		{"another language inside",    "ru", "(en)ˈəʊ(ru)", "OW"},
		{"nothing",                    "ru", "",           NULL},
		{"no sound of any language",   "ru", "_:(12)",     NULL},
		/* clang-format on */
	};
	char words[SPELL_SIZE];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		bool is_said = ipa_words(words, rowv[i].ipa, rowv[i].lang);

		if (is_said != (rowv[i].words != NULL) ||
		    (is_said && strcmp(words, rowv[i].words)))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK(is_said == (rowv[i].words != NULL));
		if (is_said)
			CHECK_STR(rowv[i].words, words);
	}

out:
	return err;
}

/* Every phone of every word is one that the model has. */
static bool are_phones(const char *words)
{
	char phone[8];

	while (*words) {
		size_t len = strcspn(words, ". ");
		bool is_known = false;

		(void)snprintf(phone, sizeof(phone), "%.*s", (int)len, words);
		for (size_t i = 0; i < PRONOUNCE_PHONES; i++)
			is_known =
				is_known || !strcmp(pronounce_phonev[i], phone);
		if (!is_known)
			return false;
		words += len + (words[len] != '\0');
	}

	return true;
}

int test_aloud_languages(void)
{
	static const struct {
		const char *lang;
		const char *text;
	} rowv[] = {
		/* clang-format off */
		{"ru", "да, конечно"}, {"uk", "передзвоніть пізніше"},
		{"kk", "кейінірек хабарласыңыз"}, {"zh", "多少钱？"},
		{"de", "rufen Sie später an"},
		{"fr", "rappelez-moi, s'il vous plaît"},
		{"es", "¿cuánto cuesta?"}, {"it", "no, grazie"},
		{"pl", "nie, dziękuję"},
		{"cs", "zavolejte později"}, {"tr", "hayır, teşekkürler"},
		{"pt", "não, obrigado"}, {"ja", "はい"}, {"hi", "नहीं"},
		{"sv", "nej tack"},
		{"fi", "kyllä kiitos"}, {"hu", "igen, jövök"}, {"el",
		 "ναι, θα έρθω"},
		{"nl", "bel me later terug"}, {"vi", "không, cảm ơn"},
		/* clang-format on */
	};
	char *words = NULL;
	int err = 0;

	CHECK(!espeak_missing());
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = aloud_words(&words, rowv[i].text,
		                  strlen(rowv[i].text) + 1, rowv[i].lang);
		CHECK_ERR(0, err);
		if (!*words || !are_phones(words))
			fprintf(stderr, "%s: %s\n", rowv[i].lang, words);
		CHECK(*words);
		CHECK(are_phones(words));
		words = mem_deref(words);
	}

out:
	mem_deref(words);

	return err;
}

int test_aloud_hints(void)
{
	static const char hints[] =
		"да\0позовите * завтра\0* нет *\0?!\0*\0нет";
	static const char *const wordv[] = {
		"D.AA",
		"P.AH.Z.AH.V.IY.T.IY * Z.AA.F.T.R.AA",
		"* N.Y.EH.T *",
		"",
		"*",
		"N.Y.EH.T",
	};
	char *words = NULL;
	const char *at;
	int err;

	err = aloud_words(&words, hints, sizeof(hints), "ru");
	CHECK_ERR(0, err);
	at = words;
	for (size_t i = 0; i < ARRAY_COUNT(wordv); i++) {
		CHECK_STR(wordv[i], at);
		at += strlen(at) + 1;
	}

	CHECK(aloud_is_english("en"));
	CHECK(aloud_is_english("en-GB"));
	CHECK(!aloud_is_english("enm"));
	CHECK(!aloud_is_english("ru"));

out:
	mem_deref(words);

	return err;
}
