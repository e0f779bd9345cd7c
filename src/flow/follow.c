/*
 * flow/follow.c - what a hit leads to
 */
#include "base/mem.h"
#include "flow/jump.h"
#include "flow/session.h"

void follow_weight(struct flow_session *sess, const struct link *link)
{
	if (link->keywordweight > 0)
		sess->counters.positive_respond_count +=
			(uint32_t)link->keywordweight;
	else
		sess->counters.passive_respond_count -=
			(uint32_t)link->keywordweight;
}

static void follow_link(struct flow_session *sess, const struct hit *hit,
                        size_t row)
{
	int type = RESPONSE_FLOW;

	follow_weight(sess, hit->link);

	if (hit->kind == HIT_SOURCE) {
		type = RESPONSE_BROTHERFLOW;
		sess->stackc -= hit->depth;
	}
	else if (hit->kind == HIT_GLOBAL) {
		type = RESPONSE_GLOBALFLOW;
		sess->counters.trigger_global_flow++;
		record_response(sess, row, type, hit->link->flow, "", NULL);
		if (!enter_push(sess, hit->link->flow))
			return;
	}

	sess->by_match = true;
	enter_node(sess, hit->link->target, row, type);
}

/* The answer, and what the node says after it. */
static void answer_play(struct flow_session *sess, const struct entry *entry,
                        size_t row)
{
	const struct node *node = sess->node;
	struct items items = {0};

	sess->has_switch = *node->kbswitchflow;
	sess->answer = entry;

	enter_action(sess);
	expand_prompt(sess, &items, &entry->playbacks);
	if (!sess->has_switch && entry->ignorereturnplayback != 1)
		expand_prompt(sess, &items, enter_prompt_kb(node));
	effect_play(sess, &items);
	record_response(sess, row, RESPONSE_KB, entry->id, "playback", &items);
}

static void follow_entry(struct flow_session *sess, const struct hit *hit,
                         size_t row)
{
	const struct entry *entry = hit->entry;
	uint32_t key = session_key_of_entry(entry);
	struct tally_row *tally = tally_row(sess->tally, key);
	struct items items = {0};

	if (tally)
		tally->count++;
	else
		arena_fail(sess->turn);

	sess->counters.trigger_kb++;
	sess->timeouts = sess->mismatches = 0;
	sess->has_switch = false;
	record_counts(sess, row, tally_count(sess->tally, key),
	              entry->potential.text);
	alert_potential(sess, &entry->potential, false);
	alert_test(sess, entry->id, key, &entry->alert);

	if (*entry->switchflow) {
		expand_prompt(sess, &items, &entry->playbacks);
		record_response(sess, row, RESPONSE_KB, entry->id, "playback",
		                &items);
		if (jump_entry(sess, entry))
			return;
	}
	answer_play(sess, entry, row);
}

void follow_hit(struct flow_session *sess, const struct hit *hit, size_t row)
{
	record_hit(sess, row, hit);
	if (hit->kind == HIT_ENTRY)
		follow_entry(sess, hit, row);
	else
		follow_link(sess, hit, row);
}
