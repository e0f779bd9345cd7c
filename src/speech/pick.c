/*
 * speech/pick.c - where in the answer of a service a text is
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/mem.h"
#include "base/text.h"
#include "speech/pick.h"

enum {
	TOKEN_SIZE = 128,
	DEPTH_MAX = 16,
	STEPS_MAX = 100000, /* of an expression over one answer */
	HEAP_KB_MAX = 1024,
	REASON_SIZE = 128,
};

struct pick {
	char *where;
	pcre2_code *code; /* NULL: a pointer, or everything */
};

static void destructor(void *arg)
{
	struct pick *pick = arg;

	pcre2_code_free(pick->code);
	mem_deref(pick->where);
}

int pick_alloc(struct pick **pickp, const char *where,
               char fault[CFG_FAULT_SIZE])
{
	PCRE2_UCHAR reason[REASON_SIZE];
	PCRE2_SIZE at;
	struct pick *pick;
	int code, err;

	pick = mem_zalloc(sizeof(*pick), destructor);
	if (!pick)
		return ENOMEM;

	err = str_dup(&pick->where, where);
	if (err || !*where || *where == '/')
		goto out;

	pick->code = pcre2_compile((PCRE2_SPTR)where, PCRE2_ZERO_TERMINATED,
	                           PCRE2_UTF | PCRE2_DOTALL, &code, &at, NULL);
	if (pick->code)
		goto out;

	(void)pcre2_get_error_message(code, reason, sizeof(reason));
	(void)snprintf(fault, CFG_FAULT_SIZE,
	               "\"%.100s\" is neither a JSON pointer (\"/a/0/b\") nor "
	               "a regular expression: %s at character %zu",
	               where, (const char *)reason, at);
	err = EINVAL;

out:
	if (err)
		mem_deref(pick);
	else
		*pickp = pick;

	return err;
}

bool pick_is_pointer(const struct pick *pick)
{
	return pick->where[0] == '/';
}

/* --- JSON ------------------------------------------------------------------
 */

static void add(char *text, size_t size, const char *more)
{
	size_t n = strlen(text);

	if (n && *more && n + 1 < size) {
		text[n++] = ' ';
		text[n] = '\0';
	}
	(void)text_copy(text + n, size - n, more);
}

static bool value_take(char *text, size_t size, const json_t *value)
{
	char number[32];

	if (json_is_string(value)) {
		add(text, size, json_string_value(value));
		return true;
	}
	if (!json_is_number(value))
		return false;

	(void)snprintf(number, sizeof(number), "%.10g",
	               json_number_value(value));
	add(text, size, number);

	return true;
}

/* One step of the pointer: "~1" is "/", "~0" is "~". Returns behind it. */
static const char *token_read(char token[TOKEN_SIZE], const char *at)
{
	size_t n = 0;

	for (; *at && *at != '/'; at++) {
		char c = *at;

		if (c == '~' && (at[1] == '0' || at[1] == '1'))
			c = *++at == '1' ? '/' : '~';
		if (n + 1 < TOKEN_SIZE)
			token[n++] = c;
	}
	token[n] = '\0';

	return at;
}

static const json_t *step(const json_t *value, const char *token)
{
	char *end;
	unsigned long i;

	if (!json_is_array(value))
		return json_object_get(value, token);

	i = strtoul(token, &end, 10);

	return *token && !*end ? json_array_get(value, i) : NULL;
}

/* Follows the pointer from here; at each "*" into every element. */
static bool follow(char *text, size_t size, const json_t *value,
                   const char *where, unsigned depth)
{
	char token[TOKEN_SIZE];
	bool has = false;

	if (!*where)
		return value_take(text, size, value);
	if (!value || depth == DEPTH_MAX)
		return false;

	where = token_read(token, where + 1);
	if (strcmp(token, "*") != 0 || !json_is_array(value))
		return follow(text, size, step(value, token), where, depth + 1);

	for (size_t i = 0; i < json_array_size(value); i++)
		has |= follow(text, size, json_array_get(value, i), where,
		              depth + 1);

	return has;
}

bool pick_json(const struct pick *pick, char *text, size_t size,
               const json_t *root)
{
	assert(pick_is_pointer(pick));

	*text = '\0';

	return follow(text, size, root, pick->where, 0);
}

/* --- expressions -----------------------------------------------------------
 */

static void span_copy(char *text, size_t size, const char *from, size_t n)
{
	n = n < size ? n : size - 1;
	memcpy(text, from, n);
	text[n] = '\0';
	(void)text_repair(text);
}

/* Who wrote the expression may not stall the calls with it. */
static pcre2_match_context *limits_make(void)
{
	pcre2_match_context *limits = pcre2_match_context_create(NULL);

	if (!limits)
		return NULL;
	(void)pcre2_set_match_limit(limits, STEPS_MAX);
	(void)pcre2_set_heap_limit(limits, HEAP_KB_MAX);

	return limits;
}

bool pick_body(const struct pick *pick, char *text, size_t size,
               const char *body, size_t n)
{
	pcre2_match_context *limits;
	pcre2_match_data *data;
	bool has = false;

	*text = '\0';
	if (!pick->code) {
		span_copy(text, size, body, n);
		return true;
	}

	limits = limits_make();
	data = pcre2_match_data_create_from_pattern(pick->code, NULL);
	if (limits && data &&
	    pcre2_match(pick->code, (PCRE2_SPTR)body, n, 0, 0, data, limits) >
	            0) {
		const PCRE2_SIZE *spanv = pcre2_get_ovector_pointer(data);
		size_t group = pcre2_get_ovector_count(data) > 1;
		size_t begin = spanv[2 * group], end = spanv[2 * group + 1];

		has = begin != PCRE2_UNSET;
		if (has)
			span_copy(text, size, body + begin, end - begin);
	}
	pcre2_match_data_free(data);
	pcre2_match_context_free(limits);

	return has;
}
