/*
 * call/listen.c - pure: whose turn it is while a prompt plays and behind it
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "call/listen.h"

enum {
	BARGE_IN = 15, /* the part of `interrupt` below the flags */
	MODE_OFF = 0,
	MODE_PLAYING = 1,
	MODE_AFTER = 2,
	AFTER_NOISE_MS = 1000,
};

void listen_init(struct listen *l, uint32_t digit_ms,
                 const struct listen_ops *ops)
{
	assert(l && ops && ops->input && ops->hear && ops->drop && ops->cut &&
	       ops->hold && ops->resume);

	memset(l, 0, sizeof(*l));
	l->ops = *ops;
	l->digit_ms = digit_ms;
}

static bool has_flag(const struct listen *l, int flag)
{
	return l->set.interrupt & flag;
}

static int barge_in(const struct listen *l)
{
	return l->set.interrupt & BARGE_IN;
}

/* Whether the prompt may be interrupted now (C112). */
static bool may_cut(const struct listen *l, struct listen_now now)
{
	return l->phase == LISTEN_PLAYING && l->interruptible_after >= 0 &&
	       now.play_ms >= (uint32_t)l->interruptible_after;
}

/* "F:" and the words, behind what is there; what has no room is left out. */
static void heard_add(struct listen *l, char kind, const char *text)
{
	size_t len = strlen(l->heard);

	if (len + 3 > sizeof(l->heard))
		return;

	l->heard[len++] = kind;
	l->heard[len++] = ':';
	(void)text_copy(l->heard + len, sizeof(l->heard) - len, text);
}

/* What was said while the prompt played and nothing matched. */
static void note_words(struct listen *l, const char *text, bool is_blocked)
{
	heard_add(l, 'F', text);
	(void)text_copy(is_blocked ? l->blocked : l->missed, LISTEN_TEXT_SIZE,
	                text);
	l->has_word_during |= !is_blocked;
}

/* Another input comes: what a service was asked about has matched nothing, as
 * far as this action goes. */
static void asked_note(struct listen *l)
{
	bool is_sentence = l->asked_prefix == 'F' && *l->asked;

	l->asked_prefix = '\0';
	if (!is_sentence)
		return;

	if (l->was_playing)
		note_words(l, l->asked, false);
	else
		heard_add(l, 'F', l->asked);
	l->has_sentence |= !l->was_playing;
}

static enum listen_answer feed(struct listen *l, enum flow_input_kind kind,
                               char prefix, const char *text)
{
	char input[LISTEN_TEXT_SIZE + 1];
	enum listen_answer answer;

	asked_note(l);
	input[0] = prefix;
	(void)text_copy(input + 1, sizeof(input) - 1, text);
	answer = l->ops.input(kind, input, l->ops.arg);
	if (answer != LISTEN_ASKED)
		return answer;

	l->asked_prefix = prefix;
	(void)text_copy(l->asked, sizeof(l->asked), text);

	return answer;
}

/* The action is over without a match; the session says what comes. */
static void complete(struct listen *l, const char *how)
{
	char input[LISTEN_TEXT_SIZE + 16];

	(void)snprintf(input, sizeof(input), "%s(%s)", how, l->heard);
	l->phase = LISTEN_IDLE;
	(void)l->ops.input(FLOW_COMPLETE, input, l->ops.arg);
}

/* Never with what was heard: ERROR tells of us, not of the callee. */
static void complete_failed(struct listen *l)
{
	l->phase = LISTEN_IDLE;
	(void)l->ops.input(FLOW_COMPLETE, "ERROR()", l->ops.arg);
}

/* --- behind the prompt ---------------------------------------------------- */

/* A second try. Returns true when the rest is not for now: it is taken, or a
 * service is asked. */
static bool is_taken_again(struct listen *l, int flag, char *text)
{
	char words[LISTEN_TEXT_SIZE];
	enum listen_answer answer;

	if (!has_flag(l, flag) || !*text)
		return false;

	(void)text_copy(words, sizeof(words), text);
	*text = '\0';

	answer = feed(l, FLOW_TEXT, 'P', words);

	return answer == LISTEN_TAKEN || answer == LISTEN_ASKED;
}

/* Nothing more is waited for. */
static bool is_enough(const struct listen *l)
{
	const int after = FLOW_INTERRUPT_ONE_AFTER | FLOW_INTERRUPT_ONE_DURING;

	if (l->has_word_during && has_flag(l, FLOW_INTERRUPT_ONE_DURING))
		return true;
	if (l->has_sentence && has_flag(l, after))
		return true;

	/* Nobody listens and keys lead nowhere: nothing can come. */
	return l->set.mode == MODE_OFF && !l->keys.is_on;
}

