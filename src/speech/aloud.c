/*
 * speech/aloud.c - how the hints of a question sound in their language
 *
 * All parts of all hints go to one process, a paragraph each; it answers with
 * a line each. A "*" parts a hint, and so do words whose phones are known:
 * what stands before and behind them is read for itself.
 */
#include <assert.h>
#include <ctype.h>
#include <strings.h>
#include "base/mem.h"
#include "speech/aloud.h"
#include "speech/espeak.h"
#include "speech/ipa.h"

/* Where a sentence ends or pauses the answer would go on a new line. */
static const char *const pausev[] = {
	/* clang-format off */
	"，", "。", "？", "！", "、", "；", "：", "「", "」", "（", "）", "…",
	"—", "–", "«", "»", "“", "”", "„", "¿", "¡", "।", "\xc2\xa0",
	/* clang-format on */
};

bool aloud_is_english(const char *lang)
{
	if (!*lang)
		return true;

	return !strncasecmp(lang, "en", 2) && (!lang[2] || lang[2] == '-');
}

static size_t pause_at(const char *at)
{
	if (ispunct((unsigned char)*at) && !strchr("'%&+@$", *at))
		return 1;
	for (size_t i = 0; i < ARRAY_COUNT(pausev); i++) {
		size_t len = strlen(pausev[i]);

		if (!strncmp(at, pausev[i], len))
			return len;
	}

	return 0;
}

static bool is_wordless(const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t gap = pause_at(text + i);

		if (!gap && !isspace((unsigned char)text[i]))
			return false;
		i += gap ? gap : 1;
	}

	return true;
}

static int put(struct mbuf *mb, const char *text)
{
	return mbuf_write_str(mb, text);
}

/* Bytes of "[[sounds]]", which it reads as they stand; 0: none begin here. */
static size_t sounds_len(const char *at, size_t len)
{
	const char *end;

	if (len < 4 || strncmp(at, "[[", 2))
		return 0;
	end = memmem(at, len, "]]", 2);

	return end ? (size_t)(end - at) + 2 : 0;
}

/* One part as a paragraph of its own. */
static int put_part(struct mbuf *mb, const char *part, size_t len)
{
	int err = 0;

	for (size_t i = 0; i < len && !err;) {
		size_t own = sounds_len(part + i, len - i);
		size_t gap = pause_at(part + i);
		bool is_gap = gap || isspace((unsigned char)part[i]);

		if (own) {
			err = mbuf_write_mem(mb, (const uint8_t *)part + i,
			                     own);
			i += own;
			continue;
		}

		err = mbuf_write_u8(mb, is_gap ? ' ' : (uint8_t)part[i]);
		i += gap ? gap : 1;
	}

	return err ? err : put(mb, "\n\n");
}

/* Bytes of the part that begins at p. */
static size_t part_len(const char *p)
{
	const char stops[] = {'*', SPELL_PHONES, '\0'};

	return strcspn(p, stops);
}

/* Bytes of what parts the parts. */
static size_t stop_len(const char *p)
{
	const char end[] = {SPELL_PHONES_END, '\0'};
	size_t len;

	if (*p != SPELL_PHONES)
		return *p == '*';
	len = strcspn(p, end);

	return len + (p[len] != '\0');
}

/* Walks through the parts of a hint; mb may be NULL. Returns how many it
 * has. */
static size_t parts_of(const char *hint, struct mbuf *mb, int *errp)
{
	size_t n = 0;

	for (const char *p = hint; *p;) {
		size_t len = part_len(p);

		if (!is_wordless(p, len)) {
			n++;
			if (mb && !*errp)
				*errp = put_part(mb, p, len);
		}
		p += len;
		p += stop_len(p);
	}

	return n;
}

static int ask(char **ipap, const char *hints, size_t size, const char *lang)
{
	struct mbuf *mb = NULL;
	int err = 0;

	mb = mbuf_alloc(size + 64);
	if (!mb)
		return ENOMEM;
	for (const char *p = hints; p < hints + size; p += strlen(p) + 1)
		(void)parts_of(p, mb, &err);
	if (!err)
		err = mbuf_write_u8(mb, 0);
	if (!err)
		err = espeak_ipa(ipap, lang, (char *)mb->buf);
	mem_deref(mb);

	return err;
}

