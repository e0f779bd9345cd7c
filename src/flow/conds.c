/*
 * flow/conds.c - making a script ready to run: conditions
 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "base/mem.h"
#include "flow/build.h"
#include "flow/link.h"

enum {
	PATH_BYTES = 256,
};

/* --- synonyms ----------------------------------------------------------- */

/* The group with the longest name that text starts with, or NULL. */
static const struct synonym *group_at(const struct flow_script *script,
                                      const char *text)
{
	const struct synonym *groupv = script->nlp.synonyms.v, *best = NULL;
	size_t best_len = 0;

	for (size_t i = 0; i < script->nlp.synonyms.c; i++) {
		size_t len = strlen(groupv[i].name);

		if (len > best_len && !strncmp(text, groupv[i].name, len)) {
			best = &groupv[i];
			best_len = len;
		}
	}

	return best;
}

/* Appends a word, its metacharacters quoted unless is_plain. */
static void put_word(struct build *build, const char *word, bool is_plain)
{
	for (; *word; word++) {
		if (!is_plain && strchr("\\^$.|?*+()[]{}", *word))
			build_char(build, '\\');
		build_char(build, *word);
	}
}

static void put_group(struct build *build, const struct synonym *group,
                      bool is_plain)
{
	/* No word at all: nothing may match. */
	if (!group->words.c && !is_plain) {
		build_text(build, "(?!)");
		return;
	}

	if (!is_plain)
		build_text(build, "(?:");
	for (size_t i = 0; i < group->words.c; i++) {
		if (i)
			build_char(build, '|');
		put_word(build, group->words.v[i], is_plain);
	}
	if (!is_plain)
		build_char(build, ')');
}

const char *conds_expand(const struct flow_script *script, struct arena *arena,
                         const char *text, bool is_plain)
{
	const char *at = strchr(text, '@');
	struct build build = {.arena = arena};

	while (at && !group_at(script, at + 1))
		at = strchr(at + 1, '@');
	if (!at)
		return text;

	for (at = text; *at; at++) {
		const struct synonym *group =
			*at == '@' ? group_at(script, at + 1) : NULL;

		if (group) {
			put_group(&build, group, is_plain);
			at += strlen(group->name);
		}
		else {
			build_char(&build, *at);
		}
	}

	return build_take(&build);
}

/* --- conditions --------------------------------------------------------- */

/* Compiles one expression; what is wrong with it is said at path. */
static int compile(struct linker *linker, struct pattern **patternp,
                   const char *text, bool has_case, const char *node,
                   const char *path)
{
	char fault[PATTERN_FAULT_SIZE] = "";
	int err;

	/* A text that memory cut short is no text to complain about. */
	err = arena_err(linker->arena);
	if (err)
		return err;

	err = pattern_get(patternp, linker->script->patterns, text, has_case,
	                  fault);
	if (err != EINVAL)
		return err;

	faults_add_at(linker->faults, FLOW_ERROR, path, node, fault);

	return 0;
}

static int link_compile(struct linker *linker, struct link *link,
                        const char *node, const char *up)
{
	static const char *const namev[COND_KINDS] = {
		[COND_TEXT] = "text",
		[COND_COMPLETE] = "complete",
		[COND_DTMF] = "dtmf",
	};
	const char *textv[COND_KINDS] = {
		[COND_TEXT] = link->condition.text,
		[COND_COMPLETE] = link->condition.complete,
		[COND_DTMF] = link->condition.dtmf,
	};

	for (int kind = 0; kind < COND_KINDS; kind++) {
		struct cond *cond = &link->condv[kind];
		const char *text = textv[kind];
		char path[PATH_BYTES];
		int err;

		if (!text || !*text)
			continue;

		cond->text = text;
		cond->is_any = !strcasecmp(text, "ANY");
		if (cond->is_any)
			continue;

		(void)snprintf(path, sizeof(path), "%s.condition.%s", up,
		               namev[kind]);
		if (kind == COND_TEXT)
			text = conds_expand(linker->script, linker->arena, text,
			                    false);
		err = compile(linker, &cond->pattern, text, kind == COND_DTMF,
		              node, path);
		if (err)
			return err;
	}

	return 0;
}

