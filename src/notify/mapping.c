/*
 * notify/mapping.c - pure: "call.step=steps, call.*=calls" as a table
 */
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "notify/mapping.h"

enum {
	TYPE_SIZE = 64,
};

/* The entry at p: what it names, its word, where the next one begins. */
static const char *entry_read(const char *p, char type[TYPE_SIZE],
                              const char **wordp, size_t *lenp)
{
	size_t whole = strcspn(p, ", ");
	size_t len = strcspn(p, "=, ");

	type[0] = '\0';
	*lenp = 0;
	if (len < whole && len < TYPE_SIZE) {
		(void)snprintf(type, TYPE_SIZE, "%.*s", (int)len, p);
		*wordp = p + len + 1;
		*lenp = whole - len - 1;
	}
	p += whole;

	return p + strspn(p, ", ");
}

bool mapping_find(char *text, size_t size, const char *list, const char *type)
{
	text[0] = '\0';
	list += strspn(list, ", ");
	while (*list) {
		char named[TYPE_SIZE];
		const char *word;
		size_t len;

		list = entry_read(list, named, &word, &len);
		if (!len || !text_is_listed(named, type))
			continue;
		if (len >= size)
			return false;
		(void)snprintf(text, size, "%.*s", (int)len, word);
		return true;
	}

	return false;
}

bool mapping_is_sound(const char *list)
{
	list += strspn(list, ", ");
	while (*list) {
		char named[TYPE_SIZE];
		const char *word;
		size_t len;

		list = entry_read(list, named, &word, &len);
		if (!len || !*named)
			return false;
	}

	return true;
}
