/*
 * call/listen.c - when the session hears something (checklist C021-C044)
 *
 * An action is a prompt and the listening to it. While the prompt plays, a
 * sentence that matches cuts it; one that does not is kept. After it the
 * callee has wait_speech_timeout_ms to begin. What was heard without a match
 * ends the action as DONE(...), silence as TIMEOUT(...). The moment at which
 * `play_ms` is taken is when the sentence was understood, not when it began:
 * that is how far the callee had listened before the robot reacts.
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/text.h"
#include "call/live.h"

enum {
	INTERRUPT_KIND = 15, /* the bits below the flags */
	RESPONSE_BLOCKED = 9,
	RESPONSE_NOISE = 8,
	MODE_OFF = 0,
	MODE_AFTER = 2,
};

static bool has_flag(const struct call *call, int flag)
{
	return call->action.listen->interrupt & flag;
}

static int interrupt_kind(const struct call *call)
{
	return call->action.listen->interrupt & INTERRUPT_KIND;
}

static bool is_playing(const struct call *call)
{
	return mouth_is_playing(call->audio.mouth);
}

static bool may_interrupt(const struct call *call)
{
	int after_ms = call->action.interruptible_after;

	return after_ms >= 0 &&
	       mouth_position_ms(call->audio.mouth) >= (uint32_t)after_ms;
}

/* --- completion
 * ------------------------------------------------------------------ */

static void complete(struct call *call, const char *what, const char *heard)
{
	char args[LIVE_HEARD_SIZE + 16];

	tmr_cancel(&call->action.wait_tmr);
	tmr_cancel(&call->action.key_tmr);
	call->action.is_open = false;
	if (!*heard && !strcmp(what, "TIMEOUT"))
		live_moment(call, CALL_QUIET, "", false);
	(void)snprintf(args, sizeof(args), "%s(%s)", what, heard);
	(void)turn_feed(call, FLOW_COMPLETE, args, live_at_ms(call, clock_ms()),
	                0);
}

static void wait_handler(void *arg)
{
	struct call *call = arg;
	const struct action *action = &call->action;

	/* Whoever speaks is heard to the end. */
	if (ears_is_speech(call->audio.ears) ||
	    ears_is_recognising(call->audio.ears))
		return;

	complete(call, action->was_heard ? "DONE" : "TIMEOUT", action->heard);
}

static bool try_again(struct call *call)
{
	char args[LIVE_HEARD_SIZE + 1];

	if (!*call->action.retry)
		return false;

	(void)snprintf(args, sizeof(args), "P%s", call->action.retry);
	call->action.retry[0] = '\0';

	return turn_feed(call, FLOW_TEXT, args, live_at_ms(call, clock_ms()),
	                 0);
}

/* The prompt is over: is there anything still to wait for? */
static void settle(struct call *call)
{
	struct action *action = &call->action;

	if (!action->is_open || !action->is_prompt_over || action->keys.keyc)
		return;
	if (ears_is_speech(call->audio.ears) ||
	    ears_is_recognising(call->audio.ears))
		return;
	if (try_again(call))
		return;

	if ((action->was_understood &&
	     has_flag(call, FLOW_INTERRUPT_ONE_DURING)) ||
	    (action->was_heard &&
	     has_flag(call,
	              FLOW_INTERRUPT_ONE_AFTER | FLOW_INTERRUPT_ONE_DURING)))
		complete(call, "DONE", action->heard);
	else if (!tmr_isrunning(&action->wait_tmr))
		tmr_start(&action->wait_tmr,
		          action->listen->wait_speech_timeout_ms, wait_handler,
		          call);
}

/* --- the prompt
 * ------------------------------------------------------------------- */

static void ears_open(struct call *call)
{
	const struct flow_listen *listen = call->action.listen;
	const struct endpoint_prm prm = {
		.min_active_ms = listen->vad_min_active_time_ms,
		.end_silence_ms = listen->vad_max_end_silence_time_ms,
		.max_speech_ms = listen->max_speech_time_ms,
	};

	(void)ears_listen(call->audio.ears, &prm);
}