static int regexes_compile(struct linker *linker, struct regexes *regexes,
                           bool has_synonyms, const char *node, const char *up)
{
	regexes->patternv = arena_array(linker->arena, regexes->c,
	                                sizeof(*regexes->patternv));
	if (!regexes->patternv)
		return ENOMEM;

	for (size_t i = 0; i < regexes->c; i++) {
		const char *text = regexes->textv[i];
		char path[PATH_BYTES];
		int err;

		if (!*text)
			continue;

		if (regexes->is_array)
			(void)snprintf(path, sizeof(path), "%s[%zu]", up, i);
		else
			(void)snprintf(path, sizeof(path), "%s", up);
		if (has_synonyms)
			text = conds_expand(linker->script, linker->arena, text,
			                    false);
		err = compile(linker, &regexes->patternv[i], text, false, node,
		              path);
		if (err)
			return err;
	}

	return 0;
}

/* --- order -------------------------------------------------------------- */

static int by_priority(const void *a, const void *b)
{
	const struct link *x = *(const struct link *const *)a;
	const struct link *y = *(const struct link *const *)b;

	if (x->priority != y->priority)
		return x->priority > y->priority ? -1 : 1;

	/* Links of one list stand in one array, in the order of the file. */
	return x < y ? -1 : x > y;
}

void conds_sort(struct linker *linker, struct order *order, enum cond_kind kind)
{
	if (order->c > 1)
		qsort(order->v, order->c, sizeof(*order->v), by_priority);

	order->indexv =
		arena_array(linker->arena, order->c, sizeof(*order->indexv));
	for (size_t i = 0; i < order->c && order->indexv; i++) {
		const struct cond *cond = &order->v[i]->condv[kind];

		if (cond->pattern)
			order->indexv[i] = pattern_index(cond->pattern);
	}
}

static int children_sort(struct linker *linker, struct node *node)
{
	const struct link *childv = node->children.v;

	for (int kind = 0; kind < COND_KINDS; kind++) {
		struct order *order = &node->orderv[kind];
		struct order *any = &node->anyv[kind];

		order->v = arena_array(linker->arena, node->children.c,
		                       sizeof(*order->v));
		any->v = arena_array(linker->arena, node->children.c,
		                     sizeof(*any->v));
		if (!order->v || !any->v)
			return ENOMEM;

		for (size_t i = 0; i < node->children.c; i++) {
			const struct cond *cond = &childv[i].condv[kind];

			if (cond->is_any)
				any->v[any->c++] = &childv[i];
			else if (cond->pattern)
				order->v[order->c++] = &childv[i];
		}
		conds_sort(linker, order, kind);
		conds_sort(linker, any, kind);
	}

	return 0;
}

/* --- all of them -------------------------------------------------------- */

static int node_compile(struct linker *linker, struct node *node)
{
	struct link *childv = node->children.v;
	char path[PATH_BYTES];
	int err;

	for (size_t i = 0; i < node->children.c; i++) {
		(void)snprintf(path, sizeof(path), "flow[%u].children[%zu]",
		               node->index, i);
		err = link_compile(linker, &childv[i], node->id, path);
		if (err)
			return err;
	}

	(void)snprintf(path, sizeof(path), "flow[%u].noiserule", node->index);
	err = regexes_compile(linker, &node->noiserule, false, node->id, path);
	if (err)
		return err;

	return children_sort(linker, node);
}

int conds_compile(struct linker *linker)
{
	struct flow_script *script = linker->script;
	char path[PATH_BYTES];
	int err;

	err = pattern_set_alloc(&script->patterns, linker->arena);
	if (err)
		return err;

	for (size_t i = 0; i < script->flow.c; i++) {
		err = node_compile(linker, &script_nodes(script)[i]);
		if (err)
			return err;
	}
	for (size_t i = 0; i < script->globalflow.c; i++) {
		struct global *global = &script_globals(script)[i];

		(void)snprintf(path, sizeof(path), "globalflow[%zu]", i);
		err = link_compile(linker, &global->link, global->id, path);
		if (err)
			return err;
	}
	for (size_t i = 0; i < script->kb.c; i++) {
		struct entry *entry = &script_entries(script)[i];

		(void)snprintf(path, sizeof(path), "kb[%zu].keywords", i);
		err = regexes_compile(linker, &entry->keywords, true, entry->id,
		                      path);
		if (err)
			return err;
	}

	return pattern_set_finish(script->patterns);
}
