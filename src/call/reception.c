/*
 * call/reception.c - who answered, and what a call does about it
 *
 * The script is heard from the first moment (or after wait_ms): a human must
 * not wait for a decision. When a machine is found the prompt is cut, and the
 * script gets MACHINE() when the beep is over.
 */
#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/text.h"
#include "call/evidence.h"
#include "call/live.h"

enum {
	/* How to listen to machines and networks. */
	SENTENCE_MS = 8000,
	SILENCE_MS = 400,
	ACTIVE_MS = 100,
};

static const struct reception_prm *prm_of(const struct call *call)
{
	return &call->calls->reception;
}

/* --- what follows -----------------------------------------------------------
 */

static void begin(struct call *call)
{
	struct reception *r = &call->reception;

	if (!r->is_waiting)
		return;

	r->is_waiting = false;
	tmr_cancel(&r->tmr);
	turn_start(call);
}

static void wait_handler(void *arg)
{
	begin(arg);
}

/* Nobody to talk to: what the session concludes does not count. */
static void leave(struct call *call)
{
	struct reception *r = &call->reception;

	r->has_left = true;
	r->is_holding = false;
	tmr_cancel(&r->tmr);
	answer_stop(call->audio.answer);
	turn_forget(call);
	turn_cut(call);
	attend_end(call);
	phone_leg_hangup(call->leg);
}

static void tell_script(struct call *call, const char *what)
{
	begin(call);
	if (call->is_over)
		return;

	turn_cut(call);
	attend_end(call);
	(void)turn_feed(call, FLOW_COMPLETE, what, live_at_ms(call, clock_ms()),
	                0);
}

static void ears_open(struct call *call)
{
	const struct ears_set set = {
		.mode = EARS_LOCAL,
		.endpoint =
			{
				.min_active_ms = ACTIVE_MS,
				.end_silence_ms = SILENCE_MS,
				.max_speech_ms = SENTENCE_MS,
			},
	};

	if (asr_can(call->calls->prm.asr, flow_script_language(call->script)))
		(void)ears_listen(call->audio.ears, &set);
}

/* Silent until the machine listens. What it says goes on being heard: it may
 * be an assistant or a network. */
static void hold(struct call *call)
{
	if (call->is_over)
		return;

	call->reception.is_holding = true;
	turn_cut(call);
	attend_close(call);
	ears_open(call);
}

static void machine_found(struct call *call)
{
	switch (prm_of(call)->on_machine) {
	case RECEPTION_TALK:
		begin(call);
		break;

	case RECEPTION_SCRIPT:
		begin(call);
		hold(call);
		break;

	case RECEPTION_HANGUP:
		leave(call);
		break;
	}
}

static void assistant_found(struct call *call)
{
	switch (prm_of(call)->on_screening) {
	case RECEPTION_SCRIPT:
		call->reception.is_holding = false;
		if (flow_script_takes(call->script, "SCREENING"))
			tell_script(call, "SCREENING()");
		else
			begin(call);
		break;

	case RECEPTION_TALK:
		begin(call);
		break;

	case RECEPTION_HANGUP:
		leave(call);
		break;
	}
}

static void network_found(struct call *call, enum reception_do deed)
{
	if (deed == RECEPTION_HANGUP)
		leave(call);
	else if (call->state == CALL_TALKING)
		begin(call);
}

static enum outcome outcome_of_tone(int tone)
{
	switch (tone) {
	case TONES_SIT_INTERCEPT:
	case TONES_SIT_VACANT:
		return OUTCOME_BAD_NUMBER;
	case TONES_SIT_REORDER:
	case TONES_SIT_NO_CIRCUIT:
	case TONES_CONGESTION:
		return OUTCOME_LINE_CONGESTED;
	case TONES_BUSY:
		return OUTCOME_BUSY;
	default:
		return OUTCOME_ANNOUNCEMENT;
	}
}

static void decided_handler(const struct who_features *features, void *arg)
{
	struct call *call = arg;
	struct reception *r = &call->reception;
	char text[RECEPTION_PHRASE_SIZE];

	if (!call->leg ||
	    (call->state != CALL_TALKING && call->state != CALL_CALLING))
		return;

	r->class = features->class;
	(void)snprintf(text, sizeof(text), "%s (%s, %d %%)", who_name(r->class),
	               features->cause,
	               (int)(100 * features->confidence + 0.5F));
	live_moment(call, CALL_ANSWERER, text, false);

	switch (r->class) {
	case WHO_HUMAN:
	case WHO_UNSURE:
	case WHO_UNKNOWN:
	case WHO_CLASSES:
		begin(call);
		break;

	case WHO_MACHINE:
		machine_found(call);
		break;

	case WHO_FAX:
		network_found(call, prm_of(call)->on_fax);
		break;

	case WHO_ANNOUNCEMENT:
		if (strcmp(features->cause, "words") != 0)
			r->outcome = outcome_of_tone(features->tone);
		network_found(call, prm_of(call)->on_announcement);
		break;

	case WHO_SCREENING:
		assistant_found(call);
		break;
	}
}

static void ready_handler(void *arg)
{
	struct call *call = arg;
	struct reception *r = &call->reception;

	if (!r->is_holding || call->state != CALL_TALKING)
		return;

	if (!flow_script_takes(call->script, "MACHINE")) {
		leave(call);
		return;
	}
	r->is_holding = false;
	tell_script(call, "MACHINE()");
}

/* --- what happens -----------------------------------------------------------
 */