void listen_init(struct call *call)
{
	tmr_init(&call->action.wait_tmr);
	tmr_init(&call->action.key_tmr);
}

void listen_begin(struct call *call, const struct flow_play *play)
{
	struct action *action = &call->action;

	tmr_cancel(&action->wait_tmr);
	tmr_cancel(&action->key_tmr);
	memset(action, 0, sizeof(*action));
	listen_init(call);
	action->listen = play->listen;
	action->interruptible_after = play->interruptible_after;
	action->has_quickresponse = play->has_quickresponse;
	action->is_open = true;
	keyfilter_set(&action->keys, play->dtmf);

	if (play->listen->mode == MODE_OFF ||
	    (play->listen->mode == MODE_AFTER && play->itemc))
		(void)ears_listen(call->audio.ears, NULL);
	else
		ears_open(call);
}

void listen_prompt_over(struct call *call)
{
	struct action *action = &call->action;

	action->is_prompt_over = true;
	action->is_paused = false;
	if (action->is_last) {
		phone_leg_hangup(call->leg);
		return;
	}
	if (!action->is_open)
		return;
	if (action->listen->mode == MODE_AFTER)
		ears_open(call);

	settle(call);
}

void listen_end(struct call *call)
{
	tmr_cancel(&call->action.wait_tmr);
	tmr_cancel(&call->action.key_tmr);
	call->action.is_open = false;
	(void)ears_listen(call->audio.ears, NULL);
}

/* --- speech
 * ------------------------------------------------------------------------ */

static void began_handler(uint64_t begin_ms, struct asr_prm *prm, void *arg)
{
	struct call *call = arg;
	struct action *action = &call->action;

	(void)begin_ms;

	tmr_cancel(&action->wait_tmr);
	calls_expect(call->script, call->sess, prm);
	if (!action->is_open)
		return;
	if (*action->listen->asr_params)
		prm->params = action->listen->asr_params;
	if (!is_playing(call) || !may_interrupt(call))
		return;

	if (interrupt_kind(call) == FLOW_INTERRUPT_SOUND) {
		turn_cut(call);
	}
	else if (has_flag(call, FLOW_INTERRUPT_PAUSE)) {
		mouth_pause(call->audio.mouth);
		action->is_paused = true;
	}
}

static void partial_handler(const char *text, uint64_t begin_ms, void *arg)
{
	struct call *call = arg;
	char args[LIVE_HEARD_SIZE + 1];

	if (!call->action.is_open || !*text)
		return;

	if (is_playing(call) && may_interrupt(call) &&
	    interrupt_kind(call) == FLOW_INTERRUPT_TEXT)
		turn_cut(call);
	if (!call->action.has_quickresponse)
		return;

	/* The rest of a sentence that has moved the script on belongs to the
	 * action that is over. */
	(void)snprintf(args, sizeof(args), "S%s", text);
	if (turn_feed(call, FLOW_TEXT, args, live_at_ms(call, begin_ms), 0))
		ears_silence(call->audio.ears);
}

/* "F:" and the words, behind what is there; cut at a character. */
static void heard_add(struct action *action, char kind, const char *text)
{
	size_t n = strlen(action->heard);

	if (!*text || n + 3 >= sizeof(action->heard))
		return;

	action->heard[n++] = kind;
	action->heard[n++] = ':';
	(void)text_copy(action->heard + n, sizeof(action->heard) - n, text);
}

static void spoken_add(struct call *call, const char *text)
{
	size_t n = strlen(call->spoken);

	if (*text)
		(void)snprintf(call->spoken + n, sizeof(call->spoken) - n,
		               "%s%s", n ? " | " : "", text);
}

static void resume(struct call *call)
{
	if (!call->action.is_paused)
		return;

	mouth_resume(call->audio.mouth);
	call->action.is_paused = false;
}

