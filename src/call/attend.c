/*
 * call/attend.c - between the rules of listening and the parts of a call
 *
 * Ears, keys and one timer tell the rules what happens (call/listen.h); what
 * the rules want goes to the session, the mouth and the ears. `play_ms` of an
 * input is taken when the sentence was understood, not when it began: that is
 * how far the callee had listened before the robot reacts.
 */
#include <stdio.h>
#include "base/clock.h"
#include "base/recording.h"
#include "base/text.h"
#include "call/live.h"
#include "call/optout.h"
#include "call/recorder_path.h"

enum {
	RECORD_SENTENCES = 1, /* record_mode (C042) */
};

static struct listen_now now(const struct call *call)
{
	const struct ears *ears = call->audio.ears;

	return (struct listen_now){
		.ms = live_at_ms(call, clock_ms()),
		.play_ms = mouth_position_ms(call->audio.mouth),
		.is_talking = ears_is_speech(ears) || ears_is_recognising(ears),
	};
}

static void time_handler(void *arg)
{
	struct call *call = arg;

	listen_time(&call->listen, now(call));
	attend_arm(call);
}

void attend_arm(struct call *call)
{
	const struct listen_now at = now(call);
	uint64_t due_ms = listen_due_ms(&call->listen, at.is_talking);

	if (due_ms == UINT64_MAX || call->state != CALL_TALKING)
		tmr_cancel(&call->listen_tmr);
	else
		tmr_start(&call->listen_tmr,
		          due_ms > at.ms ? due_ms - at.ms : 0, time_handler,
		          call);
}

/* --- what the rules want --------------------------------------------- */

static enum listen_answer input_handler(enum flow_input_kind kind,
                                        const char *text, void *arg)
{
	struct call *call = arg;
	uint64_t now_ms = live_at_ms(call, clock_ms());
	uint64_t begin_ms = call->speech_begin_ms;
	uint64_t end_ms = call->speech_end_ms;

	if (kind == FLOW_DTMF)
		live_moment(call, CALL_KEYS, text + 1,
		            mouth_is_playing(call->audio.mouth));
	else if (kind == FLOW_COMPLETE && !strcmp(text, "TIMEOUT()"))
		live_moment(call, CALL_QUIET, "", false);

	/* Until now the silence was the callee's own. */
	if (kind != FLOW_TEXT && strcmp(text, "ERROR()"))
		call->quiet_clock_ms = clock_ms();

	/* A second try is no speech of this moment. */
	if (kind != FLOW_TEXT || *text == 'P')
		return turn_feed(call, kind, text, now_ms, 0);

	return turn_feed(call, kind, text, begin_ms,
	                 (uint32_t)(end_ms > begin_ms ? end_ms - begin_ms : 0));
}

/* --- sentences as files ---------------------------------------------- */

static const char *var_handler(const char *name, void *arg)
{
	const struct call *call = arg;

	return flow_session_var(call->sess, name);
}

static void record_failed(const char *words, void *arg)
{
	live_moment(arg, CALL_TROUBLE, words, false);
}

/* Where a script says where to, each sentence has a file of its own; else what
 * was said is found in the recording of the call. */
static void record_begin(struct call *call, uint32_t serial)
{
	const struct flow_listen *set = &call->listen.set;
	struct recorder_phrase *phrase;
	char name[LIVE_TEXT_SIZE + 16], path[LIVE_PATH_SIZE];
	const struct recorder_path_prm prm = {
		.root = call->calls->recordings,
		.template = set->record_template,
		.name = name,
		.suffix = call->calls->prm.vault ? recording_suffix : NULL,
		.wall_ms = clock_wall_ms(),
		.var = var_handler,
		.arg = call,
	};
	const struct recorder_phrase_prm sentence = {
		.root = prm.root,
		.path = path,
		.serial = serial,
		.vault = call->calls->prm.vault,
		.person = call->person,
		.failed = record_failed,
		.arg = call,
	};
	int err;

	if (!call->audio.recorder || call->listen.phase == LISTEN_IDLE ||
	    set->record_mode != RECORD_SENTENCES || !*set->record_template)
		return;

	(void)snprintf(name, sizeof(name), "%s-%u", call->id, serial);
	err = recorder_path(path, sizeof(path), &prm);
	if (err == EINVAL)
		live_trouble(call, "record_template leaves the folder of "
		                   "recordings; the sentence has no file");
	else if (err)
		live_trouble(call, "record_template is too long; the sentence "
		                   "has no file");
	if (err || recorder_phrase_alloc(&phrase, &sentence))
		return;

	list_append(&call->phrasel, &phrase->le, phrase);
}

