/*
 * flow/describe.c - the script format as a page and as a JSON Schema
 *
 * Both come from the tables that the loader reads by, so that they cannot say
 * anything else.
 */
#include <stdio.h>
#include <jansson.h>
#include "base/mem.h"
#include "flow/flow.h"
#include "flow/script.h"
#include "flow/shape.h"

static json_t *object_schema(const struct shape *shape);

/* --- JSON Schema -------------------------------------------------------- */

static json_t *array_of(json_t *items)
{
	return json_pack("{s:s, s:o}", "type", "array", "items", items);
}

static json_t *text_schema(void)
{
	return json_pack("{s:s}", "type", "string");
}

static json_t *texts_schema(void)
{
	return array_of(text_schema());
}

static json_t *number_schema(const struct key *key)
{
	return json_pack("{s:s, s:f, s:f, s:f}", "type",
	                 key->type == KEY_REAL ? "number" : "integer",
	                 "minimum", key->min, "maximum", key->max, "default",
	                 key->number);
}

static json_t *choice_schema(const struct key *key)
{
	json_t *words = json_array();
	const char *word;
	size_t len;

	for (size_t i = 0; (word = shape_choice(key->choice, i, &len)); i++)
		(void)json_array_append_new(words, json_stringn(word, len));

	return json_pack("{s:o}", "enum", words);
}

/* One of two forms. */
static json_t *either(json_t *a, json_t *b)
{
	return json_pack("{s:[o, o]}", "anyOf", a, b);
}

static json_t *pattern_schema(const char *pattern)
{
	return json_pack("{s:s, s:s}", "type", "string", "pattern", pattern);
}

static json_t *whole_schema(void)
{
	return json_pack("{s:s, s:i}", "type", "integer", "minimum", 0);
}

static json_t *value_schema(const struct key *key)
{
	switch (key->type) {
	case KEY_INT:
	case KEY_LONG:
	case KEY_REAL:
		return number_schema(key);
	case KEY_MAYBE:
		return json_pack("{s:s}", "type", "number");
	case KEY_VALUE:
		return json_pack("{s:[s, s]}", "type", "number", "string");
	case KEY_CHOICE:
	case KEY_ACTION:
		return choice_schema(key);
	case KEY_POTENTIAL:
		return pattern_schema("^(=?[+-]?[0-9]+|.)?$");
	case KEY_TIMES:
		return either(whole_schema(), pattern_schema("^[0-9]+$"));
	case KEY_SECONDS:
		return either(whole_schema(), pattern_schema("^[0-9]+s?$"));
	case KEY_WAIT:
		return either(whole_schema(),
		              pattern_schema("^([0-9]*|nowait)$"));
	case KEY_ENGINE:
		return json_pack("{s:[s, s]}", "type", "string", "integer");
	case KEY_PARAMS:
		return json_pack("{s:[s, s]}", "type", "string", "object");
	case KEY_BODY:
		return json_pack("{s:s}", "type", "object");
	case KEY_PROMPT:
	case KEY_ARRAY:
		return texts_schema();
	case KEY_REGEXES:
		return either(text_schema(), texts_schema());
	case KEY_NAMES:
		return either(json_pack("{s:s}", "const", "all"),
		              texts_schema());
	case KEY_VARS:
		return json_pack("{s:s, s:o}", "type", "object",
		                 "additionalProperties", text_schema());
	case KEY_SYNONYMS:
		return json_pack("{s:s, s:o}", "type", "object",
		                 "additionalProperties", texts_schema());
	case KEY_SOUNDS:
		return json_pack("{s:s, s:o}", "type", "object",
		                 "additionalProperties",
		                 either(text_schema(), texts_schema()));
	case KEY_OBJECT:
		return object_schema(key->shape);
	case KEY_LIST:
		return array_of(object_schema(key->shape));
	case KEY_FREE:
		return json_object();
	default:
		return text_schema();
	}
}

static json_t *object_schema(const struct shape *shape)
{
	json_t *properties = json_object(), *required = json_array();
	json_t *schema;

	for (size_t i = 0; i < shape->keyc; i++) {
		const struct key *key = &shape->keyv[i];
		json_t *value = value_schema(key);

		(void)json_object_set_new(value, "description",
		                          json_string(key->help));
		(void)json_object_set_new(properties, key->name, value);
		if (key->is_required)
			(void)json_array_append_new(required,
			                            json_string(key->name));
	}

	schema = json_pack("{s:s, s:s, s:o}", "type", "object", "description",
	                   shape->help, "properties", properties);
	if (json_array_size(required))
		(void)json_object_set_new(schema, "required", required);
	else
		json_decref(required);

	return schema;
}

void flow_describe_schema(FILE *out)
{
	json_t *schema = object_schema(&shape_script);

	(void)json_object_set_new(
		schema, "$schema",
		json_string("https://json-schema.org/draft/2020-12/schema"));
	(void)json_object_set_new(schema, "title",
	                          json_string("Dialwright script"));
	(void)json_dumpf(schema, out,
	                 JSON_INDENT(1) | JSON_SORT_KEYS |
	                         JSON_REAL_PRECISION(10));
	(void)fputc('\n', out);
	json_decref(schema);
}

