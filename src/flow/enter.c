/*
 * flow/enter.c - coming to nodes, for the first time and back
 */
#include <stdio.h>
#include "base/mem.h"
#include "flow/jump.h"
#include "flow/session.h"

static const char *const action_namev[ACTION_COUNT] = {
	[ACTION_PLAYBACK] = "playback", [ACTION_TRANSFER] = "transfer",
	[ACTION_RETURN] = "return",     [ACTION_QUEUE] = "queue",
	[ACTION_HANGUP] = "hangup",     [ACTION_HTTP] = "http",
	[ACTION_SET] = "set",
};

/* --- actions ------------------------------------------------------------ */

static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9u;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebu;

	return x ^ x >> 31;
}

/* An id in the form of a UUID, version 8 (RFC 9562 section 5.8), from the
 * call's id and the serial number alone. */
static void appid_make(struct flow_session *sess)
{
	static const char hex[] = "0123456789abcdef";
	uint64_t half[2];
	char *at = sess->appid;

	half[0] = mix(sess->callid_hash + 2 * sess->sequence);
	half[1] = mix(half[0] + sess->callid_hash);
	half[0] = (half[0] & ~UINT64_C(0xf000)) | 0x8000;
	half[1] = (half[1] & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62;

	for (int i = 0; i < 32; i++) {
		uint64_t bits = half[i / 16] >> (60 - 4 * (i % 16));

		if (i == 8 || i == 12 || i == 16 || i == 20)
			*at++ = '-';
		*at++ = hex[bits & 15];
	}
	*at = '\0';
}

void enter_action(struct flow_session *sess)
{
	sess->sequence++;
	appid_make(sess);
}

/* --- prompts ------------------------------------------------------------ */

/* The prompt of the count-th execution. */
static const struct prompt *prompt_of(const struct node *node, uint32_t count)
{
	if (count >= 4 && prompt_is_set(&node->fourplaybacks))
		return &node->fourplaybacks;
	if (count >= 3 && prompt_is_set(&node->thirdplaybacks))
		return &node->thirdplaybacks;
	if (count >= 2 && prompt_is_set(&node->replaybacks))
		return &node->replaybacks;

	return &node->playbacks;
}

static const struct prompt *prompt_back(const struct node *node)
{
	if (prompt_is_set(&node->returnplaybacks))
		return &node->returnplaybacks;

	return enter_prompt_kb(node);
}

const struct prompt *enter_prompt_kb(const struct node *node)
{
	if (prompt_is_set(&node->kbplaybacks))
		return &node->kbplaybacks;

	return enter_prompt_again(node);
}

const struct prompt *enter_prompt_again(const struct node *node)
{
	return prompt_is_set(&node->replaybacks) ? &node->replaybacks
	                                         : &node->playbacks;
}

/* What waits to be said in front of the next prompt, no longer waiting. */
static struct items carry_take(struct flow_session *sess)
{
	struct items items = sess->carry;

	sess->carry = (struct items){0};

	return items;
}

/* --- entering ----------------------------------------------------------- */

static void enter_playback(struct flow_session *sess, const struct node *node,
                           uint32_t count, struct items *items)
{
	*items = carry_take(sess);
	expand_prompt(sess, items, prompt_of(node, count));
	effect_play(sess, items);
}

static void enter_hangup(struct flow_session *sess, const struct node *node,
                         struct items *items)
{
	*items = carry_take(sess);
	expand_prompt(sess, items, &node->playbacks);
	effect_act(sess, FLOW_DO_HANGUP)->hangup = (struct flow_hangup){
		.itemv = items->v,
		.itemc = items->c,
		.cause = expand_text(sess, node->cause),
	};
	sess->ending = ENDING_ROBOT;
}

static void enter_return(struct flow_session *sess, const struct node *node,
                         struct items *items)
{
	expand_prompt(sess, items, &node->playbacks);
	expand_prompt(sess, &sess->carry, &node->playbacks);
	sess->move = MOVE_RETURN;
}

static void enter_http(struct flow_session *sess, const struct node *node)
{
	const char *method = node->method;

	if (!*method)
		method = node->body ? "POST" : "GET";
	effect_act(sess, FLOW_DO_HTTP)->request = (struct flow_request){
		.url = expand_url(sess, node->url),
		.method = method,
		.body = node->body ? expand_json(sess, node->body) : NULL,
		.timeout_ms = node->timeout_ms,
	};
	sess->waits_http = true;
}

static void enter_set(struct flow_session *sess, const struct node *node)
{
	for (size_t i = 0; i < node->variables.c; i++) {
		const struct flow_var *var = &node->variables.v[i];

		enter_set_var(sess, var->name, expand_text(sess, var->value));
	}
	sess->move = MOVE_SET;
}

void enter_set_var(struct flow_session *sess, const char *name,
                   const char *value)
{
	int err = vars_set(&sess->vars, name, value);

	if (err == ENOMEM)
		arena_fail(sess->turn);
	else if (err)
		effect_warn(sess,
		            "variable \"%.50s\" is not kept: %d are the "
		            "most",
		            name, VARS_MAX);
}

/* What cannot speak drops what was to be said in front. */
static void enter_silent(struct flow_session *sess, const struct node *node)
{
	(void)carry_take(sess);

	switch (node->action) {
	case ACTION_TRANSFER:
		effect_act(sess, FLOW_DO_TRANSFER)->transfer =
			(struct flow_transfer){
				.extension = expand_text(sess, node->extension),
				.dialplan = expand_text(sess, node->dialplan),
				.context = expand_text(sess, node->context),
			};
		break;
	case ACTION_QUEUE:
		effect_act(sess, FLOW_DO_QUEUE)->queue = (struct flow_queue){
			.name = expand_text(sess, node->name),
			.wait = expand_text(sess, node->wait),
			.priority = node->priority,
		};
		break;
	case ACTION_HTTP:
		enter_http(sess, node);
		break;
	default:
		enter_set(sess, node);
		break;
	}
}

void enter_node(struct flow_session *sess, const struct node *node, size_t row,
                int type)
{
	uint32_t key = session_key_of_node(node);
	struct tally_row *tally = tally_row(sess->tally, key);
	struct items items = {0};
	uint32_t count = 1;

	if (tally)
		count = ++tally->count;
	else
		arena_fail(sess->turn);

	sess->node = node;
	sess->answer = NULL;
	sess->has_switch = false;
	sess->waits_http = false;
	sess->timeouts = sess->mismatches = 0;
	enter_action(sess);
	alert_potential(sess, &node->potential, true);
	alert_test(sess, node->id, key, &node->alert);

	if (node->action == ACTION_PLAYBACK)
		enter_playback(sess, node, count, &items);
	else if (node->action == ACTION_HANGUP)
		enter_hangup(sess, node, &items);
	else if (node->action == ACTION_RETURN)
		enter_return(sess, node, &items);
	else
		enter_silent(sess, node);

	record_response(sess, row, type, node->id, action_namev[node->action],
	                &items);
	record_counts(sess, row, count, node->potential.text);
}

void enter_back(struct flow_session *sess, const struct frame *frame,
                size_t row, const struct node *via)
{
	const struct node *node = frame->node;
	bool is_replay =
		via && via->kbreplay && sess->by_match && frame->answer;
	bool is_switch = *node->kbswitchflow;
	bool is_blocked = via && via->blockplay;
	struct items items = {0};

	sess->node = node;
	sess->has_switch = false;
	sess->waits_http = false;
	if (is_replay)
		expand_prompt(sess, &sess->carry, &frame->answer->playbacks);

	/* Where nothing else is said the answer stays the last prompt. */
	sess->answer = is_replay || (is_blocked && !sess->carry.c)
	                       ? frame->answer
	                       : NULL;
	if (is_switch) {
		sess->move = MOVE_SWITCH;
	}
	else {
		enter_action(sess);
		items = carry_take(sess);
		if (!is_blocked)
			expand_prompt(sess, &items, prompt_back(node));
		effect_play(sess, &items);
	}

	record_response(sess, row, RESPONSE_SWITCHFLOW, node->id,
	                action_namev[node->action], &items);
	record_counts(sess, row,
	              tally_count(sess->tally, session_key_of_node(node)), "");
}

/* --- sources, failures, going on ---------------------------------------- */

bool enter_push(struct flow_session *sess, const char *id)
{
	if (sess->stackc == SCRIPT_STACK_MAX) {
		enter_fail(sess, id, "more than 32 sources");
		return false;
	}

	sess->stackv[sess->stackc++] = (struct frame){
		.node = sess->node,
		.answer = sess->answer,
	};

	return true;
}

void enter_fail(struct flow_session *sess, const char *id, const char *why)
{
	record_error(sess, id, why);
	(void)carry_take(sess);
	sess->ending = ENDING_ROBOT;
	effect_act(sess, FLOW_DO_HANGUP)->hangup = (struct flow_hangup){
		.cause = "",
	};
}

/* A `set` node is done, or the answer to an http node has come. */
void enter_done(struct flow_session *sess, bool is_good)
{
	struct heard heard = {
		.type = INPUT_COMPLETE,
		.args = is_good ? "DONE()" : "ERROR()",
		.start_ms = sess->now_ms,
		.at_ms = sess->now_ms,
	};

	done_action(sess, &heard);
}

void enter_settle(struct flow_session *sess)
{
	while (sess->move != MOVE_NONE && !sess->is_quiet) {
		enum move move = sess->move;

		sess->move = MOVE_NONE;
		if (++sess->moves > SESSION_MOVES_MAX) {
			enter_fail(sess, sess->node->id, "jumps without end");
			return;
		}

		if (move == MOVE_SET)
			enter_done(sess, true);
		else if (move == MOVE_RETURN)
			jump_return(sess);
		else
			(void)jump_switch(sess);
	}
}
