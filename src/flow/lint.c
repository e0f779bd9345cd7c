/*
 * flow/lint.c - what a script that loads may still do badly on the telephone
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include "base/mem.h"
#include "flow/jump.h"
#include "flow/lint.h"
#include "flow/soundof.h"

enum {
	BLOCK_BYTES = 16 * 1024,
	PATH_BYTES = 256,
};

void lint_warn(const struct lint *lint, const char *node, const char *message,
               const char *path, ...)
{
	char full[PATH_BYTES];
	va_list ap;

	va_start(ap, path);
	(void)vsnprintf(full, sizeof(full), path, ap);
	va_end(ap);

	faults_add_at(lint->faults, FLOW_WARNING, full, node, message);
}

/* --- ways --------------------------------------------------------------- */

/* The node a jump value names, or NULL for other jumps. */
static struct node *jump_target(const struct lint *lint, const char *value)
{
	return jump_kind(value) == JUMP_NODE ? script_node(lint->script, value)
	                                     : NULL;
}

struct walk {
	const struct lint *lint;
	bool *seenv;
	struct node **todov;
	size_t todoc;
};

static void visit(struct walk *walk, struct node *node)
{
	if (!node || walk->seenv[node->index])
		return;

	walk->seenv[node->index] = true;
	walk->todov[walk->todoc++] = node;
}

static void visit_entries(struct walk *walk, const struct node *node)
{
	for (size_t i = 0; i < node->entries->c; i++)
		visit(walk, jump_target(walk->lint,
		                        node->entries->v[i].entry->switchflow));
}

/* Everything that can be reached from the start. */
static void reach(struct walk *walk)
{
	visit(walk, walk->lint->script->start_node);
	while (walk->todoc) {
		const struct node *node = walk->todov[--walk->todoc];
		const struct link *childv = node->children.v;

		for (size_t i = 0; i < node->children.c; i++)
			visit(walk, childv[i].target);
		for (int kind = 0; kind < COND_KINDS; kind++) {
			const struct order *order =
				&node->globals->orderv[kind];

			for (size_t i = 0; i < order->c; i++)
				visit(walk, order->v[i]->target);
		}
		visit_entries(walk, node);
		visit(walk, jump_target(walk->lint, node->value));
		visit(walk, jump_target(walk->lint, node->kbswitchflow));
	}
}

static bool has_complete_any(const struct node *node)
{
	return node->anyv[COND_COMPLETE].c;
}

/* Whether the call can end at the node itself, or leaves it for a source. */
static bool is_end(const struct lint *lint, const struct node *node)
{
	switch (node->action) {
	case ACTION_HANGUP:
	case ACTION_TRANSFER:
	case ACTION_QUEUE:
		return true;
	case ACTION_RETURN:
		return !jump_target(lint, node->value);
	default:
		return !has_complete_any(node);
	}
}

/* Marks the nodes from which some way ends the call. A pass takes the links
 * once; loops need as many passes as they are long. */
static void ends_find(const struct lint *lint, bool *endv)
{
	const struct flow_script *script = lint->script;
	bool has_changed = true;

	while (has_changed) {
		has_changed = false;
		for (size_t n = script->flow.c; n--;) {
			const struct node *node = &script_nodes(script)[n];
			const struct node *jump =
				jump_target(lint, node->value);
			const struct link *childv = node->children.v;
			bool ends = is_end(lint, node) ||
			            (jump && endv[jump->index]);

			for (size_t i = 0; i < node->children.c && !ends; i++)
				ends = endv[childv[i].target->index];
			has_changed = has_changed || ends != endv[n];
			endv[n] = ends;
		}
	}
}

static void ways_check(const struct lint *lint)
{
	const struct flow_script *script = lint->script;
	struct walk walk = {
		.lint = lint,
		.seenv = arena_array(lint->arena, script->flow.c,
	                             sizeof(*walk.seenv)),
		.todov = arena_array(lint->arena, script->flow.c,
	                             sizeof(struct node *)),
	};
	bool *endv = arena_array(lint->arena, script->flow.c, sizeof(*endv));

	if (!walk.seenv || !walk.todov || !endv)
		return;

	reach(&walk);
	ends_find(lint, endv);
	for (size_t i = 0; i < script->flow.c; i++) {
		const char *id = script_nodes(script)[i].id;

		if (!walk.seenv[i])
			lint_warn(lint, id,
			          "no way leads here; link it or delete it",
			          "flow[%zu]", i);
		else if (!endv[i])
			lint_warn(lint, id,
			          "a loop: no way from here ends the call; "
			          "let one lead to a hangup",
			          "flow[%zu]", i);
	}
}

