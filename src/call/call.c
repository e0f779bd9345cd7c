/*
 * call/call.c - one conversation: its life from the first packet to the last
 *
 * Between the end of the leg and `ended` the audio is detached, the recording
 * closed and the call written to the store, one after another. The call holds
 * a reference to itself until then.
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "call/audible.h"
#include "call/endings.h"
#include "call/live.h"
#include "call/notice.h"
#include "call/optout.h"
#include "call/partings.h"
#include "call/rowtext.h"
#include "call/tape.h"

uint64_t live_at_ms(const struct call *call, uint64_t clock_ms)
{
	if (!call->answer_clock_ms || clock_ms < call->answer_clock_ms)
		return 0;

	return clock_ms - call->answer_clock_ms;
}

void live_moment(struct call *call, enum call_moment_kind kind,
                 const char *text, bool is_interruption)
{
	const struct call_moment moment = {
		.kind = kind,
		.at_ms = live_at_ms(call, clock_ms()),
		.text = text,
		.is_interruption = is_interruption,
	};

	live_tell(call, &moment);
}

void live_trouble(struct call *call, const char *words)
{
	log_warning("call", "call %s: %s", call->id, words);
	live_moment(call, CALL_TROUBLE, words, false);
}

static void destructor(void *arg)
{
	struct call *call = arg;

	tmr_cancel(&call->listen_tmr);
	tmr_cancel(&call->reception.tmr);
	tmr_cancel(&call->keep_tmr);
	mem_deref(call->reception.hintv);
	list_unlink(&call->le);
	list_flush(&call->phrasel);
	mem_deref(call->leg);
	mem_deref(call->prompt);
	mem_deref(call->ahead);
	mem_deref(call->service);
	optout_forget(call);
	audio_free(&call->audio);
	mem_deref(call->sess);
	mem_deref(call->variables_begin);
	mem_deref(call->others);
	mem_deref(call->usage);
	mem_deref(call->voice.usage);
	mem_deref(call->script);
}

/* --- the end, step by step --------------------------------------------------
 */

static void tick_handler(struct phone_tick *tick, void *arg)
{
	struct call *call = arg;

	audio_tick(tick, &call->audio);
}

static void detached_handler(void *arg)
{
	struct call *call = arg;

	call->has_audio = false;
	if (call->state == CALL_CLOSING)
		flush_call(call);
}

static void end_keep(struct call *call, const struct phone_end *end)
{
	char text[CALL_SOUND_SIZE];
	const char *trouble;

	call->end = *end;
	(void)text_copy(call->end_reason, sizeof(call->end_reason),
	                end->reason ? end->reason : "");
	call->end.reason = call->end_reason;
	call->end_ms = clock_wall_ms();
	phone_leg_stats(call->leg, &call->stats);

	/* However a talk ended, somebody was reached. */
	if (call->answer_ms)
		call->end.outcome = OUTCOME_ANSWERED;
	call->end.outcome = reception_outcome(call, call->end.outcome);
	call->is_dropped = call->end.outcome == OUTCOME_ANSWERED &&
	                   endings_is_drop(call->answer_ms != 0, end);
	endings_count(call->end.outcome, call->answer_ms != 0, end);

	trouble = call->answer_ms ? audible_trouble(text, &call->stats) : NULL;
	if (trouble)
		live_trouble(call, trouble);
}

static void ended_handler(const struct phone_end *end, void *arg)
{
	struct call *call = arg;
	bool was_talking = call->state == CALL_TALKING;

	end_keep(call, end);
	call->state = call_state_next(call->state, EV_END);
	reception_close(call);
	attend_end(call);
	if (was_talking && !call->is_over)
		(void)turn_feed(call, FLOW_COMPLETE, "HANGUP()",
		                live_at_ms(call, clock_ms()), 0);
	turn_forget(call);
	turn_cut(call);

	call->leg = mem_deref(call->leg);
	if (!call->has_audio)
		flush_call(call);
}

/* --- while it lives -------------------------------------------------- */

/* Should we die, nobody is left alone on the line. */
static void leg_keep(const struct call *call, const char *will)
{
	const struct parting_prm prm = {
		.callid = call->id,
		.number = call->number,
		.line = call->line,
		.leg = call->leg,
		.will = will,
	};

	partings_keep(call->calls, &prm);
}

static void attempt_keep(const struct call *call, const char *state)
{
	char *farewell = NULL;

	if (!call->calls->prm.store)
		return;

	(void)phone_leg_farewell(&farewell, call->leg);
	(void)store_attempt_state(call->calls->prm.store, call->attempt_id,
	                          state, farewell);
	mem_deref(farewell);
}

