/*
 * speech/ipa.c - pure: the sounds of any language as those of English
 *
 * The table holds for each sound the nearest phone by height, backness and
 * rounding (vowels) or by place, manner, voice and sibilance (consonants); and
 * by hand where such a distance is wrong. What depends on the neighbours is
 * in the functions below it.
 */
#include <assert.h>
#include "base/mem.h"
#include "speech/ipa.h"

enum {
	TOKENS_MAX = 256,
	PHONES_MAX = 300,
	ZH_WORD_MAX = 14, /* sounds of a Chinese phrase that is one word */
	LANG_SIZE = 3,
};

enum vowel {
	NO_VOWEL,
	OTHER,
	LIKE_A, /* begins a diphthong of English */
	LIKE_O,
	LIKE_E,
	SCHWA,
};

struct sound {
	const char *ipa;
	const char *phones; /* at most three, single spaces */
	enum vowel vowel;
	bool is_front; /* high and front: "i" */
};

/* clang-format off */
static const struct sound soundv[] = {
	{"tʂʰɨ", "CH ER", NO_VOWEL, false}, {"tsɨ", "T S IH", NO_VOWEL, false},
	{"tʂɨ", "CH ER", NO_VOWEL, false}, {"sɨ", "S IH", NO_VOWEL, false},
	{"ʂɨ", "SH ER", NO_VOWEL, false},  {"ʐɨ", "R IH", NO_VOWEL, false},
	{"ɹɨ", "R IH", NO_VOWEL, false},   {"ər", "ER", NO_VOWEL, false},
	{"ɜː", "ER", NO_VOWEL, false},     {"r̝", "R ZH", NO_VOWEL, false},
	{"dz", "D Z", NO_VOWEL, false},    {"dʐ", "JH", NO_VOWEL, false},
	{"dʑ", "JH", NO_VOWEL, false},     {"dʒ", "JH", NO_VOWEL, false},
	{"pf", "F", NO_VOWEL, false},      {"ts", "T S", NO_VOWEL, false},
	{"tɕ", "CH", NO_VOWEL, false},     {"tʂ", "CH", NO_VOWEL, false},
	{"tʃ", "CH", NO_VOWEL, false},     {"ʈʂ", "CH", NO_VOWEL, false},

	{"a", "AA", LIKE_A, false}, {"ä", "AA", LIKE_A, false},
	{"ɑ", "AA", LIKE_A, false}, {"ɐ", "AH", LIKE_A, false},
	{"æ", "AE", LIKE_A, false}, {"o", "OW", LIKE_O, false},
	{"ɔ", "AO", LIKE_O, false}, {"ɒ", "AO", LIKE_O, false},
	{"e", "EH", LIKE_E, false}, {"ɛ", "EH", LIKE_E, false},
	{"ə", "AH", SCHWA, false},  {"i", "IY", OTHER, true},
	{"y", "IY", OTHER, true},   {"ɪ", "IH", OTHER, true},
	{"ʏ", "IH", OTHER, true},   {"ɨ", "IH", OTHER, false},
	{"ᵻ", "IH", OTHER, false},  {"u", "UW", OTHER, false},
	{"ʉ", "UW", OTHER, false},  {"ʊ", "UH", OTHER, false},
	{"ɯ", "IH", OTHER, false},  {"ø", "ER", OTHER, false},
	{"œ", "ER", OTHER, false},  {"ɘ", "EY", OTHER, false},
	{"ɵ", "OW", OTHER, false},  {"ɤ", "AH", OTHER, false},
	{"ɚ", "AH", OTHER, false},  {"ɜ", "AH", OTHER, false},
	{"ʌ", "AH", OTHER, false},

	{"b", "B", NO_VOWEL, false},  {"c", "K", NO_VOWEL, false},
	{"d", "D", NO_VOWEL, false},  {"f", "F", NO_VOWEL, false},
	{"g", "G", NO_VOWEL, false},  {"h", "HH", NO_VOWEL, false},
	{"j", "Y", NO_VOWEL, false},  {"k", "K", NO_VOWEL, false},
	{"l", "L", NO_VOWEL, false},  {"m", "M", NO_VOWEL, false},
	{"n", "N", NO_VOWEL, false},  {"p", "P", NO_VOWEL, false},
	{"q", "K", NO_VOWEL, false},  {"r", "R", NO_VOWEL, false},
	{"s", "S", NO_VOWEL, false},  {"t", "T", NO_VOWEL, false},
	{"v", "V", NO_VOWEL, false},  {"w", "W", NO_VOWEL, false},
	{"x", "HH", NO_VOWEL, false}, {"z", "Z", NO_VOWEL, false},
	{"ç", "SH", NO_VOWEL, false}, {"ð", "DH", NO_VOWEL, false},
	{"ħ", "HH", NO_VOWEL, false}, {"ŋ", "NG", NO_VOWEL, false},
	{"ɕ", "SH", NO_VOWEL, false}, {"ɖ", "D", NO_VOWEL, false},
	{"ɟ", "G", NO_VOWEL, false},  {"ɡ", "G", NO_VOWEL, false},
	{"ɢ", "G", NO_VOWEL, false},  {"ɣ", "W", NO_VOWEL, false},
	{"ɥ", "Y", NO_VOWEL, false},  {"ɦ", "HH", NO_VOWEL, false},
	{"ɫ", "L", NO_VOWEL, false},  {"ɬ", "SH L", NO_VOWEL, false},
	{"ɭ", "L", NO_VOWEL, false},  {"ɱ", "M", NO_VOWEL, false},
	{"ɲ", "N Y", NO_VOWEL, false}, {"ɳ", "N", NO_VOWEL, false},
	{"ɴ", "NG", NO_VOWEL, false}, {"ɸ", "F", NO_VOWEL, false},
	{"ɹ", "R", NO_VOWEL, false},  {"ɻ", "R", NO_VOWEL, false},
	{"ɽ", "R", NO_VOWEL, false},  {"ɾ", "D", NO_VOWEL, false},
	{"ʀ", "G", NO_VOWEL, false},  {"ʁ", "R", NO_VOWEL, false},
	{"ʂ", "SH", NO_VOWEL, false}, {"ʃ", "SH", NO_VOWEL, false},
	{"ʈ", "T", NO_VOWEL, false},  {"ʋ", "V", NO_VOWEL, false},
	{"ʎ", "L Y", NO_VOWEL, false}, {"ʐ", "R", NO_VOWEL, false},
	{"ʑ", "ZH", NO_VOWEL, false}, {"ʒ", "ZH", NO_VOWEL, false},
	{"ʔ", "", NO_VOWEL, false},   {"ʝ", "Y", NO_VOWEL, false},
	{"β", "V", NO_VOWEL, false},  {"θ", "TH", NO_VOWEL, false},
	{"χ", "HH", NO_VOWEL, false},
};

