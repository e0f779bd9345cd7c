/*
 * flow/session.c - one person's walk through a script, from the outside
 */
#include <assert.h>
#include <stdio.h>
#include <jansson.h>
#include "base/jmem.h"
#include "base/mem.h"
#include "base/text.h"
#include "flow/build.h"
#include "flow/inputs.h"
#include "flow/label.h"
#include "flow/session.h"

enum {
	TURN_BYTES = 3072, /* an ordinary turn needs no more */
};

static void session_destructor(void *arg)
{
	struct flow_session *sess = arg;

	matcher_close(&sess->matcher);
	vars_close(&sess->vars);
	mem_deref(sess->asked);
	mem_deref(sess->asked_record);
	mem_deref(sess->inputs);
	mem_deref((void *)sess->callid);
	mem_deref(sess->tally);
	mem_deref(sess->turn);
	mem_deref(sess->script);
}

static int vars_fill(struct flow_session *sess, const struct flow_var *varv,
                     size_t varc)
{
	for (size_t i = 0; i < varc; i++) {
		int err = vars_set(&sess->vars, varv[i].name, varv[i].value);

		if (err)
			return err;
	}

	return 0;
}

int flow_session_alloc(struct flow_session **sessp, struct flow_script *script,
                       const char *callid, const struct flow_var *varv,
                       size_t varc)
{
	struct flow_session *sess;
	size_t size;
	char *copy;
	int err;

	assert(sessp && script && callid && (varv || !varc));

	sess = mem_zalloc(sizeof(*sess), session_destructor);
	if (!sess)
		return ENOMEM;

	sess->script = mem_ref(script);
	sess->class_letter = "";
	for (const char *c = callid; *c; c++)
		sess->callid_hash = (sess->callid_hash ^ (unsigned char)*c) *
		                    UINT64_C(0x100000001b3);

	size = strlen(callid) + 1;
	copy = mem_alloc(size, NULL);
	if (!copy) {
		err = ENOMEM;
		goto out;
	}
	sess->callid = memcpy(copy, callid, size);

	err = arena_alloc(&sess->turn, TURN_BYTES);
	if (err)
		goto out;

	err = tally_alloc(&sess->tally);
	if (err)
		goto out;

	err = vars_fill(sess, script->variables.v, script->variables.c);
	if (err)
		goto out;

	err = vars_fill(sess, varv, varc);

out:
	if (err)
		mem_deref(sess);
	else
		*sessp = sess;

	return err;
}

/* --- turns -------------------------------------------------------------- */

static void turn_begin(struct flow_session *sess, uint64_t now_ms)
{
	arena_reset(sess->turn);
	jmem_forget();
	sess->now_ms = now_ms;
	sess->stepv = NULL;
	sess->stepc = sess->step_room = 0;
	sess->effectv = NULL;
	sess->effectc = sess->effect_room = sess->effects_placed = 0;
	sess->has_act = false;
	sess->carry = (struct items){0};
	sess->move = MOVE_NONE;
	sess->moves = 0;
	sess->matcher.exploded = 0;
	sess->matcher.err = 0;
}

/* One input of the turn has been handled. */
static void input_end(struct flow_session *sess)
{
	struct heard heard = {
		.type = INPUT_DESTORY,
		.args = "",
		.start_ms = sess->now_ms,
	};

	enter_settle(sess);
	if (sess->matcher.exploded) {
		effect_warn(sess,
		            "pattern \"%.100s\" takes too long on what was "
		            "said; it counts as not matching",
		            sess->matcher.exploded_text);
		sess->matcher.exploded = 0;
	}
	effect_place(sess);

	if (sess->ending == ENDING_NONE)
		return;

	sess->counters.proactively_hangup = sess->ending == ENDING_ROBOT;
	(void)record_add(sess, &heard);
	sess->is_over = true;
}

static int turn_end(struct flow_session *sess, struct flow_turn *turn)
{
	int err = arena_err(sess->turn);

	if (!err)
		err = sess->matcher.err;
	if (!err && jmem_has_failed())
		err = ENOMEM;
	matcher_close(&sess->matcher);
	if (err)
		return err;

	sess->rows_before += sess->stepc;
	*turn = (struct flow_turn){
		.effectv = sess->effectv,
		.effectc = sess->effectc,
		.stepv = sess->stepv,
		.stepc = sess->stepc,
		.is_over = sess->is_over,
	};

	return 0;
}

int flow_start(struct flow_session *sess, struct flow_turn *turn)
{
	const struct node *node = sess->script->start_node;
	struct heard heard = {.type = INPUT_CREATE};
	const char *name = sess->script->name;
	const char *version = sess->script->version;
	size_t size = strlen(name) + strlen(version) + 2, row;
	char *args;

	assert(!sess->node);

	turn_begin(sess, 0);
	args = arena_get(sess->turn, size);
	if (args)
		(void)snprintf(args, size, "%s:%s", name, version);
	heard.args = args ? args : "";

	row = record_add(sess, &heard);
	record_row(sess, row)->matching_method = METHOD_BOOT;
	enter_node(sess, node, row, RESPONSE_FLOW);
	input_end(sess);

	return turn_end(sess, turn);
}

