/*
 * flow/match.c - which condition an input meets
 *
 * Children, global flows and source children stand in lists that the loader
 * sorted; here they are merged by priority, the earlier list first among
 * equals, and the first link that matches wins.
 */
#include "base/mem.h"
#include "base/fold.h"
#include "flow/link.h"
#include "flow/session.h"

enum {
	CURSORS_MAX = SCRIPT_STACK_MAX + 2,
};

struct cursor {
	const struct order *order;
	size_t i;
	enum hit_kind kind;
	size_t depth;
};

bool session_may_enter(const struct flow_session *sess, const struct node *node)
{
	uint32_t max = node->repetition ? node->repetition : SCRIPT_LOOPS_MAX;

	return tally_count(sess->tally, session_key_of_node(node)) < max;
}

bool session_may_answer(const struct flow_session *sess,
                        const struct entry *entry)
{
	uint32_t max = entry->repetition ? entry->repetition : SCRIPT_LOOPS_MAX;

	return tally_count(sess->tally, session_key_of_entry(entry)) < max;
}

/* --- one condition ------------------------------------------------------ */

/* Whether one of the top-level alternatives of text is the keyword. */
static bool has_alternative(const char *text, const char *keyword)
{
	size_t keyword_len = strlen(keyword);
	size_t depth = 0;
	const char *start = text;

	if (fold_equal(text, strlen(text), keyword, keyword_len))
		return true;

	for (;; text++) {
		if (*text == '\\' && text[1]) {
			text++;
			continue;
		}
		depth += *text == '(';
		depth -= *text == ')' && depth;
		if ((*text != '|' || depth) && *text)
			continue;

		if (fold_equal(start, (size_t)(text - start), keyword,
		               keyword_len))
			return true;
		if (!*text)
			return false;
		start = text + 1;
	}
}

static bool is_chosen(struct flow_session *sess, const char *condition,
                      const struct query *query, struct hit *hit)
{
	const char *plain =
		conds_expand(sess->script, sess->turn, condition, true);

	if (!has_alternative(condition, query->keyword) &&
	    !has_alternative(plain, query->keyword))
		return false;

	hit->method = METHOD_FULL;
	hit->condition = condition;
	hit->keyword = query->keyword;
	hit->keyword_len = strlen(query->keyword);

	return true;
}

/* A condition against the query. May fill hit in and return false. */
static bool condition_meets(struct flow_session *sess,
                            const struct pattern *pattern,
                            const char *condition, const struct query *query,
                            struct hit *hit)
{
	struct span span;

	if (query->keyword)
		return is_chosen(sess, condition, query, hit);

	if (!pattern_match(pattern, &query->subject, &span))
		return false;

	hit->method = METHOD_REGEX;
	if (query->kind != COND_COMPLETE &&
	    pattern_is_full(pattern, &query->subject)) {
		hit->method = METHOD_FULL;
		span.start = query->subject.offv[1];
		span.end = query->subject.len;
	}
	hit->condition = condition;
	hit->keyword = query->subject.text + span.start;
	hit->keyword_len = span.end - span.start;

	return true;
}

/* --- links -------------------------------------------------------------- */

bool match_is_open(const struct flow_session *sess, const struct global *global,
                   const struct query *query)
{
	size_t bit = (size_t)(global - script_globals(sess->script));
	const uint8_t *owners = sess->node->owners;

	if (owners && (owners[bit / 8] & 1u << bit % 8))
		return false;
	if (query->is_blocked && !global->ignoredisablebreak)
		return false;
	if (global->timelimit_ms && query->at_ms > global->timelimit_ms)
		return false;

	return !global->countlimit || query->sentence <= global->countlimit;
}

static bool link_meets(struct flow_session *sess, const struct link *link,
                       enum hit_kind kind, const struct query *query,
                       struct hit *hit)
{
	const struct cond *cond = &link->condv[query->kind];

	if (kind == HIT_GLOBAL && !match_is_open(sess, global_of(link), query))
		return false;

