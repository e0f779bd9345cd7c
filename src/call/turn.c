/*
 * call/turn.c - what the session wants: its steps kept, its effects done
 *
 * An effect that cannot be carried out comes back as an input, so that the
 * author of the script decides what happens then. Such inputs wait until all
 * effects of the turn are done: a feed ends the turn before it.
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/text.h"
#include "call/live.h"
#include "call/notice.h"
#include "call/optout.h"

static struct metric metric_heard = {
	.name = "dialwright_recognition_seconds",
	.help = "From the end of what was said to its text.",
	.label = "service",
	.is_time = true,
};

static struct metric metric_slow = {
	.name = "dialwright_recognition_slow_total",
	.help = "Texts that took longer than talk.slow_ms, the silence that "
		"ends a sentence not counted.",
	.label = "service",
};

static struct metric metric_phrases = {
	.name = "dialwright_phrases_total",
	.help = "What people said, by whether the script knew what to do.",
	.label = "result",
};

/* Values of response_type (checklist E029-E038) that leave the action as it
 * is. */
enum {
	RESPONSE_NONE = 0,
	RESPONSE_NOISE = 8,
	RESPONSE_BLOCKED = 9,
};

enum {
	QUIET_MAX_MS = 1850, /* what is sent then is heard within 2 s */
	VOICE_MIN_MS = 250,
};

static bool is_match(int response)
{
	return response != RESPONSE_NONE && response != RESPONSE_NOISE &&
	       response != RESPONSE_BLOCKED;
}

/* --- steps ----------------------------------------------------------- */

static void phrase_count(const struct flow_step *step)
{
	enum flow_heard heard = flow_step_heard(step);

	if (heard != FLOW_HEARD_NONE)
		metric_add(&metric_phrases, heard == FLOW_HEARD_UNDERSTOOD
		                                    ? "understood"
		                                    : "not_understood");
}

/* From the last sound to the text, and what of it was too long. The silence
 * that ends a sentence is the script's own choice; where the recogniser finds
 * the end nobody knows how much of the time was silence. */
static void hearing_count(const struct call *call,
                          const struct store_step *step)
{
	const struct flow_listen *set = &call->listen.set;
	const char *by = *step->heard_by ? step->heard_by : "?";
	uint32_t wait_ms = step->text_ms - step->speech_end_ms;

	metric_time(&metric_heard, by, wait_ms);
	if (set->vad_mode != EARS_LOCAL ||
	    wait_ms <= set->vad_max_end_silence_time_ms + call->calls->slow_ms)
		return;

	metric_add(&metric_slow, by);
	log_info("call", "call %s: %s took %u ms for a text", call->id, by,
	         wait_ms - set->vad_max_end_silence_time_ms);
}

static void step_keep(struct call *call, const struct flow_step *s,
                      bool is_first, const char *notice)
{
	struct store_step step = call_step_row(s, call->answer_ms);
	struct call_moment moment = {.kind = CALL_STEP, .text = ""};

	step.number = call->number;
	step.notice = notice;
	step.decision_ms = (uint32_t)live_at_ms(call, clock_ms());
	if (is_first) {
		step.speech_end_ms = (uint32_t)call->speech_end_ms;
		step.text_ms = (uint32_t)call->text_ms;
		step.heard_by = call->heard_by;
	}
	if (step.text_ms > step.speech_end_ms && step.speech_end_ms)
		hearing_count(call, &step);

	phrase_count(s);

	/* The store says by itself when it loses rows. */
	if (call->calls->prm.store)
		(void)store_step(call->calls->prm.store, &step);
	moment.at_ms = step.decision_ms;
	moment.step = &step;
	live_tell(call, &moment);

	call->audio_sequence = s->sequence;
	call->heard_by[0] = '\0';
}

/* --- prompts --------------------------------------------------------- */

/* Which voices the callee has heard. */
static void speaker_note(struct call *call, const char *by)
{
	size_t n = strlen(call->spoken_by);

	if (!*by || strstr(call->spoken_by, by))
		return;
	(void)snprintf(call->spoken_by + n, sizeof(call->spoken_by) - n, "%s%s",
	               n ? ", " : "", by);
}

