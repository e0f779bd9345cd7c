/*
 * campaign/plan.c - pure: a campaign as data, read and written as JSON
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <jansson.h>
#include "base/jmem.h"
#include "base/mem.h"
#include "campaign/campaign.h"

enum {
	INDENT = 2,
	CALLS_MAX = 5000,
	RING_MIN_S = 5,
	RING_MAX_S = 180,
	CALLS_PER_S_MAX = 1000,
};

/* Keys whose value is a text, and where it goes. */
static const struct {
	const char *key;
	size_t offset;
} textv[] = {
	{"name", offsetof(struct plan, name)},
	{"script", offsetof(struct plan, script)},
	{"script_version", offsetof(struct plan, script_version)},
	{"lines", offsetof(struct plan, lines)},
	{"group", offsetof(struct plan, group)},
};

static char **text_at(struct plan *plan, size_t i)
{
	return (char **)((char *)plan + textv[i].offset);
}

static void destructor(void *arg)
{
	struct plan *plan = arg;

	for (size_t i = 0; i < ARRAY_COUNT(textv); i++)
		mem_deref(*text_at(plan, i));
	for (size_t i = 0; i < plan->listc; i++)
		mem_deref((void *)plan->listv[i].name);
	mem_deref(plan->rules);
}

int plan_alloc(struct plan **planp)
{
	struct plan *plan;

	plan = mem_zalloc(sizeof(*plan), destructor);
	if (!plan)
		return ENOMEM;

	plan->calls_per_s = -1;
	*planp = plan;

	return 0;
}

int plan_list_add(struct plan *plan, const char *name, int64_t priority)
{
	struct store_plan_list *list = &plan->listv[plan->listc];
	char *copy;
	int err;

	if (plan->listc >= STORE_LISTS_MAX)
		return EINVAL;

	err = str_dup(&copy, name);
	if (err)
		return err;

	list->name = copy;
	list->priority = priority;
	plan->listc++;

	return 0;
}

/* --- reading ------------------------------------------------------------- */

static int refuse(char fault[CFG_FAULT_SIZE], const char *key,
                  const char *right)
{
	(void)snprintf(fault, CFG_FAULT_SIZE, "%.64s: %s", key, right);

	return EINVAL;
}

static int dump(char **jsonp, const json_t *json, size_t flags)
{
	size_t size = json_dumpb(json, NULL, 0, flags);
	char *text;

	text = size ? mem_zalloc(size + 1, NULL) : NULL;
	if (!text)
		return ENOMEM;

	/* Writing allocates too. */
	if (json_dumpb(json, text, size, flags) != size) {
		mem_deref(text);
		return ENOMEM;
	}
	*jsonp = text;

	return 0;
}

static int read_text(char **textp, const char *key, const json_t *value,
                     char fault[CFG_FAULT_SIZE])
{
	char *text;
	int err;

	if (!json_is_string(value) || !*json_string_value(value))
		return refuse(fault, key, "its value is a text");

	err = str_dup(&text, json_string_value(value));
	if (err)
		return err;

	mem_deref(*textp);
	*textp = text;

	return 0;
}

/* "clients", or {"name": "clients", "priority": 5}. */
static int read_list(struct plan *plan, json_t *value,
                     char fault[CFG_FAULT_SIZE])
{
	const char *name = json_string_value(value);
	json_int_t priority = 0;
	int err = 0;

	if (json_is_object(value) && json_unpack(value, "{s:s, s?I !}", "name",
	                                         &name, "priority", &priority))
		name = NULL;
	if (name && *name)
		err = plan_list_add(plan, name, priority);
	if (!name || !*name || err == EINVAL)
		return refuse(fault, "lists",
		              "up to 64 lists, each a name or {\"name\": "
		              "\"clients\", \"priority\": 5}");

	return err;
}

static int read_lists(struct plan *plan, const json_t *value,
                      char fault[CFG_FAULT_SIZE])
{
	json_t *item;
	size_t i;
	int err = 0;

	if (!json_is_array(value))
		return refuse(fault, "lists", "its value is an array");

	json_array_foreach(value, i, item)
	{
		if (!err)
			err = read_list(plan, item, fault);
	}

	return err;
}

static int read_rules(struct plan *plan, const json_t *value,
                      char fault[CFG_FAULT_SIZE])
{
	char reason[CFG_FAULT_SIZE];
	char *rules = NULL;
	int err;

	err = dump(&rules, value, JSON_COMPACT);
	if (!err)
		err = rules_check(rules, reason);
	if (err) {
		mem_deref(rules);
		return err == EINVAL ? refuse(fault, "rules", reason) : err;
	}
	mem_deref(plan->rules);
	plan->rules = rules;

	return 0;
}

static int read_number(unsigned *numberp, const char *key, const json_t *value,
                       unsigned min, unsigned max, char fault[CFG_FAULT_SIZE])
{
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value) || n < min || n > max) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "%s: its value is a number from %u to %u", key,
		               min, max);
		return EINVAL;
	}
	*numberp = (unsigned)n;

	return 0;
}