/* Marks behind a sound that belong to it. */
static const char *const markv[] = {"ʲ", "ː", "ʰ", "ʷ", "ˤ",
                                    "\xcc\xaa", "\xcc\x9d"};

/* What does not tell: stress, tones, ties, nasality. */
static const char *const strippedv[] = {
	"ˈ", "ˌ", "\"", "-", "ˑ", "‿", "\xcd\xa1", "\xcc\x83", "\xcc\xa9",
	"\xcc\xaf",
};

/* How its Chinese voice writes, in this order: the retroflex with a point,
 * a tone as a vowel, aspiration as an "h". */
static const struct {
	const char *from;
	const char *to;
} zhv[] = {
	{"i\xcc\xaa.", "ɨ"}, {"s.", "ʂ"},   {"z.", "ʐ"},    {"i.", "ɨ"},
	{"i\xcc\xaa", "ɨ"},  {"ɜ", ""},     {"χ", "x"},     {"onɡ", "oŋ"},
	{"tɕh", "tɕʰ"},      {"tʂh", "tʂʰ"}, {"tsh", "tsʰ"}, {"ph", "pʰ"},
	{"th", "tʰ"},        {"kh", "kʰ"},  {"yuŋ", "yoŋ"}, {"yu", "jo"},
};
/* clang-format on */

struct token {
	const struct sound *sound; /* NULL: the word ends here */
	bool is_soft;              /* palatalised */
	bool is_aspirated;
};

/* --- from letters to sounds ------------------------------------------------
 */

static size_t match(const char *at, const char *what)
{
	size_t len = strlen(what);

	return strncmp(at, what, len) ? 0 : len;
}

static size_t match_any(const char *at, const char *const *whatv, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = match(at, whatv[i]);

		if (len)
			return len;
	}

	return 0;
}

/* "(en)": from here it reads another language. */
static size_t match_switch(const char *at)
{
	size_t len;

	if (*at != '(')
		return 0;
	len = 1 + strspn(at + 1, "abcdefghijklmnopqrstuvwxyz-");

	return at[len] == ')' ? len + 1 : 0;
}

static void strip(char plain[SPELL_SIZE], const char *ipa)
{
	size_t n = 0;

	while (*ipa && n < SPELL_SIZE - 1) {
		size_t len = match_switch(ipa);

		if (!len)
			len = match_any(ipa, strippedv, ARRAY_COUNT(strippedv));
		if (!len && *ipa >= '0' && *ipa <= '9')
			len = 1;
		if (!len)
			plain[n++] = *ipa++;
		ipa += len;
	}
	plain[n] = '\0';
}