/* A sentence that moved nothing. */
static void unmatched(struct call *call, const struct ears_sentence *sentence)
{
	struct action *action = &call->action;
	bool is_blocked = call->response == RESPONSE_BLOCKED;
	int kind = interrupt_kind(call);

	heard_add(action, sentence->is_too_long ? 'S' : 'F', sentence->text);
	if (is_playing(call) && *sentence->text &&
	    has_flag(call, is_blocked ? FLOW_INTERRUPT_RETRY_BLOCKED
	                              : FLOW_INTERRUPT_RETRY_UNMATCHED))
		(void)text_copy(action->retry, sizeof(action->retry),
		                sentence->text);

	if (is_playing(call) && *sentence->text && may_interrupt(call) &&
	    (kind == FLOW_INTERRUPT_TEXT || kind == FLOW_INTERRUPT_SENTENCE))
		turn_cut(call);

	if (is_playing(call)) {
		action->was_understood |= *sentence->text && !is_blocked;
		resume(call);
		return;
	}

	action->was_heard = true;
	if (sentence->is_too_long)
		complete(call, "TIMEOUT", action->heard);
	else
		settle(call);
}

static void heard_handler(const struct ears_sentence *sentence, void *arg)
{
	struct call *call = arg;
	uint64_t begin_ms = live_at_ms(call, sentence->begin_ms);
	uint64_t end_ms = live_at_ms(call, sentence->end_ms);
	char args[LIVE_HEARD_SIZE + 1];

	live_moment(call, CALL_HEARD, sentence->text, is_playing(call));
	if (sentence->err)
		live_trouble(call, "the recogniser failed; nothing was "
		                   "understood");
	if (!call->action.is_open)
		return;

	spoken_add(call, sentence->text);
	call->speech_end_ms = end_ms;
	call->text_ms = live_at_ms(call, clock_ms());
	(void)snprintf(args, sizeof(args), "%c%s", sentence->err ? 'E' : 'F',
	               sentence->text);
	if (turn_feed(call, FLOW_TEXT, args, begin_ms,
	              (uint32_t)(end_ms > begin_ms ? end_ms - begin_ms : 0)))
		return;

	if (call->response == RESPONSE_NOISE) {
		resume(call);
		settle(call);
		return;
	}

	unmatched(call, sentence);
}

const struct ears_sink *listen_sink(void)
{
	static const struct ears_sink sink = {
		.began = began_handler,
		.partial = partial_handler,
		.heard = heard_handler,
	};

	return &sink;
}

/* --- keys
 * ---------------------------------------------------------------------------
 */

/* kind: 'D' ended by a terminator, 'd' not. */
static void keys_take(struct call *call, char kind)
{
	struct action *action = &call->action;
	char args[KEYS_MAX + 2];

	tmr_cancel(&action->key_tmr);
	(void)snprintf(args, sizeof(args), "%c%s", kind, action->keys.keyv);
	live_moment(call, CALL_KEYS, action->keys.keyv, is_playing(call));
	keyfilter_clear(&action->keys);
	if (turn_feed(call, FLOW_DTMF, args, live_at_ms(call, clock_ms()), 0))
		return;

	if (is_playing(call) && may_interrupt(call) && kind == 'D')
		turn_cut(call);
	if (!is_playing(call))
		complete(call, "DONE", action->heard);
}

static void key_handler(void *arg)
{
	keys_take(arg, 'd');
}

void listen_key(struct call *call, char key)
{
	struct action *action = &call->action;

	if (!action->is_open || !action->keys.is_on)
		return;

	tmr_cancel(&action->wait_tmr);
	if (is_playing(call) && may_interrupt(call) &&
	    has_flag(call, FLOW_INTERRUPT_ANY_KEY))
		turn_cut(call);

	if (keyfilter_press(&action->keys, key))
		keys_take(call, 'D');
	else
		tmr_start(&action->key_tmr, call->calls->digit_ms, key_handler,
		          call);
}
