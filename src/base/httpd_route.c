/*
 * base/httpd_route.c - pure: paths, patterns and the texts of a request
 */
#include <stdlib.h>
#include "base/httpd_parts.h"
#include "base/text.h"

static void pair_destructor(void *arg)
{
	struct httpd_pair *pair = arg;

	list_unlink(&pair->le);
	mem_deref(pair->name);
	mem_deref(pair->value);
}

int httpd_pair_add(struct list *pairl, enum httpd_pair_kind kind,
                   const char *name, const char *value)
{
	struct httpd_pair *pair = mem_zalloc(sizeof(*pair), pair_destructor);
	int err;

	if (!pair)
		return ENOMEM;

	pair->kind = kind;
	err = str_dup(&pair->name, name);
	if (!err)
		err = str_dup(&pair->value, value);
	if (err)
		mem_deref(pair);
	else
		list_append(pairl, &pair->le, pair);

	return err;
}

const char *httpd_pair_find(const struct list *pairl, enum httpd_pair_kind kind,
                            const char *name)
{
	bool is_loose = kind == HTTPD_HEADER;

	for (struct le *le = list_head(pairl); le; le = le->next) {
		const struct httpd_pair *pair = list_ledata(le);

		if (pair->kind == kind &&
		    (is_loose ? !strcasecmp(pair->name, name)
		              : !strcmp(pair->name, name)))
			return pair->value;
	}

	return NULL;
}

bool httpd_is_text(const char *text, size_t n, bool has_lines)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (has_lines && (c == '\t' || c == '\n' || c == '\r'))
			continue;
		if (c < ' ' || c == 0x7f)
			return false;
	}

	return text_is_utf8(text, n);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;

	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int httpd_decode(char **textp, const char *raw, size_t n, bool has_lines)
{
	char *text = mem_zalloc(n + 1, NULL);
	size_t used = 0;

	if (!text)
		return ENOMEM;

	for (size_t i = 0; i < n; i++) {
		int high, low;

		if (raw[i] != '%') {
			text[used++] = raw[i];
			continue;
		}
		high = i + 1 < n ? digit(raw[i + 1]) : -1;
		low = i + 2 < n ? digit(raw[i + 2]) : -1;
		if (high < 0 || low < 0) {
			mem_deref(text);
			return EINVAL;
		}
		text[used++] = (char)(high << 4 | low);
		i += 2;
	}
	if (!httpd_is_text(text, used, has_lines)) {
		mem_deref(text);
		return EINVAL;
	}
	*textp = text;

	return 0;
}

/* A segment that goes up or nowhere is none that a route may see. */
static bool is_dots(const char *text)
{
	return !strcmp(text, ".") || !strcmp(text, "..");
}

/* "..", as a segment of the rest. */
static bool has_dots(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "/");

		if ((n == 1 && *text == '.') ||
		    (n == 2 && !memcmp(text, "..", 2)))
			return true;
		text += n + (text[n] == '/');
	}

	return false;
}

static int param_add(struct list *pairl, const char *pattern, size_t n,
                     const char *raw, size_t raw_n)
{
	bool is_rest = n > 2 && pattern[n - 2] == '*';
	char name[64], *value = NULL;
	int err;

	(void)snprintf(name, sizeof(name), "%.*s", (int)(n - 2 - is_rest),
	               pattern + 1);
	err = httpd_decode(&value, raw, raw_n, false);
	if (!err && (is_rest ? has_dots(value) : is_dots(value)))
		err = EINVAL;
	if (!err)
		err = httpd_pair_add(pairl, HTTPD_PARAM, name, value);
	mem_deref(value);

	return err;
}

static int segment_match(struct list *pairl, const char *pattern, size_t n,
                         const char *raw, size_t raw_n)
{
	char *text = NULL;
	int err;

	if (n > 2 && pattern[0] == '{' && pattern[n - 1] == '}')
		return raw_n ? param_add(pairl, pattern, n, raw, raw_n)
		             : ENOENT;

	err = httpd_decode(&text, raw, raw_n, false);
	if (!err && (strlen(text) != n || memcmp(text, pattern, n) != 0))
		err = ENOENT;
	mem_deref(text);

	return err;
}

int httpd_match(struct list *pairl, const char *pattern, const char *path)
{
	while (*pattern == '/' && *path == '/') {
		size_t n = strcspn(++pattern, "/");
		size_t raw_n = strcspn(++path, "/");
		int err;

		if (n > 3 && pattern[n - 2] == '*' && pattern[n - 1] == '}')
			raw_n = strlen(path);
		err = segment_match(pairl, pattern, n, path, raw_n);
		if (err)
			return err;
		pattern += n;
		path += raw_n;
	}

	return *pattern || *path ? ENOENT : 0;
}
