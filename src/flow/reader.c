/*
 * flow/reader.c - filling a script from JSON by the tables of shape.c
 */
#include <math.h>
#include <stdlib.h>
#include "base/mem.h"
#include "base/text.h"
#include "flow/reader.h"
#include "flow/shape.h"

struct reader {
	struct flow_script *script;
	struct arena *arena;
	struct flow_faults *faults;
	const char *node; /* id of the element under way */
	unsigned action;  /* bit of the node's action; 0: not in a node */
};

static void read_object(struct reader *reader, const struct shape *shape,
                        void *base, json_t *object, const struct trail *trail);

static void wrong(struct reader *reader, const struct trail *trail,
                  const char *what)
{
	faults_add(reader->faults, FLOW_ERROR, trail, reader->node,
	           "must be %s", what);
}

static const char *text_of(struct reader *reader, json_t *value)
{
	return arena_text(reader->arena, json_string_value(value),
	                  json_string_length(value));
}

/* --- defaults ----------------------------------------------------------- */

static void set_defaults(const struct shape *shape, void *base)
{
	for (size_t i = 0; i < shape->keyc; i++) {
		const struct key *key = &shape->keyv[i];
		unsigned char *at = (unsigned char *)base + key->offset;
		int32_t number = (int32_t)key->number;

		switch (key->type) {
		case KEY_INT:
			memcpy(at, &number, sizeof(number));
			break;
		case KEY_REAL:
			memcpy(at, &key->number, sizeof(key->number));
			break;
		case KEY_TIMES:
		case KEY_SECONDS:
			((struct limit *)(void *)at)->times = 1;
			break;
		case KEY_POTENTIAL:
			((struct potential *)(void *)at)->text = "";
			break;
		case KEY_OBJECT:
			set_defaults(key->shape, at);
			break;
		case KEY_TEXT:
		case KEY_CHOICE:
		case KEY_NODE:
		case KEY_JUMP:
		case KEY_WAIT:
		case KEY_ENGINE:
		case KEY_PARAMS:
		case KEY_BODY:
			memcpy(at, &key->text, sizeof(key->text));
			break;
		default:
			break; /* zeroed memory says it */
		}
	}
}

/* --- numbers ------------------------------------------------------------ */

/* A whole number, also where it was written as 1.0. */
static bool whole(json_t *value, double *numberp)
{
	double number = json_number_value(value);

	if (!json_is_number(value) || number != floor(number) ||
	    fabs(number) > 9e15)
		return false;

	*numberp = number;

	return true;
}

static void read_number(struct reader *reader, const struct key *key, void *at,
                        json_t *value, const struct trail *trail)
{
	double number;

	if (key->type == KEY_REAL ? !json_is_number(value)
	                          : !whole(value, &number)) {
		wrong(reader, trail,
		      key->type == KEY_REAL ? "a number" : "a whole number");
		return;
	}

	number = json_number_value(value);
	if (number < key->min || number > key->max) {
		faults_add(reader->faults, FLOW_ERROR, trail, reader->node,
		           "must be from %.15g to %.15g", key->min, key->max);
		return;
	}

	if (key->type == KEY_INT)
		memcpy(at, &(int32_t){(int32_t)number}, sizeof(int32_t));
	else if (key->type == KEY_LONG)
		memcpy(at, &(uint64_t){(uint64_t)number}, sizeof(uint64_t));
	else
		memcpy(at, &number, sizeof(number));
}

static void read_maybe(struct reader *reader, struct maybe *maybe,
                       json_t *value, const struct trail *trail)
{
	if (!json_is_number(value)) {
		wrong(reader, trail, "a number");
		return;
	}

	maybe->is_set = true;
	maybe->value = json_number_value(value);
}

/* Digits of text up to end as a number; false for anything else. */
static bool digits(const char *text, const char *end, uint32_t *numberp)
{
	uint64_t number = 0;

	if (text == end)
		return false;

	for (; text < end; text++) {
		if (*text < '0' || *text > '9')
			return false;
		number = number * 10 + (uint64_t)(*text - '0');
		if (number > INT32_MAX)
			return false;
	}
	*numberp = (uint32_t)number;

	return true;
}

