/*
 * call/sayings.c - what machines, assistants and networks say
 */
#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <strings.h>
#include "base/file.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "call/builtin_sayings.h"
#include "call/sayings.h"

enum {
	LANGS_MAX = 64,
	LANG_SIZE = 9,
	PHRASE_MAX = 300, /* bytes */
	LONG_WORDS = 3,
	LONG_REQUEST = 2, /* of a machine or an assistant */
	LONG_SIGNS = 3,
};

struct tongue {
	char lang[LANG_SIZE];
	struct saying *sayingv;
	size_t sayingc;
};

struct sayings {
	struct tongue *tonguev;
	size_t tonguec;
};

static void tongue_clear(struct tongue *tongue)
{
	for (size_t i = 0; i < tongue->sayingc; i++) {
		mem_deref(tongue->sayingv[i].phrase);
		mem_deref(tongue->sayingv[i].folded);
	}
	mem_deref(tongue->sayingv);
}

static void destructor(void *arg)
{
	struct sayings *sayings = arg;

	for (size_t i = 0; i < sayings->tonguec; i++)
		tongue_clear(&sayings->tonguev[i]);
	mem_deref(sayings->tonguev);
}

/* --- comparing --------------------------------------------------------------
 */

/* Cyrillic capitals become small, as do Latin ones; all else stays. */
static size_t fold_two(unsigned char out[2], const unsigned char *in)
{
	unsigned cp = (in[0] & 0x1FU) << 6 | (in[1] & 0x3FU);

	if (cp >= 0x410 && cp <= 0x42F)
		cp += 0x20;
	else if (cp == 0x401 || cp == 0x451)
		cp = 0x435; /* yo is written as ye */
	out[0] = (unsigned char)(0xC0 | cp >> 6);
	out[1] = (unsigned char)(0x80 | (cp & 0x3F));

	return 2;
}

/* Small letters, one blank for all that is no letter. Returns in own memory. */
static char *folded(const char *text)
{
	const unsigned char *in = (const unsigned char *)text;
	unsigned char *out = mem_zalloc(strlen(text) + 1, NULL);
	size_t n = 0;

	if (!out)
		return NULL;

	while (*in) {
		if ((*in & 0xE0) == 0xC0 && (in[1] & 0xC0) == 0x80) {
			n += fold_two(out + n, in);
			in += 2;
			continue;
		}
		if (*in >= 'A' && *in <= 'Z')
			out[n++] = (unsigned char)(*in - 'A' + 'a');
		else if (*in >= 0x80 || *in == '*' || *in == '\'' ||
		         (*in >= '0' && *in <= '9') ||
		         (*in >= 'a' && *in <= 'z'))
			out[n++] = *in;
		else if (n && out[n - 1] != ' ')
			out[n++] = ' ';
		in++;
	}
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';

	return (char *)out;
}

/* Where a word of letters we know ends, so that "hi" is not in "this"; in
 * Chinese there are no blanks. */
static bool is_edge(unsigned char before, unsigned char after)
{
	return before == ' ' || after == ' ' || !before || !after ||
	       before >= 0x80 || after >= 0x80;
}

static const char *part_find(const char *text, const char *from,
                             const char *part, size_t len)
{
	for (const char *at = from; *at; at++) {
		if (strncmp(at, part, len))
			continue;
		if (at > text &&
		    !is_edge((unsigned char)at[-1], (unsigned char)at[0]))
			continue;
		if (!is_edge((unsigned char)at[len - 1],
		             (unsigned char)at[len]))
			continue;

		return at + len;
	}

	return NULL;
}

/* The parts between the stars, one behind another. */
static bool is_said(const char *phrase, const char *text)
{
	const char *from = text;

	while (from && *phrase) {
		const size_t skip = strspn(phrase, "* ");
		size_t len = strcspn(phrase + skip, "*");

		phrase += skip;
		if (!len)
			break;
		while (len && phrase[len - 1] == ' ')
			len--;
		from = part_find(text, from, phrase, len);
		phrase += strcspn(phrase, "*");
	}

	return from != NULL;
}