/* --- nodes -------------------------------------------------------------- */

/* Whether a child waits for an action that ended so. */
static bool has_exit(const struct lint *lint, const struct node *node,
                     const char *how)
{
	const struct order *order = &node->orderv[COND_COMPLETE];
	struct matcher matcher = {0};
	struct subject subject;
	bool is_found = has_complete_any(node);
	struct span span;

	if (!subject_make(&subject, lint->script->patterns, &matcher,
	                  lint->arena, how, false))
		return true;

	for (size_t i = 0; i < order->c && !is_found; i++)
		is_found =
			pattern_match(order->v[i]->condv[COND_COMPLETE].pattern,
		                      &subject, &span);
	matcher_close(&matcher);

	return is_found;
}

static void exits_check(const struct lint *lint, const struct node *node)
{
	if (node->action != ACTION_PLAYBACK)
		return;

	if (!has_exit(lint, node, "TIMEOUT()"))
		lint_warn(lint, node->id,
		          "silence ends the call here; add a child with "
		          "complete ANY",
		          "flow[%u].children", node->index);
	else if (!has_exit(lint, node, "DONE()"))
		lint_warn(lint, node->id,
		          "an answer that is not understood ends the call "
		          "here; add a child with complete ANY",
		          "flow[%u].children", node->index);
}

/* Children behind one that always wins. */
static void hidden_check(const struct lint *lint, const struct node *node)
{
	const struct order *order = &node->orderv[COND_TEXT];
	const struct link *childv = node->children.v;
	bool *allv = arena_array(lint->arena, order->c, sizeof(*allv));

	for (size_t later = 0; later < order->c && allv; later++) {
		const struct link *link = order->v[later];
		const struct cond *cond = &link->condv[COND_TEXT];
		bool is_hidden = false;

		allv[later] = !link->target->repetition &&
		              lintword_takes_all(lint, cond);
		for (size_t i = 0; i < later && !is_hidden; i++)
			is_hidden =
				allv[i] ||
				(!order->v[i]->target->repetition &&
			         lintword_covers(&order->v[i]->condv[COND_TEXT],
			                         cond));
		if (is_hidden)
			lint_warn(lint, node->id,
			          "never matches: a child that is tried "
			          "before it takes all of this; give it a "
			          "higher priority",
			          "flow[%u].children[%zd].condition.text",
			          node->index, (ssize_t)(link - childv));
	}
}

/* Of several children ANY the first one wins. */
static void any_check(const struct lint *lint, const struct node *node)
{
	static const char *const namev[COND_KINDS] = {
		[COND_TEXT] = "text",
		[COND_COMPLETE] = "complete",
		[COND_DTMF] = "dtmf",
	};
	const struct link *childv = node->children.v;

	for (int kind = 0; kind < COND_KINDS; kind++) {
		const struct order *any = &node->anyv[kind];

		for (size_t i = 1; i < any->c; i++) {
			if (any->v[i - 1]->target->repetition)
				continue;
			lint_warn(lint, node->id,
			          "never matches: another child has ANY "
			          "before it; delete one",
			          "flow[%u].children[%zd].condition.%s",
			          node->index, (ssize_t)(any->v[i] - childv),
			          namev[kind]);
		}
	}
}

static void keys_check(const struct lint *lint, const struct node *node)
{
	const struct {
		enum action action;
		const char *key, *value, *message;
	} keyv[] = {
		{ACTION_TRANSFER, "extension", node->extension,
	         "whom to transfer to is missing; name an extension"},
		{ACTION_QUEUE, "name", node->name,
	         "which queue is missing; give its name"},
		{ACTION_HTTP, "url", node->url,
	         "whom to ask is missing; give an address"},
	};

	for (size_t i = 0; i < ARRAY_COUNT(keyv); i++)
		if (node->action == keyv[i].action && !*keyv[i].value)
			lint_warn(lint, node->id, keyv[i].message,
			          "flow[%u].%s", node->index, keyv[i].key);
}

