/*
 * speech/said.c - how the hints of a question are said
 *
 * A word that is spelled otherwise is replaced in the hint before anybody reads
 * it, so that its neighbours still sound as they do beside it. Phones are
 * marked in the hint (spell.h) and stay what they are.
 */
#include <assert.h>
#include "base/fold.h"
#include "base/mem.h"
#include "base/text.h"
#include "speech/aloud.h"
#include "speech/espeak.h"
#include "speech/ipa.h"
#include "speech/said.h"

/* Hints on their way from how they are written to how they are said. */
struct work {
	const struct said_prm *prm;
	struct mbuf *used;  /* a list: the words of the hints, phones marked */
	struct mbuf *texts; /* as they were written */
	struct mbuf *saids; /* with their words replaced */
	struct mbuf *words;
};

/* What to do with a word of the hints. */
typedef int(use_h)(struct work *work, const struct pronounce_line *line);

static const char *list_at(const struct said_prm *prm, size_t i)
{
	return prm->listv[i] ? prm->listv[i] : "";
}

/* --- ways ------------------------------------------------------------------
 */

/* English is read by the voice that the model was made for. */
static const char *voice_of(const char *lang)
{
	return aloud_is_english(lang) ? "en-us" : lang;
}

static int espeak_words(char words[SPELL_SIZE], const char *way,
                        const char *lang)
{
	char *ipa = NULL;
	bool is_said;
	int err;

	err = espeak_ipa(&ipa, voice_of(lang), way);
	if (err)
		return err;

	is_said = ipa_words(words, ipa, lang);
	mem_deref(ipa);

	return is_said ? 0 : EINVAL;
}

static int spelled_words(char words[SPELL_SIZE], const char *way,
                         const char *lang)
{
	char *said = NULL;
	int err;

	if (aloud_is_english(lang))
		return spell_words(words, way) ? 0 : EINVAL;

	err = aloud_words(&said, way, strlen(way) + 1, lang);
	if (err)
		return err;
	(void)text_copy(words, SPELL_SIZE, said);
	mem_deref(said);

	return *words ? 0 : EINVAL;
}

int said_way(char words[SPELL_SIZE], const char *way, const char *lang)
{
	char phones[PRONOUNCE_WAY_SIZE];

	assert(way && lang);

	switch (pronounce_kind(way)) {
	case PRONOUNCE_PHONED:
		pronounce_phones(phones, way);
		(void)text_copy(words, SPELL_SIZE, phones);
		return 0;
	case PRONOUNCE_ESPEAK:
		return espeak_words(words, way, lang);
	default:
		return spelled_words(words, way, lang);
	}
}

/* What takes the place of the word in a hint. What cannot be said, which the
 * check of a script tells, leaves the word as it is. */
static int use_line(struct work *work, const struct pronounce_line *line)
{
	enum pronounce_kind kind = pronounce_kind(line->way);
	const char *lang = work->prm->lang;
	char words[SPELL_SIZE], marked[SPELL_SIZE + 2];
	int err;

	/* As a part of the hint it is read by espeak-ng with the rest, which
	 * sounds otherwise alone: "v" becomes the name of a letter. */
	if (kind != PRONOUNCE_PHONED && !aloud_is_english(lang) &&
	    !strchr(line->way, '*'))
		return pronounce_add(work->used, line->word, line->way);

	err = said_way(words, line->way, lang);
	if (err == EINVAL)
		return 0;
	if (err)
		return err;
	if (kind == PRONOUNCE_SPELLED)
		return pronounce_add(work->used, line->word, line->way);

	(void)snprintf(marked, sizeof(marked), "%c%s%c", SPELL_PHONES, words,
	               SPELL_PHONES_END);
	if (strlen(marked) >= PRONOUNCE_WAY_SIZE)
		return 0;

	return pronounce_add(work->used, line->word, marked);
}

static bool is_in_hints(const char *hints, size_t size, const char *word)
{
	for (const char *p = hints; p < hints + size; p += strlen(p) + 1) {
		if (text_is_utf8(p, strlen(p)) && pronounce_is_in(p, word))
			return true;
	}

	return false;
}

/* Of thousands of words few are in the hints of one question. */
static int use_lists(struct work *work, const char *hints, size_t size,
                     use_h *use)
{
	struct pronounce_line line;
	int err = 0;

	for (size_t i = 0; i < SAID_LISTS; i++) {
		const char *list = list_at(work->prm, i);

		while (!err && pronounce_next(&line, &list)) {
			bool is_used = is_in_hints(hints, size, line.word);

			for (size_t j = 0; j < i && is_used; j++)
				is_used = !pronounce_has(list_at(work->prm, j),
				                         line.word);
			if (is_used)
				err = use(work, &line);
		}
	}

	return err ? err : mbuf_write_u8(work->used, '\0');
}

/* --- hints -----------------------------------------------------------------
 */

/* The longest word of the list that stands at `at`, its first line and how
 * many ways it has. Returns how many bytes of the hint it is; 0: none. */