static void read_limit(struct reader *reader, const struct key *key,
                       struct limit *limit, json_t *value,
                       const struct trail *trail)
{
	bool is_seconds = false, is_good;
	uint32_t number = 0;
	double d;

	if (json_is_string(value)) {
		const char *text = json_string_value(value);
		const char *end = text + json_string_length(value);

		is_seconds = key->type == KEY_SECONDS && end > text &&
		             end[-1] == 's';
		is_good = digits(text, end - is_seconds, &number);
	}
	else {
		is_good = whole(value, &d) && d >= 0 && d <= INT32_MAX;
		number = is_good ? (uint32_t)d : 0;
	}

	if (!is_good)
		wrong(reader, trail,
		      key->type == KEY_SECONDS
		              ? "a count, or seconds like \"10s\""
		              : "a count");
	else if (number && is_seconds)
		limit->seconds = number;
	else if (number)
		limit->times = number;
}

static void read_potential(struct reader *reader, struct potential *potential,
                           json_t *value, const struct trail *trail)
{
	const char *text = json_string_value(value);
	const char *digit;
	uint32_t number;
	bool is_set;

	if (!text) {
		wrong(reader, trail,
		      "a text: \"3\", \"-2\", \"=5\" or one letter");
		return;
	}

	potential->text = text_of(reader, value);
	if (!*text)
		return;

	is_set = *text == '=';
	digit = text + is_set;
	digit += *digit == '+' || *digit == '-';
	if (digits(digit, digit + strlen(digit), &number)) {
		potential->kind = is_set ? POTENTIAL_SET : POTENTIAL_ADD;
		potential->value = digit > text && digit[-1] == '-'
		                           ? -(int32_t)number
		                           : (int32_t)number;
	}
	else if (text_length(text) == 1 && ((*text >= 'A' && *text <= 'Z') ||
	                                    (*text >= 'a' && *text <= 'z') ||
	                                    (unsigned char)*text >= 0x80)) {
		potential->kind = POTENTIAL_CLASS;
	}
	else {
		wrong(reader, trail, "\"3\", \"-2\", \"=5\" or one letter");
	}
}

/* --- texts -------------------------------------------------------------- */

/* The JSON text of a value. */
static const char *dump(struct reader *reader, json_t *value)
{
	size_t size = json_dumpb(value, NULL, 0, JSON_COMPACT);
	char *text = arena_get(reader->arena, size + 1);

	if (!text)
		return "";
	(void)json_dumpb(value, text, size, JSON_COMPACT);

	return text;
}

static void read_choice(struct reader *reader, const struct key *key, void *at,
                        json_t *value, const struct trail *trail)
{
	const char *word = json_string_value(value);
	int choice = word ? shape_choose(key->choice, word) : -1;

	if (choice < 0) {
		faults_add(reader->faults, FLOW_ERROR, trail, reader->node,
		           "must be one of %s", key->choice);
		return;
	}

	if (key->type == KEY_ACTION) {
		enum action action = (enum action)choice;

		reader->action = 1u << choice;
		memcpy(at, &action, sizeof(action));
	}
	else {
		word = text_of(reader, value);
		memcpy(at, &word, sizeof(word));
	}
}

/* Seconds as digits, or the word. */
static const char *wait_of(struct reader *reader, json_t *value)
{
	const char *text = json_string_value(value);
	char number[24];
	uint32_t seconds;
	double d;

	if (text && (!*text || !strcmp(text, "nowait") ||
	             digits(text, text + strlen(text), &seconds)))
		return text_of(reader, value);
	if (!whole(value, &d) || d < 0)
		return NULL;

	(void)snprintf(number, sizeof(number), "%.0f", d);

	return arena_text(reader->arena, number, strlen(number));
}

static void read_text(struct reader *reader, const struct key *key, void *at,
                      json_t *value, const struct trail *trail)
{
	const char *text = NULL;
	const char *what = "a text";

	switch (key->type) {
	case KEY_WAIT:
		what = "seconds, or \"nowait\"";
		text = wait_of(reader, value);
		break;
	case KEY_ENGINE:
		what = "a text or a whole number";
		if (json_is_integer(value))
			text = dump(reader, value);
		break;
	case KEY_PARAMS:
		what = "a text or an object";
		if (json_is_object(value))
			text = dump(reader, value);
		break;
	case KEY_BODY:
		what = "an object";
		if (json_is_object(value))
			text = dump(reader, value);
		break;
	default:
		break;
	}
	if (!text && json_is_string(value) && key->type != KEY_WAIT &&
	    key->type != KEY_BODY)
		text = text_of(reader, value);

	if (text)
		memcpy(at, &text, sizeof(text));
	else
		wrong(reader, trail, what);
}

/* --- arrays and objects of texts ---------------------------------------- */

