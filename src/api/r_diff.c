/*
 * api/r_diff.c - the route that tells two versions of a script apart
 *
 * Node by node: lists whose items have an id are compared by it, all else as a
 * whole.
 */
#include <errno.h>
#include <string.h>
#include "api/api_parts.h"
#include "api/gather.h"
#include "api/handlers.h"
#include "api/shelf.h"
#include "base/jmem.h"
#include "base/mem.h"

struct diffing {
	struct ask *ask;
	json_t *from, *to; /* the scripts */
	json_t *items;
};

static void destructor(void *arg)
{
	struct diffing *diffing = arg;

	json_decref(diffing->from);
	json_decref(diffing->to);
	json_decref(diffing->items);
	mem_deref(diffing->ask);
}

/* --- comparing ------------------------------------------------------------ */

static void change_add(json_t *items, const char *place, const char *id,
                       const char *change, json_t *keys)
{
	(void)json_array_append_new(
		items, json_pack("{s:s, s:s, s:s, s:o}", "place", place, "id",
	                         id, "change", change, "keys", keys));
}

/* The keys whose values differ, of either. */
static json_t *keys_of(json_t *from, json_t *to)
{
	json_t *keys = json_array(), *value;
	const char *key;

	json_object_foreach(from, key, value)
	{
		if (!json_equal(value, json_object_get(to, key)))
			(void)json_array_append_new(keys, json_string(key));
	}
	json_object_foreach(to, key, value)
	{
		if (!json_object_get(from, key))
			(void)json_array_append_new(keys, json_string(key));
	}

	return keys;
}

static const char *id_of(const json_t *node)
{
	return json_string_value(json_object_get(node, "id"));
}

/* By id; NULL where it is no list of such. */
static json_t *index_of(const json_t *list)
{
	json_t *index = json_object(), *node;
	size_t i;

	json_array_foreach(list, i, node)
	{
		if (!id_of(node)) {
			json_decref(index);
			return NULL;
		}
		(void)json_object_set(index, id_of(node), node);
	}

	return index;
}

static void nodes_compare(json_t *items, const char *place, json_t *from,
                          json_t *to)
{
	const char *id;
	json_t *node;

	json_object_foreach(from, id, node)
	{
		json_t *now = json_object_get(to, id);

		if (!now)
			change_add(items, place, id, "removed", json_array());
		else if (!json_equal(node, now))
			change_add(items, place, id, "changed",
			           keys_of(node, now));
	}
	json_object_foreach(to, id, node)
	{
		if (!json_object_get(from, id))
			change_add(items, place, id, "added", json_array());
	}
}

static void value_compare(json_t *items, const char *key, json_t *from,
                          json_t *to)
{
	json_t *before, *after;

	if (json_equal(from, to))
		return;

	before = index_of(from);
	after = index_of(to);
	if ((!from || json_is_array(from)) && (!to || json_is_array(to)) &&
	    before && after)
		nodes_compare(items, key, before, after);
	else
		change_add(items, key, "",
		           !from ? "added"
		           : !to ? "removed"
		                 : "changed",
		           json_array());
	json_decref(before);
	json_decref(after);
}

static void compare(struct diffing *diffing)
{
	const char *key;
	json_t *value;

	json_object_foreach(diffing->from, key, value)
	{
		value_compare(diffing->items, key, value,
		              json_object_get(diffing->to, key));
	}
	json_object_foreach(diffing->to, key, value)
	{
		if (!json_object_get(diffing->from, key))
			value_compare(diffing->items, key, NULL, value);
	}
}

/* --- the route ------------------------------------------------------------ */

static void failed(struct diffing *diffing, int err)
{
	ask_failed(diffing->ask, err, "that version");
	mem_deref(diffing);
}

static void from_handler(const struct store_script *row, void *arg)
{
	struct diffing *diffing = arg;

	jmem_forget();
	diffing->from = json_loads(row->body, 0, NULL);
}

static void to_handler(const struct store_script *row, void *arg)
{
	struct diffing *diffing = arg;

	diffing->to = json_loads(row->body, 0, NULL);
}

static void to_done(int err, void *arg)
{
	struct diffing *diffing = arg;

	if (!err && (!diffing->from || !diffing->to))
		err = ENOMEM;
	if (err) {
		failed(diffing, err);
		return;
	}

	jmem_forget();
	diffing->items = json_array();
	compare(diffing);
	ask_page(diffing->ask, json_incref(diffing->items), 0);
	mem_deref(diffing);
}

static void from_done(int err, void *arg)
{
	struct diffing *diffing = arg;
	struct ask *ask = diffing->ask;

	if (!err)
		err = store_script(
			ask_prm(ask)->store, ask_param(ask, "name"),
			ask_query_number(ask, "to", STORE_SCRIPT_DRAFT),
			to_handler, to_done, diffing);
	if (err)
		failed(diffing, err);
}

void r_script_diff(struct ask *ask)
{
	struct diffing *diffing;
	int err;

	diffing = mem_zalloc(sizeof(*diffing), destructor);
	if (!diffing) {
		ask_failed(ask, ENOMEM, "that version");
		return;
	}

	diffing->ask = mem_ref(ask);
	err = store_script(ask_prm(ask)->store, ask_param(ask, "name"),
	                   ask_query_number(ask, "from", STORE_SCRIPT_LATEST),
	                   from_handler, from_done, diffing);
	if (err)
		failed(diffing, err);
}
