/*
 * call/call.h - the door of the call folder: one conversation
 *
 * A call joins a leg (who is there), a session of a script (what is said),
 * ears (voice activity, recogniser), a mouth (prompts) and a recorder. It
 * turns what is heard into inputs, carries out the effects, and writes each
 * step with its timings to the store.
 *
 * Threads: everything on the control loop; ears and mouth have a half that
 * runs in the tick of the leg's media loop and talks by mailbox.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cfg.h"
#include "base/httpc.h"
#include "base/vault.h"
#include "base/work.h"
#include "flow/flow.h"
#include "phone/phone.h"
#include "speech/asr.h"
#include "speech/voice.h"
#include "store/store.h"

struct call;
struct calls; /* what all calls share, and the table of the live ones */

extern const struct cfg_table call_cfg_table;      /* [talk] */
extern const struct cfg_table answer_cfg_table;    /* [answer] */
extern const struct cfg_table complaint_cfg_table; /* [complaint] */

struct calls_prm {
	const struct cfg *cfg;
	struct work_pool *pool;
	struct asr *asr;
	struct voices *voices;
	struct httpc *http;
	struct store *store;       /* NULL: nothing is kept */
	const char *web_sounds;    /* folder of sounds fetched from the web */
	const char *recordings;    /* directory for WAVs, NULL: none */
	const struct vault *vault; /* seals them; NULL: in clear */
};

int calls_alloc(struct calls **callsp, const struct calls_prm *prm);

/* Makes the literal texts of a script, fetches its sounds from the web and
 * readies its grammars before the first call, for lines whose codec has this
 * rate (0: telephone quality); progress (may be NULL) is told after each; done
 * once. fault = NULL when all is there, else the first thing that is missing
 * and the remedy. */
typedef void(call_ready_h)(const char *fault, void *arg);
int calls_prepare(struct calls *calls, struct flow_script *script,
                  uint32_t rate_hz,
                  void (*progress)(size_t made, size_t of, void *arg),
                  call_ready_h *done, void *arg);

/* Keeps a robot (recogniser, voice, sound) free for a call that is about to be
 * placed, until it is released just before call_place(). EBUSY: all are in
 * use, by the limits of [talk]. EAGAIN: there are as many calls as this machine
 * understands in time. */
int calls_reserve(struct calls *calls);
void calls_release(struct calls *calls);

/* How many calls at a time may be begun over while people are understood late;
 * 0: they are understood in time. */
unsigned calls_limit(const struct calls *calls);

struct call_prm {
	const char *callid; /* also the SIP Call-ID; NULL: made here */
	struct flow_script *script;
	const struct flow_var *varv;
	size_t varc;
	struct phone_line *line;
	const char *number;
	const char *caller_id; /* NULL: the line's */
	const char *identity;  /* phone_is_identity(); NULL: the line signs */
	uint32_t ring_ms;      /* 0: the line's default */
	int64_t attempt_id;    /* 0 = none */
	/* of the same person, with blanks between: who says stop is called at
	 * none of them; NULL: nobody knows any */
	const char *others;
	/* who is to be told should this process die; see calls_heir() */
	const char *will;
};

/* A moment of the conversation, for a transcript. */
enum call_moment_kind {
	CALL_DIALLING,
	CALL_RINGING,
	CALL_ANSWERED,
	CALL_SAYING,   /* text: the prompt */
	CALL_HEARD,    /* text: what was understood, "": not understood */
	CALL_KEYS,     /* text: the digits */
	CALL_QUIET,    /* nothing was heard in time */
	CALL_STEP,     /* step: the record, after the moments it explains */
	CALL_ANSWERER, /* text: who answered, and why we think so */
	CALL_TROUBLE,  /* text: what failed and what happens next */
};

struct call_moment {
	enum call_moment_kind kind;
	uint64_t at_ms; /* since answer; 0 before */
	const char *text;
	bool is_interruption; /* HEARD or KEYS while the prompt played */
	const struct store_step *step;
};