static const char *const *read_texts(struct reader *reader, json_t *array,
                                     const struct trail *up, size_t *countp)
{
	size_t count = json_array_size(array);
	const char **textv = arena_array(reader->arena, count, sizeof(*textv));

	*countp = 0;
	if (!textv)
		return NULL;

	for (size_t i = 0; i < count; i++) {
		json_t *value = json_array_get(array, i);
		struct trail trail = {.up = up, .index = i};

		textv[i] = "";
		if (json_is_string(value))
			textv[i] = text_of(reader, value);
		else
			wrong(reader, &trail, "a text");
	}
	*countp = count;

	return textv;
}

static void read_prompt(struct reader *reader, struct prompt *prompt,
                        json_t *value, const struct trail *trail)
{
	if (!json_is_array(value)) {
		wrong(reader, trail, "an array of texts");
		return;
	}

	prompt->itemv = read_texts(reader, value, trail, &prompt->itemc);
	for (size_t i = 0; i < prompt->itemc; i++)
		if (!*prompt->itemv[i] || strstr(prompt->itemv[i], "${"))
			prompt->has_vars = true;
}

static void read_regexes(struct reader *reader, struct regexes *regexes,
                         json_t *value, const struct trail *trail)
{
	const char **textv;

	if (json_is_array(value)) {
		regexes->is_array = true;
		regexes->textv = read_texts(reader, value, trail, &regexes->c);
		return;
	}
	if (!json_is_string(value)) {
		wrong(reader, trail,
		      "a regular expression or an array of them");
		return;
	}

	textv = arena_array(reader->arena, 1, sizeof(*textv));
	if (!textv)
		return;
	textv[0] = text_of(reader, value);
	regexes->textv = textv;
	regexes->c = 1;
}

static void read_names(struct reader *reader, const struct key *key,
                       struct names *names, json_t *value,
                       const struct trail *trail)
{
	const char *text = json_string_value(value);

	if (key->type == KEY_NAMES && text && !strcmp(text, "all"))
		names->is_all = true;
	else if (json_is_array(value))
		names->v = read_texts(reader, value, trail, &names->c);
	else
		wrong(reader, trail,
		      key->type == KEY_NAMES ? "an array of texts, or \"all\""
		                             : "an array of texts");
}

static void read_vars(struct reader *reader, struct var_set *vars,
                      json_t *value, const struct trail *up)
{
	struct flow_var *varv;
	const char *name;
	json_t *text;

	if (!json_is_object(value)) {
		wrong(reader, up, "an object of texts");
		return;
	}

	varv = arena_array(reader->arena, json_object_size(value),
	                   sizeof(*varv));
	if (!varv)
		return;

	json_object_foreach(value, name, text)
	{
		struct trail trail = {.up = up, .key = name};

		if (!json_is_string(text)) {
			wrong(reader, &trail, "a text");
			continue;
		}
		varv[vars->c].name =
			arena_text(reader->arena, name, strlen(name));
		varv[vars->c].value = text_of(reader, text);
		vars->c++;
	}
	vars->v = varv;
}

static void read_synonyms(struct reader *reader, struct vec *synonyms,
                          json_t *value, const struct trail *up)
{
	struct synonym *synonymv;
	const char *name;
	json_t *words;

	if (!json_is_object(value)) {
		wrong(reader, up, "an object: name to array of words");
		return;
	}

	synonymv = arena_array(reader->arena, json_object_size(value),
	                       sizeof(*synonymv));
	if (!synonymv)
		return;

	json_object_foreach(value, name, words)
	{
		struct synonym *synonym = &synonymv[synonyms->c];
		struct trail trail = {.up = up, .key = name};

		if (!json_is_array(words)) {
			wrong(reader, &trail, "an array of words");
			continue;
		}
		synonym->name = arena_text(reader->arena, name, strlen(name));
		synonym->words.v =
			read_texts(reader, words, &trail, &synonym->words.c);
		synonyms->c++;
	}
	synonyms->v = synonymv;
}

/* --- objects ------------------------------------------------------------ */

/* The value of a `when`; `var` and `op` are read before it. */
static void read_value(struct reader *reader, struct when *when, json_t *value,
                       const struct trail *trail)
{
	bool is_class = !strcmp(when->var, "class");

	when->text = "";
	if (is_class && json_is_string(value)) {
		when->is_text = true;
		when->text = text_of(reader, value);
	}
	else if (!is_class && json_is_number(value)) {
		when->value = json_number_value(value);
	}
	else {
		wrong(reader, trail, is_class ? "a text" : "a number");
	}
}

static void read_list(struct reader *reader, const struct key *key,
                      struct vec *vec, json_t *array, const struct trail *up)
{
	size_t count = json_array_size(array);
	const char *node = reader->node;
	unsigned char *at;

