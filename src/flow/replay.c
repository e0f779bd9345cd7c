/*
 * flow/replay.c - a call that was held, once more with another script
 *
 * The kept rows say what came in and when. As long as both go the same way
 * the rows of each turn stand beside those that were kept, so the row behind
 * them is the next input; what its columns are too short for stands in the
 * call's inputs. Where the ways part the replay ends: nobody knows
 * what the person would have said then.
 */
#include <assert.h>
#include "base/jmem.h"
#include "base/mem.h"
#include "flow/inputs.h"

struct replay {
	const struct flow_call *call;
	json_t *inputs; /* NULL: none were kept */
	flow_parting_h *handler;
	void *arg;
	struct flow_session *sess;
	size_t at; /* the next kept row */
	uint64_t now_ms;
	bool is_done;
	struct flow_replayed *replayed;
};

/* --- comparing ---------------------------------------------------------- */

/* The condition as written does not count: who takes one word out of it has
 * changed nothing for those who said another. */
static enum flow_parting differ(const struct flow_step *was,
                                const struct flow_step *now)
{
	if (was->input_type != now->input_type ||
	    was->response_type != now->response_type ||
	    strcmp(was->response_id, now->response_id) != 0 ||
	    strcmp(was->response_action, now->response_action) != 0)
		return FLOW_PARTING_PATH;
	if (strcmp(was->response_args, now->response_args) != 0)
		return FLOW_PARTING_WORDS;
	if (was->matching_method != now->matching_method ||
	    strcmp(was->condition_id, now->condition_id) != 0 ||
	    strcmp(was->matching_keyword, now->matching_keyword) != 0)
		return FLOW_PARTING_MATCH;

	return FLOW_PARTING_NONE;
}

static void part(struct replay *replay, enum flow_parting parting,
                 const struct flow_step *was, const struct flow_step *now)
{
	if (parting > replay->replayed->worst)
		replay->replayed->worst = parting;
	if (parting == FLOW_PARTING_PATH)
		replay->is_done = true;
	replay->handler(parting, replay->at, was, now, replay->arg);
}

/* Whether the kept rows end before the call did: the program was killed. */
static bool is_torn(const struct flow_call *call)
{
	return !call->stepc ||
	       call->stepv[call->stepc - 1].input_type != INPUT_DESTORY;
}

static void compare(struct replay *replay, const struct flow_turn *turn)
{
	const struct flow_call *call = replay->call;

	for (size_t i = 0; i < turn->stepc && !replay->is_done; i++) {
		const struct flow_step *now = &turn->stepv[i], *was;
		enum flow_parting parting;

		if (replay->at == call->stepc) {
			if (!is_torn(call))
				part(replay, FLOW_PARTING_PATH, NULL, now);
			replay->is_done = true;
			return;
		}

		was = &call->stepv[replay->at];
		parting = differ(was, now);
		if (parting != FLOW_PARTING_NONE)
			part(replay, parting, was, now);
		replay->at++;
	}
}

/* --- feeding ------------------------------------------------------------ */

/* The row that the answer to an http node leaves. */
static bool is_answer(const struct flow_step *step)
{
	return !strcmp(step->input_args, "DONE()") ||
	       !strcmp(step->input_args, "ERROR()");
}

static void http_of(const struct flow_step *step, const json_t *beside,
                    struct flow_input *in)
{
	in->kind = FLOW_HTTP;
	in->args = json_string_value(json_object_get(beside, "body"));
	in->status = strcmp(step->input_args, "DONE()") ? 0 : 200;
	if (beside)
		in->status = (int)json_integer_value(
			json_object_get(beside, "status"));
}

/* The input that a kept row was made of, and what was kept beside it. false:
 * it was none from outside. */
static bool input_of(const struct replay *replay, const struct flow_step *step,
                     const json_t *beside, struct flow_input *in)
{
	const char *args = json_string_value(json_object_get(beside, "args"));

	*in = (struct flow_input){
		.args = args ? args : step->input_args,
		.start_ms = step->input_start_ms,
		.duration_ms = step->input_duration_ms,
		.play_ms = step->input_play_ms,
	};

	switch (step->input_type) {
	case INPUT_TEXT:
		in->kind = FLOW_TEXT;
		return true;
	case INPUT_DTMF:
		in->kind = FLOW_DTMF;
		return true;
	case INPUT_COMPLETE:
		in->kind = FLOW_COMPLETE;
		if (replay->sess->waits_http && is_answer(step))
			http_of(step, beside, in);
		return true;
	default:
		return false;
	}
}

