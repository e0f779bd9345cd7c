/*
 * flow/jump.c - jump values: where a return, a switch of the knowledge base
 * or of a node leads
 *
 * Every jump that lands writes one FLOWID row, one that cannot an ERROR row.
 */
#include "base/mem.h"
#include "flow/build.h"
#include "flow/jump.h"
#include "flow/session.h"

static const struct {
	const char *prefix;
	enum jump_kind kind;
	const char *letter; /* in front of the input */
	enum cond_kind cond;
} formv[] = {
	{"text:", JUMP_TEXT, "F", COND_TEXT},
	{"dtmf:", JUMP_DTMF, "D", COND_DTMF},
	{"complete:", JUMP_COMPLETE, "", COND_COMPLETE},
};

enum jump_kind jump_kind(const char *value)
{
	if (!*value || !strcmp(value, "return"))
		return JUMP_BACK;
	if (!strcmp(value, "top"))
		return JUMP_TOP;

	for (size_t i = 0; i < ARRAY_COUNT(formv); i++)
		if (!strncmp(value, formv[i].prefix, strlen(formv[i].prefix)))
			return formv[i].kind;

	return JUMP_NODE;
}

/* --- pieces ------------------------------------------------------------- */

static size_t row_add(struct flow_session *sess)
{
	struct heard heard = {
		.type = INPUT_FLOWID,
		.args = "",
		.start_ms = sess->now_ms,
	};
	size_t row = record_add(sess, &heard);

	record_row(sess, row)->matching_method = METHOD_FLOWID;

	return row;
}

static void land(struct flow_session *sess, size_t row, const struct node *node)
{
	sess->by_match = false;
	enter_node(sess, node, row, RESPONSE_SWITCHFLOW);
	record_args(sess, row, node->id);
}

/* The node of a jump, or NULL: then the failure is on record. */
static const struct node *target_of(struct flow_session *sess, const char *id)
{
	const struct node *node = script_node(sess->script, id);

	if (!node)
		enter_fail(sess, id, "there is no such node");
	else if (!session_may_enter(sess, node))
		enter_fail(sess, id, "executed as often as it may be");
	else
		return node;

	return NULL;
}

/* The link that a prefix form leads to from the current node. */
static bool form_match(struct flow_session *sess, const char *value,
                       struct hit *hit)
{
	enum jump_kind kind = jump_kind(value);
	struct query query = {.is_own_only = true, .at_ms = sess->now_ms};
	size_t i = 0;
	struct build build = {.arena = sess->turn};

	while (formv[i].kind != kind)
		i++;
	query.kind = formv[i].cond;

	build_text(&build, formv[i].letter);
	build_text(&build, value + strlen(formv[i].prefix));
	if (!subject_make(&query.subject, sess->script->patterns,
	                  &sess->matcher, sess->turn, build_take(&build),
	                  kind == JUMP_DTMF))
		return false;

	if (match_links(sess, &query, hit))
		return true;

	/* In COMPLETE, ANY has no gate of its own. */
	return (kind == JUMP_COMPLETE || !match_is_gated(sess)) &&
	       match_any(sess, &query, hit);
}

static void form_follow(struct flow_session *sess, size_t row,
                        const struct hit *hit)
{
	follow_weight(sess, hit->link);
	land(sess, row, hit->link->target);
}

/* --- jumps -------------------------------------------------------------- */

/* Takes frames off the stack and comes back to the last of them. */
static size_t back(struct flow_session *sess, size_t frames, const char *value,
                   const struct node *via)
{
	enum jump_kind kind = jump_kind(value);
	struct frame frame;
	struct hit hit;
	size_t row;

	if (!sess->stackc) {
		enter_fail(sess, "", "no source to come back to");
		return SIZE_MAX;
	}

	row = row_add(sess);
	sess->stackc -= frames;
	frame = sess->stackv[sess->stackc];

	if (kind != JUMP_BACK && kind != JUMP_TOP) {
		sess->node = frame.node;
		if (form_match(sess, value, &hit)) {
			form_follow(sess, row, &hit);
			return row;
		}
	}
	enter_back(sess, &frame, row, via);

	return row;
}

/* Returns the row of the jump, or SIZE_MAX where it failed. */
static size_t take(struct flow_session *sess, const char *value,
                   const struct node *via)
{
	enum jump_kind kind = jump_kind(value);
	const struct node *node;
	size_t row;

	if (kind == JUMP_TOP)
		return back(sess, sess->stackc, value, via);
	if (kind != JUMP_NODE)
		return back(sess, 1, value, via);

	node = target_of(sess, value);
	if (!node)
		return SIZE_MAX;
	row = row_add(sess);
	land(sess, row, node);

	return row;
}

void jump_return(struct flow_session *sess)
{
	(void)take(sess, sess->node->value, sess->node);
}

size_t jump_switch(struct flow_session *sess)
{
	return take(sess, sess->node->kbswitchflow, NULL);
}

bool jump_entry(struct flow_session *sess, const struct entry *entry)
{
	enum jump_kind kind = jump_kind(entry->switchflow);
	const struct node *node;
	struct hit hit;

	if (kind == JUMP_BACK || kind == JUMP_TOP) {
		expand_prompt(sess, &sess->carry, &entry->playbacks);
		(void)back(sess, kind == JUMP_TOP ? sess->stackc : 1,
		           entry->switchflow, NULL);
		return true;
	}

	if (kind != JUMP_NODE) {
		if (!form_match(sess, entry->switchflow, &hit))
			return false;
		expand_prompt(sess, &sess->carry, &entry->playbacks);
		form_follow(sess, row_add(sess), &hit);
		return true;
	}

	node = target_of(sess, entry->switchflow);
	if (node && enter_push(sess, entry->switchflow)) {
		expand_prompt(sess, &sess->carry, &entry->playbacks);
		/* The row names where the jump started. */
		land(sess, row_add(sess), node);
	}

	return true;
}