static void sound_handler(struct voice_sound *sound, void *arg)
{
	struct call *call = arg;

	speaker_note(call, sound->by);
	if (mouth_add(call->audio.mouth, sound))
		live_trouble(call, "a prompt is too long; its end is not "
		                   "played");
}

static void fetched_handler(const char *fault, void *arg)
{
	struct call *call = arg;

	call->prompt = mem_deref(call->prompt);
	if (!fault) {
		if (mouth_close(call->audio.mouth))
			phone_leg_hangup(call->leg);
		return;
	}

	live_trouble(call, fault);
	turn_cut(call);
	call->is_offline = offline_say(call);
	if (call->is_offline)
		return;
	if (call->is_last)
		phone_leg_hangup(call->leg);
	else
		attend_prompt_failed(call);
}

static void say_moment(struct call *call, const char *const *itemv,
                       size_t itemc)
{
	char text[1024];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < itemc && n < sizeof(text) - 1; i++) {
		int m = snprintf(text + n, sizeof(text) - n, "%s%s",
		                 i ? " " : "", itemv[i]);

		if (m < 0)
			break;
		n += (size_t)m;
	}
	live_moment(call, CALL_SAYING, text_repair(text), false);
}

/* A voice gets no more time than the callee has patience: they may have waited
 * for a recogniser already. */
static uint32_t voice_left_ms(const struct call *call)
{
	const uint64_t until_ms = call->quiet_clock_ms + QUIET_MAX_MS;
	const uint64_t now_ms = clock_ms();
	uint32_t left_ms = call->calls->voice_ms;

	if (now_ms + left_ms > until_ms)
		left_ms = until_ms > now_ms ? (uint32_t)(until_ms - now_ms) : 0;

	return left_ms > VOICE_MIN_MS ? left_ms : VOICE_MIN_MS;
}

/* Returns an errno when nothing will be played. */
static int say(struct call *call, const char *const *itemv, size_t itemc)
{
	const struct prompt_sink sink = {sound_handler, fetched_handler, call};
	const struct prompt_prm prm = {
		.voices = call->calls->prm.voices,
		.clips = call->calls->clips,
		.web = call->calls->web,
		.recordings = flow_script_recordings(call->script),
		.rate_hz = call->rate_hz,
		.voice = &call->voice,
		.voice_ms = voice_left_ms(call),
	};
	int err;

	say_moment(call, itemv, itemc);
	call->prompt = mem_deref(call->prompt);
	call->wants_audio_ms = true;
	err = mouth_begin(call->audio.mouth);
	if (!err)
		err = prompt_fetch(&call->prompt, &prm, itemv, itemc, &sink);
	if (err)
		mouth_cut(call->audio.mouth);

	return err;
}

void turn_cut(struct call *call)
{
	if (mouth_is_playing(call->audio.mouth))
		call->quiet_clock_ms = clock_ms();
	call->prompt = mem_deref(call->prompt);
	call->is_offline = false;
	mouth_cut(call->audio.mouth);
}

void turn_prompt_over(struct call *call)
{
	bool was_offline = call->is_offline;

	call->quiet_clock_ms = clock_ms();
	call->is_offline = false;
	if (was_offline && !call->is_last)
		(void)turn_feed(call, FLOW_COMPLETE, "ERROR()",
		                live_at_ms(call, clock_ms()), 0);
	else if (call->is_last)
		optout_hangup(call);
	else
		attend_prompt_over(call);
}

/* --- effects --------------------------------------------------------- */

static call_service_h answer_handler;

static void follow(struct call *call, enum flow_input_kind kind,
                   const char *args)
{
	call->has_follower = true;
	call->follow_kind = kind;
	call->follow = args;
}

static void play(struct call *call, const struct flow_play *play)
{
	turn_cut(call);
	attend_begin(call, play);
	if (play->itemc && say(call, play->itemv, play->itemc)) {
		live_trouble(call, "no memory for a prompt");
		follow(call, FLOW_COMPLETE, "ERROR()");
	}
}

