/*
 * speech/template.h - pure: "${name}" in what is sent to a service
 *
 * A value goes in the form of its place: percent-encoded in an address, escaped
 * in JSON, as it is in a header. A dollar without a brace is a dollar.
 */
#pragma once

#include "base/mem.h"

enum template_form {
	TEMPLATE_URL,
	TEMPLATE_JSON,
	TEMPLATE_PLAIN,
};

struct template_value {
	const char *name;
	const char *value;
};

/* Writes the text with its values, and a NUL behind it that is not counted.
 * ENOMEM, ENOENT for a name without a value. */
int template_write(struct mbuf *mb, const char *text, enum template_form form,
                   const struct template_value *valuev, size_t valuec);

/* The first name in the text that is none of them; NULL: there is none. It is
 * "" for a brace that nobody closes. Good until the next call. */
const char *template_unknown(const char *text, const char *const *namev,
                             size_t namec);
