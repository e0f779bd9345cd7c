/*
 * flow/link.c - making a script ready to run: ids
 */
#include <stdarg.h>
#include <stdio.h>
#include "base/mem.h"
#include "base/text.h"
#include "flow/jump.h"
#include "flow/link.h"

enum {
	PATH_BYTES = 256,
	MESSAGE_BYTES = 512,
	NEAREST_LETTERS_MIN = 3, /* what is shorter is near to anything */
	NEAREST_NODES_MAX = 500, /* of more no near id is looked for */
};

void link_fault(struct linker *linker, enum flow_level level, const char *node,
                const char *message, const char *format, ...)
{
	char path[PATH_BYTES];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(path, sizeof(path), format, ap);
	va_end(ap);

	faults_add_at(linker->faults, level, path, node, message);
}

/* Enters one id; a double or empty one is a fault. */
static void id_enter(struct linker *linker, struct idmap *map, const char **idp,
                     void *value, const char *list, size_t i)
{
	char message[MESSAGE_BYTES];

	if (!*idp) {
		*idp = ""; /* missing: the reader has said so */
		return;
	}
	if (!**idp) {
		link_fault(linker, FLOW_ERROR, "",
		           "must not be empty; give it a name of its own",
		           "%s[%zu].id", list, i);
		return;
	}
	if (idmap_get(map, *idp)) {
		(void)snprintf(message, sizeof(message),
		               "\"%.100s\" is taken; give this one another id",
		               *idp);
		link_fault(linker, FLOW_ERROR, *idp, message, "%s[%zu].id",
		           list, i);
		return;
	}

	idmap_put(map, *idp, value);
}

static int ids_enter(struct linker *linker)
{
	struct flow_script *script = linker->script;
	struct idmap *entries;

	script->nodes = idmap_make(linker->arena, script->flow.c);
	linker->globals = idmap_make(linker->arena, script->globalflow.c);
	entries = idmap_make(linker->arena, script->kb.c);
	if (!script->nodes || !linker->globals || !entries)
		return ENOMEM;

	for (size_t i = 0; i < script->flow.c; i++) {
		struct node *node = &script_nodes(script)[i];

		node->index = (uint32_t)i;
		id_enter(linker, script->nodes, &node->id, node, "flow", i);
	}
	for (size_t i = 0; i < script->globalflow.c; i++) {
		struct global *global = &script_globals(script)[i];

		id_enter(linker, linker->globals, &global->id, global,
		         "globalflow", i);
	}
	for (size_t i = 0; i < script->kb.c; i++) {
		struct entry *entry = &script_entries(script)[i];

		entry->index = (uint32_t)i;
		id_enter(linker, entries, &entry->id, entry, "kb", i);
	}

	return arena_err(linker->arena);
}

static void missing_say(struct linker *linker, const char *id,
                        char message[MESSAGE_BYTES])
{
	const struct flow_script *script = linker->script;
	const char *idv[NEAREST_NODES_MAX], *meant = NULL;
	size_t c = script->flow.c;

	if (c <= NEAREST_NODES_MAX && strlen(id) >= NEAREST_LETTERS_MIN) {
		for (size_t i = 0; i < c; i++)
			idv[i] = script_nodes(script)[i].id;
		meant = text_nearest(id, idv, c);
	}
	if (meant)
		(void)snprintf(
			message, MESSAGE_BYTES,
			"there is no node \"%.100s\"; did you mean \"%.100s\"?",
			id, meant);
	else
		(void)snprintf(message, MESSAGE_BYTES,
		               "there is no node \"%.100s\"; add it, or name "
		               "another",
		               id);
}

/* The node, or NULL with a message that says that there is none. */
static struct node *find(struct linker *linker, const char *id,
                         char message[MESSAGE_BYTES])
{
	struct node *node = script_node(linker->script, id);

	if (!node)
		missing_say(linker, id, message);

	return node;
}

