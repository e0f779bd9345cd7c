/*
 * flow/expand.c - variables in texts
 *
 * One pass: what a variable holds is not looked into again.
 */
#include <jansson.h>
#include "base/mem.h"
#include "flow/build.h"
#include "flow/percent.h"
#include "flow/session.h"

/* The value of a variable; "" with a warning, once, where it is not set. */
static const char *value_of(struct flow_session *sess, const char *name,
                            size_t len)
{
	const char *value = vars_get(&sess->vars, name, len);

	if (value)
		return value;

	if (vars_miss(&sess->vars, name, len))
		effect_warn(sess, "variable \"%.*s\" is not set", (int)len,
		            name);

	return "";
}

static const char *expand(struct flow_session *sess, const char *text,
                          bool is_url)
{
	struct build build = {.arena = sess->turn};
	const char *at = strstr(text, "${"), *end;

	if (!at || !strchr(at, '}'))
		return text;

	while ((at = strstr(text, "${")) && (end = strchr(at, '}'))) {
		const char *value =
			value_of(sess, at + 2, (size_t)(end - at - 2));

		build_bytes(&build, text, (size_t)(at - text));
		build_text(&build,
		           is_url ? percent_encode(sess->turn, value) : value);
		text = end + 1;
	}
	build_text(&build, text);

	return build_take(&build);
}

const char *expand_text(struct flow_session *sess, const char *text)
{
	return expand(sess, text, false);
}

const char *expand_url(struct flow_session *sess, const char *text)
{
	return expand(sess, text, true);
}

/* A copy of value with the variables in its texts replaced. Nested no deeper
 * than a script may be. */
static json_t *expand_value(struct flow_session *sess, json_t *value)
{
	json_t *copy, *item;
	const char *name;
	size_t i;

	if (json_is_string(value))
		return json_string(expand_text(sess, json_string_value(value)));

	if (json_is_array(value)) {
		copy = json_array();
		json_array_foreach(value, i, item)(void)
			json_array_append_new(copy, expand_value(sess, item));
		return copy;
	}

	if (json_is_object(value)) {
		copy = json_object();
		json_object_foreach(value, name, item)(void)
			json_object_set_new(copy, name,
		                            expand_value(sess, item));
		return copy;
	}

	return json_incref(value);
}

const char *expand_json(struct flow_session *sess, const char *json)
{
	json_t *root = json_loads(json, 0, NULL);
	json_t *expanded = root ? expand_value(sess, root) : NULL;
	size_t size = json_dumpb(expanded, NULL, 0, JSON_COMPACT);
	char *text = arena_get(sess->turn, size + 1);

	if (!expanded)
		arena_fail(sess->turn);
	if (text)
		(void)json_dumpb(expanded, text, size, JSON_COMPACT);
	json_decref(expanded);
	json_decref(root);

	return text ? text : "";
}

static void put(struct flow_session *sess, struct items *items,
                const char *text)
{
	if (items->c == items->room) {
		size_t room = items->room ? 2 * items->room : 4;
		const char **v = arena_array(sess->turn, room, sizeof(*v));

		if (!v)
			return;
		if (items->c)
			memcpy(v, items->v, items->c * sizeof(*v));
		items->v = v;
		items->room = room;
	}
	items->v[items->c++] = text;
}

void expand_prompt(struct flow_session *sess, struct items *items,
                   const struct prompt *prompt)
{
	/* Most prompts: nothing in front, nothing to replace. */
	if (!items->c && !prompt->has_vars) {
		items->v = (const char **)prompt->itemv;
		items->c = items->room = prompt->itemc;
		return;
	}

	for (size_t i = 0; i < prompt->itemc; i++) {
		const char *text = expand_text(sess, prompt->itemv[i]);

		if (*text)
			put(sess, items, text);
	}
}