/* Well-formed text for what may be none: what is not becomes U+FFFD. */
static const char *repair(struct flow_session *sess, const char *text)
{
	struct build build = {.arena = sess->turn};

	if (text_is_utf8(text, strlen(text)))
		return text;

	while (*text) {
		size_t n = 1;

		while (n < 4 && text[n] && !text_is_utf8(text, n))
			n++;
		if (text_is_utf8(text, n)) {
			build_bytes(&build, text, n);
			text += n;
		}
		else {
			build_text(&build, "\xef\xbf\xbd");
			text++;
		}
	}

	return build_take(&build);
}

/* The answer of an http node: its scalars become variables. */
static bool answer_take(struct flow_session *sess, const struct flow_input *in)
{
	json_t *root = NULL, *value;
	const char *name;
	char number[32];

	if (in->status < 200 || in->status > 299)
		return false;
	if (!in->args || !*in->args)
		return true;

	root = json_loads(in->args, JSON_DECODE_ANY, NULL);
	if (!json_is_object(root)) {
		json_decref(root);
		return false;
	}

	json_object_foreach(root, name, value)
	{
		const char *text = number;

		if (json_is_string(value))
			text = json_string_value(value);
		else if (json_is_integer(value))
			(void)snprintf(number, sizeof(number),
			               "%" JSON_INTEGER_FORMAT,
			               json_integer_value(value));
		else if (json_is_real(value))
			(void)snprintf(number, sizeof(number), "%.15g",
			               json_real_value(value));
		else if (json_is_boolean(value))
			text = json_is_true(value) ? "true" : "false";
		else if (json_is_null(value))
			text = "";
		else
			continue;
		enter_set_var(sess, name, text);
	}
	json_decref(root);

	return true;
}

/* Whether the input says anything where the session stands. */
static bool is_waited_for(const struct flow_session *sess,
                          const struct flow_input *in)
{
	switch (in->kind) {
	case FLOW_NLP:
		return sess->asked != NULL;
	case FLOW_HTTP:
		return sess->waits_http;
	case FLOW_DTMF:
		return sess->node->action != ACTION_PLAYBACK ||
		       sess->node->dtmf;
	default:
		return true;
	}
}

/* C044; the source documents spell it in two ways. Without memory for it the
 * name is the one before. */
static void record_name_set(struct flow_session *sess, const char *name)
{
	(void)vars_set(&sess->vars, "cti_asr_last_record_filename", name);
	(void)vars_set(&sess->vars, "cti_asr_last_recordfilename", name);
}

static void input_take(struct flow_session *sess, const struct flow_input *in)
{
	struct heard heard = {
		.args = in->args ? repair(sess, in->args) : "",
		.record = in->record ? repair(sess, in->record) : NULL,
		.start_ms = in->start_ms,
		.duration_ms = in->duration_ms,
		.play_ms = in->play_ms,
		.at_ms = sess->now_ms,
	};

	if (in->kind != FLOW_NLP && in->kind != FLOW_HTTP)
		inputs_keep_args(sess, &heard);
	if (heard.record)
		record_name_set(sess, heard.record);

	switch (in->kind) {
	case FLOW_TEXT:
		heard.type = INPUT_TEXT;
		hear_text(sess, &heard);
		break;
	case FLOW_DTMF:
		heard.type = INPUT_DTMF;
		hear_keys(sess, &heard);
		break;
	case FLOW_COMPLETE:
		heard.type = INPUT_COMPLETE;
		done_action(sess, &heard);
		break;
	case FLOW_NLP:
		ask_finish(sess, in->args ? heard.args : NULL,
		           in->description ? repair(sess, in->description)
		                           : NULL);
		break;
	case FLOW_HTTP:
		sess->waits_http = false;
		inputs_keep_http(sess, in);
		enter_done(sess, answer_take(sess, in));
		break;
	}
	input_end(sess);
}

int flow_feed(struct flow_session *sess, const struct flow_input *in,
              uint64_t now_ms, struct flow_turn *turn)
{
	assert(sess && sess->node && in && turn);

	turn_begin(sess, now_ms);
	if (sess->is_over || !is_waited_for(sess, in))
		return turn_end(sess, turn);

	sess->last_ms = now_ms;
	/* The service was too slow: what was said is matched without it. */
	if (sess->asked && in->kind != FLOW_NLP) {
		ask_finish(sess, NULL, NULL);
		input_end(sess);
	}
	/* That may have led elsewhere. */
	if (!sess->is_over && is_waited_for(sess, in))
		input_take(sess, in);

	return turn_end(sess, turn);
}

/* --- state -------------------------------------------------------------- */

void flow_session_result(const struct flow_session *sess,
                         struct flow_result *result)
{
	*result = (struct flow_result){
		.intention = sess->intention,
		.class_letter = sess->class_letter,
		.counters = sess->counters,
		.varv = sess->vars.v,
		.varc = sess->vars.c,
		.inputs = sess->inputs ? sess->inputs : "[]",
	};
	result->counters.talk_time = (uint32_t)(sess->last_ms / 1000);
	result->label = label_of(sess, &result->counters);
}

const char *flow_session_var(const struct flow_session *sess, const char *name)
{
	return vars_get(&sess->vars, name, strlen(name));
}