static void hangup(struct call *call, const struct flow_hangup *hangup)
{
	turn_cut(call);
	attend_end(call);
	call->is_last = true;
	if (!hangup->itemc || say(call, hangup->itemv, hangup->itemc))
		optout_hangup(call);
}

static void unsupported(struct call *call, const char *what)
{
	char words[256];

	(void)snprintf(words, sizeof(words),
	               "the node %s is not carried out yet; the script goes "
	               "on with ERROR()",
	               what);
	live_trouble(call, words);
	turn_cut(call);
	attend_end(call);
	follow(call, FLOW_COMPLETE, "ERROR()");
}

/* An NLP service is asked while the action goes on; an http node is an action
 * of its own. */
static void ask(struct call *call, const struct flow_effect *effect)
{
	bool is_nlp = effect->kind == FLOW_DO_NLP;
	int err;

	if (!is_nlp)
		turn_cut(call);
	call->service = mem_deref(call->service);
	call->service_kind = effect->kind;
	err = call_service_ask(&call->service, call->calls->prm.http, effect,
	                       answer_handler, call);
	if (!err)
		return;

	live_trouble(call, err == EINVAL
	                           ? "the address of a service is none; it is "
	                             "not asked"
	                           : "no memory to ask a service");
	follow(call, is_nlp ? FLOW_NLP : FLOW_HTTP,
	       is_nlp ? "ERROR(no address)" : NULL);
}

static void effect_do(struct call *call, const struct flow_effect *effect)
{
	switch (effect->kind) {
	case FLOW_DO_PLAY:
		play(call, &effect->play);
		break;
	case FLOW_DO_HANGUP:
		hangup(call, &effect->hangup);
		break;
	case FLOW_DO_TRANSFER:
		unsupported(call, "transfer");
		break;
	case FLOW_DO_QUEUE:
		unsupported(call, "queue");
		break;
	case FLOW_DO_NLP:
	case FLOW_DO_HTTP:
		ask(call, effect);
		break;
	case FLOW_DO_NOTIFY:
		if (*effect->notify.linegroup)
			live_trouble(call, "agents are not rung yet: only "
			                   "other systems hear of this");
		break;
	case FLOW_DO_WARN:
		live_trouble(call, effect->warning);
		break;
	}
}

/* The notification that the row triggered, in one transaction with it; NULL
 * without. */
static char *notice_of(const struct call *call, const struct flow_turn *turn,
                       size_t row)
{
	for (size_t i = 0; i < turn->effectc; i++) {
		const struct flow_effect *effect = &turn->effectv[i];

		if (effect->kind == FLOW_DO_NOTIFY &&
		    effect->after_stepc == row + 1)
			return notice_intention(call, &effect->notify);
	}

	return NULL;
}

static void steps_keep(struct call *call, const struct flow_turn *turn)
{
	for (size_t i = 0; i < turn->stepc; i++) {
		char *notice = notice_of(call, turn, i);

		step_keep(call, &turn->stepv[i], i == 0, notice);
		mem_deref(notice);
	}
}

static void take(struct call *call, const struct flow_turn *turn)
{
	bool has_match = false;

	/* Two inputs where the first had waited for a service in vain. */
	call->response = RESPONSE_NONE;
	for (size_t i = 0; i < turn->stepc; i++) {
		call->response = turn->stepv[i].response_type;
		has_match |= is_match(call->response);
	}
	call->is_over = turn->is_over;
	if (call->is_over || has_match) {
		call->is_taken = true;
		listen_close(&call->listen);
	}

	steps_keep(call, turn);
	/* A turn that only asks a service has no row yet: its input's times
	 * wait for the answer. */
	if (turn->stepc)
		call->speech_end_ms = call->text_ms = 0;

	optout_look(call);

	/* Nobody is there any more to play to. */
	if (call->state != CALL_TALKING)
		return;

	for (size_t i = 0; i < turn->effectc; i++)
		effect_do(call, &turn->effectv[i]);
	if (turn->is_over && !call->is_last) {
		attend_end(call);
		optout_hangup(call);
	}
}

/* Out of memory in the middle of a turn: the session cannot be used. */
static void give_up(struct call *call)
{
	live_trouble(call, "out of memory; the call ends");
	call->is_over = call->is_taken = true;
	attend_end(call);
	if (call->state == CALL_TALKING)
		phone_leg_hangup(call->leg);
}

