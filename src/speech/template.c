/*
 * speech/template.c - pure: "${name}" in what is sent to a service
 */
#include <stdio.h>
#include "speech/template.h"

enum {
	NAME_SIZE = 32,
};

/* Finds the next "${name}". Returns where it begins, *endp behind it; NULL when
 * there is none. name is "" where it is too long or not closed. */
static const char *place_find(const char *text, char name[NAME_SIZE],
                              const char **endp)
{
	const char *at = strstr(text, "${");
	size_t n;

	if (!at)
		return NULL;

	n = strcspn(at + 2, "}");
	name[0] = '\0';
	*endp = at + 2 + n;
	if (!**endp)
		return at;

	++*endp;
	if (n < NAME_SIZE) {
		memcpy(name, at + 2, n);
		name[n] = '\0';
	}

	return at;
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("-_.~", c));
}

static int char_write(struct mbuf *mb, char c, enum template_form form)
{
	unsigned code = (unsigned char)c;

	switch (form) {
	case TEMPLATE_URL:
		if (!is_unreserved(c))
			return mbuf_printf(mb, "%%%02X", code);
		break;
	case TEMPLATE_JSON:
		if (c == '"' || c == '\\')
			return mbuf_printf(mb, "\\%c", c);
		if (code < ' ')
			return mbuf_printf(mb, "\\u%04x", code);
		break;
	case TEMPLATE_PLAIN:
		break;
	}

	return mbuf_write_u8(mb, (uint8_t)c);
}

static int value_write(struct mbuf *mb, const char *name,
                       enum template_form form,
                       const struct template_value *valuev, size_t valuec)
{
	int err = 0;

	for (size_t i = 0; i < valuec; i++) {
		if (strcmp(valuev[i].name, name) != 0)
			continue;
		for (const char *at = valuev[i].value; *at && !err; at++)
			err = char_write(mb, *at, form);
		return err;
	}

	return ENOENT;
}

int template_write(struct mbuf *mb, const char *text, enum template_form form,
                   const struct template_value *valuev, size_t valuec)
{
	char name[NAME_SIZE];
	const char *at, *end;
	int err = 0;

	while (!err && (at = place_find(text, name, &end))) {
		err = mbuf_write_mem(mb, (const uint8_t *)text,
		                     (size_t)(at - text));
		if (!err)
			err = value_write(mb, name, form, valuev, valuec);
		text = end;
	}
	if (!err)
		err = mbuf_write_mem(mb, (const uint8_t *)text,
		                     strlen(text) + 1);
	if (!err)
		mb->pos = --mb->end;

	return err;
}

const char *template_unknown(const char *text, const char *const *namev,
                             size_t namec)
{
	static char name[NAME_SIZE];
	const char *end;

	while (place_find(text, name, &end)) {
		size_t i = 0;

		while (i < namec && strcmp(namev[i], name) != 0)
			i++;
		if (i == namec)
			return name;
		text = end;
	}

	return NULL;
}
