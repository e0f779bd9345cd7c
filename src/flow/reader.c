/*
 * flow/reader.c - filling a script from JSON by the tables of shape.c
 */
#include "base/mem.h"
#include "base/text.h"
#include "flow/reader.h"
#include "flow/scalar.h"
#include "flow/shape.h"
#include "flow/soundof.h"

enum {
	KEYS_MAX = 64, /* of one shape */
};

static void read_object(struct reader *reader, const struct shape *shape,
                        void *base, json_t *object, const struct trail *trail);

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
		case KEY_SOUNDS:
			memcpy(at, &key->text, sizeof(key->text));
			break;
		default:
			break; /* zeroed memory says it */
		}
	}
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
			textv[i] = scalar_text_of(reader, value);
		else
			scalar_wrong(reader, &trail, "a text");
	}
	*countp = count;

	return textv;
}

static void read_prompt(struct reader *reader, struct prompt *prompt,
                        json_t *value, const struct trail *trail)
{
	if (!json_is_array(value)) {
		scalar_wrong(reader, trail, "an array of texts");
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
		scalar_wrong(reader, trail,
		             "a regular expression or an array of them");
		return;
	}

	textv = arena_array(reader->arena, 1, sizeof(*textv));
	if (!textv)
		return;
	textv[0] = scalar_text_of(reader, value);
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
		scalar_wrong(reader, trail,
		             key->type == KEY_NAMES
		                     ? "an array of texts, or \"all\""
		                     : "an array of texts");
}

static void read_vars(struct reader *reader, struct var_set *vars,
                      json_t *value, const struct trail *up)
{
	struct flow_var *varv;
	const char *name;
	json_t *text;

	if (!json_is_object(value)) {
		scalar_wrong(reader, up, "an object of texts");
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
			scalar_wrong(reader, &trail, "a text");
			continue;
		}
		varv[vars->c].name =
			arena_text(reader->arena, name, strlen(name));
		varv[vars->c].value = scalar_text_of(reader, text);
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
		scalar_wrong(reader, up, "an object: name to array of words");
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
			scalar_wrong(reader, &trail, "an array of words");
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
		when->text = scalar_text_of(reader, value);
	}
	else if (!is_class && json_is_number(value)) {
		when->value = json_number_value(value);
	}
	else {
		scalar_wrong(reader, trail, is_class ? "a text" : "a number");
	}
}

static void read_list(struct reader *reader, const struct key *key,
                      struct vec *vec, json_t *array, const struct trail *up)
{
	size_t count = json_array_size(array);
	const char *node = reader->node;
	unsigned char *at;

	if (!json_is_array(array)) {
		scalar_wrong(reader, up, "an array of objects");
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
			scalar_wrong(reader, &trail, "an object");
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
		scalar_number(reader, key, at, value, trail);
		break;
	case KEY_MAYBE:
		scalar_maybe(reader, at, value, trail);
		break;
	case KEY_VALUE:
		read_value(reader, at, value, trail);
		break;
	case KEY_TIMES:
	case KEY_SECONDS:
		scalar_limit(reader, key, at, value, trail);
		break;
	case KEY_POTENTIAL:
		scalar_potential(reader, at, value, trail);
		break;
	case KEY_PARAMS:
		scalar_params(reader, at, value, trail);
		break;
	case KEY_CHOICE:
	case KEY_ACTION:
		scalar_choice(reader, key, at, value, trail);
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
	case KEY_SOUNDS:
		soundof_read(reader, at, value, trail);
		break;
	case KEY_OBJECT:
		if (json_is_object(value))
			read_object(reader, key->shape, at, value, trail);
		else
			scalar_wrong(reader, trail, "an object");
		break;
	case KEY_LIST:
		read_list(reader, key, at, value, trail);
		break;
	case KEY_FREE:
		break;
	default:
		scalar_text(reader, key, at, value, trail);
		break;
	}
}

/* Whether the key belongs here: to every node, or to this one's action. */
static bool is_at_home(const struct reader *reader, const struct key *key)
{
	return !key->actions || !reader->action ||
	       (key->actions & reader->action);
}

/* What may be meant by a key that is not read. */
static void unknown_add(struct reader *reader, const struct shape *shape,
                        const struct trail *trail)
{
	const char *namev[KEYS_MAX], *meant;
	size_t namec = 0;

	for (size_t i = 0; i < shape->keyc && namec < KEYS_MAX; i++) {
		const struct key *key = &shape->keyv[i];

		if (is_at_home(reader, key)) {
			namev[namec++] = key->name;
		}
		else if (!strcmp(key->name, trail->key)) {
			faults_add(reader->faults, FLOW_WARNING, trail,
			           reader->node,
			           "not a key of this action; not read");
			return;
		}
	}

	meant = text_nearest(trail->key, namev, namec);
	faults_add(reader->faults, FLOW_WARNING, trail, reader->node,
	           "unknown key; not read%s%s%s",
	           meant ? "; did you mean \"" : "", meant ? meant : "",
	           meant ? "\"?" : "");
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
			unknown_add(reader, shape, &trail);
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
			           reader->node, "is missing; it says: %s",
			           key->help);
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
