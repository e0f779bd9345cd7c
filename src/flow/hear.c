/*
 * flow/hear.c - what was said, and what was typed
 */
#include "base/mem.h"
#include "flow/session.h"

/* An input that nothing came of. */
static void record_only(struct flow_session *sess, const struct heard *heard,
                        int type)
{
	size_t row = record_add(sess, heard);

	record_response(sess, row, type, "", "", NULL);
}

static bool is_noise(const struct node *node, const struct subject *subject)
{
	struct span span;

	for (size_t i = 0; i < node->noiserule.c; i++)
		if (node->noiserule.patternv[i] &&
		    pattern_match(node->noiserule.patternv[i], subject, &span))
			return true;

	return false;
}

static bool is_blocked(const struct node *node, const struct heard *heard)
{
	/* A retry comes when the prompt is over. */
	if (heard->args[0] == 'P' || !heard->play_ms)
		return false;

	return node->disablebreak < 0 ||
	       heard->play_ms < (uint32_t)node->disablebreak;
}

/* Which sentence of the call a text belongs to: one that counts has been
 * counted, a retry is the one before, all others are on the way to the next. */
static uint32_t sentence_of(const struct flow_session *sess,
                            const struct heard *heard, bool is_counted)
{
	char prefix = heard->args[0];
	uint32_t count = sess->counters.respond_count;

	return prefix == 'P' || (prefix == 'F' && is_counted) ? count
	                                                      : count + 1;
}

static bool query_make(struct flow_session *sess, struct query *query,
                       const struct heard *heard, enum cond_kind kind)
{
	*query = (struct query){.kind = kind, .at_ms = heard->at_ms};

	return subject_make(&query->subject, sess->script->patterns,
	                    &sess->matcher, sess->turn, heard->args,
	                    kind == COND_DTMF);
}

/* Speech over a prompt that cannot be interrupted. */
static void hear_blocked(struct flow_session *sess, const struct heard *heard,
                         struct query *query)
{
	struct hit hit = {0};

	query->is_blocked = true;
	query->sentence = sentence_of(sess, heard, false);
	if (match_links(sess, query, &hit))
		follow_hit(sess, &hit, record_add(sess, heard));
	else
		record_only(sess, heard, RESPONSE_DISABLEBREAK);
}

static bool match_keywords(struct flow_session *sess, const struct query *query,
                           struct hit *hit)
{
	if (sess->node->kb_priority)
		return match_entries(sess, query, hit) ||
		       match_links(sess, query, hit);

	return match_links(sess, query, hit) || match_entries(sess, query, hit);
}

/* Steps 5 to 8, and what the service chose before them. */
static void hear_query(struct flow_session *sess, const struct heard *heard,
                       struct query *query)
{
	struct hit hit = {0};
	bool is_hit = false;

	query->sentence = sentence_of(sess, heard, true);
	if (heard->nlp_keyword && *heard->nlp_keyword) {
		query->keyword = heard->nlp_keyword;
		is_hit = match_keywords(sess, query, &hit);
		query->keyword = NULL;
	}
	if (!is_hit)
		is_hit = match_keywords(sess, query, &hit);
	if (!is_hit && !match_is_gated(sess))
		is_hit = match_any(sess, query, &hit);

	if (is_hit)
		follow_hit(sess, &hit, record_add(sess, heard));
	else
		record_only(sess, heard, RESPONSE_NONE);
}

void hear_match(struct flow_session *sess, const struct heard *heard)
{
	struct query query;

	if (query_make(sess, &query, heard, COND_TEXT))
		hear_query(sess, heard, &query);
}

void hear_text(struct flow_session *sess, const struct heard *heard)
{
	const struct node *node = sess->node;
	char prefix = heard->args[0];
	bool is_empty = !prefix || !heard->args[1];
	struct query query;

	if (is_empty || node->action != ACTION_PLAYBACK ||
	    (prefix == 'S' && !node->quickresponse)) {
		if (prefix == 'F' && !is_empty)
			sess->counters.respond_count++;
		record_only(sess, heard, RESPONSE_NONE);
		return;
	}

	if (!query_make(sess, &query, heard, COND_TEXT))
		return;

	if (is_noise(node, &query.subject)) {
		record_only(sess, heard, RESPONSE_NOISERULE);
		return;
	}
	if (is_blocked(node, heard)) {
		hear_blocked(sess, heard, &query);
		return;
	}

	if (prefix == 'F')
		sess->counters.respond_count++;
	if (node->flowkeywords)
		ask_start(sess, heard);
	else
		hear_query(sess, heard, &query);
}

void hear_keys(struct flow_session *sess, const struct heard *heard)
{
	const struct node *node = sess->node;
	struct hit hit = {0};
	struct query query;
	bool is_hit;

	if (node->action != ACTION_PLAYBACK) {
		record_only(sess, heard, RESPONSE_NONE);
		return;
	}
	/* Without a filter keys are no input at all. */
	if (!node->dtmf || !query_make(sess, &query, heard, COND_DTMF))
		return;

	is_hit = match_links(sess, &query, &hit);
	if (!is_hit && !match_is_gated(sess))
		is_hit = match_any(sess, &query, &hit);

	if (is_hit)
		follow_hit(sess, &hit, record_add(sess, heard));
	else
		record_only(sess, heard, RESPONSE_NONE);
}