/* --- the page ----------------------------------------------------------- */

static const char *type_words(const struct key *key)
{
	static const char *const wordv[] = {
		[KEY_TEXT] = "text",
		[KEY_CHOICE] = "one of",
		[KEY_ACTION] = "one of",
		[KEY_NODE] = "id of a node",
		[KEY_JUMP] = "jump value",
		[KEY_INT] = "whole number",
		[KEY_LONG] = "whole number",
		[KEY_REAL] = "number",
		[KEY_MAYBE] = "number",
		[KEY_VALUE] = "number or text",
		[KEY_POTENTIAL] = "potential",
		[KEY_TIMES] = "count",
		[KEY_SECONDS] = "count or seconds, `\"10s\"`",
		[KEY_WAIT] = "seconds, or `nowait`",
		[KEY_ENGINE] = "text or whole number",
		[KEY_PARAMS] = "text or object",
		[KEY_BODY] = "object",
		[KEY_PROMPT] = "array of items",
		[KEY_REGEXES] = "expression or array of them",
		[KEY_NAMES] = "array of texts, or `all`",
		[KEY_ARRAY] = "array of texts",
		[KEY_VARS] = "object of texts",
		[KEY_SYNONYMS] = "object: name to array of words",
		[KEY_SOUNDS] = "object: word to a way or array of them",
		[KEY_OBJECT] = "object",
		[KEY_LIST] = "array of objects",
		[KEY_FREE] = "anything",
	};

	return wordv[key->type];
}

static void put_type(FILE *out, const struct key *key)
{
	const char *word;
	size_t len;

	(void)fputs(type_words(key), out);
	if (key->shape)
		(void)fprintf(out, " [%s](#%s)", key->shape->name,
		              key->shape->name);
	for (size_t i = 0;
	     key->choice && (word = shape_choice(key->choice, i, &len)); i++)
		(void)fprintf(out, " `%.*s`", (int)len, word);
}

static void put_default(FILE *out, const struct key *key)
{
	bool is_number = key->type == KEY_INT || key->type == KEY_LONG ||
	                 key->type == KEY_REAL;

	if (key->is_required)
		(void)fputs("required", out);
	else if (is_number && key->number >= key->min)
		(void)fprintf(out, "%.10g", key->number);
	else if (key->type == KEY_TIMES || key->type == KEY_SECONDS)
		(void)fputs("1", out);
	else if (key->text && *key->text)
		(void)fprintf(out, "`%s`", key->text);
}

/* Which nodes have the key. */
static void put_actions(FILE *out, const struct key *key,
                        const struct key *action)
{
	const char *word;
	size_t len;

	for (size_t i = 0; (word = shape_choice(action->choice, i, &len)); i++)
		if (key->actions & 1u << i)
			(void)fprintf(out, " `%.*s`", (int)len, word);
	if (!key->actions)
		(void)fputs(" every", out);
}

static const struct key *action_key(const struct shape *shape)
{
	for (size_t i = 0; i < shape->keyc; i++)
		if (shape->keyv[i].type == KEY_ACTION)
			return &shape->keyv[i];

	return NULL;
}

static void put_shape(FILE *out, const struct shape *shape)
{
	const struct key *action = action_key(shape);

	(void)fprintf(out, "\n## %s\n\n%s\n\n", shape->name, shape->help);
	(void)fprintf(out, "| key |%s holds | default | meaning |\n",
	              action ? " of |" : "");
	(void)fprintf(out, "| --- |%s --- | --- | --- |\n",
	              action ? " --- |" : "");
	for (size_t i = 0; i < shape->keyc; i++) {
		const struct key *key = &shape->keyv[i];

		(void)fprintf(out, "| `%s` |", key->name);
		if (action) {
			put_actions(out, key, action);
			(void)fputs(" |", out);
		}
		(void)fputc(' ', out);
		put_type(out, key);
		(void)fputs(" | ", out);
		put_default(out, key);
		(void)fprintf(out, " | %s |\n", key->help);
	}
}

enum {
	SHAPES_MAX = 32,
};

void flow_describe_keys(FILE *out)
{
	const struct shape *shapev[SHAPES_MAX] = {&shape_script};
	size_t shapec = 1;

	(void)fputs("# Keys of a script\n\nGenerated by `dialwright describe "
	            "script` from the tables that the loader reads by.\nWhat "
	            "they do together stands in [script.md](script.md).\n",
	            out);
	for (size_t i = 0; i < shapec; i++) {
		put_shape(out, shapev[i]);
		for (size_t j = 0; j < shapev[i]->keyc; j++) {
			const struct shape *shape = shapev[i]->keyv[j].shape;
			bool is_new = shape && shapec < SHAPES_MAX;

			for (size_t k = 0; k < shapec && is_new; k++)
				is_new = shapev[k] != shape;
			if (is_new)
				shapev[shapec++] = shape;
		}
	}
}