static void time_pass(struct replay *replay, uint64_t to_ms)
{
	if (to_ms > replay->now_ms)
		replay->now_ms = to_ms;
}

static int feed(struct replay *replay, const struct flow_input *in)
{
	struct flow_turn turn;
	int err;

	err = flow_feed(replay->sess, in, replay->now_ms, &turn);
	if (!err)
		compare(replay, &turn);

	return err;
}

/* The service's answer came later than the text; a row of before it was kept
 * beside it has the first 50 characters of it. */
static int feed_answer(struct replay *replay, const struct flow_step *step,
                       const json_t *beside)
{
	struct flow_input answer = {
		.kind = FLOW_NLP,
		.args = *step->input_nlp_args ? step->input_nlp_args : NULL,
		.description = step->response_description,
	};

	if (beside) {
		answer.args =
			json_string_value(json_object_get(beside, "keyword"));
		answer.description = json_string_value(
			json_object_get(beside, "description"));
	}
	time_pass(replay, step->createtime_ms);

	return feed(replay, &answer);
}

static int feed_row(struct replay *replay)
{
	const struct flow_step *step = &replay->call->stepv[replay->at];
	const json_t *beside = inputs_of_row(replay->inputs, replay->at);
	const json_t *at = json_object_get(beside, "at");
	size_t before = replay->at;
	struct flow_input in;
	int err;

	if (replay->sess->is_over || !input_of(replay, step, beside, &in)) {
		part(replay, FLOW_PARTING_PATH, step, NULL);
		return 0;
	}

	time_pass(replay,
	          at ? (uint64_t)json_integer_value(at) : step->createtime_ms);
	err = feed(replay, &in);
	if (!err && !replay->is_done && replay->sess->asked)
		err = feed_answer(replay, step, beside);
	if (err || replay->is_done || replay->at > before)
		return err;

	/* Keys that are no input any more; nothing had come of some. */
	if (step->response_type != RESPONSE_NONE)
		part(replay, FLOW_PARTING_PATH, step, NULL);
	replay->at++;

	return 0;
}

static void compare_result(struct replay *replay)
{
	const struct flow_call *call = replay->call;
	struct flow_replayed *replayed = replay->replayed;
	struct flow_result result;

	if (replayed->worst == FLOW_PARTING_PATH || is_torn(call))
		return;

	flow_session_result(replay->sess, &result);
	replayed->label = result.label;
	replayed->class_letter = result.class_letter;
	replayed->intention = result.intention;
	if (!call->label)
		return;
	if (strcmp(result.label, call->label) != 0 ||
	    strcmp(result.class_letter, call->class_letter) != 0 ||
	    result.intention != call->intention)
		replayed->worst = FLOW_PARTING_RESULT;
}

/* What cannot be read was not kept. */
static int inputs_read(json_t **inputsp, const char *text)
{
	jmem_forget();
	if (text)
		*inputsp = json_loads(text, 0, NULL);

	return jmem_has_failed() ? ENOMEM : 0;
}

int flow_replay(struct flow_script *script, const struct flow_call *call,
                flow_parting_h *handler, void *arg,
                struct flow_replayed *replayed)
{
	struct replay replay = {
		.call = call,
		.handler = handler,
		.arg = arg,
		.replayed = replayed,
	};
	struct flow_turn turn;
	int err;

	assert(script && call && handler && replayed);

	*replayed = (struct flow_replayed){0};
	err = inputs_read(&replay.inputs, call->inputs);
	if (err)
		goto out;

	err = flow_session_alloc(&replay.sess, script, call->callid, call->varv,
	                         call->varc);
	if (err)
		goto out;

	err = flow_start(replay.sess, &turn);
	if (err)
		goto out;

	compare(&replay, &turn);
	while (!err && !replay.is_done && replay.at < call->stepc)
		err = feed_row(&replay);
	if (!err)
		compare_result(&replay);

out:
	mem_deref(replay.sess);
	json_decref(replay.inputs);

	return err;
}

const char *flow_parting_name(enum flow_parting parting)
{
	static const char *const namev[] = {
		[FLOW_PARTING_NONE] = "same",
		[FLOW_PARTING_MATCH] = "match",
		[FLOW_PARTING_WORDS] = "words",
		[FLOW_PARTING_RESULT] = "result",
		[FLOW_PARTING_PATH] = "path",
	};

	return namev[parting];
}