static size_t word_at(const char **linesp, unsigned *wayc, const char *used,
                      const char *hint, const char *at)
{
	struct pronounce_line line;
	const char *next = used;
	size_t longest = 0;

	*wayc = 0;
	for (const char *p = used; pronounce_next(&line, &next); p = next) {
		size_t len = pronounce_match(hint, at, line.word);

		if (!len || len < longest)
			continue;
		if (len == longest) {
			++*wayc;
			continue;
		}
		longest = len;
		*wayc = 1;
		*linesp = p;
	}

	return longest;
}

static int put_way(struct mbuf *mb, const char *lines, unsigned way)
{
	struct pronounce_line line = {.way = ""};

	for (unsigned i = 0; i <= way; i++)
		(void)pronounce_next(&line, &lines);

	return mbuf_write_str(mb, line.way);
}

/* The hint with its words replaced, in the v-th choice of all their ways; v is
 * above 0 at the end when there are not so many. */
static int put_choice(struct work *work, const char *hint, unsigned *v)
{
	const char *used = (const char *)work->used->buf;
	bool is_plain = !*used || !text_is_utf8(hint, strlen(hint));
	int err = 0;

	for (const char *p = hint; *p && !err;) {
		const char *lines = NULL;
		unsigned wayc = 0;
		size_t len = 0;
		uint32_t cp;

		if (!is_plain)
			len = word_at(&lines, &wayc, used, hint, p);
		if (len) {
			err = put_way(work->saids, lines, *v % wayc);
			*v /= wayc;
			p += len;
			continue;
		}
		len = is_plain ? 1 : fold_decode(&cp, p);
		/* Our own marks are nobody else's. */
		err = *p == SPELL_PHONES || *p == SPELL_PHONES_END
		              ? mbuf_write_u8(work->saids, ' ')
		              : mbuf_write_mem(work->saids, (const uint8_t *)p,
		                               len);
		p += len;
	}

	return err ? err : mbuf_write_u8(work->saids, '\0');
}

static int put_hint(struct work *work, const char *hint)
{
	int err = 0;

	for (unsigned i = 0; i < SAID_WAYS_MAX && !err; i++) {
		size_t begin = work->saids->pos;
		unsigned v = i;

		err = put_choice(work, hint, &v);
		if (err)
			return err;
		if (v) {
			work->saids->pos = work->saids->end = begin;
			break;
		}
		err = mbuf_write_mem(work->texts, (const uint8_t *)hint,
		                     strlen(hint) + 1);
	}

	return err;
}

static int spell_all(struct work *work)
{
	const char *at = (const char *)work->saids->buf;
	const char *end = at + work->saids->end;
	int err = 0;

	for (; at < end && !err; at += strlen(at) + 1) {
		char words[SPELL_SIZE];
		bool is_said = spell_words(words, at);

		if (is_said)
			err = mbuf_write_str(work->words, words);
		if (!err)
			err = mbuf_write_u8(work->words, '\0');
	}

	return err;
}

/* The caller's own copy; an empty one is none. */
static int take(char **textp, const struct mbuf *mb)
{
	char *text = mem_zalloc(mb->end + 1, NULL);

	if (!text)
		return ENOMEM;
	memcpy(text, mb->buf, mb->end);
	*textp = text;

	return 0;
}

static int say_all(struct said *said, struct work *work)
{
	int err;

	if (!aloud_is_english(work->prm->lang))
		return aloud_words(&said->words, (const char *)work->saids->buf,
		                   work->saids->end, work->prm->lang);

	err = spell_all(work);

	return err ? err : take(&said->words, work->words);
}

int said_make(struct said *said, const char *hints, size_t size,
              const struct said_prm *prm)
{
	struct work work = {.prm = prm};
	int err = ENOMEM;

	assert(said && prm && prm->lang && (!size || !hints[size - 1]));

	*said = (struct said){0};
	if (!size)
		return 0;

	work.used = mbuf_alloc(256);
	work.texts = mbuf_alloc(size);
	work.saids = mbuf_alloc(size);
	work.words = mbuf_alloc(size);
	if (!work.used || !work.texts || !work.saids || !work.words)
		goto out;

	err = use_lists(&work, hints, size, use_line);
	for (const char *p = hints; p < hints + size && !err;
	     p += strlen(p) + 1)
		err = put_hint(&work, p);
	if (!err)
		err = say_all(said, &work);
	if (!err)
		err = take(&said->texts, work.texts);
	said->size = err ? 0 : work.texts->end;

out:
	if (err) {
		said->words = mem_deref(said->words);
		said->texts = mem_deref(said->texts);
	}
	mem_deref(work.used);
	mem_deref(work.texts);
	mem_deref(work.saids);
	mem_deref(work.words);

	return err;
}

/* --- for authors -----------------------------------------------------------
 */

/* Without stress, length and pauses, which its answer may have elsewhere. */
static size_t sound_count(const char *names)
{
	size_t n = 0;

	for (; *names; names++)
		n += !strchr("[]',%=_:;|!~ \n", *names);

	return n;
}

