/*
 * speech/ssml.c - pure: marked-up text (SSML 1.1), and what of it is words
 */
#include <assert.h>
#include <stdlib.h>
#include <strings.h>
#include "base/mem.h"
#include "speech/ssml.h"

enum {
	CODE_POINT_MAX = 0x10ffff,
	ENTITY_MAX = 10, /* bytes between & and ; */
};

/* A tag in place: "<sub alias='x'>" has the name "sub". */
struct tag {
	const char *name, *attrs, *end; /* end: behind '>' */
	size_t name_len;
	bool is_closing;
};

bool ssml_is(const char *text)
{
	static const char speak[] = "<speak";
	const char *end;

	assert(text);

	text += strspn(text, " \t\r\n");
	if (!strncmp(text, "<?xml", 5)) {
		end = strstr(text, "?>");
		if (!end)
			return false;
		text = end + 2 + strspn(end + 2, " \t\r\n");
	}

	return !strncmp(text, speak, strlen(speak)) &&
	       strchr(" \t\r\n/>", text[strlen(speak)]) && text[strlen(speak)];
}

static size_t utf8_write(char *out, unsigned long c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));

	return 4;
}

/* The character behind "&", 0: it is none. */
static unsigned long entity(const char *name, size_t len)
{
	static const struct {
		const char *name;
		char c;
	} namedv[] = {
		{"amp", '&'},  {"lt", '<'},    {"gt", '>'},
		{"quot", '"'}, {"apos", '\''},
	};
	bool is_hex = len > 1 && name[1] == 'x';
	unsigned long c;
	char *end;

	for (size_t i = 0; i < ARRAY_COUNT(namedv); i++) {
		if (strlen(namedv[i].name) == len &&
		    !strncmp(namedv[i].name, name, len))
			return (unsigned long)namedv[i].c;
	}
	if (name[0] != '#')
		return 0;

	c = strtoul(name + 1 + is_hex, &end, is_hex ? 16 : 10);
	if (end != name + len || c < ' ' || c > CODE_POINT_MAX ||
	    (c >= 0xd800 && c <= 0xdfff))
		return 0;

	return c;
}

/* Copies len bytes of text with entities written out. The result is never
 * longer than what it is made of. */
static char *put_text(char *out, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *semicolon = NULL;
		unsigned long c = 0;

		if (*text == '&')
			semicolon = memchr(text, ';', (size_t)(end - text));
		if (semicolon && semicolon - text <= ENTITY_MAX)
			c = entity(text + 1, (size_t)(semicolon - text - 1));
		if (!c) {
			*out++ = *text++;
			continue;
		}
		out += utf8_write(out, c);
		text = semicolon + 1;
	}

	return out;
}

static bool tag_parse(struct tag *tag, const char *text)
{
	const char *end = strchr(text, '>');

	if (!end)
		return false;

	text++;
	tag->is_closing = *text == '/';
	text += tag->is_closing;
	tag->name = text;
	tag->name_len = strcspn(text, " \t\r\n/>");
	tag->attrs = text + tag->name_len;
	tag->end = end + 1;

	return true;
}

static bool is_named(const struct tag *tag, const char *name)
{
	return strlen(name) == tag->name_len &&
	       !strncmp(tag->name, name, tag->name_len);
}

static bool ends_in_pause(const char *begin, const char *end)
{
	static const char *const markv[] = {".",  "!",  "?",  ",",  ";", ":",
	                                    "。", "！", "？", "，", "；"};

	for (size_t i = 0; i < ARRAY_COUNT(markv); i++) {
		size_t len = strlen(markv[i]);

		if ((size_t)(end - begin) >= len &&
		    !strncmp(end - len, markv[i], len))
			return true;
	}

	return end == begin;
}

/* A pause that every voice makes: a mark, unless there is one. */
static char *put_pause(char *out, const char *begin, char mark)
{
	while (out > begin && strchr(" \t\r\n", out[-1]))
		out--;
	if (!ends_in_pause(begin, out))
		*out++ = mark;
	*out++ = ' ';

	return out;
}