struct call_result {
	struct phone_end end;
	uint64_t talk_ms;                    /* answer to end */
	const struct flow_result *flow;      /* NULL: never answered */
	const char *heard;                   /* phrases joined by " | " */
	const char *spoken_by;               /* voices, as "flite, espeak" */
	const char *recording;               /* path, "" none */
	int64_t start_ms, answer_ms, end_ms; /* wall */
	const struct phone_leg_stats *stats; /* how it sounded */
	bool is_opt_out;                     /* they want no further calls */
	bool is_dropped;                     /* they talked, and it broke off */
};

/* "G722 at 16 kHz, 0.4 % lost, jitter 2.1 ms, MOS 4.3". Returns text. */
enum {
	CALL_SOUND_SIZE = 160,
};
const char *call_sound(char text[CALL_SOUND_SIZE],
                       const struct phone_leg_stats *stats);

struct call_sink {
	void (*moment)(const struct call_moment *moment,
	               void *arg); /* or NULL */
	/* Exactly once and last; everything is in the store by then. */
	void (*ended)(const struct call_result *result, void *arg);
	void *arg;
};

/* Dials and talks. Returns what phone_dial() returns; then the sink is not
 * called. The call frees itself after `ended`. */
int call_place(struct call **callp, struct calls *calls,
               const struct call_prm *prm, const struct call_sink *sink);

/* Talks to someone who called us. */
int call_answer(struct call **callp, struct calls *calls, struct phone_leg *leg,
                const struct call_prm *prm, const struct call_sink *sink);

/* Hangs up from outside; the session gets HANGUP(), `ended` follows. */
void call_hangup(struct call *call);

const char *call_id(const struct call *call);

/* --- two people ----------------------------------------------------------- */

/* A call between two people: the first, one of ours, is called; once there,
 * the second; then they hear each other. No robot takes part. */
struct call_pair;

struct call_person {
	struct phone_line *line;
	const char *number;
	const char *caller_id; /* that they are shown; NULL: the line's */
	uint32_t ring_ms;      /* 0: the line's default */
};

struct call_pair_prm {
	const char *callid; /* also the second's SIP Call-ID; NULL: made here */
	struct call_person first, second;

	/* What the first hears, as items of a prompt ("" nothing): again and
	 * again while the second rings; and why the second is not there,
	 * before the first is hung up. The texts outlive the pair. */
	const char *language;
	const char *ring_sound;
	const char *busy_sound;   /* busy, or refused */
	const char *missed_sound; /* all else */
	const char *will;         /* as in struct call_prm; copied */
};

enum call_pair_moment {
	CALL_PAIR_DIALLED, /* the first; the attempt is in the store */
	CALL_PAIR_FIRST_RINGING,
	CALL_PAIR_FIRST_ANSWERED,
	CALL_PAIR_RINGING, /* the second */
	CALL_PAIR_ANSWERED,
};

struct call_pair_result {
	int err; /* as of phone_dial(), for the first; 0: it was dialled */
	const struct phone_end *first;
	const struct phone_end *second; /* NULL: it was not its turn */
	uint64_t talk_ms;
	const char *recording;               /* path, "" none */
	int64_t start_ms, answer_ms, end_ms; /* wall; answer: of the second */
};

struct call_pair_sink {
	void (*moment)(enum call_pair_moment moment, void *arg);
	/* The second is not there, why; the first hears it. May be NULL. */
	void (*missed)(const struct phone_end *end, void *arg);
	/* Exactly once and last; everything is in the store by then. */
	void (*ended)(const struct call_pair_result *result, void *arg);
	void *arg;
};

/* Writes the attempt, then dials. The handlers come later, never from in here.
 * The pair frees itself after `ended`. */
int call_pair_place(struct call_pair **pairp, struct calls *calls,
                    const struct call_pair_prm *prm,
                    const struct call_pair_sink *sink);

/* Hangs up both; `ended` follows. */
void call_pair_hangup(struct call_pair *pair);

