/*
 * speech/wordbook.c - how words sound in every script: a file of the operator
 */
#include <assert.h>
#include <strings.h>
#include "base/mem.h"
#include "base/pronounce.h"
#include "base/text.h"
#include "speech/wordbook.h"

enum {
	LINE_SIZE = 512,
	LANG_SIZE = 24,
};

struct section {
	char lang[LANG_SIZE]; /* "": all */
	struct mbuf *list;    /* NUL-terminated once it is read */
};

struct wordbook {
	struct section sectionv[WORDBOOK_LANGS_MAX];
	size_t sectionc;
};

/* The file under way. */
struct reading {
	struct wordbook *book;
	struct section *section;
	char why[PRONOUNCE_FAULT_SIZE];
};

static void destructor(void *arg)
{
	struct wordbook *book = arg;

	for (size_t i = 0; i < book->sectionc; i++)
		mem_deref(book->sectionv[i].list);
}

/* Without the blanks around it; in place. */
static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	text[len] = '\0';

	return text;
}

static int refuse(struct reading *reading, const char *why)
{
	(void)text_copy(reading->why, sizeof(reading->why), why);

	return EINVAL;
}

static int section_begin(struct reading *reading, const char *lang)
{
	struct wordbook *book = reading->book;
	struct section *section = book->sectionv;

	for (size_t i = 0; i < book->sectionc; i++, section++) {
		if (strcasecmp(section->lang, lang))
			continue;
		reading->section = section;
		return 0;
	}
	if (book->sectionc == WORDBOOK_LANGS_MAX)
		return refuse(reading, "one language too many");

	section->list = mbuf_alloc(256);
	if (!section->list)
		return ENOMEM;
	(void)text_copy(section->lang, sizeof(section->lang), lang);
	book->sectionc++;
	reading->section = section;

	return 0;
}

/* "[ru]": tags as scripts have them, up to their first "-". */
static int take_heading(struct reading *reading, char *text)
{
	size_t len = strlen(text);

	if (text[len - 1] != ']' || len < 4 || len > LANG_SIZE ||
	    strspn(text + 1, "abcdefghijklmnopqrstuvwxyz") != len - 2)
		return refuse(reading, "must be a language in small letters: "
		                       "[ru]");
	text[len - 1] = '\0';

	return section_begin(reading, text + 1);
}

static int take_word(struct reading *reading, char *text)
{
	char *way = strchr(text, '=');
	const char *word;

	if (!way)
		return refuse(reading, "must be a word and how it sounds: "
		                       "SQL = sequel");
	*way++ = '\0';
	word = trim(text);
	way = trim(way);
	if (!pronounce_check_word(reading->why, word) ||
	    !pronounce_check_way(reading->why, way))
		return EINVAL;

	return pronounce_add(reading->section->list, word, way);
}

static int take_line(struct reading *reading, char line[LINE_SIZE])
{
	char *text = trim(line);

	if (strlen(line) == LINE_SIZE - 1)
		return refuse(reading, "is too long for a line");
	if (!*text || *text == '#')
		return 0;
	if (!text_is_utf8(text, strlen(text)))
		return refuse(reading, "is not UTF-8 text");

	return *text == '[' ? take_heading(reading, text)
	                    : take_word(reading, text);
}

static int read_lines(struct reading *reading, FILE *file, size_t *linecp)
{
	char line[LINE_SIZE];
	size_t bytes = 0;
	int err = 0;

	while (!err && fgets(line, sizeof(line), file)) {
		++*linecp;
		bytes += strlen(line);
		if (bytes > WORDBOOK_BYTES_MAX)
			return EFBIG;
		err = take_line(reading, line);
	}
	if (!err && ferror(file))
		err = errno ? errno : EIO;

	/* From here on they are texts. */
	for (size_t i = 0; i < reading->book->sectionc && !err; i++)
		err = mbuf_write_u8(reading->book->sectionv[i].list, '\0');

	return err;
}

int wordbook_alloc(struct wordbook **bookp, const char *path,
                   char fault[CFG_FAULT_SIZE])
{
	struct reading reading = {.why = ""};
	struct wordbook *book;
	FILE *file = NULL;
	size_t linec = 0;
	int err;

	assert(bookp && path);

	book = mem_zalloc(sizeof(*book), destructor);
	if (!book)
		return ENOMEM;

	reading.book = book;
	err = section_begin(&reading, "");
	if (err)
		goto out;

	file = fopen(path, "re");
	err = file ? read_lines(&reading, file, &linec) : errno;

out:
	if (file)
		(void)fclose(file);
	if (*reading.why)
		(void)snprintf(fault, CFG_FAULT_SIZE, "%.120s:%zu: %s", path,
		               linec, reading.why);
	else if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "sphinx.pronounce: %.200s: %s", path,
		               strerror(err));
	if (err)
		mem_deref(book);
	else
		*bookp = book;

	return err;
}

const char *wordbook_list(const struct wordbook *book, const char *lang)
{
	size_t len = strcspn(lang, "-_+");

	for (size_t i = 0; book && i < book->sectionc; i++) {
		const struct section *section = &book->sectionv[i];

		if (strlen(section->lang) == len &&
		    !strncasecmp(section->lang, lang, len))
			return (const char *)section->list->buf;
	}

	return "";
}