/* The prompt is over and nobody speaks or presses keys: what now? */
static void settle(struct listen *l, struct listen_now now)
{
	if (l->phase != LISTEN_WAITING || now.is_talking || l->keys.keyc ||
	    l->asked_prefix)
		return;

	l->is_settled = true;
	if (is_taken_again(l, FLOW_INTERRUPT_RETRY_BLOCKED, l->blocked) ||
	    is_taken_again(l, FLOW_INTERRUPT_RETRY_UNMATCHED, l->missed))
		return;

	if (is_enough(l))
		complete(l, "DONE");
}

static void wait(struct listen *l, struct listen_now now)
{
	l->phase = LISTEN_WAITING;
	l->is_held = false;
	l->deadline_ms = now.ms + l->set.wait_speech_timeout_ms;
	if (l->set.mode == MODE_AFTER)
		l->ops.hear(true, l->ops.arg);
}

static void cut(struct listen *l, struct listen_now now)
{
	l->ops.cut(l->ops.arg);
	wait(l, now);
}

uint32_t listen_hush_ms(const struct flow_play *play)
{
	const struct flow_listen *set = play->listen;
	bool does_sound_count =
		(set->interrupt & BARGE_IN) == FLOW_INTERRUPT_SOUND ||
		set->interrupt & FLOW_INTERRUPT_PAUSE;

	if (!does_sound_count || set->mode != MODE_PLAYING ||
	    play->interruptible_after < 0)
		return UINT32_MAX;

	return (uint32_t)play->interruptible_after;
}

void listen_begin(struct listen *l, const struct flow_play *play,
                  struct listen_now now)
{
	const bool is_on = play->listen->mode == MODE_PLAYING;

	l->set = *play->listen;
	keyfilter_set(&l->keys, play->dtmf);
	l->interruptible_after = play->interruptible_after;
	l->has_quickresponse = play->has_quickresponse;
	l->phase = LISTEN_PLAYING;
	l->is_held = l->is_settled = false;
	l->has_word_during = l->has_sentence = false;
	l->asked_prefix = '\0';
	l->heard[0] = l->blocked[0] = l->missed[0] = '\0';
	l->ops.hear(is_on, l->ops.arg);

	/* Not settled from inside: the turn that began this action is not
	 * over yet. It is due at once instead. */
	if (!play->itemc)
		wait(l, now);
}

void listen_close(struct listen *l)
{
	l->phase = LISTEN_IDLE;
}

void listen_stop(struct listen *l)
{
	l->phase = LISTEN_IDLE;
	l->ops.hear(false, l->ops.arg);
}

void listen_prompt_over(struct listen *l, struct listen_now now)
{
	if (l->phase != LISTEN_PLAYING)
		return;

	wait(l, now);
	settle(l, now);
}

void listen_prompt_failed(struct listen *l)
{
	if (l->phase != LISTEN_IDLE)
		complete_failed(l);
}

/* --- voice ---------------------------------------------------------------- */

void listen_voice(struct listen *l, struct listen_now now)
{
	if (!may_cut(l, now))
		return;

	if (barge_in(l) == FLOW_INTERRUPT_SOUND) {
		cut(l, now);
	}
	else if (has_flag(l, FLOW_INTERRUPT_PAUSE) && !l->is_held) {
		l->is_held = true;
		l->ops.hold(l->ops.arg);
	}
}

void listen_partial(struct listen *l, const char *text, struct listen_now now)
{
	if (l->phase == LISTEN_IDLE || !*text)
		return;

	/* The rest of a sentence that has moved the script on belongs to the
	 * action that is over. */
	if (l->has_quickresponse &&
	    feed(l, FLOW_TEXT, 'S', text) == LISTEN_TAKEN) {
		l->ops.drop(l->ops.arg);
		return;
	}
	if (barge_in(l) == FLOW_INTERRUPT_TEXT && may_cut(l, now))
		cut(l, now);
}

/* Words, whatever comes of them, end a prompt that words may interrupt. */
static void cut_for_words(struct listen *l, const char *text,
                          struct listen_now now)
{
	if (!*text || !may_cut(l, now))
		return;

	if (barge_in(l) == FLOW_INTERRUPT_TEXT ||
	    barge_in(l) == FLOW_INTERRUPT_SENTENCE) {
		cut(l, now);
		l->has_sentence = true;
	}
}

/* While the prompt plays, words that nothing matched. */
static void note_during(struct listen *l, const char *text,
                        enum listen_answer answer, struct listen_now now)
{
	bool is_blocked = answer == LISTEN_BLOCKED;

	note_words(l, text, is_blocked);
	if (!is_blocked)
		cut_for_words(l, text, now);
}

/* Behind the prompt: whoever has spoken may go on speaking. */
static void note_after(struct listen *l, const char *text,
                       struct listen_now now)
{
	if (*text)
		heard_add(l, 'F', text);
	l->has_sentence = true;
	l->deadline_ms = now.ms + l->set.wait_speech_timeout_ms;
}

/* A sentence is dealt with and has moved nothing. */
static void go_on(struct listen *l, struct listen_now now)
{
	if (l->is_held && !now.is_talking) {
		l->is_held = false;
		l->ops.resume(l->ops.arg);
	}
	settle(l, now);
}