static const struct tongue *tongue_find(const struct sayings *sayings,
                                        const char *lang)
{
	const size_t len = strcspn(lang, "-_");

	for (size_t i = 0; i < sayings->tonguec; i++) {
		const struct tongue *tongue = &sayings->tonguev[i];

		if (strlen(tongue->lang) == len &&
		    !strncasecmp(tongue->lang, lang, len))
			return tongue;
	}

	return NULL;
}

bool saying_counts(const struct saying *saying, bool is_early)
{
	return is_early ? saying->class == WHO_ANNOUNCEMENT : saying->is_long;
}

const struct saying *sayings_find(const struct sayings *sayings,
                                  const char *lang, bool is_early,
                                  const char *text)
{
	const struct tongue *tongue = tongue_find(sayings, lang);
	const struct saying *found = NULL;
	char *said;

	if (!tongue || !*text)
		return NULL;

	/* Without memory nothing was recognised. */
	said = folded(text);
	for (size_t i = 0; said && !found && i < tongue->sayingc; i++) {
		if (saying_counts(&tongue->sayingv[i], is_early) &&
		    is_said(tongue->sayingv[i].folded, said))
			found = &tongue->sayingv[i];
	}
	mem_deref(said);

	return found;
}

const struct saying *sayings_rows(const struct sayings *sayings,
                                  const char *lang, size_t *countp)
{
	const struct tongue *tongue = tongue_find(sayings, lang);

	*countp = tongue ? tongue->sayingc : 0;

	return tongue ? tongue->sayingv : NULL;
}

/* --- reading ----------------------------------------------------------------
 */

static bool meaning_parse(struct saying *saying, const char *name)
{
	if (!strcmp(name, "machine")) {
		saying->class = WHO_MACHINE;
		return true;
	}
	if (!strcmp(name, "screening")) {
		saying->class = WHO_SCREENING;
		return true;
	}
	saying->class = WHO_ANNOUNCEMENT;

	return outcome_parse(&saying->outcome, name);
}

static int fault_say(char fault[CFG_FAULT_SIZE], const char *where,
                     const char *what)
{
	(void)snprintf(fault, CFG_FAULT_SIZE, "%.80s: %s", where, what);

	return EINVAL;
}

/* Words, or signs of a script without blanks between words. */
static bool is_long(const struct saying *saying)
{
	const char *text = saying->folded;
	unsigned words = 0, signs = 0;

	for (const char *p = text; *p; p++) {
		const unsigned char c = (unsigned char)*p;

		words += c != ' ' && c != '*' && (p == text || p[-1] == ' ');
		signs += c >= 0xE0;
	}
	if (signs)
		return signs >= LONG_SIGNS;

	return words >=
	       (saying->class == WHO_ANNOUNCEMENT ? LONG_WORDS : LONG_REQUEST);
}

static int phrase_read(struct tongue *tongue, const struct saying *meaning,
                       const char *name, const json_t *value,
                       char fault[CFG_FAULT_SIZE])
{
	const char *text = json_string_value(value);
	struct saying *saying;
	int err;

	if (!text || !text[strspn(text, "* ")] || strlen(text) > PHRASE_MAX)
		return fault_say(fault, name,
		                 "a phrase is a text of at most 300 bytes "
		                 "with words beside the '*'");
	if (tongue->sayingc == SAYINGS_MAX)
		return fault_say(fault, tongue->lang,
		                 "has more than 500 phrases");

	saying = &tongue->sayingv[tongue->sayingc++];
	*saying = *meaning;
	err = str_dup(&saying->phrase, text);
	if (err)
		return err;
	saying->folded = folded(text);

	if (!saying->folded)
		return ENOMEM;
	saying->is_long = is_long(saying);

	return 0;
}