static struct recorder_phrase *record_find(const struct call *call,
                                           uint32_t serial)
{
	for (struct le *le = list_head(&call->phrasel); le; le = le->next) {
		struct recorder_phrase *phrase = le->data;

		if (phrase->serial == serial)
			return phrase;
	}

	return NULL;
}

static void sound_handler(uint32_t serial, const int16_t *pcm, size_t n,
                          uint32_t rate_hz, void *arg)
{
	struct recorder_phrase *phrase = record_find(arg, serial);

	if (phrase)
		recorder_phrase_add(phrase, pcm, n, rate_hz);
}

static void record_end(struct call *call, struct recorder_phrase *phrase)
{
	recorder_phrase_write(phrase, recorder_queue(call->audio.recorder));
}

/* Sentences that nobody will tell of any more. */
static void records_end(struct call *call)
{
	struct le *le;

	while ((le = list_head(&call->phrasel)))
		record_end(call, le->data);
}

/* --- what the rules want, of the ears and the mouth ------------------- */

static void hear_handler(bool is_on, void *arg)
{
	struct call *call = arg;
	const struct flow_listen *set = &call->listen.set;
	const struct ears_set to = {
		.mode = (enum ears_mode)set->vad_mode,
		.filter = (float)set->vad_filter,
		.services =
			asr_services(call->calls->prm.asr, set->asrproxy_addr,
	                             set->asr_params.text),
		.endpoint =
			{
				.min_active_ms = set->vad_min_active_time_ms,
				.end_silence_ms =
					set->vad_max_end_silence_time_ms,
				.max_speech_ms = set->max_speech_time_ms,
			},
	};

	(void)ears_listen(call->audio.ears, is_on ? &to : NULL);
	if (!is_on)
		records_end(call);
}

static void drop_handler(void *arg)
{
	struct call *call = arg;

	ears_silence(call->audio.ears);
	records_end(call);
}

static void cut_handler(void *arg)
{
	turn_cut(arg);
}

static void hold_handler(void *arg)
{
	struct call *call = arg;

	mouth_pause(call->audio.mouth);
}

static void resume_handler(void *arg)
{
	struct call *call = arg;

	mouth_resume(call->audio.mouth);
}

void attend_init(struct call *call)
{
	const struct listen_ops ops = {
		.input = input_handler,
		.hear = hear_handler,
		.drop = drop_handler,
		.cut = cut_handler,
		.hold = hold_handler,
		.resume = resume_handler,
		.arg = call,
	};

	listen_init(&call->listen, call->calls->digit_ms, &ops);
}

/* --- what happens ---------------------------------------------------- */

static void tone_handler(char key, void *arg);

/* Once asked for they are heard to the end: a node without a filter drops them
 * by itself. Without memory only messages tell of keys. */
static void keys_open(struct call *call)
{
	if (call->audio.key)
		return;

	call->audio.key = tone_handler;
	call->audio.key_arg = call;
	(void)audio_keys(&call->audio, true);
}

void attend_begin(struct call *call, const struct flow_play *play)
{
	/* Mode 0 keeps no recording of what is said meanwhile. */
	if (call->audio.recorder)
		(void)recorder_hear(call->audio.recorder,
		                    play->listen->record_mode != 0);
	mouth_hush_from(call->audio.mouth, listen_hush_ms(play));
	if (play->dtmf && !call->keyonce.has_messages)
		keys_open(call);
	listen_begin(&call->listen, play, now(call));
	attend_arm(call);
}

void attend_end(struct call *call)
{
	mouth_hush_from(call->audio.mouth, UINT32_MAX);
	listen_stop(&call->listen);
	attend_arm(call);
}

void attend_close(struct call *call)
{
	mouth_hush_from(call->audio.mouth, UINT32_MAX);
	listen_close(&call->listen);
	attend_arm(call);
}

void attend_prompt_over(struct call *call)
{
	listen_prompt_over(&call->listen, now(call));
	attend_arm(call);
}

void attend_prompt_failed(struct call *call)
{
	listen_prompt_failed(&call->listen);
	attend_arm(call);
}

static void press(struct call *call, char key)
{
	listen_key(&call->listen, key, now(call));
	attend_arm(call);
}

void attend_key(struct call *call, char key, uint32_t duration_ms)
{
	bool had_messages = call->keyonce.has_messages;
	bool is_new =
		keyonce_message(&call->keyonce, key, duration_ms, clock_ms());

	/* The line tells of keys: its sound need not be searched. */
	if (!had_messages)
		(void)audio_keys(&call->audio, false);
	if (is_new)
		press(call, key);
}