int reception_alloc(struct call *call)
{
	const struct answer_sink sink = {decided_handler, ready_handler, call};

	call->reception.outcome = OUTCOME_ANNOUNCEMENT;
	if (!prm_of(call)->is_on)
		return 0;

	return answer_alloc(&call->audio.answer, call->audio.box,
	                    &prm_of(call)->who, &sink);
}

void reception_close(struct call *call)
{
	/* A session that has not begun hears of no end. */
	if (call->reception.is_waiting)
		call->is_over = true;
	tmr_cancel(&call->reception.tmr);
	call->reception.hintv = mem_deref(call->reception.hintv);
	if (call->audio.answer)
		answer_stop(call->audio.answer);
}

void reception_ringing(struct call *call, bool has_early_media)
{
	struct answer *answer = call->audio.answer;

	if (!answer || !has_early_media || answer_is_watching(answer) ||
	    answer_watch(answer, true))
		return;

	ears_open(call);
}

/* After the watch, which waits for it: both begin with the same tick. */
static void record(struct call *call)
{
	if (call->audio.recorder)
		(void)recorder_start(call->audio.recorder);
}

void reception_answered(struct call *call)
{
	struct reception *r = &call->reception;
	struct answer *answer = call->audio.answer;
	int err;

	r->is_waiting = true;
	if (!answer) {
		record(call);
		begin(call);
		return;
	}

	/* What is left of an announcement is no answer to our question. */
	if (answer_is_watching(answer))
		(void)ears_listen(call->audio.ears, NULL);
	r->class = WHO_UNKNOWN;
	err = answer_watch(answer, false);
	record(call);
	if (err || !prm_of(call)->wait_ms)
		begin(call);
	else
		tmr_start(&r->tmr, prm_of(call)->wait_ms, wait_handler, call);
}

/* Whoever was found to be human says what the script expects: more phrases
 * would only be more to confuse it with. */
static bool is_suspect(const struct call *call)
{
	const enum who_class class = call->reception.class;

	return call->audio.answer && answer_is_watching(call->audio.answer) &&
	       class != WHO_HUMAN && class != WHO_UNSURE &&
	       class != WHO_SCREENING;
}

void reception_expect(struct call *call, struct asr_prm *prm)
{
	struct reception *r = &call->reception;
	const bool is_early = call->state != CALL_TALKING;

	prm->lang = flow_script_language(call->script);
	prm->is_closed = true;
	/* A session that has not begun expects nothing, and it is not for the
	 * session what is said while a machine is waited for. */
	if (!is_early && !r->is_waiting && !r->is_holding)
		calls_expect(call->script, call->sess, prm);
	if (!is_suspect(call))
		return;
	if (!r->hintv)
		r->hintv = mem_zalloc(RECEPTION_HINTS_MAX * sizeof(*r->hintv),
		                      NULL);
	if (r->hintv)
		reception_hints(prm_of(call), prm, is_early, r->hintv);
}

bool reception_heard(struct call *call, const char *text)
{
	struct reception *r = &call->reception;
	const struct saying *saying;
	/* Before the answer and to a machine nobody asked a question. */
	const bool is_ours = call->state != CALL_TALKING || r->is_holding;

	if (!call->audio.answer || !answer_is_watching(call->audio.answer))
		return is_ours;

	saying = sayings_find(prm_of(call)->sayings,
	                      flow_script_language(call->script),
	                      call->state != CALL_TALKING, text);
	if (!saying)
		return is_ours;

	(void)text_copy(r->phrase, sizeof(r->phrase), saying->phrase);
	if (saying->class == WHO_ANNOUNCEMENT)
		r->outcome = saying->outcome;
	answer_words(call->audio.answer, saying->class);

	/* Where the author wants to talk, the script may know what to say. */
	return saying->class != WHO_MACHINE ||
	       prm_of(call)->on_machine != RECEPTION_TALK;
}

void reception_understood(struct call *call)
{
	struct reception *r = &call->reception;

	if (!call->audio.answer || !answer_is_watching(call->audio.answer))
		return;
	r->is_understood = true;
	answer_stop(call->audio.answer);
}

/* --- the end ----------------------------------------------------------------
 */

enum outcome reception_outcome(const struct call *call, enum outcome outcome)
{
	const struct reception *r = &call->reception;

	/* Before an answer only what made us hang up counts. */
	if (!call->answer_ms && !r->has_left)
		return outcome;

	switch (r->class) {
	case WHO_MACHINE:
		return prm_of(call)->on_machine == RECEPTION_TALK
		               ? outcome
		               : OUTCOME_MACHINE;
	case WHO_FAX:
		return r->has_left ? OUTCOME_FAX : outcome;
	case WHO_ANNOUNCEMENT:
		return r->has_left ? r->outcome : outcome;
	case WHO_SCREENING:
		return r->is_understood ? outcome : OUTCOME_SCREENING;
	default:
		return outcome;
	}
}

bool reception_is_void(const struct call *call)
{
	const struct reception *r = &call->reception;

	return r->has_left || r->is_holding ||
	       (r->class == WHO_SCREENING && !r->is_understood);
}

json_t *reception_json(const struct call *call)
{
	const struct reception *r = &call->reception;
	const struct who_features *f = NULL;
	bool is_early = false;
	json_t *json;

	if (call->audio.answer)
		f = answer_features(call->audio.answer, &is_early);
	if (!f)
		return json_object();

	json = evidence_json(f);
	if (json && is_early)
		(void)json_object_set_new(json, "early", json_true());
	if (json && r->is_understood)
		(void)json_object_set_new(json, "understood", json_true());
	if (json && *r->phrase)
		(void)json_object_set_new(json, "phrase",
		                          json_string(r->phrase));

	return json;
}