	if (!json_is_array(array)) {
		wrong(reader, up, "an array of objects");
		return;
	}
	if (key->count_max && count > key->count_max) {
		faults_add(reader->faults, FLOW_ERROR, up, "",
		           "%zu of them; at most %zu are read", count,
		           key->count_max);
		return;
	}

	at = arena_array(reader->arena, count, key->shape->size);
	if (!at)
		return;
	vec->v = at;
	vec->c = count;

	for (size_t i = 0; i < count; i++, at += key->shape->size) {
		struct trail trail = {.up = up, .index = i};
		json_t *object = json_array_get(array, i);
		const char *id;

		set_defaults(key->shape, at);
		if (key->shape == &shape_node)
			((struct node *)(void *)at)->listen =
				reader->script->asr;

		id = json_string_value(json_object_get(object, "id"));
		if (id)
			reader->node = id;
		if (json_is_object(object))
			read_object(reader, key->shape, at, object, &trail);
		else
			wrong(reader, &trail, "an object");
		reader->node = node;
	}
}

static void read_value_of(struct reader *reader, const struct key *key,
                          void *base, json_t *value, const struct trail *trail)
{
	void *at = (unsigned char *)base + key->offset;

	switch (key->type) {
	case KEY_INT:
	case KEY_LONG:
	case KEY_REAL:
		read_number(reader, key, at, value, trail);
		break;
	case KEY_MAYBE:
		read_maybe(reader, at, value, trail);
		break;
	case KEY_VALUE:
		read_value(reader, at, value, trail);
		break;
	case KEY_TIMES:
	case KEY_SECONDS:
		read_limit(reader, key, at, value, trail);
		break;
	case KEY_POTENTIAL:
		read_potential(reader, at, value, trail);
		break;
	case KEY_CHOICE:
	case KEY_ACTION:
		read_choice(reader, key, at, value, trail);
		break;
	case KEY_PROMPT:
		read_prompt(reader, at, value, trail);
		break;
	case KEY_REGEXES:
		read_regexes(reader, at, value, trail);
		break;
	case KEY_NAMES:
	case KEY_ARRAY:
		read_names(reader, key, at, value, trail);
		break;
	case KEY_VARS:
		read_vars(reader, at, value, trail);
		break;
	case KEY_SYNONYMS:
		read_synonyms(reader, at, value, trail);
		break;
	case KEY_OBJECT:
		if (json_is_object(value))
			read_object(reader, key->shape, at, value, trail);
		else
			wrong(reader, trail, "an object");
		break;
	case KEY_LIST:
		read_list(reader, key, at, value, trail);
		break;
	case KEY_FREE:
		break;
	default:
		read_text(reader, key, at, value, trail);
		break;
	}
}

/* Whether the key belongs here: to every node, or to this one's action. */
static bool is_at_home(const struct reader *reader, const struct key *key)
{
	return !key->actions || !reader->action ||
	       (key->actions & reader->action);
}

static void name_unknown(struct reader *reader, const struct shape *shape,
                         json_t *object, const struct trail *up)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		struct trail trail = {.up = up, .key = name};
		bool is_known = false;

		for (size_t i = 0; i < shape->keyc && !is_known; i++)
			is_known = !strcmp(shape->keyv[i].name, name) &&
			           is_at_home(reader, &shape->keyv[i]);
		if (!is_known)
			faults_add(reader->faults, FLOW_WARNING, &trail,
			           reader->node, "unknown key; not read");
	}
}

static void read_object(struct reader *reader, const struct shape *shape,
                        void *base, json_t *object, const struct trail *up)
{
	unsigned action = reader->action;
	size_t read = 0;

	if (shape == &shape_node)
		reader->action = 0;

	for (size_t i = 0; i < shape->keyc; i++) {
		const struct key *key = &shape->keyv[i];
		struct trail trail = {.up = up, .key = key->name};
		json_t *value;

		if (!is_at_home(reader, key))
			continue;

		value = json_object_get(object, key->name);
		if (value) {
			read_value_of(reader, key, base, value, &trail);
			read++;
		}
		else if (key->is_required) {
			faults_add(reader->faults, FLOW_ERROR, &trail,
			           reader->node, "is missing");
		}
	}
	if (read < json_object_size(object))
		name_unknown(reader, shape, object, up);

	if (shape == &shape_node)
		reader->action = action;
}

void reader_read(struct flow_script *script, json_t *root,
                 struct flow_faults *faults)
{
	struct reader reader = {
		.script = script,
		.arena = script->arena,
		.faults = faults,
		.node = "",
	};

	set_defaults(&shape_script, script);
	read_object(&reader, &shape_script, script, root, NULL);
}