static size_t line_count(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';

	return n;
}

/* The next line of the answer in words; false when it does not sound. */
static bool take_line(char words[SPELL_SIZE], const char **ipap,
                      const char *lang)
{
	size_t len = strcspn(*ipap, "\n");
	char line[SPELL_SIZE];
	bool is_said = len < sizeof(line);

	if (is_said) {
		memcpy(line, *ipap, len);
		line[len] = '\0';
		is_said = ipa_words(words, line, lang);
	}
	*ipap += len + ((*ipap)[len] == '\n');

	return is_said;
}

static int put_stop(struct mbuf *out, const char *p, size_t len)
{
	if (*p == '*')
		return put(out, "*");

	/* Without its marks. */
	return len > 2 ? mbuf_write_mem(out, (const uint8_t *)p + 1, len - 2)
	               : 0;
}

/* Whether the last word so far is one phone, as "v" is before a Russian noun:
 * the decoder wants it to be part of the next. */
static bool is_bare(const struct mbuf *out, size_t begin)
{
	const char *text = (const char *)out->buf + begin;
	size_t len = out->pos - begin, at = len;

	while (at && text[at - 1] != ' ')
		at--;

	return text[at] != '*' && !memchr(text + at, '.', len - at);
}

/* The words of one hint, from the lines of its parts. */
static int put_hint(struct mbuf *out, const char *hint, const char **ipap,
                    const char *lang)
{
	size_t begin = out->pos;
	bool is_said = true;
	int err = 0;

	for (const char *p = hint; *p && !err;) {
		size_t len = part_len(p);
		char words[SPELL_SIZE];

		if (!is_wordless(p, len)) {
			is_said = take_line(words, ipap, lang) && is_said;
			if (out->pos != begin)
				err = put(out, " ");
			if (!err)
				err = put(out, words);
		}
		p += len;
		len = stop_len(p);
		if (len && out->pos != begin && !err)
			err = put(out,
			          *p != '*' && is_bare(out, begin) ? "." : " ");
		if (len && !err)
			err = put_stop(out, p, len);
		p += len;
	}
	if (!is_said || out->pos - begin >= SPELL_SIZE)
		out->pos = out->end = begin;

	return err ? err : mbuf_write_u8(out, 0);
}

static int put_hints(struct mbuf *out, const char *hints, size_t size,
                     const char *lang)
{
	size_t partc = 0;
	char *ipa = NULL;
	const char *at;
	int err;

	for (const char *p = hints; p < hints + size; p += strlen(p) + 1)
		partc += parts_of(p, NULL, NULL);
	err = partc ? ask(&ipa, hints, size, lang) : 0;
	if (err)
		return err;

	at = ipa ? ipa : "";
	if (line_count(at) == partc) {
		const char *p = hints;

		for (; p < hints + size && !err; p += strlen(p) + 1)
			err = put_hint(out, p, &at, lang);
		mem_deref(ipa);
		return err;
	}
	mem_deref(ipa);

	/* A line too many somewhere: then the one that has it is not said. */
	if (strlen(hints) + 1 >= size)
		return mbuf_write_u8(out, 0);
	for (const char *p = hints; p < hints + size && !err;
	     p += strlen(p) + 1)
		err = put_hints(out, p, strlen(p) + 1, lang);

	return err;
}

int aloud_words(char **wordsp, const char *hints, size_t size, const char *lang)
{
	struct mbuf *out;
	int err;

	assert(wordsp && lang && (!size || !hints[size - 1]));

	out = mbuf_alloc(size * 4 + 64);
	if (!out)
		return ENOMEM;

	err = put_hints(out, hints, size, lang);
	if (err)
		goto out;

	*wordsp = mem_zalloc(out->end + 1, NULL);
	if (!*wordsp) {
		err = ENOMEM;
		goto out;
	}
	memcpy(*wordsp, out->buf, out->end);

out:
	mem_deref(out);

	return err;
}