static int meaning_read(struct tongue *tongue, const char *name,
                        const json_t *list, char fault[CFG_FAULT_SIZE])
{
	struct saying meaning = {.outcome = OUTCOMES};
	int err = 0;

	if (!meaning_parse(&meaning, name))
		return fault_say(fault, name,
		                 "is neither \"machine\" nor \"screening\" nor "
		                 "an outcome like \"bad_number\", "
		                 "\"unreachable\", \"busy\", "
		                 "\"line_congested\"");
	if (!json_is_array(list))
		return fault_say(fault, name, "must be a list of phrases");

	for (size_t i = 0; !err && i < json_array_size(list); i++)
		err = phrase_read(tongue, &meaning, name,
		                  json_array_get(list, i), fault);

	return err;
}

static int tongue_read(struct tongue *tongue, const char *lang,
                       const json_t *table, char fault[CFG_FAULT_SIZE])
{
	const char *name;
	json_t *list;
	int err = 0;

	if (strlen(lang) >= LANG_SIZE || !*lang || !json_is_object(table))
		return fault_say(fault, lang,
		                 "a language is like \"en\", with an object of "
		                 "lists");

	(void)snprintf(tongue->lang, sizeof(tongue->lang), "%s", lang);
	tongue->sayingv =
		mem_zalloc(SAYINGS_MAX * sizeof(*tongue->sayingv), NULL);
	if (!tongue->sayingv)
		return ENOMEM;

	json_object_foreach((json_t *)table, name, list)
	{
		err = meaning_read(tongue, name, list, fault);
		if (err)
			break;
	}

	return err;
}

static int tongues_read(struct sayings *sayings, const json_t *json,
                        char fault[CFG_FAULT_SIZE])
{
	const char *lang;
	json_t *table;
	int err = 0;

	if (!json_is_object(json) || json_object_size(json) > LANGS_MAX)
		return fault_say(fault, "the file",
		                 "must be an object of languages");

	sayings->tonguev = mem_zalloc(
		(json_object_size(json) + 1) * sizeof(*sayings->tonguev), NULL);
	if (!sayings->tonguev)
		return ENOMEM;

	json_object_foreach((json_t *)json, lang, table)
	{
		if (!strcmp(lang, "description"))
			continue;
		err = tongue_read(&sayings->tonguev[sayings->tonguec++], lang,
		                  table, fault);
		if (err)
			break;
	}

	return err;
}

int sayings_load(struct sayings **sayingsp, const char *text, size_t len,
                 char fault[CFG_FAULT_SIZE])
{
	struct sayings *sayings;
	json_error_t error;
	json_t *json = NULL;
	int err;

	assert(sayingsp && text && fault);

	sayings = mem_zalloc(sizeof(*sayings), destructor);
	if (!sayings)
		return ENOMEM;

	err = jmem_read(&json, text, len, JSON_REJECT_DUPLICATES, &error);
	if (!err)
		err = tongues_read(sayings, json, fault);
	else if (err != ENOMEM)
		err = fault_say(fault, "the file", error.text);
	json_decref(json);

	if (err)
		mem_deref(sayings);
	else
		*sayingsp = sayings;

	return err;
}

int sayings_alloc(struct sayings **sayingsp, const char *path,
                  char fault[CFG_FAULT_SIZE])
{
	char words[CFG_FAULT_SIZE] = "";
	char *text = NULL;
	size_t len = 0;
	int err;

	if (!*path)
		return sayings_load(sayingsp, builtin_sayings,
		                    builtin_sayings_len, fault);

	err = file_read(&text, &len, path, SAYINGS_BYTES_MAX);
	if (!err)
		err = sayings_load(sayingsp, text, len, words);
	mem_deref(text);
	if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE, "%.200s: %.250s", path,
		               *words ? words : strerror(err));

	return err;
}