/* In place: nothing grows by more than what an "h" takes. */
static void replace(char text[SPELL_SIZE], const char *from, const char *to)
{
	char out[SPELL_SIZE];
	size_t n = 0, to_len = strlen(to);

	for (const char *p = text; *p;) {
		size_t len = match(p, from);

		if (n + (len ? to_len : 1) >= SPELL_SIZE)
			break;
		if (len) {
			memcpy(out + n, to, to_len);
			n += to_len;
			p += len;
		}
		else {
			out[n++] = *p++;
		}
	}
	out[n] = '\0';
	memcpy(text, out, n + 1);
}

/* The longest sound that the text begins with; NULL: none that is known. */
static const struct sound *sound_at(size_t *lenp, const char *at)
{
	const struct sound *best = NULL;

	*lenp = 0;
	for (size_t i = 0; i < ARRAY_COUNT(soundv); i++) {
		size_t len = match(at, soundv[i].ipa);

		if (len <= *lenp)
			continue;
		*lenp = len;
		best = &soundv[i];
	}

	return best;
}

static size_t take_marks(struct token *token, const char *at)
{
	size_t all = 0, len;

	while ((len = match_any(at + all, markv, ARRAY_COUNT(markv)))) {
		token->is_soft = token->is_soft || match(at + all, "ʲ");
		token->is_aspirated =
			token->is_aspirated || match(at + all, "ʰ");
		all += len;
	}

	return all;
}

static size_t tokenise(struct token tokenv[TOKENS_MAX], const char *text)
{
	size_t n = 0;

	while (*text && n < TOKENS_MAX) {
		struct token *token = &tokenv[n];
		size_t len;

		*token = (struct token){0};
		if (*text == ' ' || *text == '\n') {
			n += n && tokenv[n - 1].sound;
			text++;
			continue;
		}
		token->sound = sound_at(&len, text);
		if (!token->sound) {
			text++;
			continue;
		}
		text += len;
		text += take_marks(token, text);
		n++;
	}

	return n;
}

/* --- from sounds to phones -------------------------------------------------
 */

struct draft {
	char (*phonev)[4]; /* "" ends a word */
	size_t n;
	char lang[LANG_SIZE];
};

static bool is_lang(const struct draft *draft, const char *list)
{
	const char *at = strstr(list, draft->lang);

	return draft->lang[0] && at;
}

static void put(struct draft *draft, const char *phone)
{
	bool is_same = draft->n && !strcmp(draft->phonev[draft->n - 1], phone);

	/* No sound of the model is long. */
	if (is_same || draft->n == PHONES_MAX)
		return;
	(void)snprintf(draft->phonev[draft->n++], 4, "%s", phone);
}

static void put_all(struct draft *draft, const char *phones)
{
	while (*phones) {
		size_t len = strcspn(phones, " ");
		char phone[4];

		(void)snprintf(phone, sizeof(phone), "%.*s", (int)len, phones);
		put(draft, phone);
		phones += len + (phones[len] == ' ');
	}
}

static bool is_vowel(const struct token *token)
{
	return token && token->sound && token->sound->vowel;
}

static bool is_one_of(const struct token *token, const char *list)
{
	size_t len;

	if (!token || !token->sound)
		return false;
	len = strlen(token->sound->ipa);
	for (const char *p = list; *p; p += strcspn(p, " "), p += *p == ' ') {
		if (strcspn(p, " ") == len &&
		    !memcmp(p, token->sound->ipa, len))
			return true;
	}

	return false;
}

/* The phone of two sounds that English says as one; NULL: it does not. */
static const char *diphthong(const struct draft *draft, const struct token *t,
                             const struct token *next,
                             const struct token *after)
{
	static const char *const glide[][2] = {
		[LIKE_A] = {"AY", "AW"},
		[LIKE_O] = {"OY", "OW"},
		[LIKE_E] = {"EY", NULL},
		[SCHWA] = {NULL, "OW"},
	};
	bool is_back = is_one_of(next, "u ʊ w");
	bool is_apart;

	if (!is_vowel(t) || t->sound->vowel == OTHER ||
	    !is_one_of(next, "i ɪ j u ʊ w y"))
		return NULL;

	/* "a" + "j" before a vowel: the "j" begins the next syllable; and
	 * some languages say each vowel for itself. */
	is_apart = is_one_of(next, "j w") && is_vowel(after);
	if (is_one_of(next, "i u") && is_lang(draft, "ru uk kk cs"))
		is_apart = true;

	return is_apart ? NULL : glide[t->sound->vowel][is_back];
}

/* What is neither aspirated nor voiced is heard as voiced by an English ear:
 * Mandarin "b", "d", "g". */