/* The value of an attribute; NULL without. */
static const char *attribute(const struct tag *tag, const char *name,
                             size_t *lenp)
{
	const char *at = tag->attrs;
	const char *close;

	while ((at = strstr(at, name)) && at < tag->end) {
		const char *value = at + strlen(name);

		at = value;
		value += strspn(value, " ");
		if (*value++ != '=')
			continue;
		value += strspn(value, " ");
		if (*value != '"' && *value != '\'')
			continue;
		close = strchr(value + 1, *value);
		if (!close || close >= tag->end)
			return NULL;
		*lenp = (size_t)(close - value - 1);
		return value + 1;
	}

	return NULL;
}

/* Behind the end of the element, for what is not to be heard. */
static const char *skip_element(const struct tag *tag)
{
	const char *at = tag->end;
	struct tag other;

	if (tag->end[-2] == '/')
		return tag->end;

	while ((at = strchr(at, '<')) && tag_parse(&other, at)) {
		if (other.is_closing && other.name_len == tag->name_len &&
		    !strncmp(other.name, tag->name, tag->name_len))
			return other.end;
		at = other.end;
	}

	return tag->end;
}

/* What a tag leaves of itself. Returns where to go on. */
static const char *put_tag(char **outp, const char *begin,
                           const struct tag *tag)
{
	const char *alias;
	size_t len;

	if (is_named(tag, "break"))
		*outp = put_pause(*outp, begin, ',');
	else if (tag->is_closing && (is_named(tag, "s") || is_named(tag, "p")))
		*outp = put_pause(*outp, begin, '.');
	else if (is_named(tag, "desc") || is_named(tag, "metadata") ||
	         is_named(tag, "lexicon") || is_named(tag, "meta"))
		return skip_element(tag);

	alias = !tag->is_closing && is_named(tag, "sub")
	                ? attribute(tag, "alias", &len)
	                : NULL;
	if (!alias)
		return tag->end;

	*outp = put_text(*outp, alias, len);

	return skip_element(tag);
}

/* Behind what begins here and is no tag, comments and the like; NULL: it is
 * one. CDATA is copied as it is. */
static const char *skip_special(char **outp, const char *text)
{
	static const char cdata[] = "<![CDATA[";
	const char *end;
	size_t len;

	if (!strncmp(text, "<!--", 4)) {
		end = strstr(text, "-->");
		return end ? end + 3 : text + strlen(text);
	}
	if (!strncmp(text, "<?", 2)) {
		end = strstr(text, "?>");
		return end ? end + 2 : text + strlen(text);
	}
	if (strncmp(text, cdata, strlen(cdata)) != 0)
		return NULL;

	text += strlen(cdata);
	end = strstr(text, "]]>");
	len = end ? (size_t)(end - text) : strlen(text);
	memcpy(*outp, text, len);
	*outp += len;

	return end ? end + 3 : text + len;
}

int ssml_plain(char **plainp, const char *text)
{
	char *plain, *out;
	struct tag tag;

	assert(plainp && text);

	/* The shortest tag that becomes a pause, "</s>", has room for it. */
	plain = out = mem_zalloc(strlen(text) + 1, NULL);
	if (!plain)
		return ENOMEM;

	while (*text) {
		size_t len = strcspn(text, "<");
		const char *next;

		/* One blank is enough: voices hesitate at more. */
		if (out > plain && out[-1] == ' ') {
			size_t blanks = strspn(text, " \t\r\n");

			text += blanks;
			len -= blanks;
		}
		out = put_text(out, text, len);
		text += len;
		if (!*text)
			break;

		next = skip_special(&out, text);
		if (!next && tag_parse(&tag, text))
			next = put_tag(&out, plain, &tag);
		if (!next) {
			*out++ = *text;
			next = text + 1;
		}
		text = next;
	}
	*out = '\0';
	*plainp = plain;

	return 0;
}