static void feed(struct call *call, const struct flow_input *in)
{
	struct flow_turn turn;

	if (flow_feed(call->sess, in, live_at_ms(call, clock_ms()), &turn))
		give_up(call);
	else
		take(call, &turn);
}

static void feed_followers(struct call *call)
{
	while (call->has_follower && !call->is_over) {
		struct flow_input in = {
			.kind = call->follow_kind,
			.args = call->follow,
			.start_ms = live_at_ms(call, clock_ms()),
		};

		call->has_follower = false;
		feed(call, &in);
	}
	call->has_follower = false;
}

/* What the rules of listening want to know of the last feed. */
static enum listen_answer verdict(const struct call *call)
{
	if (call->is_taken)
		return LISTEN_TAKEN;
	if (call->service && call->service_kind == FLOW_DO_NLP)
		return LISTEN_ASKED;

	switch (call->response) {
	case RESPONSE_NOISE:
		return LISTEN_NOISE;
	case RESPONSE_BLOCKED:
		return LISTEN_BLOCKED;
	default:
		return LISTEN_UNMATCHED;
	}
}

/* What a service said. The answer to an http node is no matter of listening.
 */
static void answer_handler(const struct flow_input *input, const char *fault,
                           void *arg)
{
	struct call *call = arg;

	call->service = mem_deref(call->service);
	if (fault)
		live_trouble(call, fault);

	call->answer = input;
	if (input->kind == FLOW_NLP)
		attend_answered(call);
	else
		(void)turn_feed(call, FLOW_HTTP, NULL, 0, 0);
	call->answer = NULL;
	attend_arm(call);
}

void turn_forget(struct call *call)
{
	call->service = mem_deref(call->service);
}

static void input_make(const struct call *call, struct flow_input *in)
{
	const struct audio *audio = &call->audio;

	if (in->kind == FLOW_NLP || in->kind == FLOW_HTTP) {
		*in = *call->answer;
		in->start_ms = live_at_ms(call, clock_ms());
		return;
	}

	in->play_ms = mouth_position_ms(audio->mouth);
	if (in->kind == FLOW_TEXT && audio->recorder &&
	    !recorder_has_failed(audio->recorder))
		in->record = call->record ? call->record : call->recording;
}

enum listen_answer turn_feed(struct call *call, enum flow_input_kind kind,
                             const char *args, uint64_t start_ms,
                             uint32_t duration_ms)
{
	struct flow_input in = {
		.kind = kind,
		.args = args,
		.start_ms = start_ms,
		.duration_ms = duration_ms,
	};

	if (call->is_over)
		return LISTEN_TAKEN;

	/* Any other input shows the session that no answer will come. */
	if (call->service_kind == FLOW_DO_NLP)
		turn_forget(call);
	input_make(call, &in);
	call->is_taken = false;
	feed(call, &in);
	feed_followers(call);
	if (call->is_taken && kind != FLOW_COMPLETE && kind != FLOW_HTTP)
		reception_understood(call);

	return verdict(call);
}

static void forecast_handler(const char *item, void *arg)
{
	struct call *call = arg;
	enum prompt_kind kind = prompt_kind(item, &item);

	if (kind == PROMPT_TEXT || kind == PROMPT_HTTP)
		(void)ahead_add(call->ahead, item, &call->voice);
}

/* What only this call says is made while its first prompt plays. Whatever
 * fails here is made, or fails, when its turn has come. */
static void look_ahead(struct call *call)
{
	const struct ahead_sink sink = {.done = NULL};

	if (calls_batch(&call->ahead, call->calls, call->script, call->rate_hz,
	                &sink))
		return;
	if (flow_session_forecast(call->sess, forecast_handler, call) ||
	    ahead_start(call->ahead))
		call->ahead = mem_deref(call->ahead);
}

void turn_start(struct call *call)
{
	struct flow_turn turn;

	if (flow_start(call->sess, &turn))
		give_up(call);
	else
		take(call, &turn);
	feed_followers(call);
	look_ahead(call);
}