static int read_key(struct plan *plan, const char *key, const json_t *value,
                    char fault[CFG_FAULT_SIZE])
{
	for (size_t i = 0; i < ARRAY_COUNT(textv); i++) {
		if (!strcmp(key, textv[i].key))
			return read_text(text_at(plan, i), key, value, fault);
	}

	if (!strcmp(key, "lists"))
		return read_lists(plan, value, fault);
	if (!strcmp(key, "rules"))
		return read_rules(plan, value, fault);
	if (!strcmp(key, "calls"))
		return read_number(&plan->calls, key, value, 1, CALLS_MAX,
		                   fault);
	if (!strcmp(key, "priority"))
		return read_number(&plan->priority, key, value, 0,
		                   STORE_PRIORITY_MAX, fault);
	if (!strcmp(key, "ring_s"))
		return read_number(&plan->ring_s, key, value, RING_MIN_S,
		                   RING_MAX_S, fault);
	if (!strcmp(key, "calls_per_s")) {
		plan->calls_per_s = json_number_value(value);
		if (json_is_number(value) && plan->calls_per_s >= 0 &&
		    plan->calls_per_s <= CALLS_PER_S_MAX)
			return 0;
		return refuse(fault, key,
		              "calls per second from 0 (any) to 1000, "
		              "fractions too");
	}

	return refuse(fault, key,
	              "there is no such key: there are name, script, "
	              "script_version, lists, lines, group, calls, "
	              "calls_per_s, ring_s, priority, rules");
}

static int read_object(struct plan *plan, json_t *object,
                       char fault[CFG_FAULT_SIZE])
{
	const char *key;
	json_t *value;
	int err = 0;

	if (!json_is_object(object))
		return refuse(fault, "campaign", "it is a JSON object");

	json_object_foreach(object, key, value)
	{
		if (!err)
			err = read_key(plan, key, value, fault);
	}

	return err;
}

int plan_read(struct plan *plan, const char *json, char fault[CFG_FAULT_SIZE])
{
	json_error_t error;
	json_t *object = NULL;
	int err;

	assert(plan && json && fault);

	jmem_forget();
	jmem_pool_open();
	err = jmem_read(&object, json, strlen(json), JSON_REJECT_DUPLICATES,
	                &error);
	if (!err) {
		err = read_object(plan, object, fault);
	}
	else if (err != ENOMEM) {
		(void)snprintf(fault, CFG_FAULT_SIZE, "line %d: %.200s",
		               error.line, error.text);
		err = EINVAL;
	}
	json_decref(object);
	if (jmem_has_failed())
		err = ENOMEM;
	if (err == ENOMEM)
		(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	jmem_pool_close();

	return err;
}

int plan_check(const struct plan *plan, char fault[CFG_FAULT_SIZE])
{
	if (!plan->name)
		return refuse(fault, "name", "it is missing");
	if (!plan->script)
		return refuse(fault, "script",
		              "it is missing: the conversation to hold");
	if (!plan->listc)
		return refuse(fault, "lists",
		              "there is none: who is to be called");
	if (plan->lines && plan->group)
		return refuse(fault, "group",
		              "a campaign calls over lines or over a group");

	return 0;
}

/* --- writing ------------------------------------------------------------- */

static int put(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) ? ENOMEM : 0;
}

/* All but name, lists and rules. */
static int put_settings(json_t *object, const struct plan *plan)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(textv) && !err; i++) {
		const char *text = *text_at((struct plan *)plan, i);

		if (text && strcmp(textv[i].key, "name") != 0)
			err = put(object, textv[i].key, json_string(text));
	}
	if (!err && plan->calls)
		err = put(object, "calls", json_integer(plan->calls));
	if (!err && plan->calls_per_s >= 0)
		err = put(object, "calls_per_s", json_real(plan->calls_per_s));
	if (!err && plan->ring_s)
		err = put(object, "ring_s", json_integer(plan->ring_s));
	if (!err && plan->priority)
		err = put(object, "priority", json_integer(plan->priority));

	return err;
}

static int put_lists(json_t *object, const struct plan *plan)
{
	json_t *array = json_array();
	int err = put(object, "lists", array);

	for (size_t i = 0; i < plan->listc && !err; i++) {
		const struct store_plan_list *list = &plan->listv[i];
		json_t *item;

		item = list->priority ? json_pack("{ss sI}", "name", list->name,
		                                  "priority",
		                                  (json_int_t)list->priority)
		                      : json_string(list->name);
		err = json_array_append_new(array, item) ? ENOMEM : 0;
	}

	return err;
}

int plan_settings(char **jsonp, const struct plan *plan)
{
	json_t *object = json_object();
	int err;

	err = put_settings(object, plan);
	if (!err)
		err = dump(jsonp, object, JSON_COMPACT);
	json_decref(object);

	return err;
}

int plan_write(char **jsonp, const struct plan *plan)
{
	json_t *object = json_object();
	json_t *rules;
	int err = 0;

	if (plan->name)
		err = put(object, "name", json_string(plan->name));
	if (!err)
		err = put_settings(object, plan);
	if (!err)
		err = put_lists(object, plan);
	if (!err && plan->rules) {
		err = jmem_read(&rules, plan->rules, strlen(plan->rules), 0,
		                NULL);
		if (!err)
			err = put(object, "rules", rules);
	}
	if (!err)
		err = dump(jsonp, object, JSON_INDENT(INDENT));
	json_decref(object);

	return err;
}

int plan_from_store(struct plan **planp, const struct store_plan *stored,
                    char fault[CFG_FAULT_SIZE])
{
	struct plan *plan;
	int err;

	err = plan_alloc(&plan);
	if (err)
		return err;

	err = plan_read(plan, stored->plan, fault);
	if (!err)
		err = str_dup(&plan->name, stored->name);
	if (!err)
		err = str_dup(&plan->rules, stored->settings);
	for (size_t i = 0; i < stored->listc && !err; i++)
		err = plan_list_add(plan, stored->listv[i].name,
		                    stored->listv[i].priority);

	if (err)
		mem_deref(plan);
	else
		*planp = plan;

	return err;
}