static void tone_handler(char key, void *arg)
{
	struct call *call = arg;

	if (call->state == CALL_TALKING &&
	    keyonce_tone(&call->keyonce, key, clock_ms()))
		press(call, key);
}

void attend_answered(struct call *call)
{
	listen_answered(&call->listen, now(call));
	attend_arm(call);
}

static void expect_handler(struct asr_prm *prm, void *arg)
{
	struct call *call = arg;
	const struct flow_listen *set = &call->listen.set;

	reception_expect(call, prm);
	prm->usage = call->usage;
	if (call->listen.phase == LISTEN_IDLE)
		return;

	if (*set->asr_params.text)
		prm->params = set->asr_params.text;
	prm->hot_word = set->hot_word;
	prm->pronounce = set->pronounce;
	prm->services = asr_services(call->calls->prm.asr, set->asrproxy_addr,
	                             set->asr_params.text);
}

static void began_handler(uint64_t begin_ms, uint32_t serial, void *arg)
{
	struct call *call = arg;

	(void)begin_ms;

	record_begin(call, serial);
	listen_voice(&call->listen, now(call));
	/* The tick may have silenced what goes on playing: its prompt was
	 * begun with other rules. */
	if (!call->listen.is_held)
		mouth_resume(call->audio.mouth);
	attend_arm(call);
}

static void partial_handler(const char *text, uint64_t begin_ms, void *arg)
{
	struct call *call = arg;

	call->speech_begin_ms = live_at_ms(call, begin_ms);
	listen_partial(&call->listen, text, now(call));
	attend_arm(call);
}

static void spoken_add(struct call *call, const char *text)
{
	static const char between[] = " | ";
	size_t n = strlen(call->spoken);

	if (!*text || n + sizeof(between) >= sizeof(call->spoken))
		return;

	if (n)
		n += (size_t)snprintf(call->spoken + n, sizeof(between), "%s",
		                      between);
	(void)text_copy(call->spoken + n, sizeof(call->spoken) - n, text);
}

static void recogniser_trouble(struct call *call, const char *why)
{
	char words[512];

	(void)snprintf(words, sizeof(words),
	               "the recogniser failed%s%s; the script goes on with "
	               "what it knows of errors",
	               *why ? ": " : "", why);
	live_trouble(call, text_repair(words));
}

/* With the mark of abuse, as the script hears it. */
static const char *marked(const struct call *call, const char *text,
                          char room[LISTEN_TEXT_SIZE])
{
	if (!complaint_is_abuse(&call->calls->complaint, text))
		return text;

	(void)snprintf(room, LISTEN_TEXT_SIZE, "!%s", text);

	return text_repair(room);
}

static void sentence_feed(struct call *call,
                          const struct ears_sentence *sentence)
{
	char room[LISTEN_TEXT_SIZE];

	if (sentence->err)
		listen_recogniser_failed(&call->listen, strerror(sentence->err),
		                         now(call));
	else
		listen_sentence(&call->listen,
		                marked(call, sentence->text, room),
		                sentence->is_too_long, now(call));
}

static void heard_handler(const struct ears_sentence *sentence, void *arg)
{
	struct recorder_phrase *phrase = record_find(arg, sentence->serial);
	struct call *call = arg;
	char record[LIVE_PATH_SIZE] = "";

	/* Before it is fed: that may end the call. */
	if (phrase) {
		(void)text_copy(record, sizeof(record), phrase->path);
		record_end(call, phrase);
	}

	live_moment(call, CALL_HEARD, sentence->text,
	            mouth_is_playing(call->audio.mouth));
	if (sentence->err)
		recogniser_trouble(call, sentence->why);
	if (reception_heard(call, sentence->text))
		return;
	optout_hear(call, sentence->text);
	if (call->listen.phase == LISTEN_IDLE)
		return;

	call->quiet_clock_ms = sentence->end_ms ? sentence->end_ms : clock_ms();
	relief_heard(call->calls->relief, &call->listen.set, sentence);
	spoken_add(call, sentence->text);
	(void)text_copy(call->heard_by, sizeof(call->heard_by),
	                sentence->service);
	call->speech_begin_ms = live_at_ms(call, sentence->begin_ms);
	call->speech_end_ms = live_at_ms(call, sentence->end_ms);
	call->text_ms = live_at_ms(call, clock_ms());

	call->record = *record ? record : NULL;
	sentence_feed(call, sentence);
	call->record = NULL;
	attend_arm(call);
}

const struct ears_sink *attend_sink(void)
{
	static const struct ears_sink sink = {
		.expect = expect_handler,
		.began = began_handler,
		.sound = sound_handler,
		.partial = partial_handler,
		.heard = heard_handler,
	};

	return &sink;
}