static void notice(const struct call *call, const char *type)
{
	const struct store_call row = {
		.callid = call->id,
		.direction = call->direction,
		.number = call->number,
		.line = call->line,
	};

	notice_moment(call->calls->prm.store, type, &row);
}

static void ringing_handler(bool has_early_media, void *arg)
{
	struct call *call = arg;

	if (call->attempt_id)
		attempt_keep(call, "ringing");
	notice(call, "call.ringing");
	live_moment(call, CALL_RINGING, "", false);
	reception_ringing(call, has_early_media);
}

static void sent_handler(void *arg)
{
	const struct call *call = arg;

	if (!call->attempt_id)
		leg_keep(call, NULL);
}

static void answered_handler(void *arg)
{
	struct call *call = arg;

	call->state = call_state_next(call->state, EV_ANSWER);
	if (call->state != CALL_TALKING)
		return;

	call->rate_hz = audio_rate_for(phone_leg_rate_hz(call->leg));
	call->answer_clock_ms = call->quiet_clock_ms = clock_ms();
	call->answer_ms = clock_wall_ms();
	if (call->attempt_id)
		attempt_keep(call, "answered");
	else
		leg_keep(call, NULL);
	notice(call, "call.answered");
	call->calls->rate_hz = call->rate_hz;
	calls_warm(call->calls, call->script);
	(void)audio_rate_set(&call->audio, call->rate_hz);
	live_moment(call, CALL_ANSWERED, "", false);
	reception_answered(call);
}

static void key_handler(char key, uint32_t duration_ms, void *arg)
{
	struct call *call = arg;

	if (call->state == CALL_TALKING)
		attend_key(call, key, duration_ms);
}

static void started_handler(uint64_t clock_ms, void *arg)
{
	struct call *call = arg;

	if (!call->wants_audio_ms || !call->calls->prm.store)
		return;

	call->wants_audio_ms = false;
	(void)store_step_audio(call->calls->prm.store, call->id,
	                       call->audio_sequence,
	                       (uint32_t)live_at_ms(call, clock_ms));
}

static void finished_handler(void *arg)
{
	struct call *call = arg;

	if (call->state == CALL_TALKING)
		turn_prompt_over(call);
}

static void recording_failed(const char *words, void *arg)
{
	live_moment(arg, CALL_TROUBLE, words, false);
}

/* --- making one ------------------------------------------------------ */

static int recorder_make(struct call *call)
{
	const struct tape_prm prm = {
		.box = call->audio.box,
		.callid = call->id,
		.number = call->number,
		.start_ms = call->start_ms,
		.failed = recording_failed,
		.arg = call,
	};

	return tape_make(&call->audio.recorder, call->calls, &prm,
	                 call->recording, call->person);
}

static int audio_make(struct call *call)
{
	const struct calls *calls = call->calls;
	const struct mouth_sink mouth_sink = {started_handler, finished_handler,
	                                      call};
	struct ears_sink ears_sink = *attend_sink();
	struct ears_prm ears_prm = {
		.asr = calls->prm.asr,
		.preroll_ms = calls->preroll_ms,
		.answer_ms = calls->answer_ms,
		.margin_db = calls->margin_db,
		.echo_db = calls->echo_db,
	};
	int err;

	err = tickbox_alloc(&call->audio.box);
	if (err)
		return err;
	err = mouth_alloc(&call->audio.mouth, call->audio.box, calls->fade_ms,
	                  &mouth_sink);
	if (err)
		return err;

	ears_prm.box = call->audio.box;
	ears_sink.arg = call;
	err = ears_alloc(&call->audio.ears, &ears_prm, &ears_sink);
	if (err)
		return err;

	return recorder_make(call);
}

static void names_take(struct call *call, const struct call_prm *prm,
                       const char *direction)
{
	char id[ID_SIZE];

	(void)text_copy(call->id, sizeof(call->id),
	                prm->callid ? prm->callid : id_make(id));
	(void)text_copy(call->number, sizeof(call->number), prm->number);
	(void)text_copy(call->direction, sizeof(call->direction), direction);
	if (prm->line)
		(void)text_copy(call->line, sizeof(call->line),
		                phone_line_prm(prm->line)->name);
}