static const char *voiced(const struct token *t)
{
	static const struct {
		const char *ipa;
		const char *phones;
	} rowv[] = {
		{"p", "B"},   {"t", "D"},   {"k", "G"},       {"tɕ", "JH"},
		{"tʂ", "JH"}, {"ʈʂ", "JH"}, {"tʂɨ", "JH ER"},
	};

	for (size_t i = 0; i < ARRAY_COUNT(rowv) && !t->is_aspirated; i++) {
		if (!strcmp(rowv[i].ipa, t->sound->ipa))
			return rowv[i].phones;
	}

	return NULL;
}

static const char *medial(const struct token *t, const struct token *next)
{
	if (!is_vowel(next))
		return NULL;
	if (is_one_of(t, "i"))
		return "Y";
	if (is_one_of(t, "u"))
		return "W";

	return is_one_of(t, "y") ? "Y W" : NULL;
}

static bool is_soft_already(const char *phones)
{
	static const char *const softv[] = {"Y", "SH", "CH", "ZH", "JH"};
	const char *last = strrchr(phones, ' ');

	last = last ? last + 1 : phones;
	for (size_t i = 0; i < ARRAY_COUNT(softv); i++) {
		if (!strcmp(softv[i], last))
			return true;
	}

	return !*phones;
}

static void put_sound(struct draft *draft, const struct token *t,
                      const struct token *next)
{
	const char *phones = NULL;

	if (is_lang(draft, "zh"))
		phones = medial(t, next);
	if (!phones && is_lang(draft, "zh"))
		phones = voiced(t);
	if (!phones)
		phones = t->sound->phones;
	put_all(draft, phones);

	/* Before "i" an English consonant is soft enough as it is. */
	if (t->is_soft && is_vowel(next) && !next->sound->is_front &&
	    !is_soft_already(phones))
		put(draft, "Y");
}

static void put_tokens(struct draft *draft, const struct token *tokenv,
                       size_t tokenc)
{
	for (size_t i = 0; i < tokenc; i++) {
		const struct token *t = &tokenv[i];
		const struct token *next = i + 1 < tokenc ? t + 1 : NULL;
		const struct token *after = i + 2 < tokenc ? t + 2 : NULL;
		const char *phone;

		if (!t->sound) {
			put(draft, "");
			continue;
		}
		phone = diphthong(draft, t, next, after);
		if (phone) {
			put(draft, phone);
			i++;
		}
		else {
			put_sound(draft, t, next);
		}
	}
}

/* The decoder wants words of more than one phone: "s operatorom" is one. */
static bool write_words(char words[SPELL_SIZE], const struct draft *draft)
{
	size_t used = 0, in_word = 0;

	for (size_t i = 0; i < draft->n; i++) {
		const char *phone = draft->phonev[i];
		const char *between = "";
		int len;

		if (!*phone) {
			if (in_word > 1)
				in_word = 0;
			continue;
		}
		if (used)
			between = in_word ? "." : " ";
		len = snprintf(words + used, SPELL_SIZE - used, "%s%s", between,
		               phone);
		if (len < 0 || (size_t)len >= SPELL_SIZE - used)
			return false;
		used += (size_t)len;
		in_word++;
	}

	return used > 0;
}

static void read_lang(char to[LANG_SIZE], const char *lang)
{
	size_t len = strcspn(lang, "-_");

	if (len == 3 && !strncmp(lang, "cmn", len))
		lang = "zh";
	(void)snprintf(to, LANG_SIZE, "%.2s", lang);
	if (len == 3 && strcmp(lang, "zh"))
		to[0] = '\0'; /* no two letters: no rule is about it */
}

bool ipa_words(char words[SPELL_SIZE], const char *ipa, const char *lang)
{
	struct token tokenv[TOKENS_MAX];
	char phonev[PHONES_MAX][4];
	struct draft draft = {.phonev = phonev};
	char plain[SPELL_SIZE];
	size_t tokenc, n = 0;

	assert(ipa && lang);

	words[0] = '\0';
	if (strlen(ipa) >= SPELL_SIZE)
		return false;
	read_lang(draft.lang, lang);
	strip(plain, ipa);
	if (is_lang(&draft, "zh")) {
		for (size_t i = 0; i < ARRAY_COUNT(zhv); i++)
			replace(plain, zhv[i].from, zhv[i].to);
	}

	tokenc = tokenise(tokenv, plain);
	/* Its syllables stand apart; the phrase is one word. */
	if (is_lang(&draft, "zh")) {
		for (size_t i = 0; i < tokenc; i++) {
			if (tokenv[i].sound)
				tokenv[n++] = tokenv[i];
		}
		if (n < ZH_WORD_MAX)
			tokenc = n;
		else
			tokenc = tokenise(tokenv, plain);
	}
	put_tokens(&draft, tokenv, tokenc);

	return write_words(words, &draft);
}
