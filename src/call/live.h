/*
 * call/live.h - one conversation under way; private to call/
 *
 * call.c knows its life, turn.c what the session wants, attend.c when the
 * session hears something, by the rules of listen.h.
 */
#pragma once

#include "base/id.h"
#include "base/mem.h"
#include "call/audio.h"
#include "call/calls.h"
#include "call/listen.h"
#include "call/prompt.h"
#include "call/reception.h"
#include "call/recorder_phrase.h"
#include "call/state.h"
#include "call/tape.h"

enum {
	LIVE_SPOKEN_SIZE = 4096, /* all that was understood in a call */
	LIVE_PATH_SIZE = TAPE_PATH_SIZE,
	LIVE_TEXT_SIZE = 64, /* numbers, ids */
};

struct call {
	struct le le;
	struct calls *calls;
	struct call_sink sink;
	enum call_state state;

	char id[LIVE_TEXT_SIZE];
	char number[LIVE_TEXT_SIZE];
	char *others; /* numbers of the same person, NULL = none */
	char person[VAULT_PERSON_SIZE]; /* whose key seals, "" = none */
	char line[LIVE_TEXT_SIZE];
	char direction[4];
	int64_t attempt_id;
	int64_t start_ms, answer_ms, end_ms; /* wall */
	uint64_t answer_clock_ms;

	struct flow_script *script;
	struct flow_session *sess;
	char *variables_begin; /* JSON object */
	struct voice_prm voice;
	struct phone_leg *leg;
	struct audio audio;
	bool has_audio;   /* the media loop holds it */
	uint32_t rate_hz; /* of the conversation */
	char recording[LIVE_PATH_SIZE];
	struct list phrasel; /* files of single sentences, growing */
	const char *record;  /* file of the sentence being fed, NULL = none */

	struct reception reception;
	struct listen listen;
	struct tmr listen_tmr;
	struct keyonce keyonce;
	struct prompt *prompt;
	struct optout *optout; /* the callee's wish, NULL = none */
	bool has_complained;
	struct ahead_batch *ahead;    /* what its variables say */
	struct call_service *service; /* asked, NULL = none */
	enum flow_effect_kind service_kind;
	const struct flow_input *answer; /* of it, while it is fed */
	bool is_over;                    /* the session is */
	bool is_offline; /* the recorded prompt plays in place of another */
	bool has_been_offline;
	bool is_last;      /* the leg is hung up when the prompt is over */
	bool is_taken;     /* by the session: the last input moved it on */
	int response;      /* of the last input, as response_type */
	bool has_follower; /* an input to feed next */
	const char *follow;
	enum flow_input_kind follow_kind;
	uint64_t speech_begin_ms; /* of the input being fed */
	uint64_t speech_end_ms, text_ms;
	uint64_t quiet_clock_ms; /* since then the callee hears nothing */
	bool wants_audio_ms;
	uint32_t audio_sequence;

	char spoken[LIVE_SPOKEN_SIZE];
	char spoken_by[LIVE_TEXT_SIZE];
	char heard_by[ASR_NAME_SIZE]; /* the last sentence */
	struct asr_usage *usage;
	struct tmr keep_tmr; /* writing it is tried again */
	unsigned keeps;
	struct phone_end end;
	bool is_dropped; /* by neither side's will */
	char end_reason[128];
	struct phone_leg_stats stats;
};

/* --- call.c -----------------------------------------------------------------
 */

/* ms since answer. */
uint64_t live_at_ms(const struct call *call, uint64_t clock_ms);
void live_moment(struct call *call, enum call_moment_kind kind,
                 const char *text, bool is_interruption);
void live_trouble(struct call *call, const char *words);

/* --- flush.c: the last that a call does -------------------------------------
 */

/* Once nothing sounds any more and no leg is left. Frees the call. */
void flush_call(struct call *call);

/* --- view.c: who looks on --------------------------------------------------
 */

void live_tell(struct call *call, const struct call_moment *moment);
void live_over(const struct calls *calls, const char *id);

/* --- turn.c: what the session wants ----------------------------------------
 */

/* Feeds one input and carries out what comes back. LISTEN_TAKEN: what was
 * listened to is over, another action may have begun. */
enum listen_answer turn_feed(struct call *call, enum flow_input_kind kind,
                             const char *args, uint64_t start_ms,
                             uint32_t duration_ms);
void turn_start(struct call *call);

/* The prompt has been played to its end. */
void turn_prompt_over(struct call *call);

/* No answer of a service is waited for any more. */
void turn_forget(struct call *call);

/* Ends the prompt that plays, if one does. */
void turn_cut(struct call *call);

/* --- attend.c: when the session hears something ----------------------------
 */

void attend_init(struct call *call);
void attend_begin(struct call *call, const struct flow_play *play);
void attend_prompt_over(struct call *call);
void attend_prompt_failed(struct call *call);
void attend_end(struct call *call);   /* timer off, ears shut */
void attend_close(struct call *call); /* timer off, ears as they are */
void attend_key(struct call *call, char key, uint32_t duration_ms);

void attend_answered(struct call *call);

/* After anything that the rules or the ears were told. */
void attend_arm(struct call *call);
const struct ears_sink *attend_sink(void);
