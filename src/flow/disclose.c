/*
 * flow/disclose.c - whether a script says first who calls and that it is a
 * machine
 *
 * No program can judge the words; the author marks the node. What is looked at
 * is that nobody hears anything before it: the ways from the start, and those
 * into what is said to machines and to assistants that screen calls.
 */
#include <string.h>
#include "base/mem.h"
#include "flow/flow.h"
#include "flow/script.h"

/* An item that is a variable alone may say nothing. */
static bool says_something(const struct prompt *prompt)
{
	for (size_t i = 0; i < prompt->itemc; i++) {
		const char *item = prompt->itemv[i];
		const char *end = strchr(item, '}');

		if (*item && (strncmp(item, "${", 2) || !end || end[1]))
			return true;
	}

	return false;
}

/* The first node, seen from there, that speaks or listens and is not marked;
 * seenv keeps loops of nodes that do neither from going on for ever. */
static const struct node *unmarked(const struct node *node, bool *seenv)
{
	bool is_silent =
		node->action == ACTION_SET || node->action == ACTION_HTTP;
	const struct link *linkv = node->children.v;
	const struct node *found = NULL;

	if (node->disclosure && says_something(&node->playbacks))
		return NULL;
	if (node->action == ACTION_HANGUP && !prompt_is_set(&node->playbacks))
		return NULL;
	if (!is_silent)
		return node;
	if (seenv[node->index])
		return NULL;

	seenv[node->index] = true;
	for (size_t i = 0; i < node->children.c && !found; i++) {
		if (linkv[i].target)
			found = unmarked(linkv[i].target, seenv);
	}

	return found;
}

/* They may be all that is heard of the call. */
static bool is_way_in(const struct global *global)
{
	const char *complete = global->link.condition.complete;

	return complete && global->link.target &&
	       (strstr(complete, "MACHINE") || strstr(complete, "SCREENING"));
}

int flow_script_undisclosed(const char **nodep,
                            const struct flow_script *script)
{
	const struct global *globalv = script_globals(script);
	const struct node *found;
	bool *seenv;

	seenv = mem_zalloc((script->flow.c + 1) * sizeof(*seenv), NULL);
	if (!seenv)
		return ENOMEM;

	found = unmarked(script->start_node, seenv);
	for (size_t i = 0; i < script->globalflow.c && !found; i++) {
		if (is_way_in(&globalv[i]))
			found = unmarked(globalv[i].link.target, seenv);
	}
	mem_deref(seenv);
	*nodep = found ? found->id : NULL;

	return 0;
}