/* What becomes of a sentence that the session did not take. */
static void sentence_note(struct listen *l, const char *text,
                          enum listen_answer answer, struct listen_now now)
{
	if (answer == LISTEN_NOISE) {
		/* The waiting goes on where it was, so that a noisy place
		 * does not keep the robot silent for ever. */
		if (l->deadline_ms < now.ms + AFTER_NOISE_MS)
			l->deadline_ms = now.ms + AFTER_NOISE_MS;
	}
	else if (l->was_playing) {
		if (*text)
			note_during(l, text, answer, now);
	}
	else if (l->was_too_long) {
		heard_add(l, 'S', text);
		complete(l, "TIMEOUT");
		return;
	}
	else {
		note_after(l, text, now);
	}
	go_on(l, now);
}

void listen_sentence(struct listen *l, const char *text, bool is_too_long,
                     struct listen_now now)
{
	enum listen_answer answer;

	if (l->phase == LISTEN_IDLE)
		return;

	/* Also what was cut at its longest (C132): a keyword in it counts. */
	answer = feed(l, FLOW_TEXT, 'F', text);
	if (answer == LISTEN_TAKEN)
		return;

	l->was_playing = l->phase == LISTEN_PLAYING;
	l->was_too_long = is_too_long;
	if (answer == LISTEN_ASKED)
		cut_for_words(l, text, now);
	else
		sentence_note(l, text, answer, now);
}

static void failed(struct listen *l, struct listen_now now)
{
	if (l->phase == LISTEN_WAITING)
		complete_failed(l);
	else
		go_on(l, now);
}

void listen_recogniser_failed(struct listen *l, const char *words,
                              struct listen_now now)
{
	enum listen_answer answer;

	if (l->phase == LISTEN_IDLE)
		return;

	answer = feed(l, FLOW_TEXT, 'E', words);
	if (answer != LISTEN_TAKEN && answer != LISTEN_ASKED)
		failed(l, now);
}

void listen_answered(struct listen *l, struct listen_now now)
{
	char prefix = l->asked_prefix, text[LISTEN_TEXT_SIZE];
	enum listen_answer answer;

	(void)text_copy(text, sizeof(text), prefix ? l->asked : "");
	l->asked_prefix = '\0';
	answer = l->ops.input(FLOW_NLP, "", l->ops.arg);
	if (answer == LISTEN_TAKEN) {
		/* The rest of a sentence, as in listen_partial(). */
		if (prefix == 'S')
			l->ops.drop(l->ops.arg);
		return;
	}
	if (l->phase == LISTEN_IDLE)
		return;

	if (prefix == 'F')
		sentence_note(l, text, answer, now);
	else if (prefix == 'E')
		failed(l, now);
	else
		settle(l, now);
}

/* --- keys ----------------------------------------------------------------- */

/* prefix: 'D' ended by a terminator, 'd' not. */
static void digits_input(struct listen *l, char prefix, struct listen_now now)
{
	char digits[KEYS_MAX + 1];

	(void)text_copy(digits, sizeof(digits), l->keys.keyv);
	keyfilter_clear(&l->keys);
	if (feed(l, FLOW_DTMF, prefix, digits) == LISTEN_TAKEN)
		return;

	/* A whole number that leads nowhere ends the action (C133); where the
	 * prompt must not be interrupted it is only noted. */
	if (l->phase == LISTEN_PLAYING && (prefix != 'D' || !may_cut(l, now)))
		return;

	if (l->phase == LISTEN_PLAYING)
		cut(l, now);
	complete(l, "DONE");
}

void listen_key(struct listen *l, char key, struct listen_now now)
{
	if (l->phase == LISTEN_IDLE || !l->keys.is_on)
		return;

	if (keyfilter_press(&l->keys, key)) {
		digits_input(l, 'D', now);
		return;
	}

	l->keys_due_ms = now.ms + l->digit_ms;
	if (has_flag(l, FLOW_INTERRUPT_ANY_KEY) && may_cut(l, now))
		cut(l, now);
}

/* --- time ----------------------------------------------------------------- */

uint64_t listen_due_ms(const struct listen *l, bool is_talking)
{
	if (l->phase == LISTEN_IDLE)
		return UINT64_MAX;
	if (l->keys.keyc)
		return l->keys_due_ms;
	if (l->phase == LISTEN_PLAYING || is_talking || l->asked_prefix)
		return UINT64_MAX;

	return l->is_settled ? l->deadline_ms : 0;
}

void listen_time(struct listen *l, struct listen_now now)
{
	if (now.ms < listen_due_ms(l, now.is_talking))
		return;

	if (l->keys.keyc)
		digits_input(l, 'd', now);
	else if (!l->is_settled)
		settle(l, now);
	else
		complete(l, l->has_sentence ? "DONE" : "TIMEOUT");
}
