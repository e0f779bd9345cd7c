/*
 * call/live.h - one conversation under way; private to call/
 *
 * call.c knows its life, turn.c what the session wants, listen.c when the
 * session hears something.
 */
#pragma once

#include "base/id.h"
#include "base/mem.h"
#include "call/audio.h"
#include "call/calls.h"
#include "call/keyfilter.h"
#include "call/prompt.h"
#include "call/state.h"
#include <re_tmr.h>

enum {
	LIVE_HEARD_SIZE = 1024,  /* inside DONE(...) and TIMEOUT(...) */
	LIVE_SPOKEN_SIZE = 4096, /* all that was understood in a call */
	LIVE_PATH_SIZE = 1024,
	LIVE_TEXT_SIZE = 64, /* numbers, ids */
};

/* What is played and listened to until the session decides the next. */
struct action {
	const struct flow_listen *listen; /* the script's */
	int interruptible_after;
	bool has_quickresponse;
	bool is_open; /* something is being played or listened to */
	bool is_prompt_over;
	bool is_paused;
	bool is_last;        /* the leg is hung up when the prompt is over */
	bool was_heard;      /* a sentence since the prompt was over */
	bool was_understood; /* a sentence with words while it played */
	char heard[LIVE_HEARD_SIZE]; /* "F:yesF:no", unmatched so far */
	char retry[LIVE_HEARD_SIZE]; /* to be tried again with prefix P */
	struct keyfilter keys;
	struct tmr wait_tmr, key_tmr;
};

struct call {
	struct le le;
	struct calls *calls;
	struct call_sink sink;
	enum call_state state;

	char id[LIVE_TEXT_SIZE];
	char number[LIVE_TEXT_SIZE];
	char line[LIVE_TEXT_SIZE];
	char direction[4];
	int64_t attempt_id;
	int64_t start_ms, answer_ms, end_ms; /* wall */
	uint64_t answer_clock_ms;

	struct flow_script *script;
	struct flow_session *sess;
	struct voice_prm voice;
	struct phone_leg *leg;
	struct audio audio;
	bool has_audio; /* the media loop holds it */
	char recording[LIVE_PATH_SIZE];

	struct action action;
	struct prompt *prompt;
	bool is_over;       /* the session is */
	bool is_fed;        /* inside a feed */
	int response;       /* of the last input, as response_type */
	const char *follow; /* completion to feed next, NULL = none */
	enum flow_input_kind follow_kind;
	uint64_t speech_end_ms, text_ms; /* of the input being fed */
	bool wants_audio_ms;
	uint32_t audio_sequence;

	char spoken[LIVE_SPOKEN_SIZE];
	struct phone_end end;
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

/* --- turn.c: what the session wants ----------------------------------------
 */

/* Feeds one input and carries out what comes back. Whether it matched: the
 * action that was listened to is over then. */
bool turn_feed(struct call *call, enum flow_input_kind kind, const char *args,
               uint64_t start_ms, uint32_t duration_ms);
void turn_start(struct call *call);

/* Ends the prompt that plays, if one does; it counts as over. */
void turn_cut(struct call *call);

/* --- listen.c: when the session hears something -----------------------------
 */

void listen_init(struct call *call);
void listen_begin(struct call *call, const struct flow_play *play);
void listen_prompt_over(struct call *call);
void listen_end(struct call *call); /* timers off, ears closed */
void listen_key(struct call *call, char key);
const struct ears_sink *listen_sink(void);