static int call_alloc(struct call **callp, struct calls *calls,
                      const struct call_prm *prm, const struct call_sink *sink,
                      const char *direction)
{
	struct call *call;
	int err;

	assert(callp && calls && prm->script && prm->number && sink->ended);

	call = mem_zalloc(sizeof(*call), destructor);
	if (!call)
		return ENOMEM;

	call->calls = calls;
	call->sink = *sink;
	call->script = mem_ref(prm->script);
	call->attempt_id = prm->attempt_id;
	call->start_ms = clock_wall_ms();
	names_take(call, prm, direction);
	tmr_init(&call->listen_tmr);
	tmr_init(&call->reception.tmr);
	tmr_init(&call->keep_tmr);
	attend_init(call);
	calls_voice(calls, prm->script, &call->voice);

	call->usage = mem_zalloc(sizeof(*call->usage), NULL);
	call->voice.usage = mem_zalloc(sizeof(*call->voice.usage), NULL);
	if (!call->usage || !call->voice.usage) {
		err = ENOMEM;
		goto out;
	}

	err = flow_session_alloc(&call->sess, prm->script, call->id, prm->varv,
	                         prm->varc);
	if (err)
		goto out;

	call->variables_begin = rowtext_variables(prm->varv, prm->varc);
	if (!call->variables_begin) {
		err = ENOMEM;
		goto out;
	}
	if (prm->others)
		err = str_dup(&call->others, prm->others);
	if (err)
		goto out;

	err = audio_make(call);
	if (!err && !strcmp(direction, "out"))
		err = reception_alloc(call);

out:
	if (err)
		mem_deref(call);
	else
		*callp = call;

	return err;
}

static const struct phone_leg_sink leg_sink = {
	.sent = sent_handler,
	.ringing = ringing_handler,
	.answered = answered_handler,
	.key = key_handler,
	.ended = ended_handler,
};

/* Nobody else has written yet that they are called: others count it, and a
 * crash leaves it in doubt. */
static void begin_keep(const struct call *call, const char *will)
{
	const struct store_call row = {
		.callid = call->id,
		.direction = call->direction,
		.number = call->number,
		.line = call->line,
		.script = flow_script_name(call->script),
		.script_version = flow_script_version(call->script),
		.outcome = outcome_name(OUTCOME_IN_DOUBT),
		.start_ms = call->start_ms,
		.variables_begin = call->variables_begin,
	};

	if (!call->calls->prm.store || call->attempt_id)
		return;

	/* The store says by itself when it loses rows. */
	(void)store_call(call->calls->prm.store, &row, NULL, NULL);
	leg_keep(call, will);
}

int call_place(struct call **callp, struct calls *calls,
               const struct call_prm *prm, const struct call_sink *sink)
{
	struct phone_leg_sink leg_of = leg_sink;
	struct phone_audio audio = {tick_handler, detached_handler, NULL};
	struct phone_dial_prm dial = {
		.number = prm->number,
		.caller_id = prm->caller_id,
		.identity = prm->identity,
		.ring_ms = prm->ring_ms,
	};
	struct call *call;
	int err;

	err = call_alloc(&call, calls, prm, sink, "out");
	if (err)
		return err;

	leg_of.arg = call;
	audio.arg = call;
	dial.call_id = call->id;
	dial.audio = &audio;
	err = phone_dial(&call->leg, prm->line, &dial, &leg_of);
	if (err) {
		mem_deref(call);
		return err;
	}

	begin_keep(call, prm->will);
	call->has_audio = true;
	call->state = call_state_next(call->state, EV_DIAL);
	calls_warm(calls, prm->script);
	list_append(&calls->livel, &call->le, call);
	live_moment(call, CALL_DIALLING, "", false);
	*callp = call;

	return 0;
}

int call_answer(struct call **callp, struct calls *calls, struct phone_leg *leg,
                const struct call_prm *prm, const struct call_sink *sink)
{
	struct phone_leg_sink leg_of = leg_sink;
	struct phone_audio audio = {tick_handler, detached_handler, NULL};
	struct call *call;
	int err;

	err = call_alloc(&call, calls, prm, sink, "in");
	if (err)
		return err;

	leg_of.arg = call;
	audio.arg = call;
	err = phone_leg_answer(leg, &audio, &leg_of);
	if (err) {
		mem_deref(call);
		return err;
	}

	call->leg = leg;
	call->has_audio = true;
	list_append(&calls->livel, &call->le, call);
	*callp = call;

	return 0;
}

void call_hangup(struct call *call)
{
	if (call->leg)
		phone_leg_hangup(call->leg);
}

const char *call_id(const struct call *call)
{
	return call->id;
}
