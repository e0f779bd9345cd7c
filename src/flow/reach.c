/*
 * flow/reach.c - making a script ready to run: what each node listens to
 */
#include "base/mem.h"
#include "flow/build.h"
#include "flow/link.h"
#include "flow/percent.h"

/* --- which global flow a node belongs to -------------------------------- */

/* Marks one node; false where it was marked before. */
static bool owner_take(struct linker *linker, struct node *node, size_t bit)
{
	size_t bytes = (linker->script->globalflow.c + 7) / 8;
	uint8_t mask = (uint8_t)(1u << bit % 8);

	if (!node->owners)
		node->owners = arena_get(linker->arena, bytes);
	if (!node->owners || (node->owners[bit / 8] & mask))
		return false;

	node->owners[bit / 8] |= mask;

	return true;
}

/* Marks what can be reached from a global flow's entry by children. todov is
 * room for as many nodes as there are. */
static void owner_mark(struct linker *linker, size_t bit, struct node **todov)
{
	const struct global *global = &script_globals(linker->script)[bit];
	size_t todoc = 0;

	(void)owner_take(linker, global->link.target, bit);
	todov[todoc++] = global->link.target;
	while (todoc) {
		const struct node *node = todov[--todoc];
		const struct link *childv = node->children.v;

		for (size_t i = 0; i < node->children.c; i++)
			if (owner_take(linker, childv[i].target, bit))
				todov[todoc++] = childv[i].target;
	}
}

static void owners_build(struct linker *linker)
{
	struct node **todov = arena_array(
		linker->arena, linker->script->flow.c + 1, sizeof(*todov));

	if (!todov)
		return;

	for (size_t i = 0; i < linker->script->globalflow.c; i++)
		owner_mark(linker, i, todov);
}

/* --- global flows ------------------------------------------------------- */

static bool is_named(const struct names *names, const char *name)
{
	if (names->is_all)
		return true;

	for (size_t i = 0; i < names->c; i++)
		if (!strcmp(names->v[i], name))
			return true;

	return false;
}

static const struct listen_set *globals_make(struct linker *linker,
                                             const struct names *names)
{
	struct flow_script *script = linker->script;
	struct listen_set *set = arena_get(linker->arena, sizeof(*set));

	if (!set)
		return NULL;

	for (int kind = 0; kind < COND_KINDS; kind++) {
		struct order *order = &set->orderv[kind];

		order->v = arena_array(linker->arena, script->globalflow.c,
		                       sizeof(*order->v));
		if (!order->v)
			return NULL;

		for (size_t i = 0; i < script->globalflow.c; i++) {
			struct global *global = &script_globals(script)[i];

			if (global->link.condv[kind].pattern &&
			    is_named(names, global->id))
				order->v[order->c++] = &global->link;
		}
		conds_sort(linker, order, kind);
	}

	return set;
}

/* --- knowledge base ----------------------------------------------------- */

static void keywords_add(struct kb_set *set, const struct entry *entry)
{
	const struct regexes *keywords = &entry->keywords;

	for (size_t i = 0; i < keywords->c; i++) {
		if (!keywords->patternv[i])
			continue;

		set->indexv[set->c] = pattern_index(keywords->patternv[i]);
		set->v[set->c++] = (struct keyword){
			.entry = entry,
			.pattern = keywords->patternv[i],
			.text = keywords->textv[i],
		};
	}
}

static const struct kb_set *entries_make(struct linker *linker,
                                         const struct names *names)
{
	struct flow_script *script = linker->script;
	const struct entry *entryv = script_entries(script);
	struct kb_set *set = arena_get(linker->arena, sizeof(*set));
	size_t count = 0;

	if (!set)
		return NULL;

	for (size_t i = 0; i < script->kb.c; i++)
		if (is_named(names, entryv[i].category))
			count += entryv[i].keywords.c;

	set->v = arena_array(linker->arena, count, sizeof(*set->v));
	set->indexv = arena_array(linker->arena, count, sizeof(*set->indexv));
	if (!set->v || !set->indexv)
		return NULL;

	for (size_t i = 0; i < script->kb.c; i++)
		if (is_named(names, entryv[i].category))
			keywords_add(set, &entryv[i]);

	return set;
}

/* What names ask for as one text, so that nodes that ask for the same share
 * one set. The separator cannot be typed. */
static const char *signature(struct arena *arena, char kind,
                             const struct names *names)
{
	size_t size = 3;
	char *text, *at;

	for (size_t i = 0; i < names->c; i++)
		size += strlen(names->v[i]) + 1;
	text = arena_get(arena, size);
	if (!text)
		return "";

	at = text;
	*at++ = kind;
	if (names->is_all)
		*at++ = '*';
	for (size_t i = 0; i < names->c; i++) {
		size_t len = strlen(names->v[i]);

		*at++ = '\x1f';
		memcpy(at, names->v[i], len);
		at += len;
	}

	return text;
}

static void sets_build(struct linker *linker)
{
	struct flow_script *script = linker->script;
	struct idmap *sets = idmap_make(linker->arena, 64);

	for (size_t i = 0; i < script->flow.c && sets; i++) {
		struct node *node = &script_nodes(script)[i];
		const char *key =
			signature(linker->arena, 'g', &node->globalflow);
		void *set = idmap_get(sets, key);

		if (!set) {
			set = (void *)globals_make(linker, &node->globalflow);
			idmap_put(sets, key, set);
		}
		node->globals = set;

		key = signature(linker->arena, 'k', &node->kb);
		set = idmap_get(sets, key);
		if (!set) {
			set = (void *)entries_make(linker, &node->kb);
			idmap_put(sets, key, set);
		}
		node->entries = set;

		/* idmap_put() of NULL would put the key twice. */
		if (arena_err(linker->arena))
			return;
	}
}

/* --- keywords for the service ------------------------------------------- */

static void put_keyword(struct linker *linker, struct build *build,
                        const char *text)
{
	if (build->len)
		build_char(build, '|');
	build_text(build,
	           conds_expand(linker->script, linker->arena, text, true));
}

static void keywords_build(struct linker *linker, struct node *node)
{
	const struct link *childv = node->children.v;
	struct build build = {.arena = linker->arena};

	for (size_t i = 0; i < node->children.c; i++) {
		const struct cond *cond = &childv[i].condv[COND_TEXT];

		if (cond->pattern)
			put_keyword(linker, &build, cond->text);
	}
	node->flowkeywords = percent_encode(linker->arena, build_take(&build));

	for (size_t i = 0; i < node->entries->c; i++)
		put_keyword(linker, &build, node->entries->v[i].text);
	node->kbkeywords = percent_encode(linker->arena, build_take(&build));
}

/* --- all of it ---------------------------------------------------------- */

void reach_build(struct linker *linker)
{
	struct flow_script *script = linker->script;

	owners_build(linker);
	sets_build(linker);
	if (arena_err(linker->arena) || !*script->nlp.url)
		return;

	for (size_t i = 0; i < script->flow.c; i++) {
		struct node *node = &script_nodes(script)[i];

		if (*node->nlpid)
			keywords_build(linker, node);
	}
}
