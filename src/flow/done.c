/*
 * flow/done.c - how an action ended
 */
#include <strings.h>
#include "base/mem.h"
#include "flow/jump.h"
#include "flow/session.h"

enum how {
	HOW_DONE,
	HOW_TIMEOUT,
	HOW_HANGUP,
	HOW_OTHER, /* ERROR, BREAK */
};

static enum how how_of(const char *args)
{
	static const struct {
		const char *word;
		enum how how;
	} wordv[] = {
		{"DONE", HOW_DONE},
		{"TIMEOUT", HOW_TIMEOUT},
		{"HANGUP", HOW_HANGUP},
	};

	for (size_t i = 0; i < ARRAY_COUNT(wordv); i++) {
		size_t len = strlen(wordv[i].word);

		if (!strncasecmp(args, wordv[i].word, len) &&
		    (!args[len] || args[len] == '('))
			return wordv[i].how;
	}

	return HOW_OTHER;
}

/* "TIMEOUT()": nothing was heard at all. */
static bool is_silence(const char *args)
{
	const char *bracket = strchr(args, '(');

	return !bracket || !bracket[1] || !strcmp(bracket, "()");
}

/* Says a prompt of the current node in place of going on. */
static void say(struct flow_session *sess, const struct heard *heard, int type,
                const struct prompt *prompt, bool adds_own, uint32_t count)
{
	const struct node *node = sess->node;
	size_t row = record_add(sess, heard);
	struct items items = {0};

	sess->answer = NULL;
	enter_action(sess);
	expand_prompt(sess, &items, prompt);
	if (adds_own)
		expand_prompt(sess, &items, enter_prompt_again(node));
	effect_play(sess, &items);
	record_response(sess, row, type, node->id, "playback", &items);
	record_counts(sess, row, count, "");
}

static bool say_mismatch(struct flow_session *sess, const struct heard *heard)
{
	const struct node *node = sess->node;

	if (!match_is_gated(sess))
		return false;

	say(sess, heard, RESPONSE_MISMATCH, &node->mismatchplaybacks,
	    node->mismatchaddplayback, ++sess->mismatches);

	return true;
}

static bool may_say_timeout(const struct flow_session *sess)
{
	const struct limit *limit = &sess->node->timeoutrepetition;

	if (!limit->seconds)
		return sess->timeouts < limit->times;

	return !sess->timeouts || sess->now_ms - sess->timeout_first_ms <=
	                                  (uint64_t)limit->seconds * 1000;
}

/* Step 1: nothing was heard. */
static bool say_timeout(struct flow_session *sess, const struct heard *heard)
{
	const struct node *node = sess->node;

	if (!prompt_is_set(&node->timeoutplaybacks))
		return say_mismatch(sess, heard);
	if (!may_say_timeout(sess))
		return false;

	if (!sess->timeouts)
		sess->timeout_first_ms = sess->now_ms;
	say(sess, heard, RESPONSE_TIMEOUT, &node->timeoutplaybacks,
	    node->timeoutaddplayback, ++sess->timeouts);

	return true;
}

/* The answer has been played: the node's kbswitchflow is due. Its landing
 * shows in the input's row too. */
static void take_switch(struct flow_session *sess, const struct heard *heard)
{
	size_t row = record_add(sess, heard), jump;
	const struct flow_step *landed;
	struct flow_step *step;

	sess->has_switch = false;
	jump = jump_switch(sess);

	step = record_row(sess, row);
	step->response_type = RESPONSE_SWITCHFLOW;
	if (jump == SIZE_MAX)
		return;
	landed = record_row(sess, jump);
	step->response_id = landed->response_id;
	step->response_action = landed->response_action;
	step->response_args = landed->response_args;
	step->repetition = landed->repetition;
	step->potential = landed->potential;
}

static void end_unmatched(struct flow_session *sess, const struct heard *heard)
{
	(void)record_add(sess, heard);
	sess->ending = ENDING_ROBOT;
	effect_act(sess, FLOW_DO_HANGUP)->hangup = (struct flow_hangup){
		.cause = "",
	};
}

/* Steps 2 to 5. */
static void done_match(struct flow_session *sess, const struct heard *heard,
                       bool may_mismatch)
{
	struct query query = {.kind = COND_COMPLETE, .at_ms = heard->at_ms};
	struct hit hit = {0};

	if (!subject_make(&query.subject, sess->script->patterns,
	                  &sess->matcher, sess->turn, heard->args, false))
		return;

	if (match_links(sess, &query, &hit)) {
		follow_hit(sess, &hit, record_add(sess, heard));
		return;
	}
	if (may_mismatch && say_mismatch(sess, heard))
		return;
	if (match_any(sess, &query, &hit))
		follow_hit(sess, &hit, record_add(sess, heard));
	else
		end_unmatched(sess, heard);
}

void done_action(struct flow_session *sess, const struct heard *heard)
{
	enum how how = how_of(heard->args);
	bool is_silent = how == HOW_TIMEOUT && is_silence(heard->args);

	if (how == HOW_HANGUP) {
		sess->is_quiet = true;
		done_match(sess, heard, false);
		sess->ending = ENDING_CALLEE;
		return;
	}
	if (how == HOW_OTHER) {
		done_match(sess, heard, false);
		return;
	}

	if (sess->has_switch) {
		take_switch(sess, heard);
		return;
	}
	if (is_silent && say_timeout(sess, heard))
		return;
	done_match(sess, heard, !is_silent);
}
