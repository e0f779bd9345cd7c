/*
 * call/flush.c - a call that is over: its recording closed, its row written
 *
 * One after another; then `ended` is told and the call is gone. The row is as
 * long as what was said, so nothing can be kept free for it: where memory is
 * lacking it is made again and again for a while. What ends its attempt needs
 * none, whatever becomes of the row.
 */
#include <assert.h>
#include "base/jmem.h"
#include "base/log.h"
#include "call/audible.h"
#include "call/live.h"
#include "call/optout.h"
#include "call/rowtext.h"

enum {
	AGAIN_MS = 500,
	TRIES_MAX = 60,
};

static void stored_handler(int err, void *arg)
{
	struct call *call = arg;
	struct flow_result flow;
	const struct call_result result = {
		.end = call->end,
		.talk_ms = call->answer_ms
	                           ? (uint64_t)(call->end_ms - call->answer_ms)
	                           : 0,
		.flow = call->answer_ms ? &flow : NULL,
		.heard = call->spoken,
		.spoken_by = call->spoken_by,
		.recording = call->recording,
		.start_ms = call->start_ms,
		.answer_ms = call->answer_ms,
		.end_ms = call->end_ms,
		.stats = &call->stats,
		.is_opt_out = optout_is_wanted(call),
		.is_dropped = call->is_dropped,
	};

	if (err)
		log_error("call", "call %s: its result is not stored: %s",
		          call->id, strerror(err));

	call->state = call_state_next(call->state, EV_FLUSHED);
	list_unlink(&call->le);
	live_over(call->calls, call->id);
	flow_session_result(call->sess, &flow);
	if (reception_is_void(call))
		flow.label = flow.class_letter = "";
	call->sink.ended(&result, call->sink.arg);
	mem_deref(call);
}

static int keep(struct call *call)
{
	struct flow_result flow;
	struct store_call row = {
		.callid = call->id,
		.attempt_id = call->attempt_id,
		.direction = call->direction,
		.number = call->number,
		.line = call->line,
		.script = flow_script_name(call->script),
		.script_version = flow_script_version(call->script),
		.outcome = outcome_name(call->end.outcome),
		.is_our_fault = outcome_is_our_fault(call->end.outcome),
		.start_ms = call->start_ms,
		.answer_ms = call->answer_ms,
		.end_ms = call->end_ms,
		.heard = call->spoken,
		.recording = call->recording,
		.label = "",
		.class_letter = "",
		.variables_begin = call->variables_begin,
	};
	char *variables, *counters, *media, *services, *answerer;
	int err;

	jmem_forget();
	flow_session_result(call->sess, &flow);
	variables = rowtext_variables(flow.varv, flow.varc);
	counters = rowtext_counters(&flow.counters);
	media = audible_json(&call->stats);
	services = rowtext_services(call->usage, call->voice.usage);
	answerer = jmem_text(reception_json(call));
	if (!variables || !counters || !media || !services || !answerer) {
		err = ENOMEM;
		goto out;
	}

	row.variables = variables;
	row.counters = counters;
	row.media = media;
	row.services = services;
	row.answerer = answerer;
	row.inputs = flow.inputs;
	if (call->answer_ms && !reception_is_void(call)) {
		row.label = flow.label;
		row.class_letter = flow.class_letter;
		row.intention = flow.intention;
	}
	err = store_call(call->calls->prm.store, &row, stored_handler, call);

out:
	mem_deref(variables);
	mem_deref(counters);
	mem_deref(media);
	mem_deref(services);
	mem_deref(answerer);

	return err;
}

/* Nothing is at hand yet that could be written without memory; soon there is
 * some, the more so as calls end. */
static void keep_timer(void *arg)
{
	struct call *call = arg;
	int err;

	err = optout_again(call);
	if (err != ENOMEM)
		err = keep(call);
	if (err == ENOMEM && ++call->keeps < TRIES_MAX)
		tmr_start(&call->keep_tmr, AGAIN_MS, keep_timer, call);
	else if (err)
		stored_handler(err, call);
}

static void audio_closed(void *arg)
{
	struct call *call = arg;

	if (!call->audio.recorder || !recorder_has_file(call->audio.recorder))
		call->recording[0] = '\0';

	if (!call->calls->prm.store) {
		stored_handler(0, call);
		return;
	}

	keep_timer(call);
}

void flush_call(struct call *call)
{
	audio_close(&call->audio, audio_closed, call);
}