static void children_resolve(struct linker *linker, struct node *node)
{
	struct link *childv = node->children.v;
	char message[MESSAGE_BYTES];

	for (size_t i = 0; i < node->children.c; i++) {
		if (!childv[i].flow)
			continue; /* missing: the reader has said so */

		childv[i].target = find(linker, childv[i].flow, message);
		if (!childv[i].target)
			link_fault(linker, FLOW_ERROR, node->id, message,
			           "flow[%u].children[%zu].flow", node->index,
			           i);
	}
}

/* A jump to a node that is not there hangs up when it is taken: a warning. */
static void jump_check(struct linker *linker, const char *node,
                       const char *value, const char *list, size_t i,
                       const char *key)
{
	char message[MESSAGE_BYTES];

	if (jump_kind(value) == JUMP_NODE && !find(linker, value, message))
		link_fault(linker, FLOW_WARNING, node, message, "%s[%zu].%s",
		           list, i, key);
}

static void node_globals_check(struct linker *linker, const struct node *node)
{
	char message[MESSAGE_BYTES];

	for (size_t i = 0; i < node->globalflow.c; i++) {
		const char *id = node->globalflow.v[i];

		if (idmap_get(linker->globals, id))
			continue;
		(void)snprintf(message, sizeof(message),
		               "there is no global flow \"%.100s\"; add it, "
		               "or leave it out",
		               id);
		link_fault(linker, FLOW_ERROR, node->id, message,
		           "flow[%u].globalflow[%zu]", node->index, i);
	}
}

static void ids_resolve(struct linker *linker)
{
	struct flow_script *script = linker->script;
	char message[MESSAGE_BYTES];

	for (size_t i = 0; i < script->flow.c; i++) {
		struct node *node = &script_nodes(script)[i];

		children_resolve(linker, node);
		node_globals_check(linker, node);
		jump_check(linker, node->id, node->value, "flow", i, "value");
		jump_check(linker, node->id, node->kbswitchflow, "flow", i,
		           "kbswitchflow");
	}
	for (size_t i = 0; i < script->globalflow.c; i++) {
		struct global *global = &script_globals(script)[i];

		if (!global->link.flow)
			continue;
		global->link.target = find(linker, global->link.flow, message);
		if (!global->link.target)
			link_fault(linker, FLOW_ERROR, global->id, message,
			           "globalflow[%zu].flow", i);
	}
	for (size_t i = 0; i < script->kb.c; i++) {
		struct entry *entry = &script_entries(script)[i];

		jump_check(linker, entry->id, entry->switchflow, "kb", i,
		           "switchflow");
	}

	if (!script->start)
		return;
	script->start_node = find(linker, script->start, message);
	if (!script->start_node)
		link_fault(linker, FLOW_ERROR, "", message, "start");
}

/* Without a filter, or with "none", keys are no input. */
static void filters_fill(struct flow_script *script)
{
	for (size_t i = 0; i < script->flow.c; i++) {
		struct node *node = &script_nodes(script)[i];
		const char *dtmf = node->filter.dtmf;

		if (dtmf && *dtmf && strcmp(dtmf, "none") != 0)
			node->dtmf = dtmf;
	}
}

static void voice_fill(struct flow_script *script)
{
	script->voice = (struct flow_voice){
		.url = script->tts.url,
		.config = script->tts.config,
		.engine = script->tts.engine,
		.voice = script->tts.voice,
		.voicev = script->tts.voices.v,
		.voicec = script->tts.voices.c,
		.volume = script->tts.volume,
		.speechrate = script->tts.speechrate,
		.pitchrate = script->tts.pitchrate,
	};
}

int link_script(struct flow_script *script, struct flow_faults *faults)
{
	struct linker linker = {
		.script = script,
		.arena = script->arena,
		.faults = faults,
	};
	int err;

	err = ids_enter(&linker);
	if (err)
		return err;

	ids_resolve(&linker);
	filters_fill(script);
	voice_fill(script);
	err = conds_compile(&linker);
	if (err)
		return err;

	/* What follows runs along links that must all lead somewhere. */
	if (!flow_faults_errors(faults))
		reach_build(&linker);

	return arena_err(script->arena);
}