/* What espeak-ng does not know it leaves out. */
static bool check_names(char fault[PRONOUNCE_FAULT_SIZE], const char *way,
                        const char *lang)
{
	char voice[ESPEAK_VOICE_SIZE];
	char *names = NULL;
	bool is_whole = true;

	espeak_voice(voice, voice_of(lang));
	if (espeak_names(&names, voice, way))
		return true;

	names[strcspn(names, "\n")] = '\0';
	is_whole = sound_count(names) >= sound_count(way);
	if (!is_whole)
		(void)snprintf(fault, PRONOUNCE_FAULT_SIZE,
		               "espeak-ng does not know all sounds of "
		               "\"%.80s\", it reads \"%.80s\"; espeak-ng -x "
		               "-v %.20s WORD shows how it writes them",
		               way, names, voice);
	mem_deref(names);

	return is_whole;
}

bool said_check(char fault[PRONOUNCE_FAULT_SIZE], const char *way,
                const char *lang)
{
	char words[SPELL_SIZE];
	int err = said_way(words, way, lang);

	if (err == ENOENT)
		(void)snprintf(fault, PRONOUNCE_FAULT_SIZE,
		               "\"%.80s\" is read by espeak-ng, which is not "
		               "installed: apt-get install espeak-ng",
		               way);
	else if (err == EINVAL)
		(void)snprintf(
			fault, PRONOUNCE_FAULT_SIZE,
			"\"%.80s\" cannot be said in the language of the "
			"script, \"%.20s\"; write it in its letters, or "
			"in phones as \"S IY K W AH L\"",
			way, *lang ? lang : "en");
	else if (err)
		(void)snprintf(fault, PRONOUNCE_FAULT_SIZE,
		               "\"%.80s\" was not read by espeak-ng: %s", way,
		               strerror(err));

	return !err && (pronounce_kind(way) != PRONOUNCE_ESPEAK ||
	                check_names(fault, way, lang));
}

/* The phones of pronounce_phonev as espeak-ng's English calls them. */
static const char *const espeak_namev[PRONOUNCE_PHONES] = {
	"A:", "a", "V", "O:", "aU", "aI", "b", "tS", "d", "D", "E", "3:", "eI",
	"f",  "g", "h", "I",  "i:", "dZ", "k", "l",  "m", "n", "N", "oU", "OI",
	"p",  "r", "s", "S",  "t",  "T",  "U", "u:", "v", "w", "j", "z",  "Z",
};

static size_t phone_at(const char *phone, size_t len)
{
	size_t i = 0;

	while (i < PRONOUNCE_PHONES - 1 &&
	       (strlen(pronounce_phonev[i]) != len ||
	        memcmp(pronounce_phonev[i], phone, len)))
		i++;

	return i;
}

static bool is_vowel(const char *phone)
{
	return strchr("AEIOU", *phone) != NULL;
}

/* Where the way has the stress: "1" behind a vowel, else the first one. */
static const char *stress_of(const char *way)
{
	const char *digit = strchr(way, '1');
	const char *at = way + strcspn(way, "AEIOU");

	return digit && digit > way + 1 ? digit - 2 : at;
}

static int put_names(struct mbuf *mb, const char *way)
{
	const char *stress = stress_of(way);
	int err = mbuf_write_str(mb, "[[");

	for (const char *p = way; *p && !err;) {
		size_t len = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

		if (!len) {
			p++;
			continue;
		}
		if (p == stress && is_vowel(p))
			err = mbuf_write_str(mb, "'");
		if (!err)
			err = mbuf_write_str(mb,
			                     espeak_namev[phone_at(p, len)]);
		p += len;
	}

	return err ? err : mbuf_write_str(mb, "]]");
}

/* As a voice reads it. */
static int voice_line(struct work *work, const struct pronounce_line *line)
{
	struct mbuf *names;
	int err;

	if (pronounce_kind(line->way) != PRONOUNCE_PHONED)
		return pronounce_add(work->used, line->word, line->way);
	if (!aloud_is_english(work->prm->lang))
		return ENOTSUP;

	names = mbuf_alloc(PRONOUNCE_WAY_SIZE);
	if (!names)
		return ENOMEM;
	err = put_names(names, line->way);
	if (!err)
		err = mbuf_write_u8(names, '\0');
	if (!err && names->end <= PRONOUNCE_WAY_SIZE)
		err = pronounce_add(work->used, line->word,
		                    (const char *)names->buf);
	mem_deref(names);

	return err;
}

int said_text(char **textp, const char *hint, const struct said_prm *prm)
{
	struct work work = {.prm = prm};
	unsigned first = 0;
	int err = ENOMEM;

	assert(textp && hint && prm && prm->lang);

	work.used = mbuf_alloc(256);
	work.saids = mbuf_alloc(256);
	if (!work.used || !work.saids)
		goto out;

	err = use_lists(&work, hint, strlen(hint) + 1, voice_line);
	if (!err)
		err = put_choice(&work, hint, &first);
	if (!err)
		err = take(textp, work.saids);

out:
	mem_deref(work.used);
	mem_deref(work.saids);

	return err;
}