	return condition_meets(sess, cond->pattern, cond->text, query, hit) &&
	       session_may_enter(sess, link->target);
}

static size_t cursors_make(const struct flow_session *sess,
                           const struct query *query,
                           struct cursor cursorv[CURSORS_MAX])
{
	const struct node *node = sess->node;
	size_t depth = node->sourceflowdepth, c = 0;

	if (!query->is_blocked)
		cursorv[c++] = (struct cursor){
			.order = &node->orderv[query->kind],
			.kind = HIT_CHILD,
		};
	if (query->is_own_only)
		return c;

	cursorv[c++] = (struct cursor){
		.order = &node->globals->orderv[query->kind],
		.kind = HIT_GLOBAL,
	};
	if (query->is_blocked)
		return c;

	for (size_t i = 1; i <= depth && i <= sess->stackc; i++)
		cursorv[c++] = (struct cursor){
			.order = &sess->stackv[sess->stackc - i]
		                          .node->orderv[query->kind],
			.kind = HIT_SOURCE,
			.depth = i,
		};

	return c;
}

/* On to the next link that is worth trying. */
static void cursor_skip(struct cursor *cursor, const struct query *query)
{
	const struct order *order = cursor->order;

	while (cursor->i < order->c && !query->keyword &&
	       !subject_may_match(&query->subject, order->indexv[cursor->i]))
		cursor->i++;
}

/* The cursor whose next link is tried, or NULL. */
static struct cursor *cursor_next(struct cursor *cursorv, size_t c)
{
	struct cursor *best = NULL;

	for (size_t i = 0; i < c; i++) {
		struct cursor *cursor = &cursorv[i];

		if (cursor->i == cursor->order->c)
			continue;
		if (!best || cursor->order->v[cursor->i]->priority >
		                     best->order->v[best->i]->priority)
			best = cursor;
	}

	return best;
}

bool match_links(struct flow_session *sess, const struct query *query,
                 struct hit *hit)
{
	struct cursor cursorv[CURSORS_MAX], *cursor;
	size_t c = cursors_make(sess, query, cursorv);

	for (size_t i = 0; i < c; i++)
		cursor_skip(&cursorv[i], query);

	while ((cursor = cursor_next(cursorv, c))) {
		const struct link *link = cursor->order->v[cursor->i++];

		cursor_skip(cursor, query);
		if (!link_meets(sess, link, cursor->kind, query, hit))
			continue;

		hit->kind = cursor->kind;
		hit->link = link;
		hit->depth = cursor->depth;
		return true;
	}

	return false;
}

bool match_entries(struct flow_session *sess, const struct query *query,
                   struct hit *hit)
{
	const struct kb_set *entries = sess->node->entries;

	for (size_t i = 0; i < entries->c; i++) {
		const struct keyword *keyword = &entries->v[i];

		if (!query->keyword &&
		    !subject_may_match(&query->subject, entries->indexv[i]))
			continue;
		if (!condition_meets(sess, keyword->pattern, keyword->text,
		                     query, hit) ||
		    !session_may_answer(sess, keyword->entry))
			continue;

		hit->kind = HIT_ENTRY;
		hit->entry = keyword->entry;
		return true;
	}

	return false;
}

/* --- ANY ---------------------------------------------------------------- */

bool match_is_gated(const struct flow_session *sess)
{
	const struct node *node = sess->node;

	return prompt_is_set(&node->mismatchplaybacks) &&
	       sess->mismatches < node->mismatchrepetition.times;
}

bool match_any(struct flow_session *sess, const struct query *query,
               struct hit *hit)
{
	const struct order *any = &sess->node->anyv[query->kind];

	for (size_t i = 0; i < any->c; i++) {
		if (!session_may_enter(sess, any->v[i]->target))
			continue;

		*hit = (struct hit){
			.kind = HIT_CHILD,
			.link = any->v[i],
			.method = METHOD_ANY,
			.condition = any->v[i]->condv[query->kind].text,
			.keyword = query->subject.text,
			.keyword_len = query->subject.len,
		};
		return true;
	}

	return false;
}