/* --- calls of processes that died ----------------------------------------- */

/* Hangs up what processes that died have left behind, calls between people too,
 * now and every few seconds; phone NULL: no more. Those of campaigns are the
 * dialer's (dialer_port.part). */
int calls_part(struct calls *calls, struct phone *phone);

/* Who carries out the wills of calls that died with their process, by
 * store_legs_over(); leg.outcome is how far it came. Without one they wait.
 * NULL: nobody any more. */
typedef void(call_heir_h)(const struct store_leg *leg, void *arg);
void calls_heir(struct calls *calls, call_heir_h *heir, void *arg);

/* --- looking on ---------------------------------------------------------- */

/* A call under way, whoever placed it, also one between two people: that has no
 * script (""), and is the second's. The texts live as long as it. */
struct call_view {
	const char *id, *number, *line, *direction;
	const char *script, *script_version;
	const char *state; /* "dialling", "talking", "ending" */
	int64_t attempt_id;
	int64_t start_ms, answer_ms; /* wall, 0: not yet */
};

/* The latest first; the handler ends none. */
typedef void(call_view_h)(const struct call_view *view, void *arg);
void calls_each(const struct calls *calls, call_view_h *handler, void *arg);

/* Of one that is under way; false: there is none. */
bool calls_look(const struct calls *calls, const char *id,
                struct call_view *view);
bool calls_has(const struct calls *calls, const char *id);

/* Hangs it up, as call_hangup(). ENOENT: there is none. */
int calls_hangup(struct calls *calls, const char *id);

/* What one onlooker hears of all calls: each moment, and that it is over,
 * with everything in the store. They end no call. */
struct call_watch {
	void (*moment)(const char *id, const struct call_moment *moment,
	               void *arg);
	void (*over)(const char *id, void *arg);
	void *arg;
};

/* NULL: nobody looks on any more. */
void calls_watch(struct calls *calls, const struct call_watch *watch);

/* --- before a call ------------------------------------------------------- */

/* Adds a warning for each way to say a word (asr.pronounce) that the local
 * recogniser cannot take. Blocks: espeak-ng may be asked. Any thread. */
void call_check_sounds(const struct flow_script *script,
                       struct flow_faults *faults);

/* Adds a warning where the voice that the script names by its address
 * (tts.url) will not speak, with who does. Any thread. */
void call_check_voice(const struct flow_script *script, const struct cfg *cfg,
                      struct flow_faults *faults);

/* "mine, flite": who is asked to speak its texts, in this order. */
void call_voices(char *text, size_t size, const struct flow_script *script,
                 const struct cfg *cfg);

/* --- calls of the past ---------------------------------------------------- */

/* A talk that was kept, for flow_replay(); its texts stay the talk's. */
struct call_past {
	struct flow_call call;
	struct flow_step *stepv;
	struct flow_var *varv;
};
/* A row of `conversation` and the step of a session that it is of; base_ms is
 * when it was answered. Texts stay whose they are; the row has neither number
 * nor timings. */
struct store_step call_step_row(const struct flow_step *step, int64_t base_ms);
struct flow_step call_step_of(const struct store_step *row, int64_t base_ms);

int call_past_alloc(struct call_past **pastp, const struct store_talk *talk);

/* --- services ------------------------------------------------------------ */

/* A request of a session (FLOW_DO_NLP, FLOW_DO_HTTP) under way. */
struct call_service;

/* The answer, late and broken ones too, as an input for the session; its texts
 * are valid during the handler. fault: what failed, for people; else NULL. */
typedef void(call_service_h)(const struct flow_input *input, const char *fault,
                             void *arg);

/* Asks; the handler comes once, within the request's time limit, never from
 * in here. Free with mem_deref() to be silent. Returns EINVAL for a URL that
 * is none, or ENOMEM. */
int call_service_ask(struct call_service **servicep, struct httpc *http,
                     const struct flow_effect *effect, call_service_h *handler,
                     void *arg);