/* Where a service is stands in the configuration alone: a script that could
 * name hosts could send what people say anywhere. */
static void services_check(const struct lint *lint, const char *node,
                           const char *names, const char *path)
{
	if (names[strcspn(names, ":/.")])
		lint_warn(lint, node,
		          "names a host, and hosts are those of the "
		          "configuration only: name its services, \"a,b\" in "
		          "turn, \"*a,b\" the first that works; as it is, the "
		          "configured recogniser listens",
		          "%s", path);
}

static void listen_check(const struct lint *lint, const struct node *node)
{
	const char *names = node->listen.asrproxy_addr;
	char path[PATH_BYTES];

	/* What all nodes have is said once. */
	if (!strcmp(names, lint->script->asr.asrproxy_addr))
		return;

	(void)snprintf(path, sizeof(path), "flow[%u].asr.asrproxy_addr",
	               node->index);
	services_check(lint, node->id, names, path);
}

static bool is_category(const struct flow_script *script, const char *name)
{
	for (size_t i = 0; i < script->kb.c; i++)
		if (!strcmp(script_entries(script)[i].category, name))
			return true;

	return false;
}

static void categories_check(const struct lint *lint, const struct node *node)
{
	for (size_t i = 0; i < node->kb.c; i++)
		if (!is_category(lint->script, node->kb.v[i]))
			lint_warn(lint, node->id,
			          "no entry of the knowledge base has this "
			          "category; correct it, or leave it out",
			          "flow[%u].kb[%zu]", node->index, i);
}

static void nodes_check(const struct lint *lint)
{
	for (size_t i = 0; i < lint->script->flow.c; i++) {
		const struct node *node = &script_nodes(lint->script)[i];
		char path[PATH_BYTES];

		(void)snprintf(path, sizeof(path), "flow[%zu]", i);
		exits_check(lint, node);
		hidden_check(lint, node);
		any_check(lint, node);
		keys_check(lint, node);
		categories_check(lint, node);
		listen_check(lint, node);
		lintword_node(lint, node, path);
	}
}

/* --- the rest ----------------------------------------------------------- */

static bool is_used(const struct flow_script *script, const struct entry *entry)
{
	for (size_t i = 0; i < script->flow.c; i++) {
		const struct names *kb = &script_nodes(script)[i].kb;

		if (kb->is_all)
			return true;
		for (size_t j = 0; j < kb->c; j++)
			if (!strcmp(kb->v[j], entry->category))
				return true;
	}

	return false;
}

static void entries_check(const struct lint *lint)
{
	for (size_t i = 0; i < lint->script->kb.c; i++) {
		const struct entry *entry = &script_entries(lint->script)[i];
		char path[PATH_BYTES];

		(void)snprintf(path, sizeof(path), "kb[%zu]", i);
		if (!is_used(lint->script, entry))
			lint_warn(lint, entry->id,
			          "no node answers from this category; name "
			          "it in a node's kb",
			          "kb[%zu].category", i);
		if (!entry->keywords.c)
			lint_warn(lint, entry->id,
			          "without keywords it is never asked for",
			          "kb[%zu].keywords", i);
		lintword_entry(lint, entry, path);
	}
	for (size_t i = 0; i < lint->script->globalflow.c; i++) {
		char path[PATH_BYTES];

		(void)snprintf(path, sizeof(path), "globalflow[%zu]", i);
		lintword_global(lint, &script_globals(lint->script)[i], path);
	}
}

int flow_lint(const struct flow_script *script, struct flow_faults *faults)
{
	struct lint lint = {
		.script = script,
		.faults = faults,
		.has_files = script->is_file,
	};
	int err;

	assert(script && faults);

	err = arena_alloc(&lint.arena, BLOCK_BYTES);
	if (err)
		return err;

	services_check(&lint, "", script->asr.asrproxy_addr,
	               "asr.asrproxy_addr");
	ways_check(&lint);
	nodes_check(&lint);
	entries_check(&lint);
	lintbands_check(&lint);
	soundof_check(&lint);
	err = arena_err(lint.arena);
	mem_deref(lint.arena);

	return err;
}
